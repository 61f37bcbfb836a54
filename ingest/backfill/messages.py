"""Files of events: one JSON message in each line, taken like the pushes of a client."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from typing import Any

from ingest.backfill.csv_records import NOT_ENCODED, is_garbled
from ingest.backfill.file_errors import FileEmpty
from ingest.backfill.reports import IN_THE_FUTURE, NO_TIME
from ingest.backfill.rows import Rejected, Row, Wanted, told
from ingest.backfill.sources import LONGEST_LINE, Source
from ingest.fold.events import Json
from mappings.csv.sheet import REQUIRED, Fault
from mappings.csv.templates import EVENT_TIME
from mappings.reading.json_text import NotJsonError, TooDeepError, text_of, value_of
from mappings.redox.catalogue import Event, event
from mappings.times import instant, utc_text

REMARK = "#"
"""The beginning of a line without an event: in a file of rejects such a line above each event states the reason."""

NOT_JSON = "no JSON object"
TOO_LONG = "the line is longer than 16 MiB"
UNKNOWN_EVENT = "no event that is known"
NO_PUSH = "a question or an answer and no event"
NOT_ALLOWED = "no event that may be sent from here"
WRONG_SHAPE = "wrong shape"


class Messages:
    """The rows of a file of events; raises FileEmpty if the file is empty."""

    def __init__(self, source: Source, wanted: Wanted) -> None:
        if source.is_empty:
            raise FileEmpty(source.name)
        self.notes: list[str] = []
        self._source = source
        self._wanted = wanted

    def __iter__(self) -> Iterator[Row | Rejected]:
        """Give one Row, or one Rejected, for each line that is neither blank nor a remark."""
        while (line := self._source.next()) is not None:
            if line.strip() and not line.startswith(REMARK):
                yield self._judged(self._source.number, line)

    def heading(self) -> str:
        """Return an empty text, because a file of events has no header."""
        return ""

    def rejected(self, row: Rejected) -> str:
        """Return the line of a rejected event unchanged, below a remark with its line number, path and reason."""
        path, reason = told(row.faults)
        return f"{REMARK} line {row.line}: {f'{path}: ' if path else ''}{reason}\n{row.text}"

    def _judged(self, number: int, line: str) -> Row | Rejected:
        message = _message(line)
        known = message if isinstance(message, Fault) else _event(message)
        if isinstance(message, Fault) or isinstance(known, Fault):
            return Rejected(number, line, tuple(fault for fault in (message, known) if isinstance(fault, Fault))[:1])
        found = self._row(number, line, message, known)
        return Rejected(number, line, tuple(found)) if isinstance(found, list) else found

    def _row(self, number: int, line: str, message: Json, known: Event) -> Row | list[Fault]:
        if not self._wanted.may(known):
            return [Fault("Meta.DataModel", NOT_ALLOWED)]
        body, reading = line.strip().encode(), self._wanted.read(message, known)
        faults = [Fault(path, WRONG_SHAPE) for path in reading.misshapen]
        faults += [Fault(path, REQUIRED) for path in (*reading.missing, *reading.lost)]
        if "EventDateTime" not in reading.message.get("Meta", {}) and not faults:
            if self._wanted.extracted_at is None:
                return [Fault(EVENT_TIME, NO_TIME)]
            message["Meta"]["EventDateTime"] = utc_text(self._wanted.extracted_at)
            body, reading = text_of(message), self._wanted.read(message, known)
        if faults:
            return faults
        moment = instant(reading.message["Meta"]["EventDateTime"], UTC)
        if moment is None or moment > self._wanted.latest:
            return [Fault(EVENT_TIME, IN_THE_FUTURE)]
        return Row(number, body, message, known, reading)


def _message(line: str) -> Json | Fault:
    if len(line) >= LONGEST_LINE:
        return Fault("", TOO_LONG)
    if is_garbled(line):
        return Fault("", NOT_ENCODED)
    try:
        message: Any = value_of(line.encode())
    except (NotJsonError, TooDeepError):
        return Fault("", NOT_JSON)
    if not isinstance(message, dict):
        return Fault("", NOT_JSON)
    return message if isinstance(message.get("Meta"), dict) else Fault("Meta", REQUIRED)


def _event(message: Json) -> Event | Fault:
    named = [message["Meta"].get(name) for name in ("DataModel", "EventType")]
    for name, said in zip(("Meta.DataModel", "Meta.EventType"), named, strict=True):
        if not isinstance(said, str) or not said:
            return Fault(name, REQUIRED)
    known = event(*named)
    if known is None:
        return Fault("Meta.EventType", UNKNOWN_EVENT)
    return known if known.kind == "push" else Fault("Meta.EventType", NO_PUSH)
