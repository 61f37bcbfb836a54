"""The intake of events: an accepted event is in the journal, and questions see its effect."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from ingest.content_files import without_contents
from ingest.incoming import Incoming, Receipts
from ingest.pipeline import Accepted
from ingest.queue.batches import Batches
from ingest.queue.tenant_queue import AT_ONCE, BESIDE_OTHERS
from ingest.understanding import Understood, understand
from mappings.reading import Reading
from store.access.tenant import Tenant
from store.database import Store
from store.entries import Part
from store.partition import Partition

UNROUTED = Tenant(name="unrouted", destination_id="00000000-0000-4000-8000-000000000000")
"""The tenant of events whose source feeds no tenant. They wait there, and no client can read them."""


def now() -> datetime:
    """Return the present moment in UTC, cut to the milliseconds that MongoDB keeps."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _reads_alike(partition: Partition, door: Tenant) -> bool:
    """Return whether a tenant reads a message as the door did: in the same time zone, and null does not clear."""
    tenant = partition.tenant
    return tenant.time_zone == door.time_zone and tenant.person_updates != "replace"


class Intake:
    """The intake of events in one process."""

    def __init__(self, store: Store, *, clock: Callable[[], datetime] = now, processes: int = 1) -> None:
        """`processes` is the number of such processes on the machine."""
        self._store = store
        self._clock = clock
        self._batches = Batches(store, AT_ONCE if processes == 1 else BESIDE_OTHERS)
        self._receipts = Receipts()

    async def push(
        self, partitions: Sequence[Partition], incoming: Incoming, reading: Reading | None = None
    ) -> list[Accepted]:
        """Accept an event for all of these tenants, or for none: then it raises Unavailable.

        Return one result for each tenant. `reading` is the door's reading of the message in the time zone of the first
        tenant.
        """
        received = self._clock()
        receipt = self._receipts.next(received)
        first = partitions[0].tenant
        whole, incoming = incoming, await without_contents(self._store, partitions, incoming, received)
        reading = reading if incoming is whole else None
        events = [
            (
                partition,
                understand(incoming, partition, received, receipt, reading if _reads_alike(partition, first) else None),
            )
            for partition in partitions
        ]
        if len(events) == 1:
            return [await self._batches.take(*events[0])]
        return await self._batches.take_together(events)

    async def push_unrouted(self, incoming: Incoming) -> Accepted:
        """Store an event whose source feeds no tenant, under UNROUTED. Raises Unavailable."""
        partition = self._store.partition(UNROUTED)
        received = self._clock()
        incoming = await without_contents(self._store, [partition], incoming, received)
        known = understand(incoming, partition, received, self._receipts.next(received))
        entry = replace(known.entry, parts=(Part(known.entry.order, open="unrouted"),))
        return await self._batches.take(partition, Understood(entry))

    async def close(self) -> None:
        """Wait until all batches are committed."""
        await self._batches.drain()
