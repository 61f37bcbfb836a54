"""A person: who it is, since when, and the steps of the person's events.

A person is a sequence of steps in the order of events. A person from the store has the state after the steps, but not
the steps; an operation that needs the steps raises HistoryNeededError.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ingest.fold.events import IdsByType, Pair
from ingest.fold.person_state import PersonState


class HistoryNeededError(Exception):
    """The stored state of a record is not enough for an event: fold the record from the journal."""


Step = tuple[str, Callable[[PersonState], PersonState]]
"""The order of an event, and its effect on the state."""


@dataclass(slots=True)
class Person:
    """One person; the record is current, or it ended in a merge."""

    id: str
    first: str
    """Order of the first event; with the id it decides which person is the elder."""
    newest: str
    """Order of the newest event that concerns the person."""
    last: str = ""
    """Effective time of the newest event, as UTC text."""
    state: PersonState = field(default_factory=PersonState)
    steps: list[Step] | None = None
    ended: list[EndedRecord] = field(default_factory=list)
    replaces: tuple[str, ...] = ()
    """The ids of the records that ended in this person, if the steps are not known."""
    owners: tuple[str, ...] = ()
    """The ids of others who had items of the person first, because their records became this one."""
    moved: dict[str, str] = field(default_factory=dict)
    """By number, the visits that a VisitMerge moved away, with the id of the person to whom; of a person from the store
    the ids are empty."""
    is_alone: bool = False
    """Whether it was looked up that nobody else and no held event has one of the person's identifiers."""
    ids: tuple[Mapping[Pair, bool], IdsByType] | None = None
    """The IDs by type, with the identifiers that they were made from: these are compared often, and change seldom."""

    def take(self, step: Step) -> None:
        """Apply one more step, at the place of its order among the steps so far."""
        if self.steps is None:
            self.state = step[1](self.state)
            return
        place = bisect_right(self.steps, step[0], key=lambda each: each[0])
        self.steps.insert(place, step)
        self.state = step[1](self.state) if place == len(self.steps) - 1 else run(self.steps)

    def history(self) -> list[Step]:
        """Return the steps so far; raises HistoryNeededError if they are not known."""
        if self.steps is None:
            raise HistoryNeededError
        return self.steps


@dataclass(frozen=True, slots=True)
class EndedRecord:
    """A person whose record ended in a merge, as it was then, and the id of the surviving person."""

    person: Person
    into: str


def join(one: Person, other: Person) -> Person:
    """Return the one person of two records, as if all events had been of one person from the beginning.

    Raises HistoryNeededError if the steps of one of them are not known.
    """
    elder, younger = sorted((one, other), key=lambda person: (person.first, person.id))
    steps = sorted(elder.history() + younger.history(), key=lambda step: step[0])
    joined = Person(
        elder.id, elder.first, max(elder.newest, younger.newest), max(elder.last, younger.last), steps=steps
    )
    joined.state = run(steps)
    joined.moved = {**younger.moved, **elder.moved}
    joined.ended = [
        EndedRecord(past.person, elder.id if past.into == younger.id else past.into)
        for past in elder.ended + younger.ended
    ]
    return joined


def run(steps: Iterable[Step]) -> PersonState:
    """Return the state after a sequence of steps."""
    known = PersonState()
    for _, step in steps:
        known = step(known)
    return known


class HandOver(Protocol):
    """A function that gives the visits and items of other records to a person.

    `are_one`: the records are the same person's from the beginning. After a merge this is false.
    """

    def __call__(self, ids: Iterable[str], person: Person, *, are_one: bool) -> None:
        """Give the visits and items of the records `ids` to a person."""
