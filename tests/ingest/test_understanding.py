"""What an event is: its identity, why it may stay unfolded, and what it names."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any

import orjson
import pytest

from ingest.fold.events import identifies
from ingest.intake import now
from ingest.understanding import Incoming, Understood, identity, recalled, understood
from store.partition import Partition
from tests.ingest.stories import admin


def taken(message: Any, partition: Partition, body: bytes | None = None) -> Understood:
    """An event understood as if it came now."""
    incoming = Incoming(body or orjson.dumps(message), message, "sender", "log", "attempt")
    return understood(incoming, partition, now(), "1.a.1")


def test_marks_of_delivery_do_not_make_another_event() -> None:
    message = admin("Arrival", 1)
    again = deepcopy(message)
    again["Meta"] |= {
        "Logs": [{"ID": "x"}],
        "Transmission": {"ID": 1},
        "Message": {"ID": 2},
        "Destinations": [{"ID": "y"}],
    }
    assert identity(message, b"") == identity(dict(reversed(again.items())), b"")


def test_without_a_time_the_log_belongs_to_the_identity() -> None:
    message = admin("Arrival", 1)
    del message["Meta"]["EventDateTime"]
    one, other = deepcopy(message), deepcopy(message)
    one["Meta"]["Logs"], other["Meta"]["Logs"] = [{"ID": "x"}], [{"ID": "y"}]
    assert identity(one, b"") != identity(other, b"")


def test_a_value_makes_another_event() -> None:
    assert identity(admin("Arrival", 1, VisitNumber="1"), b"") != identity(admin("Arrival", 1, VisitNumber="2"), b"")


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (None, "unreadable"),
        ([1], "unreadable"),
        ({}, "unmapped"),
        ({"Meta": {"DataModel": "Flowsheet", "EventType": "New"}}, "unmapped"),
        ({"Meta": {"DataModel": "PatientAdmin", "EventType": "CensusQuery"}}, "unmapped"),
        ({"Meta": {"DataModel": ["PatientAdmin"], "EventType": 3}}, "unmapped"),
        ({"Meta": []}, "unmapped"),
    ],
)
def test_what_cannot_be_folded_is_kept_and_says_why(partition: Partition, message: object, why: str) -> None:
    event = taken(message, partition)
    assert (event.entry.open, event.event) == (why, None)
    assert recalled(event.entry, partition).event is None


def test_a_production_tenant_keeps_tests_apart(partition: Partition) -> None:
    message = admin("Arrival", 1)
    message["Meta"]["Test"] = True
    assert taken(message, partition).entry.open is None
    partition.tenant = replace(partition.tenant, environment="Production")
    assert taken(message, partition).entry.open == "test"


def test_keys_tell_nothing_and_differ_between_tenants(partition: Partition) -> None:
    message = admin(
        "Reschedule", 1, ids="MR:record-4711 SSN:social-12", VisitNumber="visit-77", OldVisitNumber="visit-66"
    )
    message["Meta"] |= {"DataModel": "Scheduling"}
    keys = taken(message, partition).entry.keys
    assert len(keys) == 3, "one identifying pair, two visit numbers"
    assert not any(said in key for key in keys for said in ("4711", "social", "visit"))
    other = Partition(partition.store, replace(partition.tenant, name="hillside"))
    assert not set(keys) & set(taken(message, other).entry.keys)


def test_an_event_recalled_is_the_event_that_came(partition: Partition) -> None:
    event = taken(admin("Arrival", 1, ids="MR:m1", VisitNumber="v1", Duration="15", Reason=" "), partition)
    assert recalled(event.entry, partition) == event


@pytest.mark.parametrize(
    ("id_type", "named", "result"),
    [
        ("MR", (), True),
        ("EHRID", (), True),
        ("SSN", (), False),
        ("Account Number", (), False),
        ("Visit_Number", (), False),
        ("MemberID", (), False),
        ("SSN", ("SSN",), True),
        ("MR", ("SSN",), False),
    ],
)
def test_which_identifiers_tell_people_apart(id_type: str, named: tuple[str, ...], result: bool) -> None:
    assert identifies(id_type, frozenset(named)) is result
