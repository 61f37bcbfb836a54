"""Whether what is known matches what is asked: exactly, texts without regard to case, identifiers with."""

from __future__ import annotations

from typing import Any

_CASE_MATTERS = frozenset({"ID", "IDType"})


def matches(asked: Any, known: Any) -> bool:
    """Whether every leaf asked for is known, and every element of a list asked for is among those known."""
    if isinstance(asked, dict):
        return isinstance(known, dict) and all(_member(name, value, known) for name, value in asked.items())
    if isinstance(asked, list):
        return isinstance(known, list) and all(any(matches(one, other) for other in known) for one in asked)
    if isinstance(asked, str):
        return isinstance(known, str) and asked.casefold() == known.casefold()
    return bool(asked == known)


_WHOLE_DATES = frozenset({"DOB"})
"""Dates of which a year or a month alone matches nothing, because it is the date of nobody in particular."""


def _member(name: str, asked: Any, known: dict[str, Any]) -> bool:
    if name in _CASE_MATTERS:
        return bool(asked == known.get(name))
    if name in _WHOLE_DATES and len(asked) != len("YYYY-MM-DD"):
        return False
    return matches(asked, known.get(name))
