"""Redeliveries: which events of a batch are in the journal already, and the id of an event that repeats another one.

Nearly every event has a time or an id. A second event with the same hash is then a redelivery. An event that has
neither may be sent again with a new meaning: Arrival, Cancel, and the same Arrival, byte for byte. Such an event is a
redelivery only if the last event of its visit has the same hash; without a visit, the last event of its person.
Otherwise its id is a hash of its own hash and of the id of that last event, so that the same events in the same order
get the same ids in another journal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from ingest.content_files import exact_body
from ingest.incoming import identity_in
from ingest.keys import PERSON_KEY, VISIT_KEY
from ingest.ordering import receipt_in
from ingest.understanding import Understood
from store.entries import Entry
from store.partition import Partition
from store.reads import Session


async def with_ids(
    partition: Partition, batch: Sequence[Understood], known: Mapping[str, Entry], session: Session
) -> tuple[Sequence[Understood], Mapping[str, Entry]]:
    """Return the events of a batch with the ids of their journal entries, and the existing entries by id.

    `known` are the entries that exist for the hashes of the events. An event is a redelivery if an entry with its id
    exists, or if an earlier event of the batch has its id.
    """
    if not any(each.is_unmarked for each in batch):
        return batch, known
    batch_so_far = _Batch(partition, session, dict(known))
    return [await batch_so_far.take(each) for each in batch], batch_so_far.known


class _Batch:
    """The events of a batch that were taken so far, and the journal entries that they repeat."""

    def __init__(self, partition: Partition, session: Session, known: dict[str, Entry]) -> None:
        self.known = known
        self._partition = partition
        self._session = session
        self._new: dict[str, Entry] = {}
        self._hashes: dict[str, str] = {}
        """The hashes of the new events by their ids."""

    async def take(self, event: Understood) -> Understood:
        """Return the next event of the batch, with the id of its journal entry."""
        said = event.entry.id
        if event.is_unmarked and (said in self.known or said in self._new):
            event = await self._repeated(event)
        if event.entry.id not in self.known and event.entry.id not in self._new:
            self._new[event.entry.id] = event.entry
            self._hashes[event.entry.id] = said
        return event

    async def _repeated(self, event: Understood) -> Understood:
        """Return an event whose hash exists already: with the id of the event that it repeats, or with a new id."""
        before = await self._before(event.entry)
        if before is None or await self._hash(before) == event.entry.id:
            return event.under(before.id) if before else event
        again = event.under(repeat_id(event.entry.id, before.id))
        self.known |= await self._partition.journal.known([again.entry.id], self._session)
        return again

    async def _before(self, entry: Entry) -> Entry | None:
        """Return the last entry before this one, by receipt, of its visit or else its person; None if there is none."""
        names = _names(entry.keys)
        if not names:
            return None
        stored = await self._partition.journal.received_before(names, entry.received, self._session)
        before = [each for each in (*stored, *self._new.values()) if _is_of(entry, each) and _time(each) < _time(entry)]
        found = max(before, key=_time, default=None)
        if found is not None and found.id not in self._new:
            self.known[found.id] = found
        return found

    async def _hash(self, entry: Entry) -> str:
        """Return the hash of the body of an entry; it is the entry's id unless the entry repeats another one."""
        if entry.id in self._hashes:
            return self._hashes[entry.id]
        whole = await self._partition.journal.one(entry.id, self._session)
        if whole is None:
            return entry.id
        return identity_in(await exact_body(self._partition, whole, self._session))


def repeat_id(said: str, before: str) -> str:
    """Return the id of an event with the hash `said` that comes again after the event with the id `before`."""
    return hashlib.sha256(f"{said}|{before}".encode()).hexdigest()[: len(said)]


def _time(entry: Entry) -> tuple[datetime, str]:
    return entry.received, receipt_in(entry.order)


def _names(keys: Collection[str]) -> list[str]:
    """Return the keys of the visits that are named, or else those of the people."""
    return _beginning(keys, VISIT_KEY) or _beginning(keys, PERSON_KEY)


def _is_of(entry: Entry, other: Entry) -> bool:
    """Return whether another entry has the same visit, or else the same person.

    Two people may have one visit number.
    """
    if not set(_names(entry.keys)) & set(other.keys):
        return False
    people, others = (set(_beginning(each.keys, PERSON_KEY)) for each in (entry, other))
    return not people or not others or bool(people & others)


def _beginning(keys: Iterable[str], prefix: str) -> list[str]:
    return [key for key in keys if key.startswith(prefix)]
