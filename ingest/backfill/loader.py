"""Loading: rows in batches straight into transactions, some at once, in memory that does not grow with the file.

A row's place among events of its moment and rank is given by when its file came first and its number in the file, and
is before all that came in live; its identity is what it says and when that was true. So neither the run nor its batches
decide anything, and a run that stopped anywhere is gone on with by running it again.
"""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any
from uuid import uuid4

from ingest.backfill.file_errors import FileUnusable
from ingest.backfill.rejects import Rejects
from ingest.backfill.rows import Rejected, Row, Rows
from ingest.backfill.summary import Summary
from ingest.backfill.writers import WORTH, Writers
from ingest.errors import Unavailable
from ingest.incoming import Incoming
from ingest.keys import VISIT_KEY
from ingest.queue.batch_size import BatchSize
from ingest.queue.batches import Batches
from ingest.understanding import Understood, understand
from mappings.csv.sheet import Fault
from store.database import Store
from store.errors import StoreError
from store.partition import Partition

BATCH = 256
"""Rows of a transaction at most."""
BATCH_BYTES = 4 * 1024 * 1024
AT_ONCE = 4
"""Transactions under way."""
REMEMBERED = 16_384
"""Names of rows remembered at least, twice as many at most, to tell that a later one speaks of the same again."""
NAMED_AGAIN = "names the same as an earlier row, the later one goes over it"

BEFORE_ALL = "0000000000000"
"""With what receipts of rows begin: what came in live at the same moment comes after them."""


@dataclass(slots=True)
class Load:
    """One backfill under way."""

    store: Store
    partition: Partition
    rows: Rows
    summary: Summary
    rejects: Rejects
    source: str
    received: datetime
    begun: datetime
    """When this very file came for the first time; of two files of one moment the later goes over the earlier."""
    tell: Callable[[Summary], None] = lambda _: None
    is_stopped: Callable[[], bool] = lambda: False
    batch: int = BATCH
    at_once: int = AT_ONCE
    log_id: str = field(default_factory=lambda: str(uuid4()))
    details: dict[str, Any] = field(default_factory=dict)
    """By whom and from where it came."""
    writers: Writers | None = None
    """Processes that commit once a file has turned out to be long."""
    _batch_size: BatchSize = field(init=False)
    _receipt: str = ""
    _broken: FileUnusable | None = None
    _on_way: set[str] = field(default_factory=set)
    _named: tuple[dict[int, int], dict[int, int]] = field(default_factory=lambda: ({}, {}))
    """Newer and older names, and what row had them first; hashes, as there are many."""

    def __post_init__(self) -> None:
        self._batch_size = BatchSize(self.batch)

    async def run(self) -> Summary:
        """Take all rows in; what is wrong with the file or the database is told in the summary."""
        began = time.monotonic()
        self._receipt = f"{BEFORE_ALL}.{int(self.begun.timestamp() * 1000):013d}"
        self.summary.notes += self.rows.notes
        try:
            await (self._compare() if self.summary.is_dry else self._load())
        except (FileUnusable, Unavailable, StoreError) as error:
            self.summary.state, self.summary.failure = "failed", str(error)
            self.summary.is_weather = error.fault == "weather"
        except asyncio.CancelledError:
            self.summary.state = "interrupted"
            raise
        else:
            self.summary.state = "interrupted" if self.is_stopped() else "done"
        finally:
            self.rejects.close()
            self.summary.seconds = time.monotonic() - began
        return self.summary

    async def _load(self) -> None:
        batches = Batches(self.store)
        under_way: dict[asyncio.Task[None], frozenset[str]] = {}
        try:
            async for batch in self._batches():
                named = frozenset(key for each in batch for key in each.keys)
                # Of two transactions that write the same record one would have to do its work again, and last.
                while len(under_way) >= self._most or not all(map(named.isdisjoint, under_way.values())):
                    done, _ = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                    for task in done:
                        del under_way[task]
                        task.result()
                self._on_way.update(each.entry.id for each in batch)
                under_way[asyncio.create_task(self._commit(batches, batch))] = named
        finally:
            outcomes = await asyncio.gather(*under_way, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    async def _commit(self, batches: Batches, batch: list[Understood]) -> None:
        began = time.monotonic()
        if self.writers and self.summary.read > WORTH and self.writers.are_ready():
            taken = await self.writers.take_batch(batch)
        else:
            taken = await batches.take_batch(self.partition, batch)
        self._batch_size.learn(len(batch), time.monotonic() - began)
        self.summary.take(taken)
        self._on_way.difference_update(each.entry.id for each in batch)
        self.tell(self.summary)

    @property
    def _most(self) -> int:
        """Transactions under way: one more than there are processes waits for the first that is free."""
        return max(self.at_once, self.writers.processes + 1 if self.writers else 0)

    async def _compare(self) -> None:
        """Only find out what is there already."""
        async for batch in self._batches():
            known = await self.partition.journal.known([each.entry.id for each in batch])
            self.summary.already_there += len(known)
            self.summary.applied += len(batch) - len(known)
            self.tell(self.summary)

    async def _batches(self) -> AsyncIterator[list[Understood]]:
        """Rows understood, as many as a transaction takes; what is on its way already is left out."""
        rows = chain.from_iterable(self._good(each) for each in self.rows)
        while not self.is_stopped() and (batch := self._next(rows)):
            yield batch
            await asyncio.sleep(0)
        if self._broken:
            raise self._broken

    def _next(self, rows: Iterator[Understood]) -> list[Understood]:
        batch: list[Understood] = []
        ids: set[str] = set()
        size = 0
        try:
            for each in rows:
                if each.entry.id in ids or each.entry.id in self._on_way:
                    self.summary.already_there += 1
                    continue
                batch.append(each)
                ids.add(each.entry.id)
                size += len(each.entry.body)
                if len(batch) >= self._batch_size.size or size >= BATCH_BYTES or self.is_stopped():
                    break
        except FileUnusable as error:
            self._broken = error  # once what came before is in
        return batch

    def _good(self, row: Row | Rejected) -> Iterator[Understood]:
        if isinstance(row, Rejected):
            self.summary.reject(row)
            self.rejects.add(row)
            return
        self.summary.read += 1
        found = self._understood(row)
        doubts = (*row.doubts, *self._again(found))
        if doubts:
            self.summary.doubt(row, doubts)
        yield found

    def _understood(self, row: Row) -> Understood:
        incoming = Incoming(row.body, row.message, self.source, self.log_id, self.log_id, self.details)
        receipt = f"{self._receipt}.{row.line:010d}.{zlib.crc32(row.body):08x}"
        return understand(incoming, self.partition, self.received, receipt, row.reading)

    def _again(self, found: Understood) -> Iterator[Fault]:
        """Whether a row names what another row of the file has named: a person, or a visit where it is of one."""
        if self.summary.kind == "events":
            return
        keys = found.keys
        is_of_visit = any(key.startswith(VISIT_KEY) for key in keys)
        row = hash(found.entry.id)
        for name in map(hash, ("".join(sorted(keys)),) if is_of_visit else keys):
            newer, older = self._named
            if newer.setdefault(name, older.get(name, row)) != row:
                yield Fault("Visit.VisitNumber" if is_of_visit else "Patient.Identifiers", NAMED_AGAIN)
            if len(newer) >= REMEMBERED:
                self._named = {}, newer
