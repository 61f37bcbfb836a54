"""Understanding: from the bytes of an event to its journal entry and, if it is folded, to the events of the fold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from ingest.fold.comparing import identifiers_in
from ingest.fold.events import Event, Json
from ingest.fold.lifecycles import NOT_FOLDED, lifecycle, named_in
from ingest.fold.verbs import Lifecycle, TakeBack
from ingest.incoming import Incoming, identity, is_unmarked, message_in
from ingest.keys import ITEM_KEY, acts_on_others, connecting_keys, keys_of, reach_of, rules_of
from ingest.ordering import effective_time, order_of, receipt_in
from mappings.reading import CLEAR, Reading, read
from mappings.reading.json_text import value_of
from mappings.redox import catalogue
from mappings.times import utc_text
from store.entries import Entry, Part
from store.partition import Partition


@dataclass(frozen=True)
class Understood:
    """An event with its journal entry."""

    entry: Entry
    events: tuple[Event | None, ...] = ()
    """The events of the fold, one for each part of the entry in their order, or None for a part that is not folded now.
    Empty if the journal keeps the event and the fold does not see it."""
    is_unmarked: bool = False
    """Whether the event has neither time nor ids, so that it may be meant again if it comes again."""

    @cached_property
    def keys(self) -> list[str]:
        """The keys of the event that connect it with other events."""
        return connecting_keys(self.entry.keys)

    @cached_property
    def item_keys(self) -> list[str]:
        """The keys of the items that the event speaks of."""
        return [key for key in self.entry.keys if key.startswith(ITEM_KEY)]

    def under(self, entry_id: str) -> Understood:
        """Return the event under another id of its entry."""
        if entry_id == self.entry.id:
            return self
        events = (event and replace(event, id=part_id(entry_id, number)) for number, event in enumerate(self.events))
        return replace(self, entry=replace(self.entry, id=entry_id), events=tuple(events))

    @cached_property
    def parts(self) -> list[Piece]:
        """The parts that are folded."""
        return [Piece(self.entry, number, event) for number, event in enumerate(self.events) if event is not None]


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of a journal entry, by its number, with its event of the fold; None if that is not loaded."""

    entry: Entry
    number: int
    event: Event | None = None
    part: Part = field(init=False)
    """The part as the journal has it."""
    id: str = field(init=False)
    """The id of the part's event in the fold."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "part", self.entry.parts[self.number])
        object.__setattr__(self, "id", part_id(self.entry.id, self.number))


def pieces_of(entry: Entry) -> list[Piece]:
    """Return all parts of an entry, without their events."""
    return [Piece(entry, number) for number in range(len(entry.parts))]


def part_id(entry_id: str, number: int) -> str:
    """Return the id that the fold knows a part of an entry by."""
    return f"{entry_id}#{number}" if number else entry_id


def understand(
    incoming: Incoming, partition: Partition, received: datetime, receipt: str, reading: Reading | None = None
) -> Understood:
    """Return a new event with its journal entry; it never refuses an event.

    `reading` is the result of `reading_of`, if the caller has it already.
    """
    message = incoming.message if isinstance(incoming.message, dict) else None
    kind = _kind(message)
    reading = reading or reading_of(message, kind, partition)
    meta = reading.message.get("Meta", {})
    effective = effective_time(meta.get("EventDateTime"), received)
    model, event_type = (kind.data_model, kind.event_type) if kind else ("", "")
    row = lifecycle(model, event_type)
    why_open = _why_open(message, row, meta, partition)
    entry_id = incoming.id or identity(message, incoming.body)
    if why_open or row is None:
        events: tuple[Event | None, ...] = ()
        parts: tuple[Part, ...] = (Part(order_of(effective, row.rank if row else NOT_FOLDED, receipt), open=why_open),)
    else:
        facts = _EventFacts(entry_id, row, effective, received, receipt, b"\\" in incoming.body)
        said = tuple(_events(facts, reading.message, partition))
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
        cuts=incoming.cuts,
    )
    return Understood(entry, events, is_unmarked(message))


def _part_of(event: Event, partition: Partition) -> Part:
    keys, reach = tuple(keys_of(event, partition)), reach_of(event)
    return Part(event.order, keys, reach, held=acts_on_others(reach))


def understand_entry(entry: Entry, partition: Partition) -> Understood:
    """Return an event of the journal, read again from its body; it keeps its order.

    An entry of which no part is folded gives no events.
    """
    row = lifecycle(entry.model, entry.event)
    if row is None or all(part.open in NEVER_FOLDED for part in entry.parts):
        return Understood(entry)
    reading = reading_of(value_of(entry.body), catalogue.event(entry.model, entry.event), partition)
    facts = _EventFacts(entry.id, row, entry.effective, entry.received, receipt_in(entry.order), b"\\" in entry.body)
    events = zip(_events(facts, reading.message, partition), entry.parts, strict=False)
    return Understood(entry, tuple(replace(event, order=part.order) for event, part in events))


def understand_again(entry: Entry, partition: Partition) -> Understood:
    """Return an event of the journal as if it came today, under today's mappings and settings.

    It keeps its id and its receipt, and therefore its place among other events.
    """
    message, origin = message_in(entry.body), (entry.source, entry.log_id, entry.attempt_id, entry.details)
    incoming = Incoming(entry.body, message, *origin, entry.cuts, entry.id)
    again = understand(incoming, partition, entry.received, receipt_in(entry.order))
    return again.under(entry.id)


NEVER_FOLDED = frozenset({"unreadable", "unmapped", "unrouted", "test", "failed"})
"""The reasons to keep an event and not fold it. For any other reason the fold tries the event again each time."""


def _kind(message: Json | None) -> catalogue.Event | None:
    """Return the catalogue's event of a message; None if the message does not name a push event of the catalogue."""
    meta = message.get("Meta") if message else None
    if not isinstance(meta, dict):
        return None
    model, event = meta.get("DataModel"), meta.get("EventType")
    kind = catalogue.event(model, event) if isinstance(model, str) and isinstance(event, str) else None
    return kind if kind and kind.kind == "push" else None


def reading_of(message: Json | None, kind: catalogue.Event | None, partition: Partition) -> Reading:
    """Return the reading of a message under the settings of its tenant; empty if the event is not in the catalogue."""
    if message is None or kind is None:
        return Reading({}, (), (), ())
    tenant, row = partition.tenant, lifecycle(kind.data_model, kind.event_type)
    clears = tenant.person_updates == "replace" and row is not None and row.nulls_clear
    return read(message, kind, tenant.zone, nulls_clear=clears)


def _why_open(message: Json | None, row: Lifecycle | None, meta: Json, partition: Partition) -> str | None:
    """Return the reason to keep an event and not fold it; None if it is folded."""
    if message is None:
        return "unreadable"
    if row is None:
        return "unmapped"
    if meta.get("Test") is True and partition.tenant.environment == "Production":
        return "test"
    return None


@dataclass(frozen=True, slots=True)
class _EventFacts:
    """The facts that all parts of an event have in common."""

    id: str
    lifecycle: Lifecycle
    effective: datetime
    received: datetime
    receipt: str
    has_backslash: bool


def _events(facts: _EventFacts, message: Json, partition: Partition) -> Iterator[Event]:
    """Give the event of each part of a clean message; a message without an owner has one part without a person."""
    owners = facts.lifecycle.owner.blocks(message)
    for number, (part, owner) in enumerate(_or_nobody(owners, message)):
        yield _event(facts, number, part, owner, partition)


def _or_nobody(owners: Iterator[tuple[Json, Json]], message: Json) -> Iterator[tuple[Json, Json]]:
    first = next(owners, None)
    yield first if first is not None else (message, {})
    yield from owners


def _event(facts: _EventFacts, number: int, message: Json, patient: Json, partition: Partition) -> Event:
    """Return the event of one part of a message, about one owner."""
    row = facts.lifecycle
    visit_number = message.get("Visit", {}).get("VisitNumber")
    word = _leaf(message, row.course.named_at) if isinstance(row.course, TakeBack) else None
    canceled, canceled_nothing = named_in(row, word) if word is not None else (None, None)
    return Event(
        id=part_id(facts.id, number),
        lifecycle=row,
        order=order_of(facts.effective, row.rank, facts.receipt, number),
        effective=utc_text(facts.effective),
        received=utc_text(facts.received),
        message=message,
        patient=patient,
        **identifiers_in(patient, rules_of(partition))._asdict(),
        number=visit_number if visit_number != CLEAR else None,
        # What clears is a text of quotation marks, which JSON cannot say without a backslash, or a null.
        clears=facts.has_backslash or partition.tenant.person_updates == "replace",
        canceled=canceled,
        canceled_nothing=canceled_nothing,
    )


def _leaf(message: Json, path: str) -> str | None:
    value: Any = message
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, str) and value != CLEAR else None
