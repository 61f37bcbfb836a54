"""Values that turn both ways: `to_fhir` and `to_redox` side by side, one undoing the other."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Iso:
    """A pair of functions of which the second undoes the first.

    Between one Redox home and one FHIR home each takes a value and gives one. Where a row has several homes on a side,
    the function towards it gives a tuple and the one from it takes as many arguments; nothing said is None.
    """

    to_fhir: Callable[..., Any]
    to_redox: Callable[..., Any]


def _itself(value: Any) -> Any:
    return value


SAME = Iso(_itself, _itself)
"""The value as it is."""


def either(fits: Callable[[Any], bool]) -> Iso:
    """A value goes to the first home where it fits there, else to the second."""
    return Iso(
        lambda value: (value, None) if fits(value) else (None, value),
        lambda first, second: second if first is None else first,
    )


def matching(pattern: str) -> Callable[[str], bool]:
    """Whether a text is, as a whole, what the pattern says."""
    whole = re.compile(pattern).fullmatch
    return lambda text: whole(text) is not None
