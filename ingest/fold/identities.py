"""Identities: which person an event belongs to, which records are one person, and which record ended in another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import tzinfo
from itertools import combinations
from typing import Protocol

from ingest.fold import person as persons
from ingest.fold.events import Event, Findings, Pair, identifies
from ingest.fold.person import EndedRecord, HistoryNeededError, Person, by_type, contradict

SHARED_BY_TOO_MANY = 50
"""An identifier that more people than this have connects no records."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings of a tenant about people and times."""

    zone: tzinfo
    identifying_types: frozenset[str] = frozenset()

    def identifies(self, id_type: str) -> bool:
        """Whether IDs of this type tell people apart."""
        return identifies(id_type, self.identifying_types)


class HandOver(Protocol):
    """A function that gives the visits and items of other records to a person.

    `are_one`: the records are the same person's from the beginning. After a merge this is false.
    """

    def __call__(self, ids: Iterable[str], person: Person, *, are_one: bool) -> None:
        """Give the visits and items of the records `ids` to a person."""


class People:
    """The people of connected events."""

    def __init__(self, rules: Rules, findings: Findings, hand_over: HandOver, *, is_stored: bool) -> None:
        self.by_id: dict[str, Person] = {}
        self.touched: set[str] = set()
        """The ids of people whom an event changed."""
        self.unfolded: dict[str, str] = {}
        """The reason, by the id of each event that no record accepted."""
        self._rules = rules
        self._findings = findings
        self._hand_over = hand_over
        self._is_stored = is_stored
        self._holders: dict[Pair, dict[str, Person]] = {}

    def admit(self, person: Person) -> None:
        """Add a person, and index the person by identifiers."""
        self.by_id[person.id] = person
        self._index(person)

    def say(self, person: Person, event: Event) -> None:
        """Apply the words of an event to its person."""
        self.touch(person, event)
        known = person.state.pairs
        through_ended = bool(event.identifying) and not any(known.get(pair) is False for pair in event.identifying)
        through_ended = through_ended and any(pair in known for pair in event.identifying)
        person.take((event.order, persons.say(event, through_ended=through_ended)))
        self._index(person)
        if any(len(self._holders.get(pair, {})) > 1 for pair in event.identifying):
            self._findings.note(event, "IdentifierConflict")

    def touch(self, person: Person, event: Event) -> None:
        """Record that an event concerns a person; raises HistoryNeededError if it is late and the steps are unknown."""
        if event.order < person.newest and person.steps is None:
            raise HistoryNeededError
        person.newest = max(person.newest, event.order)
        person.last = max(person.last, event.effective)
        self.touched.add(person.id)

    # --- the person of an event ---------------------------------------------------------------------------------------

    def of(self, event: Event) -> Person | None:
        """Return the person of an event; None, with a finding, if its identifiers belong to people who contradict.

        If no person has them, a new person is made; if several have them, their records are joined.
        """
        found = self.belonging(event.identifying, event)
        if not found:
            return self._new(event)
        if self._are_several(found):
            self.refuse(event, "IdentifierAmbiguous")
            return None
        return self._joined(found)

    def belonging(self, pairs: Iterable[Pair], event: Event) -> list[Person]:
        """Return the people who have one of these pairs and do not contradict the others.

        A person who has one of the pairs as an ended identifier is always among them.
        """
        pairs = tuple(pairs)
        types = by_type(pairs)
        found: dict[str, Person] = {}
        for pair in pairs:
            holders = self._holders.get(pair, {})
            if len(holders) > SHARED_BY_TOO_MANY:
                self._findings.note(event, "IdentifierWorn")
                continue
            found.update(holders)
        for person in found.values():
            self.touch(person, event)
        return [
            person
            for person in found.values()
            if any(person.state.pairs.get(pair) for pair in pairs) or not contradict(types, self._types(person))
        ]

    def _types(self, person: Person) -> dict[str, set[str]]:
        return by_type(pair for pair in person.state.pairs if self._rules.identifies(pair[0]))

    def _are_several(self, found: list[Person]) -> bool:
        """Whether two of these people cannot be one person."""
        return any(contradict(self._types(one), self._types(other)) for one, other in combinations(found, 2))

    def refuse(self, event: Event, code: str) -> None:
        """Record that no record accepted an event, with the code of the reason."""
        self._findings.note(event, code)
        self.unfolded[event.id] = code

    def _new(self, event: Event) -> Person:
        person = Person(f"new:{event.id}", first=event.order, newest="", steps=None if self._is_stored else [])
        self.by_id[person.id] = person
        return person

    def _joined(self, found: list[Person]) -> Person:
        joined, *others = found
        for other in others:
            one = persons.join(joined, other)
            gone = other if one.id == joined.id else joined
            self._forget(joined)
            self._forget(other)
            self.admit(one)
            self._hand_over((joined.id, gone.id, other.id), one, are_one=True)
            joined = one
        return joined

    # --- merges -------------------------------------------------------------------------------------------------------

    def merge(self, event: Event) -> None:
        """Apply a merge: the record of PreviousIdentifiers ends in the record of Identifiers."""
        survivors = self.belonging(event.identifying, event)
        previous = self.belonging(event.previous, event)
        ending = [person for person in previous if person not in survivors]
        if self._are_several(survivors) or self._are_several(ending):
            self.refuse(event, "IdentifierAmbiguous")
            return
        survivor = self._joined(survivors) if survivors else self._new(event)
        is_opposite = self._is_opposite(survivor, event)
        current = [pair for pair in event.pairs if is_opposite or not survivor.state.pairs.get(pair)]
        past = self._named_again(survivor, event) if is_opposite else None
        if past is not None:
            survivor = self._turn(survivor, past, event)
        for person in ending:
            self._end(person, survivor, event)
        self.say(survivor, event)
        survivor.take((event.order, persons.revive(current)))
        survivor.take((event.order, persons.absorb(persons.PersonState(), event.previous)))
        self._index(survivor)

    @staticmethod
    def _is_opposite(survivor: Person, event: Event) -> bool:
        """Whether a merge reverses an earlier merge: it keeps ended identifiers and ends current ones of one person."""
        pairs = survivor.state.pairs
        return not any(pairs.get(pair) is False for pair in event.identifying) and any(
            pairs.get(pair) is False for pair in event.previous
        )

    @staticmethod
    def _named_again(survivor: Person, event: Event) -> EndedRecord | None:
        """Return the ended record that a reversing merge names, of several the newest; None if there is none."""
        return next(
            (
                past
                for past in reversed(survivor.ended)
                if any(past.person.state.pairs.get(pair) is False for pair in event.identifying)
            ),
            None,
        )

    def _turn(self, living: Person, past: EndedRecord, event: Event) -> Person:
        """Revive an ended record, and end the living record in it."""
        revived = past.person
        own = [pair for pair, ended in revived.state.pairs.items() if not ended]
        survivor = Person(
            revived.id, revived.first, event.order, event.effective, revived.state, list(revived.history())
        )
        survivor.take((event.order, persons.absorb(living.state, event.previous)))
        survivor.take((event.order, persons.revive(pair for pair in own if pair not in event.previous)))
        survivor.ended = [other for other in living.ended if other is not past] + [EndedRecord(living, survivor.id)]
        self._forget(living)
        self.admit(survivor)
        self._hand_over((living.id,), survivor, are_one=False)
        return survivor

    def _end(self, person: Person, survivor: Person, event: Event) -> None:
        survivor.take((event.order, persons.absorb(person.state, event.previous)))
        survivor.ended = [*survivor.ended, *person.ended, EndedRecord(person, survivor.id)]
        self._forget(person)
        self._index(survivor)
        self._hand_over((person.id,), survivor, are_one=False)

    # --- the index by identifiers -------------------------------------------------------------------------------------

    def _index(self, person: Person) -> None:
        for pair in person.state.pairs:
            if self._rules.identifies(pair[0]):
                self._holders.setdefault(pair, {})[person.id] = person

    def _forget(self, person: Person) -> None:
        self.by_id.pop(person.id, None)
        for pair in person.state.pairs:
            self._holders.get(pair, {}).pop(person.id, None)
