"""What the machine gives a group commit: the documents that pushes left, written again by the driver alone.

An event is one journal entry, one look at its person and its two documents, in the collections and under the indexes
that the service has. No HTTP, no reading of messages, no fold, no transaction, no claims.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import Any

from pymongo import ReplaceOne

from bench.stage import WRITERS
from ingest.keys import PERSON_KEY, VISIT_KEY
from store.database import Database, Store
from store.journal import COLLECTION as JOURNAL

Json = dict[str, Any]

MOST = 128
KINDS = ("Patient", "Encounter", "Appointment")


@dataclass(frozen=True, slots=True)
class Writes:
    """What one event comes to."""

    entry: Json
    tokens: list[str]
    """By which its person is looked for."""
    documents: list[tuple[str, Json]]
    """By collection."""


async def writes_since(store: Store, moment: datetime) -> list[Writes]:
    """What each event came to that the service has taken in since a moment, in order of receipt."""
    found = store.database[JOURNAL].find({"received": {"$gte": moment}}).sort("order", 1)
    entries = await found.to_list()
    tokens = [key[len(PERSON_KEY) :] for entry in entries for key in entry["keys"]]
    known: dict[tuple[str, str], Json] = {}
    for kind in KINDS:
        async for document in store.database[kind].find({"search.identifier": {"$in": tokens}}):
            known |= {(kind, token): document for token in document["search"]["identifier"]}
    return [_writes(entry, known) for entry in entries]


def _writes(entry: Json, known: dict[tuple[str, str], Json]) -> Writes:
    people = [key.removeprefix(PERSON_KEY) for key in entry["keys"] if key.startswith(PERSON_KEY)]
    visits = [key.removeprefix(VISIT_KEY) for key in entry["keys"] if key.startswith(VISIT_KEY)]
    meant = [("Patient", people[0]), *((kind, token) for kind in KINDS[1:] for token in visits)]
    return Writes(entry, people, [(key[0], known[key]) for key in meant if key in known])


async def write(store: Store, database: str, events: Sequence[Writes]) -> float:
    """Events a second that as many writers as connections get written, into an empty database, in group commits."""
    target = (await Store.attach(store.client, database)).database
    group, waiting = _Group(target), iter(events)
    began = perf_counter()
    await asyncio.gather(*(group.work_off(waiting) for _ in range(WRITERS)))
    seconds = perf_counter() - began
    await store.client.drop_database(database)
    return len(events) / seconds


class _Group:
    """What waits while a batch is written is the next batch."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[tuple[Writes, asyncio.Future[None]]] = deque()
        self._task: asyncio.Task[None] | None = None

    async def work_off(self, events: Iterator[Writes]) -> None:
        """One writer, who waits for each of its events."""
        for event in events:
            written = asyncio.get_running_loop().create_future()
            self._waiting.append((event, written))
            if self._task is None or self._task.done():
                self._task = asyncio.create_task(self._commit())
            await written

    async def _commit(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
            await self._write([event for event, _ in batch])
            for _, written in batch:
                written.set_result(None)

    async def _write(self, events: list[Writes]) -> None:
        tokens = [token for event in events for token in event.tokens]
        wanted = {"tenant": events[0].entry["tenant"], "search.identifier": {"$in": tokens}}
        await self._database["Patient"].find(wanted).to_list()
        await self._database[JOURNAL].insert_many([event.entry for event in events])
        for kind in KINDS:
            puts = [document for event in events for of, document in event.documents if of == kind]
            writes = [ReplaceOne({"_id": document["_id"]}, document, upsert=True) for document in puts]
            if writes:
                await self._database[kind].bulk_write(writes, ordered=False)
