"""Leaves: what one value says where a text, a number, a flag, a date or a code is due."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import Any
from zoneinfo import ZoneInfo

from mappings.reading.findings import CONTROL_CHARACTER, NO_DATE, NO_NUMBER, OUTSIDE_VALUE_SET, WRONG_TYPE
from mappings.reading.time_texts import AdjustedTime, day, moment
from mappings.redox.leaves import Kind
from mappings.redox.value_sets import ValueSet

_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(?P<fraction>\.[0-9]{1,18})?")
_LARGEST = 2**63
"""Beyond this no database and no client keeps a whole number as it is."""

_EXACT = 2**53
"""From here on a float may not be the number that was sent, which must not become somebody's identifier."""

_LONGEST = 2**1024
"""No identifier has more digits than this."""

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
"""What no text may hold: controls but tab, line feed and carriage return, and halves of characters."""

_FLAGS = {"true": True, "false": False}

Value = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Misfit:
    """What a value turned out to say (nothing, where it cannot be understood), and the fault it has."""

    value: Value | None
    reason: str


Converter = Callable[[Any, ZoneInfo], Value | Misfit]
"""From any JSON value to what it says; a `Misfit` where that is not simply what is due."""

_NO_TEXT = Misfit(None, WRONG_TYPE)
_BAD_TEXT = Misfit(None, CONTROL_CHARACTER)
_NOT_A_FLAG = Misfit(None, WRONG_TYPE)
_NOT_A_NUMBER = Misfit(None, NO_NUMBER)
_NOT_A_DATE = Misfit(None, NO_DATE)
_NO_SUCH_WORD = Misfit(None, OUTSIDE_VALUE_SET)


def text(value: Any, _: ZoneInfo) -> Value | Misfit:
    """A text that is not blank; a number stands for its digits."""
    if isinstance(value, str):
        if not value.isprintable() and _FORBIDDEN.search(value):
            return _BAD_TEXT
        return value if value.strip() else _NO_TEXT
    return str(value) if _has_digits(value) else _NO_TEXT


def _has_digits(value: Any) -> bool:
    if isinstance(value, int):
        return not isinstance(value, bool) and abs(value) < _LONGEST
    return isinstance(value, float) and abs(value) < _EXACT


def number(value: Any, _: ZoneInfo) -> Value | Misfit:
    """A number, whole where it can be; the text of one stands for it."""
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
    """Yes or no; the words true and false stand for them."""
    if isinstance(value, str):
        return _FLAGS.get(value.strip().casefold(), _NOT_A_FLAG)
    return value if isinstance(value, bool) else _NOT_A_FLAG


def date(value: Any, zone: ZoneInfo) -> Value | Misfit:
    """A date."""
    return (isinstance(value, str) and day(value, zone)) or _NOT_A_DATE


def date_time(value: Any, zone: ZoneInfo) -> Value | Misfit:
    """A moment in UTC, or a date where no more was said."""
    read = moment(value, zone) if isinstance(value, str) else None
    if isinstance(read, AdjustedTime):
        return Misfit(read.text, read.adjustment)
    return read or _NOT_A_DATE


def code(value_set: ValueSet) -> Converter:
    """A word of a closed value set, in the set's spelling; a number stands for its digits."""

    def convert(value: Any, zone: ZoneInfo) -> Value | Misfit:
        word = value if isinstance(value, str) else text(value, zone)
        return (isinstance(word, str) and value_set.spelling(word)) or _NO_SUCH_WORD

    return convert


_CONVERTERS: dict[str, Converter] = {
    "Text": text,
    "Texts": text,
    "Number": number,
    "Flag": flag,
    "Date": date,
    "DateTime": date_time,
}


def converter(kind: Kind) -> Converter:
    """How values of a kind are understood."""
    return code(kind.value_set) if kind.value_set else _CONVERTERS[kind.type]
