"""Whether what is known matches what is asked: exactly, identifiers with regard to case, other texts without.

Blanks around a text and the ways in which Unicode composes it do not matter.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from pydantic import BaseModel

from mappings.redox.leaves import Kind, Member, members
from store.search import comparable

Matches = Callable[[Any, Any], bool]
"""From what is asked and what is known to whether all that is asked is known."""


@cache
def matching(block: type[BaseModel]) -> Matches:
    """Return the function that compares objects of a block: every leaf asked for is known.

    Every element of a list that is asked for is among those known.
    """
    by_name = {member.name: _member(member) for member in members(block) if not _is_free(member)}

    def matches(asked: Any, known: Any) -> bool:
        if not isinstance(known, dict):
            return False
        return all(one(asked[name], known.get(name)) for name, one in by_name.items() if name in asked)

    return matches


def _is_free(member: Member) -> bool:
    """Whether a member may hold anything, as extensions do; nobody is asked for by it."""
    return member.kind is not None and member.kind.type == "Map"


def _member(member: Member) -> Matches:
    one = matching(member.block) if member.block else _leaf(member.kind)
    return among(one) if member.many else one


def _leaf(kind: Kind | None) -> Matches:
    if kind is not None and kind.is_criterion and kind.type == "Date":
        return _same_day
    return _same if kind is not None and kind.has_case else _alike


def _same_day(asked: Any, known: Any) -> bool:
    """Whether two whole dates are one day. A year or a month alone is the date of nobody in particular."""
    return isinstance(asked, str) and len(asked) == len("YYYY-MM-DD") and bool(asked == known)


def among(one: Matches) -> Matches:
    """Return the function that looks for each element of a list in another."""

    def matches(asked: Any, known: Any) -> bool:
        return isinstance(known, list) and all(any(one(each, other) for other in known) for each in asked)

    return matches


def _same(asked: Any, known: Any) -> bool:
    return isinstance(asked, str) and isinstance(known, str) and asked.strip() == known.strip()


def _alike(asked: Any, known: Any) -> bool:
    if isinstance(asked, str):
        return isinstance(known, str) and comparable(asked) == comparable(known)
    return bool(asked == known)
