"""Understanding: from the bytes of an event to its place in the journal and, where it can be folded, to its words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson

from ingest.fold.events import Event, Json, identifies, pairs_of
from ingest.fold.lifecycles import NOT_FOLDED, lifecycle, named_in
from ingest.fold.verbs import Lifecycle, TakeBack
from ingest.incoming import Incoming, identity
from ingest.keys import acts_on_others, connecting_keys, keys_of, reach_of
from ingest.ordering import effective_time, order_of, receipt_in
from mappings.reading import CLEAR, Reading, read
from mappings.redox import catalogue
from mappings.times import utc_text
from store.entries import Entry, Part
from store.partition import Partition


@dataclass(frozen=True, slots=True)
class Understood:
    """An event with its place in the journal."""

    entry: Entry
    events: tuple[Event | None, ...] = ()
    """What each part of the entry says, in their order; None for a part that is not to be folded now. Nothing, if the
    event is kept and not folded."""

    @property
    def keys(self) -> list[str]:
        """What the event names and that connects it with others."""
        return connecting_keys(self.entry.keys)

    @property
    def parts(self) -> list[Piece]:
        """The parts that can be folded."""
        return [Piece(self.entry, number, event) for number, event in enumerate(self.events) if event is not None]


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of a journal entry, by its number, with what it says; None if that is not at hand."""

    entry: Entry
    number: int
    event: Event | None = None

    @property
    def part(self) -> Part:
        """The part as the journal keeps it."""
        return self.entry.parts[self.number]

    @property
    def id(self) -> str:
        """The id of the part's event in the fold."""
        return part_id(self.entry.id, self.number)


def part_id(entry_id: str, number: int) -> str:
    """Return the id that the fold knows a part of an entry by."""
    return f"{entry_id}#{number}" if number else entry_id


def understand(
    incoming: Incoming, partition: Partition, received: datetime, receipt: str, reading: Reading | None = None
) -> Understood:
    """Return what an event that just came is; nothing of it is ever refused here.

    `reading` is what `reading_of` gave for it, if it was asked already.
    """
    message = incoming.message if isinstance(incoming.message, dict) else None
    kind = _kind(message)
    reading = reading or reading_of(message, kind, partition)
    meta = reading.message.get("Meta", {})
    effective = effective_time(meta.get("EventDateTime"), received)
    model, event_type = (kind.data_model, kind.event_type) if kind else ("", "")
    row = lifecycle(model, event_type)
    why_open = _why_open(message, row, meta, partition)
    entry_id = identity(message, incoming.body)
    if why_open or row is None:
        events: tuple[Event | None, ...] = ()
        parts: tuple[Part, ...] = (Part(order_of(effective, row.rank if row else NOT_FOLDED, receipt), open=why_open),)
    else:
        told = _Told(entry_id, row, effective, received, receipt, b"\\" in incoming.body)
        said = tuple(_events(told, reading.message, partition))
        events, parts = said, tuple(_part_of(event, partition) for event in said)
    entry = Entry(
        id=entry_id,
        body=incoming.body,
        effective=effective,
        received=received,
        parts=parts,
        model=model,
        event=event_type,
        issues=tuple({"path": issue.path, "reason": issue.reason} for issue in reading.issues)
        + tuple({"path": path, "reason": "required field missing"} for path in reading.missing),
        source=incoming.source,
        log_id=incoming.log_id,
        attempt_id=incoming.attempt_id,
        details=incoming.details,
    )
    return Understood(entry, events)


def _part_of(event: Event, partition: Partition) -> Part:
    part = Part(event.order, tuple(keys_of(event, partition)), reach_of(event))
    return replace(part, held=acts_on_others(part))


def understand_entry(entry: Entry, partition: Partition) -> Understood:
    """Return what an event of the journal is; its order was decided when it came.

    An entry of which no part is folded gives no events.
    """
    row = lifecycle(entry.model, entry.event)
    if row is None or all(part.open in NEVER_FOLDED for part in entry.parts):
        return Understood(entry)
    message = orjson.loads(entry.body)
    reading = reading_of(message, catalogue.event(entry.model, entry.event), partition)
    told = _Told(entry.id, row, entry.effective, entry.received, receipt_in(entry.order), b"\\" in entry.body)
    events = zip(_events(told, reading.message, partition), entry.parts, strict=False)
    return Understood(entry, tuple(replace(event, order=part.order) for event, part in events))


def understand_again(entry: Entry, partition: Partition) -> Understood:
    """Return what an event of the journal is by what is known today.

    It keeps its receipt, and so its place among the others, and what it was found to be before it was folded: an event
    that waits for a route still waits.
    """
    try:
        message = orjson.loads(entry.body)
    except orjson.JSONDecodeError:
        message = None
    incoming = Incoming(entry.body, message, entry.source, entry.log_id, entry.attempt_id, entry.details)
    again = understand(incoming, partition, entry.received, receipt_in(entry.order))
    return Understood(replace(again.entry, id=entry.id), again.events)


NEVER_FOLDED = frozenset({"unreadable", "unmapped", "unrouted", "test", "failed"})
"""Why an event may be kept and not folded; what the fold itself left unfolded is tried each time."""


def _kind(message: Json | None) -> catalogue.Event | None:
    """The event that a message says it is, where that is a push known to the catalogue."""
    meta = message.get("Meta") if message else None
    if not isinstance(meta, dict):
        return None
    model, event = meta.get("DataModel"), meta.get("EventType")
    kind = catalogue.event(model, event) if isinstance(model, str) and isinstance(event, str) else None
    return kind if kind and kind.kind == "push" else None


def reading_of(message: Json | None, kind: catalogue.Event | None, partition: Partition) -> Reading:
    """How a tenant's message is read."""
    if message is None or kind is None:
        return Reading({}, (), (), ())
    tenant, row = partition.tenant, lifecycle(kind.data_model, kind.event_type)
    clears = tenant.person_updates == "replace" and row is not None and row.nulls_clear
    return read(message, kind, tenant.zone, nulls_clear=clears)


def _why_open(message: Json | None, row: Lifecycle | None, meta: Json, partition: Partition) -> str | None:
    """Why an event is kept and not folded, if so."""
    if message is None:
        return "unreadable"
    if row is None:
        return "unmapped"
    if meta.get("Test") is True and partition.tenant.environment == "Production":
        return "test"
    return None


@dataclass(frozen=True, slots=True)
class _Told:
    """What all parts of an event have in common."""

    id: str
    lifecycle: Lifecycle
    effective: datetime
    received: datetime
    receipt: str
    has_backslash: bool


def _events(told: _Told, message: Json, partition: Partition) -> Iterator[Event]:
    """What each part of a clean message says; a message that names no owner has one part, of nobody."""
    owners = told.lifecycle.owner.blocks(message)
    for number, (part, owner) in enumerate(_or_nobody(owners, message)):
        yield _event(told, number, part, owner, partition)


def _or_nobody(owners: Iterator[tuple[Json, Json]], message: Json) -> Iterator[tuple[Json, Json]]:
    first = next(owners, None)
    yield first if first is not None else (message, {})
    yield from owners


def _event(told: _Told, number: int, message: Json, patient: Json, partition: Partition) -> Event:
    """What one part of a message says, of one owner."""
    row = told.lifecycle
    named = frozenset(partition.tenant.identifying_types)
    pairs = pairs_of(patient.get("Identifiers", ()))
    identifying = tuple(pair for pair in pairs if identifies(pair[0], named))
    previous = pairs_of(patient.get("PreviousIdentifiers", ()))
    visit_number = message.get("Visit", {}).get("VisitNumber")
    word = _leaf(message, row.course.named_at) if isinstance(row.course, TakeBack) else None
    canceled = named_in(row, word) if word is not None else None
    return Event(
        id=part_id(told.id, number),
        lifecycle=row,
        order=order_of(told.effective, row.rank, told.receipt, number),
        effective=utc_text(told.effective),
        received=utc_text(told.received),
        message=message,
        patient=patient,
        pairs=pairs,
        identifying=identifying,
        previous=tuple(pair for pair in previous if pair not in pairs and identifies(pair[0], named)),
        others=tuple(pair for pair in dict.fromkeys((*pairs, *previous)) if not identifies(pair[0], named)),
        number=visit_number if visit_number != CLEAR else None,
        # What clears is a text of quotation marks, which JSON cannot say without a backslash, or a null.
        clears=told.has_backslash or partition.tenant.person_updates == "replace",
        canceled=canceled,
        cancels_no_visit=word is not None and canceled is None,
    )


def _leaf(message: Json, path: str) -> str | None:
    value: Any = message
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, str) else None
