"""Group commit: the events that arrive while a batch is committed form the next batch. A single event does not wait."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import structlog

from ingest import pipeline
from ingest.errors import Unavailable
from ingest.folding.plan import LongHistoryError, Plan, StaleError
from ingest.pipeline import Accepted
from ingest.queue.tenant_queue import AT_ONCE, QueuedEvent, TenantQueue, fail
from ingest.understanding import Understood
from store.commit import PATIENCE, Contended, transact
from store.database import Store
from store.errors import StoreError
from store.errors import Unavailable as Overtaken
from store.partition import Partition
from store.reads import Session

MOST_WAITING = 10_000
"""The number of events of one tenant that may wait; the queue refuses further events with Unavailable."""
TRIES = 2
"""The number of conflicts with other writers that a batch may lose before it is committed in two halves."""

_log = structlog.get_logger(__name__)


class Batches:
    """The batches of all tenants of one process."""

    def __init__(self, store: Store, at_once: int = AT_ONCE) -> None:
        """Make the batches of a store.

        `at_once` is the number of batches of one tenant that may be committed at the same time.
        """
        self._store = store
        self._at_once = at_once
        self._queues: dict[str, TenantQueue] = {}

    async def take(self, partition: Partition, understood: Understood) -> Accepted:
        """Journal and fold one event, together with other events that wait; return the result of this event.

        It returns once the event is durable and visible to queries. Raises Unavailable if the queue of the tenant is
        full, if the event waited too long, or if the database is unavailable.
        """
        queue = self._queues.setdefault(partition.tenant.name, TenantQueue(partition, self._at_once))
        queue.partition = partition
        if len(queue.waiting) >= MOST_WAITING:
            raise Unavailable("queue")
        waiting = QueuedEvent(understood, asyncio.get_running_loop().create_future())
        queue.add(waiting)
        if queue.wants_worker:
            queue.workers.add(asyncio.create_task(self._work_off(queue)))
        return await waiting.outcome

    async def take_together(self, events: Sequence[tuple[Partition, Understood]]) -> list[Accepted]:
        """Journal and fold one event for several tenants in one transaction; return one result for each of them.

        Raises Unavailable, and keeps nothing, if the database is unavailable. If the transaction fails for another
        reason, the event is committed for each tenant by itself, and if one of these raises Unavailable, tenants before
        it keep the event.
        """

        async def work(session: Session) -> list[Accepted]:
            return [(await pipeline.accept(partition, [each], session))[0] for partition, each in events]

        try:
            return await transact(self._store, work)
        except Exception as error:
            if isinstance(error, StoreError) and error.fault == "weather":
                raise Unavailable(error.place) from None
            # The fold fails, or a record is too long, for at least one tenant: commit the event for each by itself.
            return [await self.take(partition, each) for partition, each in events]

    async def take_batch(self, partition: Partition, events: Sequence[Understood]) -> list[Accepted]:
        """Journal and fold a batch of the caller; return one result for each event, in their order.

        Raises Unavailable if at least one event was not journalled; other events of the batch may have been journalled.
        """
        loop = asyncio.get_running_loop()
        batch = [QueuedEvent(each, loop.create_future()) for each in events]
        await self._commit(partition, batch)
        outcomes = await asyncio.gather(*(each.outcome for each in batch), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        return [outcome for outcome in outcomes if isinstance(outcome, Accepted)]

    async def drain(self) -> None:
        """Wait until the queues of all tenants are empty and their batches are committed."""
        while workers := [worker for queue in self._queues.values() for worker in queue.workers]:
            await asyncio.wait(workers)

    async def _work_off(self, queue: TenantQueue) -> None:
        try:
            while batch := queue.next():
                began = time.monotonic()
                try:
                    await self._commit(queue.partition, batch)
                finally:
                    queue.done(batch)
                queue.batch_size.learn(len(batch), time.monotonic() - began)
                if len(batch) > 1:
                    await queue.gather(len(batch))
        finally:
            # Not in a callback of the task: an event that arrives before it would wait for a worker that has ended.
            queue.workers.remove(cast("asyncio.Task[None]", asyncio.current_task()))

    async def _commit(self, partition: Partition, batch: list[QueuedEvent]) -> Unavailable | None:
        """Commit a batch; if it loses conflicts, or if one event makes it fail, commit it in smaller pieces.

        Return the error if the database is unavailable, so that the caller does not try further pieces; otherwise None.
        """
        is_alone = len(batch) == 1
        try:
            accepted = await self._transact(partition, [each.understood for each in batch], None if is_alone else TRIES)
        except Contended:
            middle = len(batch) // 2
            return await self._commit_pieces(partition, [batch[:middle], batch[middle:]])
        except Exception as error:
            if isinstance(error, StoreError) and error.fault == "weather":
                fail(batch, weather := Unavailable(error.place))
                return weather
            if not is_alone:
                return await self._commit_pieces(partition, [[each] for each in batch])
            # For example, the driver refuses a resource that is too large for a document, and would refuse it again.
            _log.error("fold failed", journal_id=batch[0].understood.entry.id, error=type(error).__name__)
            return await self._keep(partition, batch[0])
        for each, outcome in zip(batch, accepted, strict=True):
            if not each.outcome.done():
                each.outcome.set_result(outcome)
        return None

    async def _commit_pieces(self, partition: Partition, pieces: list[list[QueuedEvent]]) -> Unavailable | None:
        """Commit the pieces of a batch one by one; if the database becomes unavailable, the remaining pieces fail too.

        Return the error if the database is unavailable; otherwise None.
        """
        weather = None
        for piece in pieces:
            if weather:
                fail(piece, weather)
            else:
                weather = await self._commit(partition, piece)
        return weather

    async def _keep(self, partition: Partition, poisonous: QueuedEvent) -> Unavailable | None:
        """Journal an event whose fold raised an error, without folding it; it is folded once the cause is gone.

        Return the error if the database is unavailable; otherwise None.
        """
        if not poisonous.understood.events:
            fail([poisonous], Unavailable("journal"))
            return None
        entry = poisonous.understood.entry
        entry = replace(entry, parts=tuple(replace(part, open="failed") for part in entry.parts))
        kept = replace(poisonous.understood, entry=entry, events=())
        return await self._commit(partition, [QueuedEvent(kept, poisonous.outcome)])

    async def _transact(self, partition: Partition, batch: list[Understood], tries: int | None) -> list[Accepted]:
        tried = itertools.count()

        async def work(session: Session) -> list[Accepted]:
            return await pipeline.accept(partition, batch, session, assumes_absent=next(tried) == 0)

        try:
            return await transact(self._store, work, tries=tries)
        except LongHistoryError:
            if len(batch) > 1:
                raise
            return await self._transact_prepared(partition, batch)

    async def _transact_prepared(self, partition: Partition, batch: list[Understood]) -> list[Accepted]:
        """Commit an event of a long record: fold it outside of the transaction, and again if another event was written.

        Return a list with the result. Raises Unavailable of the store if other events come in between for PATIENCE
        seconds.
        """
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            plan = await pipeline.prepare(partition, batch)

            async def work(session: Session, plan: Plan = plan) -> list[Accepted]:
                return await pipeline.accept(partition, batch, session, plan)

            with contextlib.suppress(StaleError):
                return await transact(self._store, work)
        raise Overtaken("long record")
