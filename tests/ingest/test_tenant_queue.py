"""Batches of one tenant: what may go beside what is on its way, who waits for whom, and that nobody is forgotten."""

from __future__ import annotations

import asyncio
import time

import pytest

from ingest.incoming import Receipts
from ingest.intake import Intake, now
from ingest.queue import tenant_queue
from ingest.queue.batches import Batches
from ingest.queue.tenant_queue import AT_ONCE, BESIDE_OTHERS, MANY, QueuedEvent, TenantQueue
from ingest.understanding import Understood, understand
from store.partition import Partition
from tests.feed import incoming, newcomer, push

RECEIPTS = Receipts()


def event(partition: Partition, person: str) -> Understood:
    return understand(incoming(newcomer(person)), partition, now(), RECEIPTS.next(now()))


def waiting(partition: Partition, person: str) -> QueuedEvent:
    return QueuedEvent(event(partition, person), asyncio.get_running_loop().create_future())


async def test_what_names_something_on_its_way_waits_and_the_others_go(partition: Partition) -> None:
    queue = TenantQueue(partition)
    first, same, other = (waiting(partition, person) for person in ("m1", "m1", "m2"))
    queue.add(first)
    assert queue.next() == [first]
    queue.add(same)
    queue.add(other)
    assert queue.next() == [other]
    assert queue.next() == []
    queue.done([first])
    assert queue.next() == [same]


async def test_another_batch_is_begun_beside_one_when_many_wait(partition: Partition) -> None:
    queue = TenantQueue(partition)
    assert queue.wants_worker
    queue.workers.add(asyncio.create_task(asyncio.sleep(0)))
    for number in range(MANY):
        assert not queue.wants_worker
        queue.add(waiting(partition, f"m{number}"))
    assert queue.wants_worker
    while len(queue.workers) < AT_ONCE:
        queue.workers.add(asyncio.create_task(asyncio.sleep(0)))
    assert not queue.wants_worker
    await asyncio.gather(*queue.workers)


async def test_a_process_beside_others_commits_one_batch_at_a_time(partition: Partition) -> None:
    queue = TenantQueue(partition, BESIDE_OTHERS)
    queue.workers.add(asyncio.create_task(asyncio.sleep(0)))
    for number in range(MANY):
        queue.add(waiting(partition, f"m{number}"))
    assert not queue.wants_worker
    await asyncio.gather(*queue.workers)


@pytest.mark.parametrize(("processes", "at_once"), [(1, AT_ONCE), (2, BESIDE_OTHERS)])
async def test_how_many_batches_go_at_once_is_for_the_number_of_processes(
    processes: int, at_once: int, partition: Partition, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_way, most, commit = 0, 0, Batches._commit

    async def watched(self: Batches, partition: Partition, batch: list[QueuedEvent]) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await commit(self, partition, batch)
        under_way -= 1

    monkeypatch.setattr(Batches, "_commit", watched)
    intake = Intake(partition.store, processes=processes)
    waves = [[newcomer(f"m{wave} {number}") for number in range(2 * MANY)] for wave in range(4)]
    pushed = []
    for wave in waves:
        pushed.append(asyncio.create_task(push(intake, partition, wave, at_once=True)))
        await asyncio.sleep(0.001)
    await asyncio.gather(*pushed)
    assert most == at_once


async def test_a_batch_waits_for_so_many_and_no_longer(partition: Partition, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tenant_queue, "GATHERING", 0.2)
    queue = TenantQueue(partition)
    began = time.monotonic()
    await queue.gather(1)
    assert time.monotonic() - began >= 0.2
    gathering = asyncio.create_task(queue.gather(2))
    for person in ("m1", "m2"):
        await asyncio.sleep(0)
        assert not gathering.done()
        queue.add(waiting(partition, person))
    await asyncio.wait_for(gathering, 0.1)


async def test_whoever_comes_as_the_last_worker_goes_is_taken(partition: Partition) -> None:
    batches, intake = Batches(partition.store), Intake(partition.store)
    await push(intake, partition, [newcomer("warm")])
    async with asyncio.timeout(20):
        for number in range(20):
            await batches.take(partition, event(partition, f"m{number}"))
    await batches.drain()
    assert await partition.journal.count() == 21
