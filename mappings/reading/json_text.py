"""JSON text: from the bytes of a message to its value, and back.

orjson reads nearly every message. It refuses a whole message for one leaf that JSON allows and no text or number of
ours can hold: half of a surrogate pair, or a number that is larger than every float. Such a message is read by a slower
reader, and an `Unusable` stands where the leaf was.
"""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

import orjson

LONE_SURROGATE: Final = "half of a character"
OUT_OF_RANGE: Final = "number out of range"

DEEPEST: Final = 200
"""Objects and lists within each other that can be written again for certain."""

MOST_UNUSABLE = 10_000
"""Leaves of one body that are left out; what has more of them is no message."""

_ESCAPED_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SHORT_NUMBER = 18
_LONGEST_NUMBER = 400
"""Digits of a whole number beyond which it is larger than every float, for certain."""
_WHOLE = range(-(2**63), 2**64)
"""The whole numbers that are read exactly; a larger one becomes the nearest float, as orjson has it."""


class NotJsonError(ValueError):
    """The bytes are not JSON."""


class TooDeepError(ValueError):
    """The JSON is nested so deeply that it cannot be written again."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """Stands in a JSON value for a leaf that is there and cannot be used."""

    text: str
    """The leaf as JSON text."""
    reason: str


def value_of(body: bytes) -> Any:
    """Return the value of JSON in UTF-8, with or without a byte order mark; raises NotJsonError or TooDeepError.

    `Unusable` stands for each leaf that cannot be used. A body of megabytes with such leaves takes seconds.
    """
    body = body.removeprefix(codecs.BOM_UTF8)
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        value = _leniently(body)
    if body.count(b"{") + body.count(b"[") > DEEPEST:
        text_of(value)  # Reading goes four times as deep as writing: what cannot be written has no canonical form.
    return value


def text_of(value: Any, *, is_sorted: bool = False) -> bytes:
    """Return a value as JSON in UTF-8, an `Unusable` as it came; with `is_sorted` by the names of members.

    Raises TooDeepError.
    """
    option = orjson.OPT_PASSTHROUGH_DATACLASS | (orjson.OPT_SORT_KEYS if is_sorted else 0)
    try:
        return orjson.dumps(value, default=_as_it_came, option=option)
    except orjson.JSONEncodeError:
        raise TooDeepError from None


def _as_it_came(unusable: Unusable) -> orjson.Fragment:
    return orjson.Fragment(unusable.text)


def _leniently(body: bytes) -> Any:
    try:
        return _LenientReader().value(body.decode(), has_surrogates=_ESCAPED_SURROGATE.search(body) is not None)
    except (ValueError, RecursionError):
        raise NotJsonError from None


class _LenientReader:
    """Reads one text of JSON, and counts the leaves that cannot be used."""

    def __init__(self) -> None:
        self._unusable = 0

    def value(self, text: str, *, has_surrogates: bool) -> Any:
        """Return the value of a text; raises ValueError or RecursionError."""
        found = json.JSONDecoder(parse_int=self._whole, parse_float=self._fraction, parse_constant=_no_constant).decode(
            text
        )
        return self._without_surrogates(found) if has_surrogates else found

    def _left_out(self, text: str, reason: str) -> Unusable:
        self._unusable += 1
        if self._unusable > MOST_UNUSABLE:
            raise NotJsonError
        return Unusable(text, reason)

    def _whole(self, digits: str) -> int | float | Unusable:
        if len(digits) <= _SHORT_NUMBER:
            return int(digits)
        if len(digits) > _LONGEST_NUMBER:
            return self._left_out(digits, OUT_OF_RANGE)
        number = int(digits)
        return number if number in _WHOLE else self._fraction(digits)

    def _fraction(self, digits: str) -> float | Unusable:
        number = float(digits)
        return number if isfinite(number) else self._left_out(digits, OUT_OF_RANGE)

    def _without_surrogates(self, value: Any) -> Any:
        """Return a value in which no text and no name of a member has a lone surrogate; such names are written out."""
        whole = [value]
        waiting: list[Any] = [whole]
        while waiting:
            parent = waiting.pop()
            if isinstance(parent, dict):
                for name in [name for name in parent if _is_broken(name)]:
                    parent[self._left_out(json.dumps(name), LONE_SURROGATE).text] = parent.pop(name)
            for place, item in parent.items() if isinstance(parent, dict) else enumerate(parent):
                if isinstance(item, dict | list):
                    waiting.append(item)
                elif isinstance(item, str) and _is_broken(item):
                    parent[place] = self._left_out(json.dumps(item), LONE_SURROGATE)
        return whole[0]


def _no_constant(_: str) -> None:
    raise NotJsonError  # NaN and Infinity, which Python takes for numbers, are no JSON


def _is_broken(text: str) -> bool:
    return not text.isprintable() and _SURROGATE.search(text) is not None
