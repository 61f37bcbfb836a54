"""Held events: no record accepted them, because their identifiers may mean several people, until these become one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ingest.fold.candidates import Candidates
from ingest.fold.events import Event


@dataclass(frozen=True, slots=True)
class Held:
    """One held event."""

    event: Event
    candidates: tuple[frozenset[str], ...]
    """Ids of people as they were at the event's own place; of a merge, one set for each side."""


@dataclass(slots=True)
class HeldEvents:
    """The held events of connected events, and what became of people since."""

    _held: list[Held] = field(default_factory=list)
    _became: dict[str, str] = field(default_factory=dict)
    """The id of the person whom a person joined or ended in, by id."""
    _have_changed: bool = False
    """Whether people became one since the held events were looked at."""

    def add(self, event: Event, sides: Iterable[Candidates]) -> None:
        """Hold an event; the candidates are those of now, and never change."""
        self._held.append(Held(event, tuple(side.ids for side in sides)))

    def note_became(self, gone: str, living: str) -> None:
        """Note that a person is from now on another person, whom it joined or in whom it ended."""
        self._became.pop(living, None)  # a reversed merge brings an ended record back
        self._became[gone] = living
        self._have_changed = True

    def due(self) -> tuple[Event, tuple[list[str], ...]] | None:
        """Return the first event, by order, of which each side has become one person, and the ids of these people.

        The event is held no more. None if there is no such event.
        """
        if not self._have_changed:
            return None
        for held in sorted(self._held, key=lambda each: each.event.order):
            sides = tuple(sorted({self.living(candidate) for candidate in side}) for side in held.candidates)
            if all(len(side) <= 1 for side in sides):
                self._held.remove(held)
                return held.event, sides
        self._have_changed = False
        return None

    def living(self, person_id: str) -> str:
        """Return the id of the person that a person has become."""
        while person_id in self._became:
            person_id = self._became[person_id]
        return person_id
