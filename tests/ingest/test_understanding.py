"""What an event is: its identity, why it may stay unfolded, and what it names."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any

import orjson
import pytest

from ingest.fold.lifecycles import LIFECYCLES
from ingest.fold.verbs import Lifecycle
from ingest.incoming import Incoming, identity
from ingest.intake import Intake, now
from ingest.replays import replay
from ingest.understanding import Understood, understand, understand_again, understand_entry
from mappings.reading import CLEAR
from mappings.reading.json_text import value_of
from store.database import Store
from store.partition import Partition
from tests.feed import documents
from tests.ingest.stories import admin


def taken(message: Any, partition: Partition, body: bytes | None = None) -> Understood:
    """An event understood as if it came now."""
    incoming = Incoming(body or orjson.dumps(message), message, "sender", "log", "attempt")
    return understand(incoming, partition, now(), "1.a.1")


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
    assert (event.entry.open, event.events) == (why, ())
    assert understand_entry(event.entry, partition).events == ()


def test_a_production_tenant_keeps_tests_apart(partition: Partition) -> None:
    message = admin("Arrival", 1)
    message["Meta"]["Test"] = True
    assert taken(message, partition).entry.open is None
    partition.tenant = replace(partition.tenant, environment="Production")
    assert taken(message, partition).entry.open == "test"


@pytest.mark.parametrize("row", LIFECYCLES, ids=lambda row: f"{row.data_model}.{row.event_type}")
def test_null_clears_in_the_words_about_a_person_alone_where_that_was_chosen(
    row: Lifecycle, partition: Partition
) -> None:
    message = admin(row.event_type, 1, patient_Demographics={"FirstName": None, "LastName": "Quill"})
    message["Meta"]["DataModel"] = row.data_model
    partition.tenant = replace(partition.tenant, person_updates="replace")
    event = taken(message, partition).events[0]
    assert event is not None
    is_cleared = event.patient["Demographics"] == {"FirstName": CLEAR, "LastName": "Quill"}
    assert is_cleared is (row.event_type in {"NewPatient", "PatientUpdate"})


def test_keys_tell_nothing_and_differ_between_tenants(partition: Partition) -> None:
    message = admin(
        "Reschedule", 1, ids="MR:record-4711 SSN:social-12", VisitNumber="visit-77", OldVisitNumber="visit-66"
    )
    message["Meta"] |= {"DataModel": "Scheduling"}
    keys = taken(message, partition).entry.keys
    assert [key[:2] for key in keys] == ["i:", "v:", "v:", "o:"], "what identifies, two visit numbers, what does not"
    assert not any(said in key for key in keys for said in ("4711", "social", "visit"))
    other = Partition(partition.store, replace(partition.tenant, name="hillside"))
    assert not set(keys) & set(taken(message, other).entry.keys)


def test_an_event_recalled_is_the_event_that_came(partition: Partition) -> None:
    event = taken(admin("Arrival", 1, ids="MR:m1", VisitNumber="v1", Duration="15", Reason=" "), partition)
    assert understand_entry(event.entry, partition) == event


UNUSABLE = rb"""{"Meta": {"DataModel": "PatientAdmin", "EventType": "NewPatient",
"EventDateTime": "2026-01-01T10:00:00Z", "Source": {"ID": "%s"}},
"Patient": {"Identifiers": [{"ID": "m1", "IDType": "MR"}], "Demographics": {"FirstName": "Ada", "LastName": "Qu\ud83d"}},
"Unheard": [1e999, %s]}"""


def test_an_event_with_leaves_that_cannot_be_used_is_recalled_as_it_came(partition: Partition) -> None:
    body = UNUSABLE % (b"x", b"9" * 5_000)
    came = taken(value_of(body), partition, body)
    assert [(issue["path"], issue["reason"]) for issue in came.entry.issues] == [
        ("Patient.Demographics.LastName", "half of a character"),
        ("Unheard", "unknown field"),
    ]
    assert came.events[0] is not None
    assert came.events[0].patient["Demographics"] == {"FirstName": "Ada"}
    assert understand_entry(came.entry, partition) == came
    assert understand_again(came.entry, partition) == came


async def test_what_a_former_version_kept_unread_comes_in_by_a_replay(store: Store, partition: Partition) -> None:
    await store.access.add_webhook("feed", "its token", (partition.tenant.name,))
    body = UNUSABLE % (partition.tenant.source_ids[0].encode(), b"0")
    await Intake(store).push_unrouted(Incoming(body, None, "feed", "log", "attempt"))
    assert (await replay.route(store)).taken_up == 1
    [entry] = [each async for each in partition.journal.newest({})]
    assert entry.open is None
    assert len(await documents(partition)) == 1
    redelivered = Incoming(body, value_of(body), "feed", "log", "attempt")
    assert [each.is_redelivery for each in await Intake(store).push([partition], redelivered)] == [True]
