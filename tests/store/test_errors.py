"""Errors of the store: named after what happened, with whose fault it is, and no value in them."""

from typing import get_args

import pytest
from bson.errors import InvalidDocument
from pymongo import errors as driver

from store.errors import DriverFailed, Fault, StoreError, Unavailable, driver_errors

VALUE = "Xanthippe"


def leaves(error: type[StoreError]) -> list[type[StoreError]]:
    return [error, *(leaf for child in error.__subclasses__() for leaf in leaves(child))]


@pytest.mark.parametrize("error", leaves(StoreError))
def test_every_error_says_what_happened_where_and_whose_fault_it_is(error: type[StoreError]) -> None:
    assert error.fault in get_args(Fault)
    assert error.__doc__
    assert str(error("a.place")).endswith(": a.place")
    assert str(error()) == error.__doc__.splitlines()[0].rstrip(".")


def labelled(label: str) -> driver.PyMongoError:
    return driver.OperationFailure(VALUE, 112, {"errorLabels": [label]})


@pytest.mark.parametrize(
    "error",
    [
        driver.ServerSelectionTimeoutError(VALUE),
        driver.AutoReconnect(VALUE),
        driver.NetworkTimeout(VALUE),
        driver.NotPrimaryError(VALUE),
        driver.ConfigurationError(VALUE),
        driver.WTimeoutError(VALUE, 64),
        driver.ExecutionTimeout(VALUE, 50),
        driver.OperationFailure(VALUE, 18),
        driver.OperationFailure(VALUE, 14031),
        labelled("RetryableWriteError"),
        labelled("TransientTransactionError"),
    ],
)
def test_what_passes_is_unavailable(error: driver.PyMongoError) -> None:
    with pytest.raises(Unavailable) as caught, driver_errors():
        raise error
    assert VALUE not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "error",
    [
        driver.OperationFailure(VALUE, 2),
        driver.DuplicateKeyError(VALUE, 11000, {"keyValue": {"_id": VALUE}}),
        driver.BulkWriteError({"writeErrors": [{"op": VALUE}]}),
        driver.InvalidOperation(VALUE),
        driver.DocumentTooLarge(VALUE),
        InvalidDocument(VALUE),
    ],
)
def test_what_stays_wrong_is_our_failure_and_its_text_is_not_repeated(error: Exception) -> None:
    with pytest.raises(DriverFailed) as caught, driver_errors():
        raise error
    assert VALUE not in str(caught.value)
    assert type(error).__name__ in str(caught.value)
    assert caught.value.__cause__ is None


def test_errors_that_the_caller_deals_with_pass() -> None:
    with pytest.raises(driver.DuplicateKeyError), driver_errors(passing=driver.DuplicateKeyError):
        raise driver.DuplicateKeyError(VALUE)


def test_errors_of_our_own_pass() -> None:
    with pytest.raises(KeyError), driver_errors():
        raise KeyError("place")
