"""What waits for one tenant: events that are put into batches, and which of them may be committed beside others."""

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
"""In a batch."""
MOST_BYTES = 8 * 1024 * 1024
AT_ONCE = 2
"""Batches of one tenant that are on their way at a time: while one waits for the database another is folded. They name
nothing in common, so they do not race."""
BESIDE_OTHERS = 1
"""The same of a process that shares its cores with others like it: while it waits they fold, and batches are larger."""
MANY = 8
"""Events that wait before another batch is begun beside those on their way."""
GATHERING = 0.005
"""Seconds that a batch may wait for the senders of the last one to come back, where several came together: a round trip
to the database costs as much for one event as for many. An event alone waits for nobody."""


@dataclass(slots=True)
class QueuedEvent:
    """An event, and whom to tell what became of it."""

    understood: Understood
    outcome: asyncio.Future[Accepted]
    since: float = field(default_factory=time.monotonic)


@dataclass(slots=True)
class TenantQueue:
    """What waits for one tenant, and the tasks that work it off."""

    partition: Partition
    at_once: int = AT_ONCE
    batch_size: BatchSize = field(default_factory=lambda: BatchSize(MOST_EVENTS))
    waiting: deque[QueuedEvent] = field(default_factory=deque)
    workers: set[asyncio.Task[None]] = field(default_factory=set)
    _named: set[str] = field(default_factory=set)
    """What the events on their way name."""
    _gatherings: list[tuple[int, asyncio.Event]] = field(default_factory=list)

    @property
    def wants_worker(self) -> bool:
        """Whether another batch should be begun now."""
        return not self.workers or (len(self.workers) < self.at_once and len(self.waiting) >= MANY)

    def add(self, waiting: QueuedEvent) -> None:
        """Put an event behind the others."""
        self.waiting.append(waiting)
        for expected, gathered in self._gatherings:
            if len(self.waiting) >= expected:
                gathered.set()

    async def gather(self, expected: int) -> None:
        """Wait a moment until so many events are there."""
        if len(self.waiting) >= expected:
            return
        gathering = (expected, asyncio.Event())
        self._gatherings.append(gathering)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GATHERING):
                await gathering[1].wait()
        self._gatherings.remove(gathering)

    def next(self) -> list[QueuedEvent]:
        """The next batch: as much as has come, within bounds, of what names nothing that is on its way."""
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
        """A batch is no longer on its way."""
        self._named.difference_update(key for each in batch for key in each.understood.keys)

    def _refuse_overdue(self) -> None:
        """Send away whom the batches before have kept waiting for as long as a batch may take itself."""
        while self.waiting and time.monotonic() - self.waiting[0].since > PATIENCE:
            fail([self.waiting.popleft()], Unavailable("queue"))


def fail(batch: Sequence[QueuedEvent], error: Unavailable) -> None:
    """Tell those who still wait that it could not be."""
    for each in batch:
        if not each.outcome.done():
            each.outcome.set_exception(error)
