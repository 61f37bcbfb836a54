"""Conditions on documents: each is a filter for MongoDB, and a predicate over a document in memory that says the same.

A condition holds nothing of a question but hashes, ids, codes and moments. It names members of a document, as
`search.status`; the functions name search parameters, as `status`.
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
    """What documents are searched for."""

    @property
    @abstractmethod
    def filter(self) -> Json:
        """The condition in the query language of MongoDB."""

    @abstractmethod
    def matches(self, document: Document) -> bool:
        """Whether a document meets the condition."""


@dataclass(frozen=True, slots=True)
class IsAny(Condition):
    """A member has one of these values; None stands for a member that is absent."""

    member: str
    values: tuple[Any, ...]

    @property
    def filter(self) -> Json:
        """An equality, or `$in`."""
        return {self.member: self.values[0] if len(self.values) == 1 else {"$in": list(self.values)}}

    def matches(self, document: Document) -> bool:
        """Whether one of the values is the member's, or in its list."""
        return any(value in self.values for value in _values(document, self.member))


@dataclass(frozen=True, slots=True)
class HasAll(Condition):
    """A list has all of these values; MongoDB looks up the first."""

    member: str
    values: tuple[Any, ...]

    @property
    def filter(self) -> Json:
        """An equality, or `$all`."""
        return {self.member: self.values[0] if len(self.values) == 1 else {"$all": list(self.values)}}

    def matches(self, document: Document) -> bool:
        """Whether all values are in the list; of no values it never is true, as in MongoDB."""
        there = _values(document, self.member)
        return bool(self.values) and all(value in there for value in self.values)


@dataclass(frozen=True, slots=True)
class Lies(Condition):
    """A member lies within some bounds, one or several; None is no bound. A member that is absent lies nowhere."""

    member: str
    at_least: Any = None
    above: Any = None
    at_most: Any = None
    below: Any = None

    @property
    def filter(self) -> Json:
        """One comparison for each bound."""
        return {self.member: {operator: bound for operator, _, bound in self._bounds()}}

    def matches(self, document: Document) -> bool:
        """Whether each bound is met by a value of the member."""
        there = [value for value in _values(document, self.member) if value is not None]
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
    """A document of this tenant has one of these resource ids."""

    tenant: str
    ids: tuple[str, ...]

    @property
    def filter(self) -> Json:
        """A look-up by `_id`."""
        return {"_id": {"$in": [document_id(self.tenant, each) for each in self.ids]}}

    def matches(self, document: Document) -> bool:
        """Whether its id is one of the ids."""
        return document.id in self.ids


@dataclass(frozen=True, slots=True)
class And(Condition):
    """All of some conditions; of none, every document."""

    conditions: tuple[Condition, ...]

    @property
    def filter(self) -> Json:
        """`$and`, which MongoDB does not take of nothing."""
        return {"$and": [each.filter for each in self.conditions]} if self.conditions else {}

    def matches(self, document: Document) -> bool:
        """Whether a document meets all of them."""
        return all(each.matches(document) for each in self.conditions)


@dataclass(frozen=True, slots=True)
class Or(Condition):
    """At least one of some conditions."""

    conditions: tuple[Condition, ...]

    @property
    def filter(self) -> Json:
        """`$or`."""
        return {"$or": [each.filter for each in self.conditions]}

    def matches(self, document: Document) -> bool:
        """Whether a document meets one of them."""
        return any(each.matches(document) for each in self.conditions)


@dataclass(frozen=True, slots=True)
class Nor(Condition):
    """None of some conditions."""

    conditions: tuple[Condition, ...]

    @property
    def filter(self) -> Json:
        """`$nor`."""
        return {"$nor": [each.filter for each in self.conditions]}

    def matches(self, document: Document) -> bool:
        """Whether a document meets none of them."""
        return not any(each.matches(document) for each in self.conditions)


def _values(document: Document, member: str) -> list[Any]:
    """The values of a member: those in its list, or itself; None if it is absent."""
    value = document.member(member)
    return value if isinstance(value, list) else [value]


# --- in the words of search parameters --------------------------------------------------------------------------------


def is_any(parameter: str, values: Collection[str | None]) -> Condition:
    """A parameter has one of these values; None stands for a parameter that is absent."""
    return IsAny(f"search.{parameter}", tuple(values))


def is_absent(parameter: str) -> Condition:
    """A resource says nothing of a parameter."""
    return is_any(parameter, [None])


def has_all(parameter: str, values: Collection[str]) -> Condition:
    """A parameter has all of these values; MongoDB looks up the first."""
    return HasAll(f"search.{parameter}", tuple(values))


def lies(parameter: str, start: datetime, end: datetime | None = None) -> Condition:
    """A moment lies at `start` or later, and before `end`."""
    return Lies(f"search.{parameter}", at_least=start, below=end)


def newer_than(order: str) -> Condition:
    """The newest event of a record has a greater order than this one."""
    return Lies("fold.newest", above=order)


def silent_since(moment: datetime) -> Condition:
    """The date of a visit and its newest event lie before a moment, or are not known."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Nor((Lies("search.date", at_least=moment), Lies("fold.last", at_least=text)))


def every(conditions: Sequence[Condition]) -> Condition:
    """All of some conditions."""
    return conditions[0] if len(conditions) == 1 else And(tuple(conditions))


def some(conditions: Sequence[Condition]) -> Condition:
    """At least one of some conditions."""
    return conditions[0] if len(conditions) == 1 else Or(tuple(conditions))


def not_all(conditions: Sequence[Condition]) -> Condition:
    """Not all of some conditions."""
    return Nor((every(conditions),))
