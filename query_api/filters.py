"""Filters of a question that is only filters and an order: each is a row, and becomes a condition of a search."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from mappings.notation import FieldMap
from query_api.errors import TimeUnreadable
from query_api.question import Json, Question
from query_api.visits import moment
from store import search
from store.conditions import Condition, Lies, has_all, is_any, some


class Filter(Protocol):
    """One row: a member of the question, and what it is compared with."""

    def condition(self, asked: Question, table: FieldMap) -> Condition | None:
        """Return the condition of the filter, or None if the question does not have its member.

        `table`: the FHIR table of the records. Raises TimeUnreadable.
        """
        ...


@dataclass(frozen=True, slots=True)
class Among:
    """A record matches if its leaf is one of the values of the question."""

    path: str
    """The member of the question, such as `DocumentTypes` or `Location.Department`: a value or a list of values."""
    leaf: str
    """The leaf of the record, or the block if the values are blocks."""
    parameter: str
    """The search parameter that has the leaf."""

    def condition(self, asked: Question, table: FieldMap) -> Condition | None:
        """Return the condition that a record has one of the values."""
        given = _at(asked.body, self.path)
        if given is None:
            return None
        values = given if isinstance(given, list) else [given]
        return is_any(self.parameter, [token for value in values for token in self._tokens(value, asked, table)])

    def _tokens(self, value: Any, asked: Question, table: FieldMap) -> list[str]:
        """Return the tokens that a record with this value has and that say all of the value."""
        found = search.parameters(table.to_fhir(_nested(self.leaf, value)), asked.key).get(self.parameter, [])
        tokens = search.listed(found)
        # A code has a token with its code set, and a token of the code alone.
        return tokens[:1] if isinstance(value, dict) and "Codeset" in value else tokens[-1:]


@dataclass(frozen=True, slots=True)
class AllOf:
    """A record matches if it has every leaf of one of the blocks of the question."""

    path: str
    """The member of the question, a list of blocks such as `Procedures`."""
    block: str
    """The block of the record that is compared."""
    parameter: str
    """The search parameter that has a token of each leaf of the block."""

    def condition(self, asked: Question, table: FieldMap) -> Condition | None:
        """Return the condition that a record has all leaves of one of the blocks."""
        blocks = _at(asked.body, self.path)
        return None if blocks is None else some([self._has_all(block, asked, table) for block in blocks])

    def _has_all(self, block: Json, asked: Question, table: FieldMap) -> Condition:
        found = search.parameters(table.to_fhir(_nested(self.block, block)), asked.key).get(self.parameter, [])
        return has_all(self.parameter, search.listed(found))


@dataclass(frozen=True, slots=True)
class Span:
    """A record matches if its time lies between two times of the question; both ends are in."""

    start: str = "StartDateTime"
    end: str = "EndDateTime"
    parameter: str = "date"

    def condition(self, asked: Question, table: FieldMap) -> Condition | None:  # noqa: ARG002
        """Return the condition that the time of a record lies in the span; raises TimeUnreadable."""
        first, last = _moment(asked, self.start), _moment(asked, self.end)
        return Lies(f"search.{self.parameter}", at_least=first, at_most=last) if first or last else None


def conditions(filters: Iterable[Filter], asked: Question, table: FieldMap) -> Iterator[Condition]:
    """Give the conditions of the filters that a question has; raises TimeUnreadable."""
    for each in filters:
        if (found := each.condition(asked, table)) is not None:
            yield found


def _moment(asked: Question, path: str) -> datetime | None:
    text = _at(asked.body, path)
    found = None if text is None else moment(text, asked.zone)
    if text is not None and found is None:
        raise TimeUnreadable(path)
    return found


def _at(question: Json, path: str) -> Any:
    value: Any = question
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _nested(path: str, value: Any) -> Json:
    """Return the record that has one leaf; a path that ends in `[]` is a list of one value."""
    name, _, rest = path.partition(".")
    held = _nested(rest, value) if rest else value
    return {name.removesuffix("[]"): [held] if name.endswith("[]") else held}
