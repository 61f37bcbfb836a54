"""Messages: from any JSON to a clean message in one pass, by the reader that is made from the event's model."""

from __future__ import annotations

from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from mappings.reading.findings import Findings, Reading
from mappings.reading.readers import Manner, Reader, block_reader
from mappings.reading.required import required_paths
from mappings.redox.catalogue import Event
from mappings.redox.meta import Message, Question


def read(message: Any, event: Event, zone: ZoneInfo, *, nulls_clear: bool = False) -> Reading:
    """Read a message of an event; never raises, whatever the JSON is. Times without an offset are times of `zone`.

    Of an event that is not mapped, only Meta is read. With `nulls_clear`, null and `[]` in the Patient block become
    CLEAR, except in Identifiers and inside elements of lists.
    """
    found = Findings(zone)
    said = (_clearing_reader if nulls_clear else _reader)(event.understood)(message, (), found)
    if said is None:
        found.absent(required_paths(event.model or Message), ())
    return found.reading(said if isinstance(said, dict) else {})


@cache
def _reader(model: type[BaseModel] | None) -> Reader:
    asks = model is not None and issubclass(model, Question)
    return block_reader(model or Message, Manner(is_closed=model is not None, asks=asks))


@cache
def _clearing_reader(model: type[BaseModel] | None) -> Reader:
    return block_reader(model or Message, Manner(clears=True))
