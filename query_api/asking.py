"""What a question brings along and what its answer hands back. The way between is criteria, search, answer.

Only the search reads; it gives `Found`, which any other source of records could give as well.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

Json = dict[str, Any]
Key = Callable[..., str]
"""A tenant's keyed hash of texts."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one answer may hold."""

    visits: int = 10_000
    potential_matches: int = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """A clean question, with what it takes to understand it."""

    question: Json
    key: Key
    zone: tzinfo
    now: datetime
    census_hours: Mapping[str, float] = field(default_factory=dict)
    """Hours after which a visit of a PatientClass leaves the census."""
    no_identifier: Collection[str] = ()
    """The tenant's own words for none, which stand where an identifier is due and name nobody."""
    identifying_types: Sequence[str] = ()
    """The types of identifiers that the tenant named."""


@dataclass(frozen=True, slots=True)
class Found:
    """Records that a search found: people by id, and visits, each in the order of an answer."""

    people: Mapping[str, Json] = field(default_factory=dict)
    visits: tuple[Json, ...] = ()
    is_incomplete: bool = False
    """Whether a limit left out the older ones."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The result keys of an answer, the resources it was made of (`Patient/...`), and whether a limit cut it."""

    body: Json
    resources: list[str]
    is_incomplete: bool = False
