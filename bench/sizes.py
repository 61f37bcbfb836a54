"""What people and their events take up: on disk, in indexes, and how much of it one event is."""

from __future__ import annotations

from collections.abc import AsyncIterator

from bench import hospital
from bench.figures import Line, Measured
from bench.stage import Stage, stage
from ingest.backfill.loader import Load
from ingest.backfill.opening import EVENTS, wanted_of
from ingest.backfill.rejects import Rejects
from ingest.backfill.summary import Summary
from ingest.intake import now
from ingest.synth.rows import Lives
from store.documents import KINDS
from store.journal import COLLECTION as JOURNAL
from store.partition import CLAIMS

SIZE = 1000
"""People."""
KEPT = (*KINDS, JOURNAL, CLAIMS)


async def measure(size: int = SIZE) -> Measured:
    """KiB of a person with three visits, collection by collection: as BSON, packed on disk, and in indexes."""
    async with stage() as on:
        rows = Lives(hospital.population(size), wanted_of(on.partition, now(), None))
        summary, rejects = Summary(EVENTS), Rejects(None, rows, "utf-8")
        await Load(on.store, on.partition, rows, summary, rejects, "synth", now(), now(), at_once=1).run()
        await on.store.client.admin.command("fsync")
        return Measured([line async for line in _lines(on, size, summary.applied)])


async def _lines(on: Stage, size: int, events: int) -> AsyncIterator[Line]:
    total = 0.0
    for collection in KEPT:
        stats = await on.store.database.command("collStats", collection)
        packed, indexes = stats["storageSize"] / 1024 / size, stats["totalIndexSize"] / 1024 / size
        total += packed + indexes
        on_disk = f"on disk {packed:.1f} KiB, its indexes {indexes:.1f} KiB"
        says = f"{stats['count'] / size:.1f} documents a person; {on_disk}"
        yield Line(f"size of {collection}, a person", "KiB as BSON", [stats["size"] / 1024 / size], [], "", says)
    yield Line("size in all, a person", "KiB on disk", [total], [], "", f"{events / size:.1f} events a person")
