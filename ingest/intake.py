"""The door for events: what was accepted here is in the journal, and its effect can be asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from ingest.incoming import Incoming, Receipts
from ingest.pipeline import Accepted
from ingest.queue.batches import Batches
from ingest.queue.tenant_queue import AT_ONCE, BESIDE_OTHERS
from ingest.understanding import Understood, understand
from mappings.reading import Reading
from store.entries import Part
from store.mongo import Store
from store.partition import Partition
from store.tenants import Tenant

UNROUTED = Tenant(name="unrouted", destination_id="00000000-0000-4000-8000-000000000000")
"""Where events wait whose source feeds no tenant; nobody can ask there."""


def now() -> datetime:
    """The present moment, to the millisecond that the database keeps."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _reads_alike(partition: Partition, door: Tenant) -> bool:
    """Whether a tenant reads a message as it was read at the door: in that zone, and null says nothing."""
    tenant = partition.tenant
    return tenant.time_zone == door.time_zone and tenant.person_updates != "replace"


class Intake:
    """Takes events in, for one process."""

    def __init__(self, store: Store, *, clock: Callable[[], datetime] = now, processes: int = 1) -> None:
        """`processes`: how many there are like this one on the machine."""
        self._store = store
        self._clock = clock
        self._batches = Batches(store, AT_ONCE if processes == 1 else BESIDE_OTHERS)
        self._receipts = Receipts()

    async def push(
        self, partitions: Sequence[Partition], incoming: Incoming, reading: Reading | None = None
    ) -> list[Accepted]:
        """Take one event in for each of the tenants, or for none; raises Unavailable.

        `reading` is how the message was read at the door, in the zone of the first tenant.
        """
        received = self._clock()
        receipt = self._receipts.next(received)
        first = partitions[0].tenant
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
        """Keep an event that no tenant is known for; raises Unavailable."""
        partition = self._store.partition(UNROUTED)
        received = self._clock()
        known = understand(incoming, partition, received, self._receipts.next(received))
        entry = replace(known.entry, parts=(Part(known.entry.order, open="unrouted"),))
        return await self._batches.take(partition, Understood(entry))

    async def close(self) -> None:
        """Wait for what is on its way."""
        await self._batches.drain()
