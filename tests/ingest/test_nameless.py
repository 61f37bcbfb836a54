"""Events without a person belong to the only visit of their number, and a hold to the first person that names it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import permutations
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.as_of import AsOf
from ingest.folding import plan
from ingest.folding.history import History
from ingest.intake import Intake
from ingest.replays import replay
from mappings.times import instant
from store.database import Store
from store.partition import Partition
from tests.feed import Json, booked, everything, new_partition, push, resources, visits
from tests.ingest.stories import admin, booking
from tests.laws.test_order import assert_equal
from tests.lives import START, moment, scheduling_events, timed, visit_events

PAIRS = [("MR", "m1"), ("MR", "m2")]
BOOKED = booking("New", 1, Reason="cough")
HELD = booking("New", 1, ids="", Reason="block")


def arrival(minute: int, **said: Any) -> Json:
    return admin("Arrival", minute, VisitNumber="v1", **said)


def replaces(minute: int, ids: str = "MR:m1") -> Json:
    return booking("Reschedule", minute, ids=ids, VisitNumber="v2", OldVisitNumber="v1")


Seen = tuple[str, str, str | None]
"""Of an appointment its number, its Status and whose it is."""
STORIES: dict[str, tuple[list[Json], list[Seen]]] = {
    "cancelled": ([BOOKED, booking("Cancel", 2, ids="")], [("v1", "Cancelled", "m1")]),
    "missed": ([BOOKED, booking("NoShow", 2, ids="")], [("v1", "No Show", "m1")]),
    "changed": ([BOOKED, booking("Modification", 2, ids="", Status="Roomed")], [("v1", "Roomed", "m1")]),
    "booked again": ([BOOKED, booking("Cancel", 2), booking("New", 3, ids="")], [("v1", "Scheduled", "m1")]),
    "of a stay": ([arrival(1), booking("New", 2, ids="")], [("v1", "Scheduled", "m1")]),
    "taken over": ([HELD, booking("Modification", 2)], [("v1", "Scheduled", "m1")]),
    "taken over and cancelled": ([HELD, booking("Cancel", 2)], [("v1", "Cancelled", "m1")]),
    "taken over by a stay": ([HELD, arrival(2)], [("v1", "Arrived", "m1")]),
    "taken over, then nameless": (
        [HELD, booking("Modification", 2), booking("NoShow", 3, ids="")],
        [("v1", "No Show", "m1")],
    ),
    "taken over by the first": (
        [HELD, booking("Modification", 2), booking("Modification", 3, ids="MR:m2")],
        [("v1", "Scheduled", "m1"), ("v1", "Scheduled", "m2")],
    ),
    "cancelled before": (
        [HELD, booking("Cancel", 2, ids=""), booking("New", 3)],
        [("v1", "Cancelled", None), ("v1", "Scheduled", "m1")],
    ),
    "held again": (
        [HELD, booking("Cancel", 2, ids=""), booking("New", 3, ids=""), booking("Modification", 4)],
        [("v1", "Scheduled", "m1")],
    ),
    "nameless after a cancelled hold": (
        [HELD, booking("Cancel", 2, ids=""), booking("New", 3), booking("NoShow", 4, ids="")],
        [("v1", "Cancelled", None), ("v1", "No Show", "m1")],
    ),
    "missed before": ([HELD, booking("NoShow", 2, ids=""), arrival(3)], [("v1", "Arrived", "m1")]),
    "rescheduled hold": ([HELD, replaces(2)], [("v1", "Cancelled", "m1"), ("v2", "Scheduled", "m1")]),
    "rescheduled without a person": ([BOOKED, replaces(2, "")], [("v1", "Cancelled", "m1"), ("v2", "Scheduled", "m1")]),
    "hold rescheduled without a person": ([HELD, replaces(2, "")], [("v1", "Cancelled", None), ("v2", "Scheduled", None)]),
    "rescheduled, then taken over": (
        [HELD, replaces(2, ""), booking("Modification", 3, VisitNumber="v2")],
        [("v1", "Cancelled", None), ("v2", "Scheduled", "m1")],
    ),
    "moved hold": ([HELD, admin("VisitMerge", 2, VisitNumber="v1")], [("v1", "Scheduled", "m1")]),
    "of two": (
        [BOOKED, booking("New", 2, ids="MR:m2"), booking("Cancel", 3, ids="")],
        [("v1", "Scheduled", "m1"), ("v1", "Scheduled", "m2")],
    ),
    "of one, then of two": (
        [BOOKED, booking("Cancel", 2, ids=""), booking("New", 3, ids="MR:m2")],
        [("v1", "Cancelled", "m1"), ("v1", "Scheduled", "m2")],
    ),
}  # fmt: skip


def seen(appointments: Sequence[Json]) -> list[Seen]:
    return [
        (visit["VisitNumber"], visit["Status"], next((i["ID"] for i in visit["Patient"]["Identifiers"]), None))
        for visit in appointments
    ]


async def fed(store: Store, messages: Sequence[Json], *, at_once: bool = False) -> Partition:
    partition = await new_partition(store)
    placed = [message | {"Visit": {"VisitDateTime": moment(600), **message["Visit"]}} for message in messages]
    await push(Intake(store), partition, placed, at_once=at_once)
    return partition


async def answered(partition: Partition) -> list[object]:
    return [await booked(partition), await visits(partition), await resources(partition)]


@pytest.mark.parametrize("name", STORIES)
async def test_a_story_comes_to_the_same_in_every_order(store: Store, name: str) -> None:
    story, expected = STORIES[name]
    told = await fed(store, story)
    assert sorted(seen(await booked(told)), key=str) == sorted(expected, key=str)
    for shuffled in permutations(story):
        assert await answered(await fed(store, shuffled)) == await answered(told)
    for together in (story, story[::-1]):
        assert await answered(await fed(store, together, at_once=True)) == await answered(told)
    summary = await replay.replay_tenant(store, told, is_dry=True)
    assert (summary.documents, summary.entries) == (0, 0)


async def test_an_event_of_a_visit_that_several_people_have_waits_with_an_issue(store: Store) -> None:
    partition = await new_partition(store)
    accepted = await push(Intake(store), partition, STORIES["of two"][0])
    assert [(each.open, each.findings) for each in accepted][-1] == ("IdentifierMissing", ("IdentifierMissing",))


async def test_a_merge_that_names_nobody_makes_nobody(store: Store) -> None:
    merge = admin("PatientMerge", 1, ids="FIN:f1")
    merge["Patient"]["PreviousIdentifiers"] = [{"IDType": "FIN", "ID": "f2"}]
    partition = await new_partition(store)
    [accepted] = await push(Intake(store), partition, [merge])
    assert accepted.open == "IdentifierMissing"
    assert await resources(partition) == []
    assert not (await replay.replay_tenant(store, partition, is_dry=True)).differs


async def test_a_hold_goes_on_from_what_is_stored(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: Any, **__: Any) -> History:
        raise AssertionError

    monkeypatch.setattr(plan, "history", never)
    partition = await fed(
        store, [HELD, booking("Modification", 2, ids="", Reason="repairs"), booking("Cancel", 3, ids="")]
    )
    assert [(visit["Status"], visit["Reason"]) for visit in await booked(partition)] == [("Cancelled", "repairs")]


async def test_bookings_of_nobody_without_a_number_are_apart(store: Store) -> None:
    partition = await new_partition(store)
    for reason in ("repairs", "lunch"):
        message = booking("New", 1, ids="", VisitDateTime=moment(600), Reason=reason)
        del message["Visit"]["VisitNumber"]
        await push(Intake(store), partition, [message])
    assert sorted(visit["Reason"] for visit in await booked(partition)) == ["lunch", "repairs"]


async def test_words_of_nobody_stay_with_the_hold_and_words_of_a_visit_go_to_its_person(store: Store) -> None:
    """The Demographics of a hold match nobody, also when a person takes it over; a visit's are its person's."""
    nameless = {"Patient": {"Demographics": {"FirstName": "Bo"}}}
    partition = await fed(store, [HELD | nameless])
    assert (await booked(partition))[0]["Patient"]["Demographics"]["FirstName"] == "Bo"
    partition = await fed(store, [HELD | nameless, booking("Modification", 2)])
    assert "Demographics" not in (await booked(partition))[0]["Patient"]
    partition = await fed(store, [BOOKED, booking("Modification", 2, ids="") | nameless])
    assert (await booked(partition))[0]["Patient"]["Demographics"]["FirstName"] == "Bo"


@st.composite
def nameless_lives(draw: st.DrawFn) -> list[Json]:
    """Events of two people and of nobody, of two numbers."""
    messages = draw(st.lists(st.one_of(scheduling_events(), visit_events()), min_size=2, max_size=7))
    for message in messages:
        name = draw(st.sampled_from(["m1", "m1", "m2", ""]))
        message["Patient"] = {"Identifiers": [{"IDType": "MR", "ID": name}]} if name else {}
        message["Visit"]["VisitNumber"] = draw(st.sampled_from(["v1", "v1", "v2"]))
        if message["Visit"].get("OldVisitNumber"):
            message["Visit"]["OldVisitNumber"] = draw(st.sampled_from(["v1", "v2"]))
    if draw(st.booleans()):
        person = draw(st.sampled_from(["m1", "m2"]))
        patient = {"Identifiers": [{"IDType": "MR", "ID": person}]}
        visit = {"VisitNumber": draw(st.sampled_from(["v1", "v2"]))}
        moved = {"Meta": {"DataModel": "PatientAdmin", "EventType": "VisitMerge"}, "Patient": patient, "Visit": visit}
        messages.insert(draw(st.integers(0, len(messages))), moved)
    return timed(messages, range(0, 10 * len(messages), 10))


@given(story=nameless_lives(), luck=st.randoms(use_true_random=False))
async def test_lives_with_events_of_nobody_come_to_the_same_in_any_order(
    store: Store, story: list[Json], luck: Random
) -> None:
    told, shuffled, together = [await new_partition(store) for _ in range(3)]
    await push(Intake(store), told, story)
    await push(Intake(store), shuffled, luck.sample(story, len(story)))
    mixed = luck.sample(story, len(story))
    half = luck.randrange(len(mixed) + 1)
    await asyncio.gather(
        push(Intake(store), together, mixed[:half], at_once=True),
        push(Intake(store), together, mixed[half:], at_once=True),
    )
    await assert_equal(shuffled, told)
    await assert_equal(together, told)
    assert not (await replay.replay_tenant(store, told, is_dry=True)).differs


@given(story=nameless_lives(), minutes=st.integers(-5, 75), luck=st.randoms(use_true_random=False))
async def test_a_moment_of_lives_with_events_of_nobody(
    store: Store, story: list[Json], minutes: int, luck: Random
) -> None:
    whole, early = await new_partition(store), await new_partition(store)
    at = instant(moment(minutes), START.tzinfo)  # type: ignore[arg-type]
    assert at is not None
    await push(Intake(store), whole, luck.sample(story, len(story)))
    await push(Intake(store), early, [each for each in story if each["Meta"]["EventDateTime"] <= moment(minutes)])
    assert await everything(AsOf(whole, at), PAIRS) == await everything(early, PAIRS)
