"""Comparing a record with a question, leaf by leaf: the case of identifiers counts, the case of other texts does not.

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
"""Takes a part of a question and a part of a record; returns whether the record has all that the question says."""


@cache
def matching(block: type[BaseModel]) -> Matches:
    """Return the function that compares objects of a block.

    A record matches if it has every leaf of the question, and for every element of a list in the question one that
    matches.
    """
    by_name = {member.name: _member(member) for member in members(block) if not _is_free(member)}

    def matches(asked: Any, known: Any) -> bool:
        if not isinstance(known, dict):
            return False
        return all(one(asked[name], known.get(name)) for name, one in by_name.items() if name in asked)

    return matches


def _is_free(member: Member) -> bool:
    """Return whether a member may hold anything, as Extensions do; a question cannot ask by such a member."""
    return member.kind is not None and member.kind.type == "Map"


def _member(member: Member) -> Matches:
    one = matching(member.block) if member.block else _leaf(member.kind)
    return among(one) if member.many else one


def _leaf(kind: Kind | None) -> Matches:
    if kind is not None and kind.is_criterion and kind.type == "Date":
        return _same_day
    return _same if kind is not None and kind.has_case else _alike


def _same_day(asked: Any, known: Any) -> bool:
    """Return whether two whole dates are one day; a year or a month alone matches nothing."""
    return isinstance(asked, str) and len(asked) == len("YYYY-MM-DD") and bool(asked == known)


def among(one: Matches) -> Matches:
    """Return the function that looks for a match of each element of one list in another list."""

    def matches(asked: Any, known: Any) -> bool:
        return isinstance(known, list) and all(any(one(each, other) for other in known) for each in asked)

    return matches


def _same(asked: Any, known: Any) -> bool:
    return isinstance(asked, str) and isinstance(known, str) and asked.strip() == known.strip()


def _alike(asked: Any, known: Any) -> bool:
    if isinstance(asked, str):
        return isinstance(known, str) and comparable(asked) == comparable(known)
    return bool(asked == known)
