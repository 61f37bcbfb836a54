"""A question and its answer, and the records between them.

Each question goes the same way: from the question to criteria, from the criteria by a search to records, from the
records to the answer. Only the search reads the store.
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
    """The most that one answer may hold."""

    visits: int = 10_000
    potential_matches: int = 100
    """People who may be the one whom a PatientSearch asks for."""
    contents: int = 64 * 1024 * 1024
    """Bytes of the contents of files."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question that was read and checked, with the settings of its tenant that decide what it means."""

    body: Json
    """The question in Redox's words: `{"Meta": {...}, "Patients": [...]}`."""
    key: Key
    zone: tzinfo
    now: datetime
    census_hours: Mapping[str, float] = field(default_factory=dict)
    """Hours after which a visit of a PatientClass leaves the census."""
    no_identifier: Collection[str] = ()
    """The words of the tenant that stand in the place of an identifier and identify nobody, such as `UNKNOWN`."""
    identifying_types: Sequence[str] = ()
    """The types of identifiers that tell people apart, if the tenant lists them."""

    @property
    def is_whole(self) -> bool:
        """Whether the answer shall have what Redox's response leaves out, too."""
        return self.body.get("Meta", {}).get("Whole") is True


@dataclass(frozen=True, slots=True)
class FoundRecords:
    """The records that a search found: people by resource id, and visits in the order of the answer."""

    people: Mapping[str, Json] = field(default_factory=dict)
    visits: tuple[Json, ...] = ()
    is_incomplete: bool = False
    """Whether there are more, and a limit left out the older ones."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question.

    `body` has the members of the response beside `Meta`, `resources` the references (`Patient/ID`) of all resources
    that it tells of, and `is_incomplete` says whether a limit left out some.
    """

    body: Json
    resources: list[str]
    is_incomplete: bool = False
