"""The queue of one tenant: the events that wait, the batches that are committed, and the choice of the next batch."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from ingest.errors import Unavailable
from ingest.pipeline import Accepted
from ingest.queue.batch_size import BatchSize
from ingest.understanding import Understood
from store.commit import PATIENCE
from store.partition import Partition

MOST_EVENTS = 128
"""The largest number of events in a batch."""
MOST_BYTES = 8 * 1024 * 1024
AT_ONCE = 2
"""The number of batches of one tenant that are committed at the same time: while one waits for the database, another is
folded. Two such batches have no key in common, so they do not conflict."""
BESIDE_OTHERS = 1
"""The same number if several worker processes share the cores: the other processes fold while this process waits."""
MANY = 8
"""If at least this number of events wait, another batch begins although a batch is being committed."""
GATHERING = 0.005
"""Seconds that a batch may wait for the senders of the last batch to send again, if that batch had several events: a
round trip to the database costs as much for one event as for many. After a batch of one event no batch waits."""


@dataclass(slots=True)
class QueuedEvent:
    """An event that waits in the queue, the future of its result, and the monotonic time at which it was queued."""

    understood: Understood
    outcome: asyncio.Future[Accepted]
    since: float = field(default_factory=time.monotonic)


@dataclass(slots=True)
class TenantQueue:
    """The waiting events of one tenant, and the tasks that commit them."""

    partition: Partition
    at_once: int = AT_ONCE
    batch_size: BatchSize = field(default_factory=lambda: BatchSize(MOST_EVENTS))
    waiting: deque[QueuedEvent] = field(default_factory=deque)
    workers: set[asyncio.Task[None]] = field(default_factory=set)
    _named: set[str] = field(default_factory=set)
    """The keys of the events that are being committed."""
    _gatherings: list[tuple[int, asyncio.Event]] = field(default_factory=list)

    @property
    def wants_worker(self) -> bool:
        """Return whether a further task that commits batches should start now."""
        return not self.workers or (len(self.workers) < self.at_once and len(self.waiting) >= MANY)

    def add(self, waiting: QueuedEvent) -> None:
        """Add an event at the end of the queue, and wake the tasks in `gather` for which enough events wait."""
        self.waiting.append(waiting)
        for expected, gathered in self._gatherings:
            if len(self.waiting) >= expected:
                gathered.set()

    async def gather(self, expected: int) -> None:
        """Wait until `expected` events are in the queue, for at most GATHERING seconds."""
        if len(self.waiting) >= expected:
            return
        gathering = (expected, asyncio.Event())
        self._gatherings.append(gathering)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GATHERING):
                await gathering[1].wait()
        self._gatherings.remove(gathering)

    def next(self) -> list[QueuedEvent]:
        """Return the next batch: as many waiting events as fit, without keys of batches that are being committed.

        The keys of the batch are reserved until `done` releases them. The batch is empty if no event may be committed
        now. Events that have waited for too long are refused first.
        """
        self._refuse_overdue()
        batch: list[QueuedEvent] = []
        passed: list[QueuedEvent] = []
        size = 0
        while self.waiting and len(batch) < self.batch_size.size and len(passed) < MOST_EVENTS:
            each = self.waiting[0]
            if not self._named.isdisjoint(each.understood.keys):
                passed.append(self.waiting.popleft())
                continue
            size += len(each.understood.entry.body)
            if batch and size > MOST_BYTES:
                break
            batch.append(self.waiting.popleft())
        self.waiting.extendleft(reversed(passed))
        self._named.update(key for each in batch for key in each.understood.keys)
        return batch

    def done(self, batch: Sequence[QueuedEvent]) -> None:
        """Release the keys of a batch that was committed or that failed."""
        self._named.difference_update(key for each in batch for key in each.understood.keys)

    def _refuse_overdue(self) -> None:
        """Refuse, with Unavailable, the events that have waited for longer than PATIENCE seconds."""
        while self.waiting and time.monotonic() - self.waiting[0].since > PATIENCE:
            fail([self.waiting.popleft()], Unavailable("queue"))


def fail(batch: Sequence[QueuedEvent], error: Unavailable) -> None:
    """Set an error as the result of each event of a batch that has no result yet; its caller then gets the error."""
    for each in batch:
        if not each.outcome.done():
            each.outcome.set_exception(error)
