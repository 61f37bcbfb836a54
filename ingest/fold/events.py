"""An event of the fold: its words, its person, its visit, and its place in the order of events.

An event of the fold is one part of a journal entry. Most entries have one part; a message about several people has one
for each of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ingest.fold.verbs import Attend, Book, Lifecycle, Move
from mappings.reading import CLEAR

Json = dict[str, Any]
Pair = tuple[str, str]
"""An identifier as (IDType, ID); both compare with case."""

IdsByType = Mapping[str, set[str]]
"""IDs by the one name of their type (`IdentifierType.name`); types that never identify are left out."""

_NOTHING: Json = {}


@dataclass(frozen=True, slots=True)
class Event:
    """One part of a journal entry, read and understood."""

    id: str
    """The id of the journal entry; behind the first part of an entry, with `#` and the number of the part."""
    lifecycle: Lifecycle
    """The row with the effect of the event."""
    order: str
    """A text that sorts as events do; see `ingest.ordering`."""
    effective: str
    """UTC text of the moment that the event speaks of."""
    received: str
    """UTC text of the receipt; it never changes."""
    message: Json
    """The part of the message, as `mappings.reading.read` returns it: nothing is empty, and times are normalised."""
    patient: Json = field(default_factory=dict)
    """The block of the owner, with the words about the person."""
    pairs: tuple[Pair, ...] = ()
    """All identifiers of the owner, in the order of the message."""
    identifying: tuple[Pair, ...] = ()
    """The pairs that tell people apart, each under the one name of its type."""
    ending: tuple[Pair, ...] = ()
    """The pairs of PreviousIdentifiers that are not among `pairs`, under whatever spelling of their type."""
    previous: tuple[Pair, ...] = ()
    """Those of `ending` that tell people apart, each under the one name of its type."""
    others: tuple[Pair, ...] = ()
    """The pairs, PreviousIdentifiers among them, that tell nobody apart."""
    number: str | None = None
    """Visit.VisitNumber."""
    clears: bool = True
    """Whether the message may have texts that clear; if not, the overlay need not look for them."""
    canceled: Attend | None = None
    """The step that the event takes back."""
    canceled_nothing: str | None = None
    """The code of the issue, if the event names an event to take back and that cannot be."""

    visit: Json = field(init=False)
    """The Visit block of the message; empty if the message has none."""
    numbers: tuple[str, ...] = field(init=False)
    """The numbers of the visits that the event acts on: its own, and that of the booking that it supersedes."""
    ids: IdsByType = field(init=False)
    """The IDs of `identifying`, by type."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "visit", self.message.get("Visit", _NOTHING))
        course = self.lifecycle.course
        old = self.visit.get("OldVisitNumber") if isinstance(course, Book) and course.supersedes else None
        numbers = dict.fromkeys(number for number in (self.number, old) if number and number != CLEAR)
        object.__setattr__(self, "numbers", tuple(numbers))
        object.__setattr__(self, "ids", by_type(self.identifying))

    @property
    def reaches_across_people(self) -> bool:
        """Whether the event finds visits by their number alone, whichever person has them.

        It does if it moves a visit, if it has no person, or if it supersedes a booking of another number: that may be a
        hold, and nothing else of the event's person may name that number.
        """
        is_nameless = self.lifecycle.of_visit and not self.identifying and bool(self.numbers)
        return isinstance(self.lifecycle.course, Move) or is_nameless or len(self.numbers) > 1


def by_type(pairs: Iterable[Pair]) -> IdsByType:
    """Return the IDs of pairs by their type."""
    types: dict[str, set[str]] = {}
    for id_type, value in pairs:
        types.setdefault(id_type, set()).add(value)
    return types


def pairs_of(identifiers: Iterable[Json]) -> tuple[Pair, ...]:
    """Return the identifiers that have both type and ID, each once, in their order. A text that clears is no ID."""
    found = ((i.get("IDType", CLEAR), i.get("ID", CLEAR)) for i in identifiers)
    return tuple(dict.fromkeys(pair for pair in found if CLEAR not in pair))


@dataclass(slots=True)
class Findings:
    """The issues that the fold finds in events: codes by event id."""

    of: dict[str, list[str]] = field(default_factory=dict)

    def note(self, event: Event, code: str) -> None:
        """Add the code of an issue of an event, unless the event has it already."""
        codes = self.of.setdefault(event.id, [])
        if code not in codes:
            codes.append(code)

    def drop(self, event: Event, code: str) -> None:
        """Remove the code of an issue that an event had for a time."""
        self.of[event.id] = [other for other in self.of.get(event.id, ()) if other != code]
