"""An event as the fold sees it: what is said, of whom, of which visit, and where it stands among the others.

An event of the fold is one part of a journal entry. Most entries have one part; a message about several people has one
for each of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ingest.fold.verbs import Attend, Book, Lifecycle, Move, TakeBack

Json = dict[str, Any]
Pair = tuple[str, str]
"""An identifier as (IDType, ID); both compare with case."""

_NOT_OF_A_PERSON = re.compile(
    r"ssn|ss|socialsecurity(number)?|socialsecuritynum"
    r"|an|acct|account(number|id|no)?|patientaccount(number)?|vn|visit(number|id|no)?|encounter(number|id)?|csn"
    r"|mb|member(number|id|no)?|subscriber(number|id)?|policynumber",
)
"""IDTypes, letters only and in lower case, whose IDs families share or a visit carries: they identify no person."""


@lru_cache(maxsize=4096)
def identifies(id_type: str, named: frozenset[str]) -> bool:
    """Whether IDs of this type tell people apart: those a tenant named, or else all but SSN, account, visit, member."""
    if named:
        return id_type in named
    return not _NOT_OF_A_PERSON.fullmatch(re.sub(r"[^a-z]", "", id_type.lower()))


@dataclass(frozen=True, slots=True)
class Event:
    """One part of a journal entry, understood."""

    id: str
    """The id of the journal entry; behind the first part of an entry, with `#` and the number of the part."""
    lifecycle: Lifecycle
    """What the event does."""
    order: str
    """A text that sorts as events do; see `ingest.ordering`."""
    effective: str
    """UTC text of the moment that the event speaks of."""
    received: str
    """UTC text of the receipt, decided once."""
    message: Json
    """The part of the message, as `mappings.reading.read` gives it: nothing empty, times normalised."""
    patient: Json = field(default_factory=dict)
    """The block of the owner: what the event says of the person."""
    pairs: tuple[Pair, ...] = ()
    """All identifiers of the owner, in the order said."""
    identifying: tuple[Pair, ...] = ()
    """The pairs that tell people apart."""
    previous: tuple[Pair, ...] = ()
    """Identifying pairs of PreviousIdentifiers that are not among `pairs`."""
    others: tuple[Pair, ...] = ()
    """The pairs, PreviousIdentifiers among them, that tell nobody apart."""
    number: str | None = None
    """Visit.VisitNumber."""
    clears: bool = True
    """Whether the event may clear something; if not, its words are taken as they are."""
    canceled: Attend | None = None
    """The step that the event takes back."""
    cancels_no_visit: bool = False
    """The event takes back one that is of no visit."""

    @property
    def course(self) -> object:
        """The step in the course of a visit, a booking or a person, or None."""
        return self.lifecycle.course

    @property
    def visit(self) -> Json:
        """What the event says of the visit."""
        said: Json = self.message.get("Visit", {})
        return said

    @property
    def is_of_a_visit(self) -> bool:
        """Whether the event makes or changes a visit or a booking."""
        return self.lifecycle.of_visit

    @property
    def is_booking(self) -> bool:
        """Whether the event is a step of a booking, which may be of nobody."""
        return isinstance(self.course, Book)

    @property
    def only_fills(self) -> bool:
        """Whether the event's own Visit says only what no other event said."""
        return isinstance(self.course, TakeBack)

    @property
    def reaches_across_people(self) -> bool:
        """Whether the event finds visits by their number alone, whoever has them."""
        nameless = isinstance(self.course, Attend | TakeBack) and self.number is not None and not self.identifying
        return isinstance(self.course, Move) or nameless


def pairs_of(identifiers: Iterable[Json]) -> tuple[Pair, ...]:
    """Return the identifiers that say both type and ID, once each, in their order."""
    return tuple(dict.fromkeys((i["IDType"], i["ID"]) for i in identifiers if "IDType" in i and "ID" in i))


@dataclass(slots=True)
class Findings:
    """What the fold finds wrong with events: issue codes by event id."""

    of: dict[str, list[str]] = field(default_factory=dict)

    def note(self, event: Event, code: str) -> None:
        """Remember one issue of an event, once."""
        codes = self.of.setdefault(event.id, [])
        if code not in codes:
            codes.append(code)
