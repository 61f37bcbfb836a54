"""How fast kept events are folded and entries understood anew, against a backfill of the same events.

    python -m bench replay --full

In each round, on one new mongod: the command loads a file of events for one tenant. The same events lie in the journal
of a second tenant as ones that no table knew, and are taken up. Then every entry of that journal is brought into a
former form and understood anew; and once more, now by the replay of the whole tenant, which folds all of it again.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from time import perf_counter

import orjson
import uvloop

from bench import hospital
from bench.backfill import load
from bench.figures import Line, Measured
from bench.stage import directory_of
from ingest.backfill.opening import EVENTS
from ingest.fold.lifecycles import NOT_FOLDED
from ingest.ordering import order_of, receipt_in
from ingest.replays.migration import understand_anew
from ingest.replays.open_events import take_up
from ingest.replays.replay import replay_tenant
from ingest.replays.replay_progress import Summary
from store.access.tenant import Tenant
from store.database import Store
from store.documents import KINDS
from store.entries import Entry, Part
from store.mongod.embedded import EmbeddedMongod
from store.partition import Partition
from store.settings import DATABASE, MONGODB_URI, StoreSettings

ROUNDS = 1
SIZE = 4_000
"""Events."""
FULL = 20_000
HOME = "bench_replay"
LATER = replace(
    hospital.TENANT, name="later", destination_id="5f0c9e52-1b7d-4c63-8f2a-6d3e9b41a7c8", source_ids=()
)  # fmt: skip
"""The tenant whose events are kept first and folded later."""
_EVENTS = 8
"""Of a person, about."""
_MORE = 20
"""People more than that makes, as some have fewer events."""
_AT_ONCE = 1000
"""Entries that are written together, before anything is measured."""


# --- what lies in the journal -----------------------------------------------------------------------------------------


def write_events(path: Path, size: int) -> None:
    """Write a file of so many events, as a feed told them one after the other."""
    with path.open("wb") as file:
        for message in islice(hospital.feed(size // _EVENTS + _MORE), size):
            file.write(orjson.dumps(message) + b"\n")


def as_unmapped(entry: Entry) -> Entry:
    """Return the entry of an event as a program keeps it that has no table for it: without keys, and open."""
    order = order_of(entry.effective, NOT_FOLDED, receipt_in(entry.order))
    return replace(entry, parts=(Part(order, open="unmapped"),))


def as_before(entry: Entry) -> Entry:
    """Return an entry with the orders that version 1 of the data gave: their ranks have one digit."""
    return replace(entry, parts=tuple(replace(part, order=_former(part.order)) for part in entry.parts))


def _former(order: str) -> str:
    moment, _, rest = order.split(".", 2)
    return f"{moment}.1.{rest}"


async def keep_open(journal_of: Partition, partition: Partition) -> None:
    """Write the events of one tenant into the journal of another, each of them as one that is kept and not folded."""
    async for entries in _pages(journal_of):
        await partition.journal.add(map(as_unmapped, entries), None)


async def bring_into_former_form(partition: Partition) -> None:
    """Give every entry of a journal the order that it had in version 1 of the data."""
    async for entries in _pages(partition):
        await partition.journal.mark(map(as_before, entries), None)


async def _pages(partition: Partition) -> AsyncIterator[list[Entry]]:
    after = ""
    while page := await partition.journal.page(after, limit=_AT_ONCE, with_bodies=True):
        yield page
        after = page[-1].id


# --- the measure ------------------------------------------------------------------------------------------------------


def measure(rounds: int = ROUNDS, size: int = SIZE) -> Measured:
    """Events a second that are taken up, understood anew and replayed, round by round, against those of a backfill."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        found = [runner.run(_round(size)) for _ in range(rounds)]
    names = {
        "taken up": (f"18: {size:,} unmapped events taken up, against a backfill", ">= 0.60"),
        "understood": (f"18: {size:,} entries understood anew, against a backfill", ">= 0.60"),
        "replayed": (f"replay of a tenant of {size:,} events, against a backfill", ""),
    }
    floor = [each["backfill"] for each in found]
    return Measured([
        Line(name, "events/s", floor, [each[step] for each in found], owed) for step, (name, owed) in names.items()
    ])  # fmt: skip


async def _round(size: int) -> dict[str, float]:
    """Return the events a second of each step on a new database, by the name of the step."""
    with directory_of(None) as directory, EmbeddedMongod(directory / "data") as mongod:
        path = directory / EVENTS
        await asyncio.to_thread(write_events, path, size)
        async with _opened(mongod.uri) as store:
            loaded = await load(EVENTS, path, {MONGODB_URI: mongod.uri, DATABASE: HOME})
            return {"backfill": loaded.rate, **await replayed(store, size)}


@asynccontextmanager
async def _opened(uri: str) -> AsyncIterator[Store]:
    """A store with the two tenants."""
    store = await Store.open(StoreSettings(mongodb_uri=uri, database=HOME))
    try:
        for tenant in (hospital.TENANT, LATER):
            await store.tenants.add(tenant)
        yield store
    finally:
        await store.close()


async def replayed(store: Store, size: int) -> dict[str, float]:
    """Return the rates of the second tenant's steps; the first tenant has its events and the records they come to."""
    partition = store.partition(LATER)
    await keep_open(store.partition(hospital.TENANT), partition)
    rates = {"taken up": await _rate(size, lambda: take_up(store, partition), lambda done: done.taken_up)}
    await _assert_alike(store, hospital.TENANT, LATER)
    await bring_into_former_form(partition)
    rates["understood"] = await _rate(size, lambda: _understood(store, partition), lambda done: done.understood)
    await bring_into_former_form(partition)
    rates["replayed"] = await _rate(size, lambda: replay_tenant(store, partition), lambda done: done.understood)
    await _assert_alike(store, hospital.TENANT, LATER)
    return rates


async def _understood(store: Store, partition: Partition) -> Summary:
    summary = Summary()
    await understand_anew(store, partition, summary, lambda _: None)
    return summary


async def _rate(size: int, work: Callable[[], Awaitable[Summary]], count: Callable[[Summary], int]) -> float:
    """Return the events a second of a step, which must have done all of them."""
    with _collecting():
        began = perf_counter()
        done = await work()
        seconds = perf_counter() - began
    assert count(done) == size, done
    return size / seconds


@contextmanager
def _collecting() -> Iterator[None]:
    """Has garbage looked for, as in the service and in the command; the program that measures looks for none."""
    was_enabled = gc.isenabled()
    gc.enable()
    try:
        yield
    finally:
        if not was_enabled:
            gc.disable()


async def _assert_alike(store: Store, one: Tenant, other: Tenant) -> None:
    """Fail where two tenants have not as many documents of each type."""
    for of_type in KINDS:
        counts = [await store.partition(tenant).count(of_type) for tenant in (one, other)]
        assert counts[0] == counts[1], (of_type, counts)
