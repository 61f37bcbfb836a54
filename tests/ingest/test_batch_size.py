"""How large the next batch is: by how long those before took."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.intake import Intake
from ingest.queue import batch_size as pace
from ingest.queue.batch_size import LONG, BatchSize
from ingest.queue.batches import Batches
from store.partition import Partition
from tests.feed import newcomer, push
from tests.ingest.reports import load, patient, table


def sizes(most: int, *batches: tuple[int, float]) -> list[int]:
    """What is allowed after each batch of so many events and seconds."""
    kept = BatchSize(most)
    found = [kept.size]
    for events, seconds in batches:
        kept.learn(events, seconds)
        found.append(kept.size)
    return found


def test_a_batch_that_takes_long_is_followed_by_half_of_it_and_never_by_none() -> None:
    assert sizes(8, *[(size, LONG * 1.1) for size in (8, 4, 2, 1)]) == [8, 4, 2, 1, 1]


def test_what_was_on_its_way_beside_it_halves_nothing_again() -> None:
    assert sizes(8, (8, LONG * 2), (8, LONG * 2), (8, LONG * 2)) == [8, 4, 4, 4]


def test_what_takes_little_grows_again_up_to_the_most() -> None:
    assert sizes(8, (4, LONG * 2), (2, 0.0), (4, 0.0), (8, 0.0)) == [8, 2, 4, 8, 8]


def test_a_batch_that_was_not_full_proves_nothing() -> None:
    assert sizes(8, (8, LONG * 2), (3, 0.0), (4, LONG / 2)) == [8, 4, 4, 4]


@pytest.fixture
def committed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of the batches that are committed, each of which takes long."""
    found: list[int] = []
    commit = Batches._commit

    async def watched(self: Batches, partition: Partition, batch: list[Any]) -> Any:
        found.append(len(batch))
        return await commit(self, partition, batch)

    monkeypatch.setattr(Batches, "_commit", watched)
    monkeypatch.setattr(pace, "LONG", 0.0)
    return found


async def test_a_backfill_whose_transactions_take_long_takes_fewer_rows_at_a_time(
    partition: Partition, committed: list[int]
) -> None:
    rows = [patient(number) for number in range(60)]
    summary = await load(partition, "patients", table(rows), batch=16, at_once=1)
    assert (summary.state, summary.applied) == ("done", 60)
    assert committed[:4] == [16, 16, 8, 8]  # one is put together while the one before is on its way
    assert committed[-1] <= 2


async def test_pushes_whose_transactions_take_long_are_fewer_at_a_time(
    partition: Partition, committed: list[int]
) -> None:
    intake = Intake(partition.store, processes=2)  # one batch at a time
    waves = [[newcomer(f"m{wave} {number}") for number in range(40)] for wave in range(2)]
    for wave in waves:
        await push(intake, partition, wave, at_once=True)
    assert sum(committed) == 80
    assert max(committed) > 8
    assert committed[-1] == 1
