"""Dates and times of messages, normalised: a moment to UTC `YYYY-MM-DDThh:mm:ss.sssZ`, a date to `YYYY-MM-DD`.

ISO 8601's extended form (`2024-03-04T05:06:07Z`) is read, its basic form (`20240304T050607Z`), and HL7's
(`20240304050607+0000`), each without seconds too; HL7's also without minutes. A text of six digits is not read, because
it may be a month or a day.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from mappings.reading.findings import REPEATED_TIME, SKIPPED_TIME
from mappings.times import utc_text

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_BASIC_DATE = re.compile(r"[0-9]{8}")
_PARTIAL = re.compile(r"[0-9]{4}(?:-[0-9]{2})?")
_CLEAN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
_ZONE = r"(?:[.,](?P<fraction>[0-9]+))? ?(?P<zone>[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?"
_EXTENDED = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]"
    r"(?P<time>(?:[01][0-9]|2[0-3]):[0-9]{2}(?::[0-9]{2})?)" + _ZONE
)
_BASIC = re.compile(r"(?P<date>[0-9]{8})[Tt ]?(?P<time>(?:[01][0-9]|2[0-3])(?:[0-9]{2}){0,2})" + _ZONE)


@dataclass(frozen=True, slots=True)
class AdjustedTime:
    """A moment as UTC text whose wall time the zone skips or repeats, and the reason for the issue."""

    text: str
    adjustment: str


def moment(text: str, zone: ZoneInfo) -> str | AdjustedTime | None:
    """Return the moment or date that a text names, or None if it names none; wall times are times of `zone`.

    If the zone skips or repeats a wall time, the offset before the change counts, and the result is an AdjustedTime.
    """
    try:
        if _CLEAN.fullmatch(text):
            datetime.fromisoformat(text)
            return text
        text = text.strip()
        if _DATE.fullmatch(text) or (len(text) == 8 and _BASIC_DATE.fullmatch(text)):
            return date.fromisoformat(text).isoformat()
        wall, offset = _parts(text)
        if offset:
            return utc_text(wall.replace(tzinfo=offset))
        utc, adjustment = utc_text(wall.replace(tzinfo=zone)), _adjustment(wall, zone)
        return AdjustedTime(utc, adjustment) if adjustment else utc
    except (ValueError, OverflowError):
        return None


def day(text: str, zone: ZoneInfo) -> str | None:
    """Return the date that a text names, or None if it names none.

    If the text has a time part that is midnight in `zone`, the date is that of `zone`; otherwise it is the date as
    written.
    """
    text = text.strip()
    try:
        if _DATE.fullmatch(text) or (len(text) == 8 and _BASIC_DATE.fullmatch(text)):
            return date.fromisoformat(text).isoformat()
        wall, offset = _parts(text)
        return _midnight_of(wall, offset, zone) or wall.date().isoformat()
    except ValueError:
        return None


def partial(text: str) -> str | None:
    """Return the year or the month that a text names, `YYYY` or `YYYY-MM`; None if it names neither."""
    text = text.strip()
    try:
        if _PARTIAL.fullmatch(text):
            date.fromisoformat(f"{text}-01-01"[:10])
            return text
    except ValueError:
        pass
    return None


def _midnight_of(wall: datetime, offset: tzinfo | None, zone: ZoneInfo) -> str | None:
    try:
        local = wall.replace(tzinfo=offset or zone).astimezone(zone)
    except OverflowError:
        return None
    return local.date().isoformat() if local.time() == time() else None


def _parts(text: str) -> tuple[datetime, tzinfo | None]:
    """Return wall time and offset; raises ValueError if the text is not a date and a time."""
    found = _EXTENDED.fullmatch(text) or _BASIC.fullmatch(text)
    if not found:
        raise ValueError
    wall = datetime.fromisoformat(f"{found['date']}T{found['time']}")
    milliseconds = int((found["fraction"] or "")[:3].ljust(3, "0"))
    return wall.replace(microsecond=milliseconds * 1000), _offset(found["zone"])


def _offset(zone: str | None) -> tzinfo | None:
    if zone is None:
        return None
    if zone in "Zz":
        return UTC
    digits = zone[1:].replace(":", "").ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return timezone(timedelta(minutes=-minutes if zone[0] == "-" else minutes))


def _adjustment(wall: datetime, zone: ZoneInfo) -> str | None:
    before, after = (wall.replace(tzinfo=zone, fold=fold).utcoffset() or timedelta() for fold in (0, 1))
    if before == after:
        return None
    return SKIPPED_TIME if before < after else REPEATED_TIME
