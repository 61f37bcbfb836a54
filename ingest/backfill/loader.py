"""Loading rows: batches of rows are committed in several transactions at a time, in memory of a bounded size.

The order of a row among events of the same moment and rank follows from two numbers: the time at which its file was
loaded for the first time, and its line in the file. It is before all events that arrived live. The id of the event of a
row follows from its content and its moment. So neither the run nor the batches influence the result, and a run that
stopped continues if it is run again.
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
from ingest.content_files import without_contents
from ingest.contents import FILE_LEAVES
from ingest.errors import Unavailable
from ingest.incoming import Incoming, message_in
from ingest.keys import VISIT_KEY
from ingest.ordering import receipt_in
from ingest.queue.batch_size import BatchSize
from ingest.queue.batches import Batches
from ingest.understanding import Understood, understand
from mappings.csv.sheet import Fault
from store.database import Store
from store.errors import StoreError
from store.partition import Partition

BATCH = 256
"""The largest number of rows in a transaction."""
BATCH_BYTES = 4 * 1024 * 1024
AT_ONCE = 4
"""The number of transactions that run at the same time."""
REMEMBERED = 16_384
"""The smallest number of names that are kept to detect rows of the same person or visit; at most twice as many."""
NAMED_AGAIN = "names the same as an earlier row, the later one goes over it"

BEFORE_ALL = "0000000000000"
"""The beginning of the receipt of each row, so that a live event of the same moment comes after the rows."""


@dataclass(slots=True)
class Load:
    """One run of a backfill: the file, the tenant, and the state of the run."""

    store: Store
    partition: Partition
    rows: Rows
    summary: Summary
    rejects: Rejects
    source: str
    received: datetime
    begun: datetime
    """When this file was loaded for the first time; if rows of two files have one moment, the later file wins."""
    tell: Callable[[Summary], None] = lambda _: None
    is_stopped: Callable[[], bool] = lambda: False
    batch: int = BATCH
    at_once: int = AT_ONCE
    log_id: str = field(default_factory=lambda: str(uuid4()))
    details: dict[str, Any] = field(default_factory=dict)
    """Details for the journal entries: who loaded the file, and from which address."""
    writers: Writers | None = None
    """Processes that commit batches of a long file, after its first WORTH rows; None if this process commits all."""
    _batch_size: BatchSize = field(init=False)
    _receipt: str = ""
    _broken: FileUnusable | None = None
    _on_way: set[str] = field(default_factory=set)
    _named: tuple[dict[int, int], dict[int, int]] = field(default_factory=lambda: ({}, {}))
    """The newer and the older names, each with the first row that had it; hashes of both, because there are many."""

    def __post_init__(self) -> None:
        self._batch_size = BatchSize(self.batch)

    async def run(self) -> Summary:
        """Load all rows and return the summary; an error of the file or the database sets its `state` and `failure`.

        The file of rejects is closed at the end. Raises asyncio.CancelledError if the task is cancelled.
        """
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
                # If two transactions wrote the same record, one of them would have to repeat its work.
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
        batch = [await self._without_contents(each) for each in batch]
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
        """Return the largest number of transactions at the same time.

        It is one more than the number of processes, so that a free process finds a batch at once; but at least
        `at_once`.
        """
        return max(self.at_once, self.writers.processes + 1 if self.writers else 0)

    async def _compare(self) -> None:
        """Count the rows that are in the journal already and the rows that would be applied, without writing."""
        async for batch in self._batches():
            known = await self.partition.journal.known([each.entry.id for each in batch])
            self.summary.already_there += len(known)
            self.summary.applied += len(batch) - len(known)
            self.tell(self.summary)

    async def _batches(self) -> AsyncIterator[list[Understood]]:
        """Give batches of understood rows, each of the size of a transaction, without rows that are being committed.

        Raises FileUnusable, after the last batch, if the file broke while it was read.
        """
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
            self._broken = error  # raised after the rows before it are loaded
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

    async def _without_contents(self, understood: Understood) -> Understood:
        """Return an event with its long contents kept as files; nearly always the event itself."""
        entry = understood.entry
        if entry.model not in FILE_LEAVES:
            return understood
        incoming = Incoming(
            entry.body, message_in(entry.body), entry.source, entry.log_id, entry.attempt_id, entry.details
        )
        cut = await without_contents(self.store, [self.partition], incoming, self.received)
        if cut is incoming:
            return understood
        return understand(cut, self.partition, entry.received, receipt_in(entry.order)).under(entry.id)

    def _again(self, found: Understood) -> Iterator[Fault]:
        """Give a fault if an earlier row names the same visit, or, for a row without a visit, the same person."""
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
