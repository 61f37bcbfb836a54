"""Every error that there is has an answer, and the answer says nothing of the message."""

from collections.abc import Iterator

import orjson
import pytest

import gateway.cli
import ingest.errors
import query_api.errors
import store.commit
import store.errors
from gateway import errors
from gateway.request.call import Call
from gateway.request.problems import OURS, PROBLEMS, answered, problem_of

# Raised by commands, or against a fault of ours: over HTTP they are nobody's fault but the service's.
NEVER_OF_A_CALLER = {
    "AddressTakenError",
    "CertificateUnusableError",
    "CommandFailedError",
    "SettingNotUnderstood",
    "WorkersFailedError",
    *(
        error.__name__
        for error in store.errors.StoreError.__subclasses__()
        if error.fault in {"operator", "us"} and PROBLEMS.get(error, OURS).module != "Administration"
    ),
}


def _kinds(root: type[Exception]) -> Iterator[type[Exception]]:
    yield root
    for kind in root.__subclasses__():
        yield from _kinds(kind)


ROOTS = (errors.GatewayError, ingest.errors.IngestError, query_api.errors.QuestionRefused, store.errors.StoreError)
LEAVES = sorted(
    {kind for root in ROOTS for kind in _kinds(root) if not kind.__subclasses__()}, key=lambda kind: kind.__name__
)


@pytest.mark.parametrize("kind", LEAVES, ids=lambda kind: kind.__name__)
def test_each_error_is_answered_as_the_table_says(kind: type[Exception]) -> None:
    is_ours = problem_of(kind.__new__(kind)) is OURS
    assert is_ours == (kind.__name__ in NEVER_OF_A_CALLER)


def test_each_row_of_the_table_is_an_error_that_there_is() -> None:
    assert set(PROBLEMS) <= {kind for root in ROOTS for kind in _kinds(root)}


def test_weather_asks_to_be_tried_again() -> None:
    for error in (ingest.errors.Unavailable("queue"), store.errors.Unavailable("somewhere"), store.commit.Contended()):
        answer = answered(error, Call())
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


def test_an_error_without_a_row_tells_nothing_of_itself() -> None:
    answer = answered(KeyError("Zebulonova"), Call())
    assert answer.status_code == 500
    assert b"Zebulonova" not in bytes(answer.body)


def test_too_many_requests_say_how_many_there_may_be() -> None:
    answer = answered(errors.TooManyRequests(10_000, 17), Call())
    assert answer.status_code == 429
    assert (answer.headers["x-ratelimit-limit"], answer.headers["retry-after"]) == ("10000", "17")


def test_several_faults_stand_beside_each_other() -> None:
    call = Call()
    answer = answered(errors.Faults([errors.WrongType("A", "X:Y"), errors.RequiredFieldMissing("B", "X:Y")]), call)
    texts = [error["Text"] for error in orjson.loads(answer.body)["Meta"]["Errors"]]
    assert texts == ["Field has the wrong type - A in X:Y", "Required field missing - B in X:Y"]
    assert call.places == ("A", "B")
    assert gateway.cli.app is not None
