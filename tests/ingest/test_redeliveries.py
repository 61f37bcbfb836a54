"""Redeliveries: an event without a time and without ids may be meant again, every other event counts once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.folding import plan
from ingest.incoming import Receipts, is_unmarked
from ingest.intake import Intake
from ingest.pipeline import Accepted
from ingest.queue.batches import Batches
from ingest.replays import replay
from ingest.understanding import understand
from store.database import Store
from store.partition import Partition
from tests.feed import Json, documents, incoming, new_partition, push, resources
from tests.ingest.stories import admin, booking


def unmarked(message: Json, **meta: Any) -> Json:
    """A message without its time."""
    kept = {name: value for name, value in message["Meta"].items() if name != "EventDateTime"}
    return {**message, "Meta": kept | meta}


ARRIVAL = unmarked(admin("Arrival", VisitNumber="v1"))
CANCEL = unmarked(admin("Cancel", canceled="Arrival", VisitNumber="v1"))
UPDATE = unmarked(admin("VisitUpdate", VisitNumber="v1", Reason="repeated"))
OTHERS_ARRIVAL = unmarked(admin("Arrival", ids="MR:m2", VisitNumber="v1"))
OTHER_VISIT = unmarked(admin("Arrival", VisitNumber="v2"))
OF_NO_VISIT = unmarked(admin("NewPatient", patient_Demographics={"LastName": "Farrow"}))
RENAMED = unmarked(admin("NewPatient", patient_Demographics={"LastName": "Fenwick"}))
OF_NOBODY = unmarked(booking("New", ids="", Reason="repairs"))
CANCEL_OF_NOBODY = unmarked(booking("Cancel", ids=""))
UNMAPPED = {"Meta": {"DataModel": "Claim", "EventType": "Submission"}, "Claims": [{"ID": "o1"}]}

STORIES: dict[str, tuple[list[Json], list[bool]]] = {
    "an arrival, its cancel, the same arrival": ([ARRIVAL, CANCEL, ARRIVAL], [False, False, False]),
    "each sent twice": (
        [ARRIVAL, ARRIVAL, CANCEL, CANCEL, ARRIVAL, ARRIVAL],
        [False, True, False, True, False, True],
    ),
    "to and fro": ([ARRIVAL, CANCEL, ARRIVAL, CANCEL, ARRIVAL], [False] * 5),
    "another visit between": ([ARRIVAL, OTHER_VISIT, ARRIVAL], [False, False, True]),
    "somebody else's visit of the number between": ([ARRIVAL, OTHERS_ARRIVAL, ARRIVAL], [False, False, True]),
    "the person between, where a visit is named": ([ARRIVAL, OF_NO_VISIT, ARRIVAL], [False, False, True]),
    "the person alone": ([OF_NO_VISIT, RENAMED, OF_NO_VISIT, OF_NO_VISIT], [False, False, False, True]),
    "the person's visit between": ([OF_NO_VISIT, ARRIVAL, OF_NO_VISIT], [False, False, False]),
    "a booking of nobody": ([OF_NOBODY, CANCEL_OF_NOBODY, OF_NOBODY], [False, False, False]),
    "neither person nor visit": ([UNMAPPED, ARRIVAL, UNMAPPED], [False, False, True]),
    "an event with a time between": (
        [ARRIVAL, admin("Cancel", canceled="Arrival", VisitNumber="v1"), ARRIVAL],
        [False, False, False],
    ),
    "a time": ([admin("Arrival"), admin("Cancel", 1), admin("Arrival")], [False, False, True]),
    "a log id": (
        [unmarked(ARRIVAL, Logs=[{"ID": "l1"}]), CANCEL, unmarked(ARRIVAL, Logs=[{"ID": "l1"}])],
        [False, False, True],
    ),
    "a message id": (
        [unmarked(ARRIVAL, Message={"ID": 5}), CANCEL, unmarked(ARRIVAL, Message={"ID": 5})],
        [False, False, True],
    ),
}


@pytest.fixture
def intake(store: Store) -> Intake:
    """An intake whose clock goes on by a millisecond with every event, so that the last event is the newest."""
    moments = iter(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(milliseconds=n) for n in range(100_000))
    return Intake(store, clock=lambda: next(moments))


async def _kept(partition: Partition) -> list[str]:
    return [entry.id async for entry in partition.journal.newest({})]


def _redelivered(taken: list[Accepted]) -> list[bool]:
    return [each.is_redelivery for each in taken]


@pytest.mark.parametrize("case", STORIES)
async def test_what_counts_and_what_is_a_redelivery(case: str, store: Store, intake: Intake) -> None:
    told, redelivered = STORIES[case]
    partition = await new_partition(store)
    taken = await push(intake, partition, told)
    assert _redelivered(taken) == redelivered
    assert len(set(await _kept(partition))) == redelivered.count(False)
    assert {each.journal_id for each in taken} == set(await _kept(partition))


@pytest.mark.parametrize("case", STORIES)
async def test_in_one_batch_it_is_as_one_after_the_other(case: str, store: Store) -> None:
    told, redelivered = STORIES[case]
    for already in (0, 1, 2):
        partition = await new_partition(store)
        receipts, moment = Receipts(), datetime(2026, 1, 1, tzinfo=UTC)
        events = []
        for number, message in enumerate(told):
            received = moment + timedelta(milliseconds=number // 2)
            events.append(understand(incoming(message), partition, received, receipts.next(received)))
        batches = Batches(store)
        taken = [each for one in events[:already] for each in await batches.take_batch(partition, [one])]
        taken += await batches.take_batch(partition, events[already:])
        assert _redelivered(taken) == redelivered


async def test_the_arrival_that_comes_again_acts_again(store: Store, intake: Intake) -> None:
    partition = await new_partition(store)
    await push(intake, partition, [ARRIVAL, CANCEL])
    assert await _status(partition) == "cancelled"
    await push(intake, partition, [ARRIVAL])
    assert await _status(partition) == "in-progress"
    before = await resources(partition)
    summary = await replay.replay_tenant(store, partition)
    assert (summary.understood, summary.documents, summary.entries) == (0, 0, 0)
    assert await resources(partition) == before


async def _status(partition: Partition) -> str:
    [status] = await _statuses(partition)
    return status


async def _statuses(partition: Partition) -> list[str]:
    """The statuses of all visits."""
    return sorted(each.resource["status"] for each in await documents(partition) if each.type == "Encounter")


async def test_the_same_events_in_their_order_get_the_same_ids_elsewhere(store: Store, intake: Intake) -> None:
    told = [ARRIVAL, CANCEL, ARRIVAL, UPDATE, CANCEL, ARRIVAL, ARRIVAL]
    here, there = [await new_partition(store) for _ in range(2)]
    assert [each.journal_id for each in await push(intake, here, told)] == [
        each.journal_id for each in await push(intake, there, told)
    ]


async def test_two_workers_take_a_retry_of_one_event_once(store: Store) -> None:
    partition = await new_partition(store)
    workers = [Intake(store) for _ in range(4)]
    await push(workers[0], partition, [ARRIVAL, CANCEL])
    both = await asyncio.gather(*(push(worker, partition, [ARRIVAL]) for worker in workers))
    assert sorted(_redelivered([each for taken in both for each in taken])) == [False, True, True, True]
    assert len(await _kept(partition)) == 3


async def test_a_long_record_is_told_apart_alike(store: Store, intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "LONG", 1)
    monkeypatch.setattr("ingest.pipeline.LONG", 1)
    partition = await new_partition(store)
    taken = await push(intake, partition, [ARRIVAL, CANCEL, ARRIVAL, ARRIVAL, CANCEL])
    assert _redelivered(taken) == [False, False, False, True, False]
    assert await _status(partition) == "cancelled"


async def test_an_event_that_failed_is_told_apart_alike(
    store: Store, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    partition = await new_partition(store)
    await push(intake, partition, [ARRIVAL, CANCEL])
    with monkeypatch.context() as patch:
        patch.setattr("ingest.folding.onto_stored.records_of", lambda _: 1 / 0)
        patch.setattr("ingest.folding.refolding.records_of", lambda _: 1 / 0, raising=False)
        failed = await push(intake, partition, [ARRIVAL])
    assert ([each.open for each in failed], _redelivered(failed)) == (["failed"], [False])
    assert _redelivered(await push(intake, partition, [ARRIVAL])) == [True]
    assert len(await _kept(partition)) == 3
    await replay.replay_tenant(store, partition)
    assert await _status(partition) == "in-progress"


def test_what_has_a_time_or_an_id_is_marked() -> None:
    for meta in (
        {"EventDateTime": "2026-01-01"},
        {"Logs": [{"ID": "l1"}]},
        {"Logs": [{"AttemptID": "a1"}]},
        {"Message": {"ID": 5}},
        {"Transmission": {"ID": 6}},
    ):
        assert not is_unmarked({"Meta": meta})
    for meta in (
        {},
        {"Logs": []},
        {"Logs": [{}]},
        {"Message": {"ID": None}},
        {"Transmission": 3},
        {"Source": {"ID": 1}},
    ):
        assert is_unmarked({"Meta": meta})
    assert not is_unmarked(None)


@given(st.data())
async def test_however_often_each_is_sent_what_is_sent_once_more_in_a_row_changes_nothing(
    store: Store, data: st.DataObject
) -> None:
    story = data.draw(st.lists(st.sampled_from([ARRIVAL, CANCEL, UPDATE, OF_NO_VISIT]), min_size=1, max_size=6))
    once = [each for number, each in enumerate(story) if number == 0 or story[number - 1] is not each]
    twice = [each for each in once for _ in range(2)]
    found = []
    for told in (once, twice):
        partition = await new_partition(store)
        moments = iter(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(milliseconds=n) for n in range(1_000))
        await push(Intake(store, clock=lambda moments=moments: next(moments)), partition, told)  # type: ignore[misc]
        found.append((sorted(await _kept(partition)), await _statuses(partition)))
    assert found[0] == found[1]
