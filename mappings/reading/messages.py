"""Messages: from any JSON to a clean message, one pass, with the reader that its event's model gives."""

from __future__ import annotations

from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from mappings.reading.findings import Findings, Reading
from mappings.reading.readers import Manner, Reader, block_reader, required_paths
from mappings.redox.catalogue import Event
from mappings.redox.meta import Message


def read(message: Any, event: Event, zone: ZoneInfo, *, nulls_clear: bool = False) -> Reading:
    """Read a message of an event; never raises, whatever JSON it is.

    Of an event that is not mapped only Meta is read. With nulls_clear, null and `[]` in the Patient block become CLEAR,
    its Identifiers apart and outside list elements.
    """
    found = Findings(zone)
    said = (_clearing_reader if nulls_clear else _reader)(event.model)(message, (), found)
    if said is None:
        found.absent(required_paths(event.model or Message), ())
    return found.reading(said if isinstance(said, dict) else {})


@cache
def _reader(model: type[BaseModel] | None) -> Reader:
    return block_reader(model or Message, Manner(is_closed=model is not None))


@cache
def _clearing_reader(model: type[BaseModel] | None) -> Reader:
    return block_reader(model or Message, Manner(clears=True))
