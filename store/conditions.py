"""From criteria to a filter over search parameters, and what is newest in a document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from store.documents import Document

Condition = dict[str, Any]
"""What a document must meet; holds nothing of a question but hashes, ids, codes and moments."""

NEWEST: Mapping[str, str] = {"Patient": "fold.last", "Encounter": "search.date", "Appointment": "search.date"}
"""By what the documents of each kind are newer or older: when a person was heard of last, the date of a visit."""


def is_any(parameter: str, values: Sequence[str]) -> Condition:
    """Whether a parameter has one of these values."""
    return {f"search.{parameter}": values[0] if len(values) == 1 else {"$in": list(values)}}


def has_all(parameter: str, values: Sequence[str]) -> Condition:
    """Whether a parameter has all of these values; the first is the one looked up."""
    return {f"search.{parameter}": values[0] if len(values) == 1 else {"$all": list(values)}}


def lies(parameter: str, start: datetime, end: datetime | None = None) -> Condition:
    """Whether a moment lies at `start` or later, and before `end`."""
    return {f"search.{parameter}": {"$gte": start, **({"$lt": end} if end else {})}}


def silent_since(moment: datetime) -> Condition:
    """Whether the date of a visit and its newest event are older, or not known."""
    said = moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"search.date": {"$not": {"$gte": moment}}, "fold.last": {"$not": {"$gte": said}}}


def every(conditions: Sequence[Condition]) -> Condition:
    """All of some conditions."""
    return conditions[0] if len(conditions) == 1 else {"$and": list(conditions)}


def some(conditions: Sequence[Condition]) -> Condition:
    """One of some conditions."""
    return conditions[0] if len(conditions) == 1 else {"$or": list(conditions)}


def not_all(conditions: Sequence[Condition]) -> Condition:
    """Not all of some conditions."""
    return {"$nor": [every(conditions)]}


def newness(document: Document) -> Any:
    """By what a document is newer or older than others of its kind; None where that is not known."""
    room, _, name = NEWEST[document.type].partition(".")
    return {"fold": document.fold, "search": document.search}[room].get(name)
