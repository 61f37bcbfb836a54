"""Values that turn both ways: `to_fhir` and `to_redox` stand side by side, and each undoes the other."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Iso:
    """A pair of functions; the second undoes the first.

    If a row has one home on each side, each function takes one value and returns one value. If a side has several
    homes, the function towards that side returns a tuple with a value for each home, and the function from that side
    takes as many arguments. None is an absent value.
    """

    to_fhir: Callable[..., Any]
    to_redox: Callable[..., Any]


def _itself(value: Any) -> Any:
    return value


SAME = Iso(_itself, _itself)
"""The value does not change."""


def either(fits: Callable[[Any], bool]) -> Iso:
    """Return the Iso that puts a value into the first of two homes if it fits, else into the second."""
    return Iso(
        lambda value: (value, None) if fits(value) else (None, value),
        lambda first, second: second if first is None else first,
    )


def matching(pattern: str) -> Callable[[str], bool]:
    """Return the predicate that is true of texts that match a regular expression as a whole."""
    whole = re.compile(pattern).fullmatch
    return lambda text: whole(text) is not None
