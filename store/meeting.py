"""Whether a document in memory meets a condition, as the database would say of one in a collection."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from store.conditions import Condition
    from store.documents import Document


def meets(document: Document, condition: Condition) -> bool:
    """Whether a document meets a condition made of the operators that `store.conditions` writes."""
    return all(
        _TOGETHER[name](document, of) if name in _TOGETHER else _holds(document, name, of)
        for name, of in condition.items()
    )


_TOGETHER: Mapping[str, Callable[[Document, list[Condition]], bool]] = {
    "$and": lambda document, conditions: all(meets(document, each) for each in conditions),
    "$or": lambda document, conditions: any(meets(document, each) for each in conditions),
    "$nor": lambda document, conditions: not any(meets(document, each) for each in conditions),
}


def _holds(document: Document, path: str, expected: Any) -> bool:
    room, _, name = path.partition(".")
    values = {"search": document.search, "fold": document.fold}[room].get(name)
    listed = values if isinstance(values, list) else [values]
    if isinstance(expected, dict):
        return all(_OPERATORS[operator](listed, argument) for operator, argument in expected.items())
    return expected in listed


def _compared(compare: Callable[[Any, Any], bool]) -> Callable[[list[Any], Any], bool]:
    return lambda values, bound: any(value is not None and compare(value, bound) for value in values)


_OPERATORS: Mapping[str, Callable[[list[Any], Any], bool]] = {
    "$in": lambda values, wanted: any(value in wanted for value in values),
    "$all": lambda values, wanted: all(each in values for each in wanted),
    "$gte": _compared(lambda value, bound: value >= bound),
    "$lt": _compared(lambda value, bound: value < bound),
    "$not": lambda values, inner: not all(_OPERATORS[operator](values, bound) for operator, bound in inner.items()),
}
