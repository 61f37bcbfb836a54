"""Documents of a population, written as the fold gives them and without their journal.

A million people through the service would take hours. Here each person's events are understood and folded by the same
functions, and the resulting documents inserted in bulks: resources, search parameters and indexes are those that pushes
leave (tests compare them). Questions read nothing else: of the journal and the claims, which are left out, no question
but one about the past knows. What is written so must not be pushed to.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain

import orjson
from pymongo import WriteConcern
from pymongo.errors import BulkWriteError

from bench import hospital
from gateway.sandbox.well_known import prepare
from ingest.fold.records import records_of
from ingest.fold.resource_ids import with_resource_ids
from ingest.folding.changes import documents_of
from ingest.folding.refolding import world_of
from ingest.incoming import Incoming, Receipts
from ingest.intake import now
from ingest.synth.lives import Population
from ingest.understanding import understand
from store.database import Store
from store.documents import KINDS, Document, envelope
from store.partition import Partition
from store.settings import StoreSettings

CHUNK = 5000
"""People of one piece of work, which is done as a whole or done again."""
BULK = 1000
SEEDED = "bench_seeded"
"""Where it is noted how far a database is; the one collection in it that is not the product's."""
_DUPLICATE = 11000


def documents(partition: Partition, population: Population, number: int, receipts: Receipts) -> Iterator[Document]:
    """What the events of one person come to."""
    received = now()
    events = (
        understand(
            Incoming(orjson.dumps(message), message, "synth", "", ""), partition, received, receipts.next(received)
        )
        for message in population.life(number)
    )
    pieces = [piece for event in events for piece in event.parts]
    world = world_of(pieces, partition, {})
    return documents_of(with_resource_ids(records_of(world), [], partition.tenant.name, world.rules), partition)


async def seed(store: Store, population: Population, first: int = 0) -> None:
    """Write the documents of people from one on, in this process."""
    partition, receipts = store.partition(hospital.TENANT), Receipts()
    waiting: dict[str, list[Document]] = {kind: [] for kind in KINDS}
    people = range(first, population.patients)
    for document in chain.from_iterable(documents(partition, population, number, receipts) for number in people):
        waiting[document.type].append(document)
        if len(waiting[document.type]) >= BULK:
            await _insert(store, document.type, waiting.pop(document.type))
            waiting[document.type] = []
    for kind, left in waiting.items():
        if left:
            await _insert(store, kind, left)
    assert await store.ready()  # a majority has this write, and so all before it


async def _insert(store: Store, kind: str, found: list[Document]) -> None:
    """Insert documents; a piece of work that is done again finds some of its own there."""
    collection = store.database.get_collection(kind, write_concern=WriteConcern(w=1))
    try:
        await collection.insert_many([envelope(hospital.TENANT.name, each) for each in found], ordered=False)
    except BulkWriteError as error:
        if any(each["code"] != _DUPLICATE for each in error.details["writeErrors"]):
            raise


async def seed_together(uri: str, database: str, people: int, processes: int) -> None:
    """Write the documents of a large population in several processes; what is there already is not done again."""
    store = await Store.open(StoreSettings(mongodb_uri=uri, database=database))
    try:
        await prepare(store)
        done = {found["_id"] async for found in store.database[SEEDED].find()}
        missing = iter([first for first in range(0, people, CHUNK) if first not in done])
        await asyncio.gather(*(_work_off(missing, uri, database, people, store) for _ in range(processes)))
    finally:
        await store.close()


async def _work_off(missing: Iterator[int], uri: str, database: str, people: int, store: Store) -> None:
    for first in missing:
        last = min(first + CHUNK, people)
        command = ["-m", "bench.seeding", uri, database, str(first), str(last)]
        process = await asyncio.create_subprocess_exec(sys.executable, *command)
        if await process.wait():
            raise subprocess.CalledProcessError(process.returncode or 1, command)
        await store.database[SEEDED].insert_one({"_id": first})  # journaled, and the pieces before it with it
        print(f"        {database}: {last:,} of {people:,}", flush=True)


async def _chunk(uri: str, database: str, first: int, last: int) -> None:
    store = await Store.open(StoreSettings(mongodb_uri=uri, database=database))
    try:
        await seed(store, hospital.population(last), first)
    finally:
        await store.close()


def main() -> None:
    """One piece of work: URI DATABASE FIRST LAST."""
    asked = argparse.ArgumentParser(prog="python -m bench.seeding", description=__doc__)
    asked.add_argument("uri")
    asked.add_argument("database")
    asked.add_argument("first", type=int)
    asked.add_argument("last", type=int)
    given = asked.parse_args()
    gc.disable()  # a piece of work is small, and makes no cycles worth looking for
    asyncio.run(_chunk(given.uri, given.database, given.first, given.last))


if __name__ == "__main__":
    main()
