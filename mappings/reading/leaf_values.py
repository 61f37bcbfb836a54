"""Leaves: from one JSON value to the text, number, flag, date or code that its model expects."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import Any
from zoneinfo import ZoneInfo

from mappings.as_sent import AsSent
from mappings.reading.findings import CONTROL_CHARACTER, NO_DATE, NO_NUMBER, OUTSIDE_VALUE_SET, WRONG_TYPE
from mappings.reading.time_texts import AdjustedTime, day, moment, partial
from mappings.redox.leaves import Kind
from mappings.redox.value_sets import ValueSet

_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(?P<fraction>\.[0-9]{1,18})?")
_LARGEST = 2**63
"""No database and no client keeps whole numbers of this size exactly."""

_EXACT = 2**53
"""A float of this size may differ from the number that was sent, so it must not become somebody's identifier."""

_LONGEST = 2**1024
"""No identifier has more digits than this."""

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
"""What a text must not contain: control characters except tab, line feed and carriage return, and lone surrogates."""

_FLAGS = {"true": True, "false": False}

Value = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Misfit:
    """A value that is not simply what the model expects: its nearest reading, or None, and the reason for the issue."""

    value: Value | None
    reason: str


Converter = Callable[[Any, ZoneInfo], Value | Misfit]
"""From any JSON value to a clean value, or to a `Misfit` if the value does not fit. The zone is that of wall times."""

_NO_TEXT = Misfit(None, WRONG_TYPE)
_BAD_TEXT = Misfit(None, CONTROL_CHARACTER)
_NOT_A_FLAG = Misfit(None, WRONG_TYPE)
_NOT_A_NUMBER = Misfit(None, NO_NUMBER)
_NOT_A_DATE = Misfit(None, NO_DATE)
_NO_SUCH_WORD = Misfit(None, OUTSIDE_VALUE_SET)


def text(value: Any, _: ZoneInfo) -> Value | Misfit:
    """Read a text that is not blank; a number becomes the text of its digits."""
    if isinstance(value, str):
        if not value.isprintable() and _FORBIDDEN.search(value):
            return _BAD_TEXT
        return value if value.strip() else _NO_TEXT
    return str(value) if _has_digits(value) else _NO_TEXT


def trimmed(value: Any, zone: ZoneInfo) -> Value | Misfit:
    """Read a text that is not blank, without the blanks around it."""
    said = text(value, zone)
    return said.strip() if isinstance(said, str) else said


def _has_digits(value: Any) -> bool:
    if isinstance(value, int):
        return not isinstance(value, bool) and abs(value) < _LONGEST
    return isinstance(value, float) and abs(value) < _EXACT


def number(value: Any, _: ZoneInfo) -> Value | Misfit:
    """Read a number, also from a text; it is an int if it is whole, else a float."""
    if isinstance(value, str):
        found = _NUMBER.fullmatch(value.strip())
        if not found:
            return _NOT_A_NUMBER
        value = float(found[0]) if found["fraction"] else int(found[0])
    if not _is_sound_number(value):
        return _NOT_A_NUMBER
    is_whole = abs(value) < _LARGEST and value == int(value)
    return int(value) if is_whole else float(value)


def _is_sound_number(value: Any) -> bool:
    if isinstance(value, int):
        return not isinstance(value, bool) and abs(value) < _LARGEST
    return isinstance(value, float) and isfinite(value)


def flag(value: Any, _: ZoneInfo) -> Value | Misfit:
    """Read a boolean, also from the texts `true` and `false` in any case."""
    if isinstance(value, str):
        return _FLAGS.get(value.strip().casefold(), _NOT_A_FLAG)
    return value if isinstance(value, bool) else _NOT_A_FLAG


def date(value: Any, zone: ZoneInfo) -> Value | Misfit:
    """Read a date as `YYYY-MM-DD`, or a year or a month alone."""
    return (isinstance(value, str) and (day(value, zone) or partial(value))) or _NOT_A_DATE


def whole_time(value: Any, zone: ZoneInfo) -> Value | Misfit:
    """Read a moment as UTC text, or a date if the value has no time part."""
    read = moment(value, zone) if isinstance(value, str) else None
    if isinstance(read, AdjustedTime):
        return Misfit(read.text, read.adjustment)
    return read or _NOT_A_DATE


def date_time(value: Any, zone: ZoneInfo) -> Value | Misfit:
    """Read a moment or a date as `whole_time` does, or a year or a month alone."""
    read = moment(value, zone) if isinstance(value, str) else None
    if isinstance(read, AdjustedTime):
        return Misfit(read.text, read.adjustment)
    return read or (isinstance(value, str) and partial(value)) or _NOT_A_DATE


def code(value_set: ValueSet) -> Converter:
    """Return the converter to words of a closed value set, in the set's spelling; it reads a number as its digits."""

    def convert(value: Any, zone: ZoneInfo) -> Value | Misfit:
        word = value if isinstance(value, str) else text(value, zone)
        return (isinstance(word, str) and value_set.spelling(word)) or _NO_SUCH_WORD

    return convert


def as_sent(value: Any, zone: ZoneInfo, kind: Kind) -> Value | None:
    """Return what is kept of a value that a leaf of this kind cannot read: its text, or None."""
    said = text(value, zone)
    if not isinstance(said, str) or kind.is_criterion or kind.type in {"Text", "Texts"}:
        return None
    return said if kind.value_set else AsSent(said)


_CONVERTERS: dict[str, Converter] = {
    "Text": text,
    "Texts": text,
    "Number": number,
    "Flag": flag,
    "Date": date,
    "DateTime": date_time,
}


def converter(kind: Kind) -> Converter:
    """Return the converter for a kind of leaf."""
    if kind.value_set:
        return code(kind.value_set)
    if kind.is_trimmed:
        return trimmed
    return whole_time if kind.is_criterion and kind.type == "DateTime" else _CONVERTERS[kind.type]
