"""Conditions about the past: which documents may have met a condition at a moment, even if they do not meet it now.

Beside the present values, a document has the former values of its search parameters (`search.former`) and the time from
its first to its last change (`fold.span`). So an index finds the few documents that a question about the past must look
at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from store.conditions import And, Condition, HasAll, HasId, IsAny, Lies, Or, every, is_any, some
from store.search.search_type import EVERY, FORMER, SearchType
from store.spans import nodes_around

_SPAN, _SEARCH = "fold.span", "search."


def unchanged_since(order: str, moment: int) -> Condition:
    """Return the condition that no event after a moment changed a document.

    `order` is greater than the orders of all events up to the moment. `moment` is that moment in milliseconds.
    """
    is_of_one_moment = every([IsAny(_SPAN, (None,)), Lies("fold.newest", at_most=order)])
    return some([Lies(f"{_SPAN}.until", at_most=moment), is_of_one_moment])


def may_have_met(wanted: Condition, of_type: SearchType) -> list[Condition]:
    """Return conditions, each with an index: a document that meets `wanted` now, or once did, meets one of them.

    The conditions ignore parameters without stored former values, and negations. So they may also find other documents.
    """
    ever = _turned(wanted, of_type, _now_or_formerly)
    return [every([way, *([ever] if ever else [])]) for way in _ways(wanted, of_type)]


def may_have_met_at(moment: int, wanted: Condition, of_type: SearchType) -> list[Condition]:
    """Return conditions for documents that met `wanted` at a moment and have changed since; see `may_have_met`.

    `moment` is in milliseconds.
    """
    is_open = every([Lies(f"{_SPAN}.until", above=moment), Lies(f"{_SPAN}.from", at_most=moment)])
    nodes = IsAny(f"{_SPAN}.node", tuple(nodes_around(moment)))
    is_dated = any(_is_dated(each, of_type) for each in _parts(wanted))
    first, *others = may_have_met(wanted, of_type)
    return [every([*([] if is_dated else [nodes]), first, is_open]), *(every([way, is_open]) for way in others)]


def _ways(wanted: Condition, of_type: SearchType) -> list[Condition]:
    """Return the ways to find a document: the first by its present values, the others by its former values."""
    now = _turned(wanted, of_type, lambda condition, _: condition) or And(())
    dated = [each for each in _parts(wanted) if isinstance(each, Lies) and _is_dated(each, of_type)]
    if dated:
        return _when(dated[0])
    named = list(dict.fromkeys(_tokens(wanted, of_type)))
    return [now, *([is_any(FORMER, [*named, EVERY])] if named else [])]


def _is_dated(wanted: Condition, of_type: SearchType) -> bool:
    return isinstance(wanted, Lies) and _name(wanted.member) in of_type.former


Turn = Callable[[Condition, SearchType], Condition]
"""A function that replaces a condition on a parameter with former values by another condition."""


def _turned(wanted: Condition, of_type: SearchType, turn: Turn) -> Condition | None:
    """Return a condition with each part on a parameter replaced by `turn`; None if no part is left."""
    if isinstance(wanted, And):
        left = [part for each in wanted.conditions if (part := _turned(each, of_type, turn)) is not None]
        return every(left) if left else None
    if isinstance(wanted, Or):
        parts = [_turned(each, of_type, turn) for each in wanted.conditions]
        known = [part for part in parts if part is not None]
        return some(known) if len(known) == len(parts) else None
    if isinstance(wanted, HasId):
        return wanted
    if isinstance(wanted, IsAny | HasAll | Lies):
        name = _name(wanted.member)
        if name == "patient" or name in of_type.lasting:
            return wanted
        return turn(wanted, of_type) if name in of_type.former else None
    return None


def _now_or_formerly(wanted: Condition, _of_type: SearchType) -> Condition:
    if isinstance(wanted, Lies):
        return some(_when(wanted))
    if isinstance(wanted, HasAll):
        return every([_is_or_was(wanted.member, (value,)) for value in wanted.values])
    if isinstance(wanted, IsAny):
        return _is_or_was(wanted.member, wanted.values)
    raise TypeError(wanted)


def _is_or_was(member: str, values: tuple[str, ...]) -> Condition:
    return some([IsAny(member, values), is_any(FORMER, [*values, EVERY])])


def _when(wanted: Lies) -> list[Condition]:
    """Return the ways in which a moment lies within bounds, or did once."""
    formerly = f"{_SEARCH}{FORMER}-{_name(wanted.member)}"
    was = Lies(formerly, wanted.at_least, wanted.above, wanted.at_most, wanted.below, is_list=True)
    return [wanted, was, is_any(FORMER, [EVERY])]


def _parts(wanted: Condition) -> Iterator[Condition]:
    """Yield the conditions that must all be met."""
    for each in wanted.conditions if isinstance(wanted, And) else ():
        yield from _parts(each)
    if not isinstance(wanted, And):
        yield wanted


def _tokens(wanted: Condition, of_type: SearchType) -> Iterator[str]:
    """Yield the values that the condition names of parameters with former values."""
    for each in wanted.conditions if isinstance(wanted, And | Or) else ():
        yield from _tokens(each, of_type)
    if isinstance(wanted, IsAny | HasAll) and _name(wanted.member) in of_type.former:
        yield from wanted.values


def _name(member: str) -> str:
    """Return the name of a search parameter; an empty text for another member."""
    return member.removeprefix(_SEARCH) if member.startswith(_SEARCH) else ""
