"""Open events, which the journal keeps without folding, are folded once their cause is gone: person by person."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace

import structlog

from ingest import pipeline
from ingest.folding.plan import LongHistoryError, Plan, StaleError
from ingest.keys import connecting_keys
from ingest.queue.batch_size import BatchSize
from ingest.replays.migration import understand_page
from ingest.replays.replay_progress import TAKEN_UP, Lately, Summary, pages
from ingest.understanding import Understood, understand_again
from store.commit import transact
from store.database import Store
from store.entries import Entry
from store.errors import StoreError
from store.partition import Partition
from store.reads import Session

_log = structlog.get_logger(__name__)


TOGETHER = 128
"""The largest number of open events that are folded in one transaction."""
CONNECTED = 10_000
"""The largest number of open events that are looked up because they share a key with the events of a page."""


async def take_up(store: Store, partition: Partition, why: Sequence[str] = TAKEN_UP) -> Summary:
    """Fold the events that are open for one of the reasons `why`, if their cause is gone; return a Summary.

    The Summary counts the events that were folded, and those that are still open. A transaction folds the events of
    each person together. The journal is read in the order of ids, and ids are hashes: in that order most events would
    be folded after a newer event of their person, and many would need the whole history of the person. The keys of
    events find the events of one person together, so events without keys are understood anew first.

    Raises StoreError if the database is unavailable.
    """
    is_open: dict[str, object] = {"open": {"$in": list(why)}}
    async for page in pages(partition, wanted={**is_open, "keys": []}, with_bodies=True):
        await understand_page(store, partition, page)
    summary, tried, batches = Summary(), Lately(), BatchSize(TOGETHER)
    async for page in pages(partition, wanted=is_open, limit=TOGETHER):
        entries = await _with_connected(partition, [entry for entry in page if entry.id not in tried.ids], is_open)
        due = [entry.id for entry in _by_name(entries) if entry.id not in tried.ids]
        tried.add(due)
        while due:
            batch, due = due[: batches.size], due[batches.size :]
            began = time.monotonic()
            taken = await _take_up(store, partition, batch)
            batches.learn(len(batch), time.monotonic() - began)
            summary.taken_up += taken
            summary.still_open += len(batch) - taken
    return summary


async def _with_connected(partition: Partition, entries: list[Entry], is_open: dict[str, object]) -> list[Entry]:
    """Return the open entries and at most CONNECTED further open entries that share a key with them."""
    keys = sorted({key for entry in entries for key in connecting_keys(entry.keys)})
    found = {entry.id: entry for entry in entries}
    if keys:
        named = await partition.journal.page(wanted={**is_open, "keys": {"$in": keys}}, limit=CONNECTED)
        found |= {entry.id: entry for entry in named}
    return list(found.values())


def _by_name(entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries in groups, oldest first: entries that share a key, directly or through others, are a group."""
    above: dict[str, str] = {}

    def root(name: str) -> str:
        while (parent := above.setdefault(name, name)) != name:
            above[name] = above[parent]
            name = parent
        return name

    entries = list(entries)
    for entry in entries:
        for key in connecting_keys(entry.keys):
            above[root(key)] = root(entry.id)
    return sorted(entries, key=lambda entry: (root(entry.id), entry.order))


async def _take_up(store: Store, partition: Partition, ids: list[str]) -> int:
    """Fold open events, in one transaction if possible, otherwise in halves; return the number of folded events.

    Raises StoreError if the database is unavailable for a single event.
    """
    try:
        return await _take_up_together(store, partition, ids)
    except Exception as error:
        if isinstance(error, StoreError) and error.fault == "weather" and len(ids) == 1:
            raise
        if len(ids) == 1:
            # The cause of this event is not gone, but the other events can still be folded.
            _log.warning("fold failed again", journal_id=ids[0], error=type(error).__name__)
            return 0
    middle = len(ids) // 2
    return await _take_up(store, partition, ids[:middle]) + await _take_up(store, partition, ids[middle:])


def _with_open_parts(entry: Entry, partition: Partition) -> Understood:
    """Return an open event as it is understood now, to fold only those parts that are open for a reason in TAKEN_UP."""
    again = understand_again(entry, partition)
    if len(again.events) != len(entry.parts):
        return again if entry.open in TAKEN_UP else Understood(entry)
    is_due = [part.open in TAKEN_UP for part in entry.parts]
    parts = (new if due else old for due, old, new in zip(is_due, entry.parts, again.entry.parts, strict=True))
    events = (event if due else None for due, event in zip(is_due, again.events, strict=True))
    return Understood(replace(again.entry, parts=tuple(parts)), tuple(events))


async def _take_up_together(store: Store, partition: Partition, ids: list[str]) -> int:
    plan: Plan | None = None

    async def open_events(session: Session | None = None) -> list[Understood]:
        entries = await partition.journal.some(ids, session)
        found = (_with_open_parts(entry, partition) for entry in entries)
        return [understood for understood in found if understood.parts]

    async def work(session: Session) -> int:
        await partition.journal.known((), session)
        events = await open_events(session)
        await pipeline.accept_open(partition, events, session, plan)
        return len(events)

    while True:
        try:
            return await transact(store, work)
        except (LongHistoryError, StaleError):
            if len(ids) > 1:
                raise
            plan = await pipeline.prepare(partition, await open_events())
