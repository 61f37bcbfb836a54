"""The people, visits and items of connected events, and the effect of one more event.

A world begins empty and takes events in their order, or it begins with stored records and takes events that are newer
than these. If stored records are not enough, it raises `HistoryNeededError`, and the caller folds from the journal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from ingest.fold.candidates import Candidates
from ingest.fold.comparing import Rules
from ingest.fold.events import Event, Findings, Pair
from ingest.fold.identities import People
from ingest.fold.items import Items
from ingest.fold.person import HistoryNeededError, Person
from ingest.fold.statements import Statements
from ingest.fold.verbs import Merge, Move
from ingest.fold.visits.steps import Setting
from ingest.fold.visits.threads import Threads
from ingest.ordering import milliseconds_of
from mappings.reading import CLEAR


class World:
    """The people of connected events, with their visits and items."""

    def __init__(self, rules: Rules, *, is_stored: bool = False, worn: Mapping[Pair, str] | None = None) -> None:
        self.rules = rules
        self.is_stored = is_stored
        """Whether the world began with stored records, so that it has no history of them."""
        self.findings = Findings()
        self.without_findings = Setting(rules.zone)
        """A setting that notes no issues, for steps that are folded a second time."""
        self.threads = Threads(Setting(rules.zone, self.findings.note))
        self.items = Items(self.findings, is_stored=is_stored)
        self.statements = Statements(is_stored=is_stored)
        # Not by a method of the world: the two would hold each other, and live until garbage is looked for.
        hand_over = partial(_hand_over, self.threads, self.items, self.statements)
        self.people = People(rules, self.findings, hand_over, is_stored=is_stored, worn=worn)

    def apply(self, event: Event) -> None:
        """Apply one event; raises HistoryNeededError if stored records are not enough."""
        if self.is_stored and _needs_history(event):
            raise HistoryNeededError
        self.threads.now = milliseconds_of(event.order)
        self.people.examine(event)
        self._take(event)
        while (due := self.people.due()) is not None:
            self._take_held(*due, at=event.order)

    def repeat(self, event: Event, person_id: str) -> None:
        """Apply an event of the journal to visits and items that are folded again. The stored person has its words."""
        person = self.people.by_id.get(person_id)
        if person is None:
            raise HistoryNeededError
        self.threads.now = milliseconds_of(event.order)
        if event.lifecycle.of_visit and not event.canceled_nothing:
            self.threads.take(person, event)
        self.items.repeat(person, event)
        self.statements.repeat(person, event)

    def _take(self, event: Event) -> None:
        if isinstance(event.lifecycle.course, Merge) and (event.identifying or event.previous):
            self.people.merge(event)
        elif self._is_hold(event):
            if self.threads.elsewhere.intersection(event.numbers):
                raise HistoryNeededError
            self.threads.take(None, event)
        elif (person := self._person(event)) is not None:
            self._settle(person, event)

    def _settle(self, person: Person, event: Event) -> None:
        """Apply an event to its person, and to the visits and items of this person."""
        self.people.say(person, event)
        self._visit(person, event)
        if event.lifecycle.items or event.lifecycle.composed:
            owner = self._owner_of_items(person, event)
            self.items.take(owner, event)
            self.statements.take(owner, event)

    def _owner_of_items(self, person: Person, event: Event) -> Person:
        """Return whose the items of an event are: they follow a visit that was moved from the event's person."""
        owner, seen = person, set[str]()
        while (number := event.number or "") in owner.moved and owner.id not in seen:
            if self.is_stored:
                raise HistoryNeededError
            seen.add(owner.id)
            owner = self.people.living(owner.moved[number])
        if owner is not person:
            self.findings.note(event, "VisitMoved")
            self.people.touch(owner, event)
        return owner

    def _take_held(self, event: Event, sides: tuple[Candidates, ...], *, at: str) -> None:
        """Apply an event that was held until its candidates became one person; its words stand at its own place.

        `at`: the order of the event by which they became one. A merge acts at that moment.
        """
        if isinstance(event.lifecycle.course, Merge):
            survivors, previous = sides
            self.people.end(previous, survivors, event, at)
        else:
            self._settle(sides[0].people[0], event)

    def _is_hold(self, event: Event) -> bool:
        """Whether an event is of a booking without a person."""
        return event.lifecycle.of_booking and not event.identifying and not self.threads.meant_by(event)

    def _person(self, event: Event) -> Person | None:
        """Return the person of an event, by its identifiers or else by the only visit with its number."""
        if event.identifying:
            return self.people.of(event)
        if self.is_stored:
            raise HistoryNeededError
        holders = self.threads.meant_by(event) if event.lifecycle.of_visit else ()
        if len(holders) == 1:
            return holders[0].person
        persons = tuple(thread.person for thread in holders if thread.person is not None)
        self.people.hold(event, Candidates(persons, are_one=not persons), code="IdentifierMissing")
        return None

    def _visit(self, person: Person, event: Event) -> None:
        """Apply an event to the visits of its person."""
        if isinstance(event.lifecycle.course, Move):
            self._move(person, event)
        elif event.canceled_nothing:
            self.findings.note(event, event.canceled_nothing)
        elif event.lifecycle.of_visit:
            self.threads.take(person, event)

    def _move(self, person: Person, event: Event) -> None:
        """Move a visit to the event's person, from the person of PreviousIdentifiers or from the only other holder."""
        self.threads.take_over(person, event)
        others = [thread for thread in self.threads.holding(event.number or "") if thread.person is not person]
        if event.previous:
            named = self.people.meant(event.previous, event).people
            others = [thread for thread in others if thread.person in named]
        if len(others) > 1:
            self.findings.note(event, "VisitMergeAmbiguous")
        for thread in others if len(others) == 1 else ():
            person.moved.pop(event.number or "", None)
            if thread.person is not None:
                self.people.touch(thread.person, event)
                self.items.move(event.number or "", thread.person, person)
                self.statements.move(event.number or "", thread.person, person)
                thread.person.moved[event.number or ""] = person.id
            self.threads.move(thread, person)


def _hand_over(
    threads: Threads, items: Items, statements: Statements, ids: Iterable[str], person: Person, *, are_one: bool
) -> None:
    """Give the visits and items of ended or joined records to a person."""
    ids = tuple(ids)
    threads.hand_over(ids, person)
    items.hand_over(ids, person, are_one=are_one)
    statements.hand_over(ids, person, are_one=are_one)


def _needs_history(event: Event) -> bool:
    """Whether an event acts on more records than it names."""
    return (
        isinstance(event.lifecycle.course, Merge | Move)
        or (not event.identifying and not event.lifecycle.of_booking)
        or (event.lifecycle.of_visit and event.number is None)
        or any(event.patient.get(whole.member) == CLEAR for whole in event.lifecycle.wholes)
    )
