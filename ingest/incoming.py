"""An event as it comes through a door: its bytes, its receipt, and the identity by which a redelivery is known."""

from __future__ import annotations

import hashlib
import itertools
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ingest.fold.events import Json
from mappings.reading.json_text import NotJsonError, TooDeepError, text_of, value_of
from store.entries import Cut

_MARKS_OF_DELIVERY = ("Logs", "Message", "Transmission", "Destinations")
"""The members of Meta that differ between two deliveries of the same event."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """An event as a door received it."""

    body: bytes
    message: Any
    """The JSON value of the body; None if the body is not JSON."""
    source: str
    """The sender: the name of a client or a webhook."""
    log_id: str
    attempt_id: str
    details: Json = field(default_factory=dict)
    """Further facts about the delivery that the journal keeps, such as the caller's address."""
    cuts: tuple[Cut, ...] = ()
    """Where references to files stand in the body for contents that were cut out (`ingest.content_files`)."""
    id: str = ""
    """The hash that identifies the event, of its bytes as they came; empty if the body has them."""


class Receipts:
    """The receipts of one process: unique texts that sort in the order of receipt."""

    def __init__(self) -> None:
        self._process = secrets.token_hex(4)
        self._count = itertools.count()

    def next(self, received: datetime) -> str:
        """Return the receipt of an event that arrives now."""
        return f"{int(received.timestamp() * 1000):013d}.{self._process}.{next(self._count):08d}"


def message_in(body: bytes) -> Json | None:
    """Return the JSON object in a body, or None if the body is something else."""
    try:
        message = value_of(body)
    except (NotJsonError, TooDeepError):
        return None
    return message if isinstance(message, dict) else None


def identity_in(body: bytes) -> str:
    """Return the hash that identifies the event in a body."""
    return identity(message_in(body), body)


def is_unmarked(message: Json | None) -> bool:
    """Return whether a message has neither time nor id, so that a redelivery and a new, equal event look alike."""
    meta = message.get("Meta") if message is not None else None
    if not isinstance(meta, dict) or meta.get("EventDateTime"):
        return False
    said = (meta.get(name) for name in ("Logs", "Message", "Transmission"))
    named = (each for marks in said for each in (marks if isinstance(marks, list) else [marks]))
    return not any(isinstance(each, dict) and (each.get("ID") or each.get("AttemptID")) for each in named)


def identity(message: Json | None, body: bytes) -> str:
    """Return the hash that identifies an event, made of its canonical JSON without the marks of its delivery.

    If the message has no EventDateTime, its log and message ids are part of the hash. If it has neither a time nor ids,
    the id of the event is not always this hash (see `ingest.redeliveries`). If the body is not a JSON object, the hash
    is made of its bytes.
    """
    if message is None:
        return hashlib.sha256(body).hexdigest()[:48]
    meta = message.get("Meta")
    if isinstance(meta, dict):
        marks = _MARKS_OF_DELIVERY if meta.get("EventDateTime") else ("Destinations",)
        message = message | {"Meta": {name: value for name, value in meta.items() if name not in marks}}
    return hashlib.sha256(text_of(message, is_sorted=True)).hexdigest()[:48]
