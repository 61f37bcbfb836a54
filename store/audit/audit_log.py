"""The audit log: who called the service, from where, and which resources the service showed.

Entries contain no value of a resource, and are only ever added. Entries are written in groups: while one group is being
written, new entries wait and become the next group. If nothing is being written, an entry is written at once. A caller
waits until its entries are durable on a majority, so that the service shows no resource without an entry.
"""

from __future__ import annotations

import asyncio
import contextvars
import itertools
import secrets
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pymongo
from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.errors import BulkWriteError

from store import journal
from store.access.tokens import utc_now
from store.audit.audit_entry import Remembered, closed, opened, pushed, stamp
from store.documents import Json
from store.errors import NotRemembered, StoreError, Unavailable, driver_errors

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

COLLECTION = "audit"
PATIENCE = 5.0
"""Seconds that the write of one group may take. After that, the requests behind the group are not answered."""
MOST_TOGETHER = 500

# A TTL index must be on the time alone: it is the only index without the tenant.
INDEXES: dict[str, list[IndexModel]] = {
    COLLECTION: [IndexModel([("expires", ASCENDING)], name="expires", expireAfterSeconds=0)]
}


class Audit:
    """The audit log of a database. It writes entries in groups."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]], kept: timedelta | None) -> None:
        self._entries = database[COLLECTION]
        self._journal = database[journal.COLLECTION]
        self._kept = kept
        process = secrets.token_hex(4)
        self._ids = (f"{process}.{count:08x}" for count in itertools.count())
        self._waiting: deque[tuple[list[Json], asyncio.Future[None]]] = deque()
        self._task: asyncio.Task[None] | None = None

    async def write(self, entries: Iterable[Remembered]) -> None:
        """Write entries and return when they are durable.

        Raises NotRemembered if that fails; some of the entries may then be stored nevertheless.
        """
        documents = list(self._documents(entries))
        if not documents:
            return
        written = asyncio.get_running_loop().create_future()
        self._waiting.append((documents, written))
        if self._task is None or self._task.done():
            # In a context of its own: the time limit of a question must not apply to the whole group.
            self._task = asyncio.create_task(self._work_off(), context=contextvars.Context())
        await written

    async def close(self) -> None:
        """Wait until all waiting entries are written."""
        if self._task is not None:
            await self._task

    async def newest(
        self, tenant: str, since: datetime | None = None, until: datetime | None = None
    ) -> AsyncIterator[Remembered]:
        """Yield the entries of a tenant with `since` <= time < `until`, newest first, without its pushes.

        For the pushes see `pushes`.
        """
        first = f"{tenant}|{stamp(since) if since else ''}"
        last = f"{tenant}|{stamp(until)}" if until else f"{tenant}|~"
        with driver_errors():
            found = self._entries.find({"_id": {"$gte": first, "$lt": last}, "tenant": tenant})
            async for document in found.sort("_id", DESCENDING):
                yield opened(document)

    async def pushes(
        self, tenant: str, since: datetime | None = None, until: datetime | None = None
    ) -> AsyncIterator[Remembered]:
        """Yield an entry for each event in the journal of a tenant, newest first, with `since` <= time < `until`.

        If a sender delivers the same event again, the journal keeps it once, and `newest` yields the further
        deliveries.
        """
        received = {"$gte": since} if since else {}
        received |= {"$lt": until} if until else {}
        wanted = {"tenant": tenant, **({"received": received} if received else {})}
        with driver_errors():
            found = self._journal.find(wanted, _OF_PUSHES).sort("received", DESCENDING)
            async for document in found:
                yield pushed(tenant, document)

    def _documents(self, entries: Iterable[Remembered]) -> Iterator[Json]:
        at = utc_now()
        for entry in entries:
            yield from closed(entry, self._ids, at, at + self._kept if self._kept else None)

    async def _work_off(self) -> None:
        while self._waiting:
            group = [self._waiting.popleft()]
            size = len(group[0][0])
            while self._waiting and size + len(self._waiting[0][0]) <= MOST_TOGETHER:
                group.append(self._waiting.popleft())
                size += len(group[-1][0])
            await self._commit(group)

    async def _commit(self, group: Sequence[tuple[list[Json], asyncio.Future[None]]]) -> None:
        failure: str | None = None
        try:
            await self._insert([each for documents, _ in group for each in documents])
        except Exception as failed:
            if len(group) > 1 and not isinstance(failed, Unavailable):
                for each in group:  # one of them cannot be written; the others still can
                    await self._commit([each])
                return
            failure = failed.place if isinstance(failed, StoreError) else type(failed).__name__
        for _, written in group:
            if not written.done():
                written.set_result(None) if failure is None else written.set_exception(NotRemembered(failure))

    async def _insert(self, documents: Sequence[Json]) -> None:
        with driver_errors(), pymongo.timeout(PATIENCE):
            try:
                await self._entries.insert_many(documents, ordered=False)
            except BulkWriteError as error:
                # The ids are unique to this process: a document that exists was written by an earlier attempt.
                is_there = all(each["code"] == _DUPLICATE for each in error.details["writeErrors"])
                if not is_there or error.details["writeConcernErrors"]:
                    raise


_DUPLICATE = 11000
_OF_PUSHES = {"received": 1, "model": 1, "event": 1, "source": 1, "log": 1, "open": 1, "details": 1}
