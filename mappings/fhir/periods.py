"""Values that are times: the period of something, and the slot of an appointment, each an `Iso`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from mappings.notation import Iso
from mappings.times import utc_text


def is_in_order(start: str, end: str) -> bool:
    """Whether `start` is surely not after `end`; of a date and a moment of that day this is not sure."""
    size = min(len(start), len(end), 10)
    if start[:size] != end[:size]:
        return start < end
    return start == end or (len(start) == len(end) and start < end)


def _period(start: str | None, end: str | None) -> tuple[str | None, str | None, str | None]:
    if start is None or end is None or is_in_order(start, end):
        return start, end, None
    return start, None, end


PERIOD = Iso(_period, lambda start, end, beside: (start, beside if end is None else end))
"""Start and end. FHIR: start and end; an end before the start goes into a third home."""

Number = int | float
Slot = tuple[str | None, str | None, int | None, str | None, str | None, Number | None]


def _slot(start: str | None, said: str | None, duration: Number | None) -> Slot:
    began = start or _instant(said)
    is_said_by_start = start is None and said == began
    minutes = duration if isinstance(duration, int) and 0 < duration < 2**31 else None
    return (
        began,
        began and _end(began, duration or 0),
        minutes,
        start,
        None if is_said_by_start else said,
        duration if minutes is None else None,
    )


def _times_of_slot(*slot: Any) -> tuple[str | None, str | None, Number | None]:
    began, _, minutes, start, said, duration = slot
    return start, began if said is None and start is None else said, duration if minutes is None else minutes


def _instant(said: str | None) -> str | None:
    return f"{said}T00:00:00.000Z" if said and len(said) == 10 else said


def _end(began: str, minutes: Number) -> str:
    if minutes <= 0:
        return began
    try:
        return utc_text(datetime.fromisoformat(began) + timedelta(minutes=minutes))
    except OverflowError:
        return began


SLOT = Iso(_slot, _times_of_slot)
"""The slot of an appointment. Redox: the start that the fold decided on, VisitDateTime, and Duration.

FHIR: start, end, and the minutes if they are a positive integer. Three more homes hold the start that the fold decided
on, VisitDateTime if it differs from the start, and Duration if it is not a positive integer.
"""
