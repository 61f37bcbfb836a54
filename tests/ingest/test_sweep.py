"""Open events are taken up by one process at a time when their cause is gone, and left alone while it is not."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from ingest.fold.world import World
from ingest.incoming import Incoming
from ingest.intake import Intake
from ingest.replays import sweep
from ingest.replays.sweep import Sweep, sweeping
from store.access.tenant import Tenant
from store.database import Store
from store.partition import Partition
from store.work.leases import Leases
from tests.feed import Json, push, search
from tests.lives import moment

OFTEN = timedelta(milliseconds=20)
NEW = Tenant("hillside", "0b7c6a52-6a0e-4d0f-9d7b-1f3a5c7e9b02", source_ids=("0b7c6a52-6a0e-4d0f-9d7b-1f3a5c7e9bf2",))


def told() -> Json:
    meta = {"DataModel": "PatientAdmin", "EventType": "NewPatient", "EventDateTime": moment(0)}
    patient = {"Identifiers": [{"IDType": "MR", "ID": "m1"}], "Demographics": {"LastName": "Reed"}}
    return {"Meta": meta | {"Source": {"ID": NEW.source_ids[0]}}, "Patient": patient}


async def opened_by_a_bug(partition: Partition) -> None:
    """An event whose fold failed."""

    def broken(*_: object) -> None:
        raise KeyError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(World, "apply", broken)
        [accepted] = await push(Intake(partition.store), partition, [told()])
    assert accepted.open == "failed"


async def test_an_event_that_failed_is_folded_when_a_process_starts(partition: Partition) -> None:
    await opened_by_a_bug(partition)
    done = await Sweep(partition.store, OFTEN).once()
    assert done is not None
    assert done.taken_up == 1
    assert (await search(partition, ("MR", "m1")))["Patient"]["Demographics"]["LastName"] == "Reed"


async def test_an_event_that_failed_is_tried_again_now_and_then(
    partition: Partition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "SETTLED", timedelta())
    sweeper = Sweep(partition.store, OFTEN)
    await sweeper.once()
    await opened_by_a_bug(partition)
    at_once = await sweeper.once()
    monkeypatch.setattr(sweep, "FAILED_AGAIN", timedelta())
    later = await sweeper.once()
    assert at_once is not None
    assert later is not None
    assert (at_once.taken_up, at_once.still_open, later.taken_up) == (0, 0, 1)


async def test_an_event_without_a_route_comes_in_once_there_is_one(store: Store) -> None:
    await store.access.add_webhook("feed", "its token", ("riverside",))
    body = b'{"Meta": {"DataModel": "PatientAdmin", "EventType": "NewPatient", "Source": {"ID": "%s"}}, "Patient": {}}'
    incoming = Incoming(body % NEW.source_ids[0].encode(), told(), "feed", "log", "attempt")
    async with sweeping(store, OFTEN):
        await Intake(store).push_unrouted(incoming)
        await asyncio.sleep(0.1)
        await store.tenants.add(NEW)
        await store.access.allow_webhook("feed", NEW.name)
        async with asyncio.timeout(10):
            while await store.partition(NEW).journal.count() == 0:  # noqa: ASYNC110 - another process may write it
                await asyncio.sleep(0.02)


async def test_nothing_is_looked_at_while_nothing_has_changed(
    partition: Partition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "SETTLED", timedelta())
    unmapped = {"Meta": {"DataModel": "Vaccination", "EventType": "New", "EventDateTime": moment(0)}}
    await push(Intake(partition.store), partition, [unmapped])
    sweeper = Sweep(partition.store, OFTEN)
    found = [await sweeper.once() for _ in range(3)]
    assert [done.still_open if done else None for done in found] == [1, 0, 0]


async def test_one_process_sweeps_at_a_time(store: Store) -> None:
    one, other = Sweep(store, OFTEN), Sweep(store, OFTEN)
    assert await one.once() is not None
    assert await other.once() is None
    await one.give_back()
    assert await other.once() is not None


async def test_a_lease_is_one_worker_s_until_it_ends(store: Store) -> None:
    leases: Leases = store.leases
    brief = timedelta(milliseconds=50)
    taken = await asyncio.gather(*(leases.take("work", str(worker), timedelta(hours=1)) for worker in range(8)))
    assert sum(taken) == 1
    owner = str(taken.index(True))
    assert await leases.take("work", owner, brief)
    await asyncio.sleep(0.1)
    assert await leases.take("work", "another", timedelta(hours=1))
    assert not await leases.take("work", owner, brief)
