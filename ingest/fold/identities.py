"""Identities: which person an event belongs to, which records are one person, and which record ended in another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Protocol

from ingest.fold import person as persons
from ingest.fold.comparing import (
    Comparison,
    IdsByType,
    Relation,
    Rules,
    can_be_one,
    compare,
    differs_in_weaker,
    is_ranked,
)
from ingest.fold.events import Event, Findings, Pair
from ingest.fold.person import EndedRecord, HistoryNeededError, Person
from ingest.fold.worn import Worn

TOO_MANY_OF_A_TYPE = 20
"""An event without a ranked identifier gives no person more IDs of one type than this."""


@dataclass(frozen=True, slots=True)
class Found:
    """The people whom a set of identifiers may mean."""

    people: tuple[Person, ...] = ()
    are_one: bool = True
    """Whether they are one person, so that their records are joined."""

    @property
    def ids(self) -> frozenset[str]:
        """The ids of these people."""
        return frozenset(person.id for person in self.people)


@dataclass(frozen=True, slots=True)
class Held:
    """An event that no record accepted, because its identifiers may mean several people."""

    event: Event
    candidates: tuple[frozenset[str], ...]
    """Ids of people as they were at the event's own place; of a merge, those on either side. The event is taken once
    each set has become one person."""


class HandOver(Protocol):
    """A function that gives the visits and items of other records to a person.

    `are_one`: the records are the same person's from the beginning. After a merge this is false.
    """

    def __call__(self, ids: Iterable[str], person: Person, *, are_one: bool) -> None:
        """Give the visits and items of the records `ids` to a person."""


class People:
    """The people of connected events."""

    def __init__(
        self,
        rules: Rules,
        findings: Findings,
        hand_over: HandOver,
        *,
        is_stored: bool,
        worn: Mapping[Pair, str] | None = None,
    ) -> None:
        self.by_id: dict[str, Person] = {}
        self.touched: set[str] = set()
        """The ids of people whom an event changed."""
        self.unfolded: dict[str, str] = {}
        """The reason, by the id of each event that no record accepted."""
        self.worn = Worn(rules, worn or {}, is_stored=is_stored)
        self._rules = rules
        self._findings = findings
        self._hand_over = hand_over
        self._is_stored = is_stored
        self._holders: dict[Pair, dict[str, Person]] = {}
        self._held: list[Held] = []
        self._became: dict[str, str] = {}
        """The id of the person whom a person joined or ended in, by id."""
        self._have_changed = False
        """Whether people became one since the held events were looked at."""

    def admit(self, person: Person) -> None:
        """Add a person, and index the person by identifiers."""
        self.by_id[person.id] = person
        self._index(person)

    def examine(self, event: Event) -> None:
        """Note what the identifiers of an event show by themselves."""
        self.worn.observe(event)
        if event.pairs and not is_ranked(self._rules.by_type(event.identifying), self._rules):
            self._findings.note(event, "IdentifierUnranked")
        if any(self.worn.is_worn(pair, event) for pair in event.identifying):
            self._findings.note(event, "IdentifierWorn")

    def say(self, person: Person, event: Event) -> None:
        """Apply the words of an event to its person."""
        self.touch(person, event)
        known = self._ids_of(person)
        said = self._rules.by_type(event.identifying)
        if differs_in_weaker(said, known, self._rules):
            self._findings.note(event, "IdentifierDiffers")
        new = [pair for pair in event.identifying if pair[1] not in known.get(pair[0], ())]
        new = [pair for pair in new if not self.worn.is_worn(pair, event)]
        if any(self._holders.get(pair, {}).keys() - {person.id} for pair in new):
            self._findings.note(event, "IdentifierConflict")
        person.take((event.order, persons.say(event, self._rules.alike)))
        self._index(person)

    def touch(self, person: Person, event: Event) -> None:
        """Record that an event concerns a person; raises HistoryNeededError if it is late and the steps are unknown."""
        if event.order < person.newest and person.steps is None:
            raise HistoryNeededError
        person.newest = max(person.newest, event.order)
        person.last = max(person.last, event.effective)
        self.touched.add(person.id)

    # --- the person of an event ---------------------------------------------------------------------------------------

    def of(self, event: Event) -> Person | None:
        """Return the person of an event; None, with a finding, if the event is held.

        If its identifiers are nobody's, a new person is made; if they are several people's, their records are joined.
        """
        found = self.meant(event.identifying, event)
        if not found.are_one or self._gives_too_many(event, found):
            self.hold(event, found)
            return None
        return self._joined(found.people) if found.people else self._new(event)

    def meant(self, pairs: Iterable[Pair], event: Event) -> Found:
        """Return the people whom a set of identifiers of an event means: by ranked types first, then by unknown ones."""
        pairs = tuple(pairs)
        said = self._rules.by_type(pairs)
        by_relation: dict[Relation, list[Person]] = {}
        for person in self._sharing(pairs, event):
            relation = compare(said, self._ids_of(person), self._rules).relation
            by_relation.setdefault(relation, []).append(person)
        ranked, unknown = by_relation.get(Relation.ONE, []), by_relation.get(Relation.CONNECTED, [])
        if ranked:
            if not self._can_be_one(ranked, said):
                return Found(tuple(ranked), are_one=False)
            return Found((*ranked, *self._agreeing(unknown, ranked)))
        if self._can_be_one(unknown, said):
            return Found(tuple(unknown))
        # The sender knows this person by a number for persons; what is shared beside it is not certain.
        return Found() if is_ranked(said, self._rules) else Found(tuple(unknown), are_one=False)

    def _sharing(self, pairs: Iterable[Pair], event: Event) -> list[Person]:
        """Return the people who have one of these pairs; the event concerns all of them."""
        found: dict[str, Person] = {}
        for pair in pairs:
            holders = self._holders.get(pair, {})
            if not self.worn.is_worn(pair, event, holders):
                found.update(holders)
        for person in found.values():
            self.touch(person, event)
        return list(found.values())

    def _can_be_one(self, people: Iterable[Person], said: IdsByType) -> bool:
        ids = [self._ids_of(person) for person in people]
        return all(can_be_one(one, other, said, self._rules) for one, other in combinations(ids, 2))

    def _agreeing(self, unknown: list[Person], ranked: list[Person]) -> list[Person]:
        """Return the people found by unknown types who contradict neither those found by ranked types nor each other."""
        return [
            person
            for person in unknown
            if not any(self._contradict(person, other) for other in (*ranked, *unknown) if other is not person)
        ]

    def _contradict(self, one: Person, other: Person) -> bool:
        found: Comparison = compare(self._ids_of(one), self._ids_of(other), self._rules)
        return found.relation is Relation.CONTRADICT

    def _ids_of(self, person: Person) -> IdsByType:
        return self._rules.by_type(person.state.pairs)

    def _gives_too_many(self, event: Event, found: Found) -> bool:
        """Whether an event without a ranked identifier would give a person very many IDs of one type."""
        said = self._rules.by_type(event.identifying)
        if is_ranked(said, self._rules):
            return False
        known = [self._ids_of(person) for person in found.people]
        for name, ids in said.items():
            together = ids.union(*(each.get(name, set()) for each in known))
            if len(together) > max(TOO_MANY_OF_A_TYPE, *(len(each.get(name, ())) for each in known), 0):
                return True
        return False

    def refuse(self, event: Event, code: str) -> None:
        """Record that no record accepted an event, with the code of the reason."""
        self._findings.note(event, code)
        self.unfolded[event.id] = code

    def _new(self, event: Event) -> Person:
        person = Person(f"new:{event.id}", first=event.order, newest="", steps=None if self._is_stored else [])
        self.by_id[person.id] = person
        return person

    def _joined(self, found: Iterable[Person]) -> Person:
        joined, *others = found
        for other in others:
            one = persons.join(joined, other)
            gone = other if one.id == joined.id else joined
            self._forget(joined)
            self._forget(other)
            self.admit(one)
            self._note_became(gone.id, one.id)
            self._hand_over((joined.id, gone.id, other.id), one, are_one=True)
            joined = one
        return joined

    # --- held events --------------------------------------------------------------------------------------------------

    def hold(self, event: Event, *found: Found, code: str = "IdentifierAmbiguous") -> None:
        """Hold an event until its candidates, on each side of a merge, have become one person."""
        self.refuse(event, code)
        if not all(each.are_one for each in found):
            self._held.append(Held(event, tuple(each.ids for each in found)))

    def due(self) -> tuple[Event, tuple[Found, ...]] | None:
        """Return the first held event whose candidates have become one person, with these people; None if none has.

        The event is held no more.
        """
        if not self._have_changed:
            return None
        for held in sorted(self._held, key=lambda each: each.event.order):
            living = [{self._living(candidate) for candidate in side} for side in held.candidates]
            if all(len(side) <= 1 for side in living):
                self._held.remove(held)
                self._findings.drop(held.event, self.unfolded.pop(held.event.id))
                return held.event, tuple(Found(tuple(self.by_id[each] for each in side)) for side in living)
        self._have_changed = False
        return None

    def _living(self, person_id: str) -> str:
        while person_id in self._became:
            person_id = self._became[person_id]
        return person_id

    def _note_became(self, gone: str, living: str) -> None:
        self._became.pop(living, None)  # a reversal brings an ended record back
        self._became[gone] = living
        self._have_changed = True

    # --- merges -------------------------------------------------------------------------------------------------------

    def merge(self, event: Event) -> None:
        """Apply a merge: the record of PreviousIdentifiers ends in the record of Identifiers."""
        survivors = self.meant(event.identifying, event)
        previous = self.meant(event.previous, event)
        if survivors.are_one and previous.are_one:
            self.end(previous, survivors, event, event.order)
        else:
            self.hold(event, survivors, previous)

    def end(self, previous: Found, survivors: Found, event: Event, at: str) -> None:
        """End records in the record of the survivors. `at`: the order of the moment at which the merge acts."""
        ending = [person for person in previous.people if person not in survivors.people]
        survivor = self._joined(survivors.people) if survivors.people else self._new(event)
        past = self._named_again(survivor, event)
        is_opposite = self._is_opposite(survivor, past, event)
        ended = self._ended_ids(survivor)
        current = [pair for pair in event.pairs if is_opposite or self._rules.alike(pair) not in ended]
        if past is not None and is_opposite:
            survivor = self._turn(survivor, past, event, at)
        for person in ending:
            self._end(person, survivor, event, at)
        self.say(survivor, event)
        survivor.take((at, persons.revive(current)))
        survivor.take((at, persons.absorb(persons.PersonState(), event.ending, self._rules.alike)))
        self._index(survivor)

    def _ended_ids(self, person: Person) -> set[Pair]:
        return {self._rules.alike(pair) for pair, is_ended in person.state.pairs.items() if is_ended}

    def _named_again(self, survivor: Person, event: Event) -> EndedRecord | None:
        """Return the ended record that the identifiers of an event name, of several the newest; None if there is none."""
        ended = self._ended_ids(survivor)
        named = [pair for pair in event.identifying if pair in ended]
        return next((past for past in reversed(survivor.ended) if not self._current(past.person).isdisjoint(named)), None)

    def _is_opposite(self, survivor: Person, past: EndedRecord | None, event: Event) -> bool:
        """Whether a merge reverses an earlier one: it keeps ended identifiers and ends current ones of one person.

        The strongest of its identifiers decide. Those that came with the ended record `past` are current for both.
        """
        ended, current = self._ended_ids(survivor), self._current(survivor)
        own = self._current(past.person) if past else set[Pair]()
        telling = [pair for pair in event.identifying if pair in ended or pair in current - own]
        strongest = min((self._rules.rank(pair[0]) for pair in telling), default=0)
        decisive = {pair for pair in telling if self._rules.rank(pair[0]) == strongest}
        return bool(decisive) and decisive <= ended and not current.isdisjoint(event.previous)

    def _current(self, person: Person) -> set[Pair]:
        return {self._rules.alike(pair) for pair, is_ended in person.state.pairs.items() if not is_ended}

    def _turn(self, living: Person, past: EndedRecord, event: Event, at: str) -> Person:
        """Revive an ended record, and end the living record in it."""
        revived = past.person
        own = [pair for pair, is_ended in revived.state.pairs.items() if not is_ended]
        survivor = Person(revived.id, revived.first, at, event.effective, revived.state, list(revived.history()))
        survivor.take((at, persons.absorb(living.state, event.ending, self._rules.alike)))
        survivor.take((at, persons.revive(pair for pair in own if self._rules.alike(pair) not in event.previous)))
        survivor.ended = [other for other in living.ended if other is not past] + [EndedRecord(living, survivor.id)]
        self._forget(living)
        self.admit(survivor)
        self._note_became(living.id, survivor.id)
        self._hand_over((living.id,), survivor, are_one=False)
        return survivor

    def _end(self, person: Person, survivor: Person, event: Event, at: str) -> None:
        survivor.take((at, persons.absorb(person.state, event.ending, self._rules.alike)))
        survivor.ended = [*survivor.ended, *person.ended, EndedRecord(person, survivor.id)]
        self._forget(person)
        self._index(survivor)
        self._note_became(person.id, survivor.id)
        self._hand_over((person.id,), survivor, are_one=False)

    # --- the index by identifiers -------------------------------------------------------------------------------------

    def _index(self, person: Person) -> None:
        for name, ids in self._ids_of(person).items():
            for value in ids:
                self._holders.setdefault((name, value), {})[person.id] = person

    def _forget(self, person: Person) -> None:
        self.by_id.pop(person.id, None)
        for name, ids in self._ids_of(person).items():
            for value in ids:
                self._holders.get((name, value), {}).pop(person.id, None)
