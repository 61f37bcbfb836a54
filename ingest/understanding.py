"""Understanding: from the bytes of an event to its place in the journal and, where it can be folded, to its words."""

from __future__ import annotations

import hashlib
import itertools
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from ingest.fold.events import Event, Json, identifies, pairs_of
from ingest.keys import keys_of
from ingest.ordering import RANKS, effective_time, order_of
from mappings.reading import CLEAR, Reading, read
from mappings.redox import catalogue
from mappings.times import utc_text
from store.journal import Entry
from store.partition import Partition

_MARKS_OF_DELIVERY = ("Logs", "Message", "Transmission", "Destinations")
"""Members of Meta that differ between two deliveries of one event."""
_NOT_BEFORE_RANKS = ("PatientAdmin", "PatientUpdate")
"""Where an event without a rank stands: after all others of its moment; it is not folded."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """An event as it came through a door."""

    body: bytes
    message: Any
    """What JSON it holds; None where it holds none."""
    source: str
    """Who sent it: the name of a client or a webhook."""
    log_id: str
    attempt_id: str
    details: Json = field(default_factory=dict)
    """What else is kept of how it came: by whom and from where."""


@dataclass(frozen=True, slots=True)
class Understood:
    """An event with its place in the journal; `event` is None where it is kept and not folded."""

    entry: Entry
    event: Event | None


class Receipts:
    """Receipts of one process: texts that grow, and that no other process gives."""

    def __init__(self) -> None:
        self._process = secrets.token_hex(4)
        self._count = itertools.count()

    def next(self, received: datetime) -> str:
        """The receipt of an event received now."""
        return f"{int(received.timestamp() * 1000):013d}.{self._process}.{next(self._count):08d}"


def understood(
    incoming: Incoming, partition: Partition, received: datetime, receipt: str, reading: Reading | None = None
) -> Understood:
    """What an event that just came is; nothing of it is ever refused here.

    `reading` is what `reading_of` gave for it, where it was asked already.
    """
    message = incoming.message if isinstance(incoming.message, dict) else None
    kind = _kind(message)
    reading = reading or reading_of(message, kind, partition)
    meta = reading.message.get("Meta", {})
    effective = effective_time(meta.get("EventDateTime"), received)
    ranked = (kind.data_model, kind.event_type) if kind else _NOT_BEFORE_RANKS
    model, event_type = (kind.data_model, kind.event_type) if kind else ("", "")
    why_open = _why_open(message, kind, meta, partition)
    named = _Named(
        id=identity(message, incoming.body),
        model=model,
        event=event_type,
        order=order_of(effective, ranked if ranked in RANKS else _NOT_BEFORE_RANKS, receipt),
        effective=effective,
        received=received,
        body=incoming.body,
    )
    event = None if why_open else _event(named, reading.message, partition)
    keys = tuple(keys_of(event, partition)) if event else ()
    entry = Entry(
        id=named.id,
        body=incoming.body,
        order=named.order,
        effective=effective,
        received=received,
        model=model,
        event=event_type,
        keys=keys,
        held=event is not None and _is_held(event, keys),
        open=why_open,
        issues=tuple({"path": issue.path, "reason": issue.reason} for issue in reading.issues)
        + tuple({"path": path, "reason": "required field missing"} for path in reading.missing),
        source=incoming.source,
        log_id=incoming.log_id,
        attempt_id=incoming.attempt_id,
        details=incoming.details,
    )
    return Understood(entry, event)


@dataclass(frozen=True, slots=True)
class _Named:
    """What an event needs of its place in the journal."""

    id: str
    model: str
    event: str
    order: str
    effective: datetime
    received: datetime
    body: bytes


def recalled(entry: Entry, partition: Partition) -> Understood:
    """What an event of the journal is; its order was decided when it came."""
    if entry.open in NEVER_FOLDED:
        return Understood(entry, None)
    message = orjson.loads(entry.body)
    reading = reading_of(message, catalogue.event(entry.model, entry.event), partition)
    return Understood(entry, _event(entry, reading.message, partition))


def understood_again(entry: Entry, partition: Partition) -> Understood:
    """What an event of the journal is by what is known today, for one that was kept and not folded.

    It keeps its receipt, and so its place among the others.
    """
    try:
        message = orjson.loads(entry.body)
    except orjson.JSONDecodeError:
        message = None
    incoming = Incoming(entry.body, message, entry.source, entry.log_id, entry.attempt_id, entry.details)
    receipt = entry.order.split(".", 2)[2]
    return understood(incoming, partition, entry.received, receipt)


NEVER_FOLDED = frozenset({"unreadable", "unmapped", "unrouted", "test", "failed"})
"""Why an event may be kept and not folded; what the fold itself left unfolded is tried each time."""


def identity(message: Json | None, body: bytes) -> str:
    """The hash that tells an event from others: of its canonical JSON without the marks of its delivery.

    Log and message ids belong to it where no time does. What is no JSON object is told by its bytes.
    """
    if message is None:
        return hashlib.sha256(body).hexdigest()[:48]
    meta = message.get("Meta")
    if isinstance(meta, dict):
        marks = _MARKS_OF_DELIVERY if meta.get("EventDateTime") else ("Destinations",)
        message = message | {"Meta": {name: value for name, value in meta.items() if name not in marks}}
    return hashlib.sha256(orjson.dumps(message, option=orjson.OPT_SORT_KEYS)).hexdigest()[:48]


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
    tenant = partition.tenant
    return read(message, kind, tenant.zone, nulls_clear=tenant.person_updates == "replace")


def _why_open(message: Json | None, kind: catalogue.Event | None, meta: Json, partition: Partition) -> str | None:
    """Why an event is kept and not folded, if so."""
    if message is None:
        return "unreadable"
    if kind is None or kind.model is None:
        return "unmapped"
    if meta.get("Test") is True and partition.tenant.environment == "Production":
        return "test"
    return None


def _is_held(event: Event, keys: Sequence[str]) -> bool:
    """Whether an event acts on more than it names."""
    # A booking of nobody that takes the place of another: no person tells that the other, come late, is to end.
    is_of_two_holds = event.data_model == "Scheduling" and not event.identifying and len(keys) > 1
    return event.is_loose or is_of_two_holds


def _event(entry: Entry | _Named, message: Json, partition: Partition) -> Event:
    """The event of a journal entry, from its clean message."""
    patient, visit = message.get("Patient", {}), message.get("Visit", {})
    named = frozenset(partition.tenant.identifying_types)
    pairs = pairs_of(patient.get("Identifiers", ()))
    identifying = tuple(pair for pair in pairs if identifies(pair[0], named))
    previous = pairs_of(patient.get("PreviousIdentifiers", ()))
    return Event(
        id=entry.id,
        data_model=entry.model,
        event_type=entry.event,
        order=entry.order,
        effective=utc_text(entry.effective),
        received=utc_text(entry.received),
        message=message,
        pairs=pairs,
        identifying=identifying,
        previous=tuple(pair for pair in previous if pair not in pairs and identifies(pair[0], named)),
        number=number if (number := visit.get("VisitNumber")) != CLEAR else None,
        # What clears is a text of quotation marks, which JSON cannot say without a backslash, or a null.
        clears=b"\\" in entry.body or partition.tenant.person_updates == "replace",
    )
