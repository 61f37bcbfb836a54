"""Group commit: the events that wait while a batch is committed are the next batch. A single event does not wait."""

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
"""The number of events of one tenant that may wait; further events are refused as unavailable."""
TRIES = 2
"""The number of conflicts with other writers that a batch may lose before it is halved."""

_log = structlog.get_logger(__name__)


class Batches:
    """The batches of all tenants of one process."""

    def __init__(self, store: Store, at_once: int = AT_ONCE) -> None:
        """`at_once`: the number of batches of one tenant that may be committed at a time."""
        self._store = store
        self._at_once = at_once
        self._queues: dict[str, TenantQueue] = {}

    async def take(self, partition: Partition, understood: Understood) -> Accepted:
        """Journal and fold one event, together with events that wait; return once it is durable and questions see it.

        Raises Unavailable.
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
        """Journal and fold one event for several tenants: for all of them or, raising Unavailable, for none."""

        async def work(session: Session) -> list[Accepted]:
            return [(await pipeline.accept(partition, [each], session))[0] for partition, each in events]

        try:
            return await transact(self._store, work)
        except Exception as error:
            if isinstance(error, StoreError) and error.fault == "weather":
                raise Unavailable(error.place) from None
            # Poison, or a long record, for one of them at least: each keeps or folds it as if it had come alone.
            return [await self.take(partition, each) for partition, each in events]

    async def take_batch(self, partition: Partition, events: Sequence[Understood]) -> list[Accepted]:
        """Journal and fold a batch of the caller's; return one result for each event, in their order.

        Raises Unavailable if one of them was not kept; others of them may have been kept.
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
        """Wait until no event waits."""
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
            # Not in a callback of the task: an event that came in between would wait for a worker that is gone.
            queue.workers.remove(cast("asyncio.Task[None]", asyncio.current_task()))

    async def _commit(self, partition: Partition, batch: list[QueuedEvent]) -> Unavailable | None:
        """Commit a batch; if it loses conflicts, or one event makes it fail, commit it in smaller pieces.

        Returns the error if the store is unavailable, so that the caller does not try further pieces.
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
            # The driver refuses a resource that is too large for a document, and would refuse it at each try.
            _log.error("fold failed", journal_id=batch[0].understood.entry.id, error=type(error).__name__)
            return await self._keep(partition, batch[0])
        for each, outcome in zip(batch, accepted, strict=True):
            if not each.outcome.done():
                each.outcome.set_result(outcome)
        return None

    async def _commit_pieces(self, partition: Partition, pieces: list[list[QueuedEvent]]) -> Unavailable | None:
        """Commit pieces of a batch one by one; if the store becomes unavailable, the pieces that are left fail too."""
        weather = None
        for piece in pieces:
            if weather:
                fail(piece, weather)
            else:
                weather = await self._commit(partition, piece)
        return weather

    async def _keep(self, partition: Partition, poisonous: QueuedEvent) -> Unavailable | None:
        """Journal an event whose fold raised; it is folded once the cause is gone."""
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
        """Commit an event of a long record: fold it outside of the transaction, until no other event comes between."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            plan = await pipeline.prepare(partition, batch)

            async def work(session: Session, plan: Plan = plan) -> list[Accepted]:
                return await pipeline.accept(partition, batch, session, plan)

            with contextlib.suppress(StaleError):
                return await transact(self._store, work)
        raise Overtaken("long record")
