"""Conditions on documents: each is a filter for MongoDB and an equal predicate over a document in memory.

A condition has hashes, ids, codes and moments, and no other value of a question. Classes name members of a document,
such as `search.status`; functions name search parameters, such as `status`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import ge, gt, le, lt
from typing import Any

from store.documents import Document, Json, document_id


class Condition(ABC):
    """A condition that a document meets or does not meet."""

    @property
    @abstractmethod
    def filter(self) -> Json:
        """Return the condition as a filter in the query language of MongoDB."""

    @abstractmethod
    def matches(self, document: Document) -> bool:
        """Return whether a document meets the condition."""


@dataclass(frozen=True, slots=True)
class IsAny(Condition):
    """The condition that a member has one of these values; None stands for an absent member."""

    member: str
    values: tuple[Any, ...]

    @property
    def filter(self) -> Json:
        """Return a filter with an equality, or with `$in` for several values."""
        return {self.member: self.values[0] if len(self.values) == 1 else {"$in": list(self.values)}}

    def matches(self, document: Document) -> bool:
        """Return whether the member is one of the values, or its list has one of them."""
        return any(value in self.values for value in _values(document, self.member))


@dataclass(frozen=True, slots=True)
class HasAll(Condition):
    """The condition that a list has all of these values; MongoDB looks up the first."""

    member: str
    values: tuple[Any, ...]

    @property
    def filter(self) -> Json:
        """Return a filter with an equality, or with `$all` for several values."""
        return {self.member: self.values[0] if len(self.values) == 1 else {"$all": list(self.values)}}

    def matches(self, document: Document) -> bool:
        """Return whether the list has all values; without values the result is False, as in MongoDB."""
        there = _values(document, self.member)
        return bool(self.values) and all(value in there for value in self.values)


@dataclass(frozen=True, slots=True)
class Lies(Condition):
    """The condition that a member lies within bounds (None: no bound). An absent member does not meet it."""

    member: str
    at_least: Any = None
    above: Any = None
    at_most: Any = None
    below: Any = None
    is_list: bool = False
    """Whether the member is a list. One value of the list must then meet all bounds."""

    @property
    def filter(self) -> Json:
        """Return a filter with a comparison for each bound; for a list, within `$elemMatch`."""
        bounds = {operator: bound for operator, _, bound in self._bounds()}
        return {self.member: {"$elemMatch": bounds} if self.is_list else bounds}

    def matches(self, document: Document) -> bool:
        """Return whether each bound is met by a value of the member; if `is_list`, one value must meet all."""
        there = [value for value in _values(document, self.member) if value is not None]
        if self.is_list:
            return any(all(meets(value, bound) for _, meets, bound in self._bounds()) for value in there)
        return all(any(meets(value, bound) for value in there) for _, meets, bound in self._bounds())

    def _bounds(self) -> Iterator[tuple[str, Callable[[Any, Any], bool], Any]]:
        bounds = (
            ("$gte", ge, self.at_least),
            ("$gt", gt, self.above),
            ("$lte", le, self.at_most),
            ("$lt", lt, self.below),
        )
        return (bound for bound in bounds if bound[2] is not None)


@dataclass(frozen=True, slots=True)
class HasId(Condition):
    """The condition that a document of this tenant has one of these resource ids."""

    tenant: str
    ids: tuple[str, ...]

    @property
    def filter(self) -> Json:
        """Return a filter by `_id`."""
        return {"_id": {"$in": [document_id(self.tenant, each) for each in self.ids]}}

    def matches(self, document: Document) -> bool:
        """Return whether the id of the document is one of the ids."""
        return document.id in self.ids


@dataclass(frozen=True, slots=True)
class And(Condition):
    """The condition that a document meets all of several conditions; without conditions every document does."""

    conditions: tuple[Condition, ...]

    @property
    def filter(self) -> Json:
        """Return a filter with `$and`; without conditions the empty filter, because MongoDB refuses an empty `$and`."""
        return {"$and": [each.filter for each in self.conditions]} if self.conditions else {}

    def matches(self, document: Document) -> bool:
        """Return whether a document meets all conditions."""
        return all(each.matches(document) for each in self.conditions)


@dataclass(frozen=True, slots=True)
class Or(Condition):
    """The condition that a document meets at least one of several conditions."""

    conditions: tuple[Condition, ...]

    @property
    def filter(self) -> Json:
        """Return a filter with `$or`."""
        return {"$or": [each.filter for each in self.conditions]}

    def matches(self, document: Document) -> bool:
        """Return whether a document meets at least one of the conditions."""
        return any(each.matches(document) for each in self.conditions)


@dataclass(frozen=True, slots=True)
class Nor(Condition):
    """The condition that a document meets none of several conditions."""

    conditions: tuple[Condition, ...]

    @property
    def filter(self) -> Json:
        """Return a filter with `$nor`."""
        return {"$nor": [each.filter for each in self.conditions]}

    def matches(self, document: Document) -> bool:
        """Return whether a document meets none of the conditions."""
        return not any(each.matches(document) for each in self.conditions)


def _values(document: Document, member: str) -> list[Any]:
    """Return the values of a member: those of its list, or the member itself; [None] if it is absent."""
    value = document.member(member)
    return value if isinstance(value, list) else [value]


# --- by search parameters ---------------------------------------------------------------------------------------------


def is_any(parameter: str, values: Collection[str | None]) -> Condition:
    """Return the condition that a parameter has one of these values; None stands for an absent parameter."""
    return IsAny(f"search.{parameter}", tuple(values))


def is_absent(parameter: str) -> Condition:
    """Return the condition that a parameter is absent."""
    return is_any(parameter, [None])


def has_all(parameter: str, values: Collection[str]) -> Condition:
    """Return the condition that a parameter has all of these values; MongoDB looks up the first."""
    return HasAll(f"search.{parameter}", tuple(values))


def lies(parameter: str, start: datetime, end: datetime | None = None) -> Condition:
    """Return the condition that a parameter's moment is `start` or later, and before `end` if that is given."""
    return Lies(f"search.{parameter}", at_least=start, below=end)


def newer_than(order: str) -> Condition:
    """Return the condition that the newest event of a record has a greater order than this."""
    return Lies("fold.newest", above=order)


def silent_since(moment: datetime) -> Condition:
    """Return the condition that the date and the newest event of a visit are before a moment, or absent."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Nor((Lies("search.date", at_least=moment), Lies("fold.last", at_least=text)))


def every(conditions: Sequence[Condition]) -> Condition:
    """Return the condition that all of several conditions are met."""
    return conditions[0] if len(conditions) == 1 else And(tuple(conditions))


def some(conditions: Sequence[Condition]) -> Condition:
    """Return the condition that at least one of several conditions is met."""
    return conditions[0] if len(conditions) == 1 else Or(tuple(conditions))


def not_all(conditions: Sequence[Condition]) -> Condition:
    """Return the condition that not all of several conditions are met."""
    return Nor((every(conditions),))


def names_parameter(condition: Condition, parameter: str) -> bool:
    """Return whether a document meets the condition only through a value of this parameter that it names."""
    if isinstance(condition, And):
        return any(names_parameter(each, parameter) for each in condition.conditions)
    if isinstance(condition, Or):
        return bool(condition.conditions) and all(names_parameter(each, parameter) for each in condition.conditions)
    return isinstance(condition, IsAny | HasAll) and condition.member == f"search.{parameter}"
