"""Identities: which person an event belongs to, which records are one person, and which record ended in another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ingest.fold import late, person_state, reversal
from ingest.fold import person as persons
from ingest.fold.candidates import Candidates, candidates, gives_too_many, strongest
from ingest.fold.comparing import Rules, differs_in_weaker, is_ranked, without_identifiers
from ingest.fold.events import Event, Findings, IdsByType, Pair, by_type
from ingest.fold.held import HeldEvents
from ingest.fold.person import EndedRecord, HandOver, HistoryNeededError, Person
from ingest.fold.person_state import PersonState
from ingest.fold.worn import Worn


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
        self._held = HeldEvents()

    def admit(self, person: Person) -> None:
        """Add a person, and index the person by identifiers."""
        self.by_id[person.id] = person
        self._index(person)

    def examine(self, event: Event) -> None:
        """Note what the identifiers of an event show by themselves."""
        self.worn.observe(event)
        if event.pairs and not is_ranked(event.ids, self._rules):
            self._findings.note(event, "IdentifierUnranked")
        if any(self.worn.is_worn(pair, event) for pair in event.identifying):
            self._findings.note(event, "IdentifierWorn")

    def say(self, person: Person, event: Event) -> None:
        """Apply the words of an event to its person."""
        self.touch(person, event)
        if event.lifecycle.is_clinical:
            event = self._without_identifiers_of_others(person, event)
        known, pairs = self._ids_of(person), person.state.pairs
        if differs_in_weaker(event.ids, known, self._rules):
            self._findings.note(event, "IdentifierDiffers")
        new = [pair for pair in event.identifying if pair[1] not in known.get(pair[0], ())]
        new = [pair for pair in new if not self.worn.is_worn(pair, event)]
        if any(self._holders.get(pair, {}).keys() - {person.id} for pair in new):
            self._findings.note(event, "IdentifierConflict")
        person.take((event.order, person_state.say(event, self._rules)))
        if person.state.pairs is not pairs:
            self._index(person)

    def _without_identifiers_of_others(self, person: Person, event: Event) -> Event:
        """Return a clinical event without the identifiers that other people have: it gives the person none of these."""
        theirs = {pair for pair in event.identifying if self._holders.get(pair, {}).keys() - {person.id}}
        return without_identifiers(event, theirs, self._rules) if theirs else event

    def touch(self, person: Person, event: Event) -> None:
        """Record that an event concerns a person; raises HistoryNeededError if it is late and needs the history."""
        if event.order < person.newest and person.steps is None and not self._is_certain(person, event):
            raise HistoryNeededError
        person.first = min(person.first, event.order)
        person.newest = max(person.newest, event.order)
        person.last = max(person.last, event.effective)
        self.touched.add(person.id)

    def _is_certain(self, person: Person, event: Event) -> bool:
        pairs = (*event.identifying, *self._rules.identities(person.state.pairs))
        is_alone = person.is_alone and all(self._holders.get(pair, {}).keys() <= {person.id} for pair in pairs)
        return is_alone and late.is_certain(person, event, self._rules)

    # --- the person of an event ---------------------------------------------------------------------------------------

    def of(self, event: Event) -> Person | None:
        """Return the person of an event; None, with a finding, if the event is held.

        If its identifiers are nobody's, a new person is made; if they are several people's, their records are joined.
        """
        found = self.meant(event.identifying, event)
        if event.lifecycle.is_clinical:
            found = self._without_joining(found, event)
        known = [self._ids_of(person) for person in found.people]
        if not found.are_one or gives_too_many(event.ids, known, self._rules):
            self.hold(event, found)
            return None
        return self._joined(found.people) if found.people else self._new(event)

    def _without_joining(self, found: Candidates, event: Event) -> Candidates:
        """Return whom a clinical event means, because it joins nobody whom other events know: the strongest match."""
        if found.are_one and sum(not person.state.is_clinical for person in found.people) < 2:
            return found
        chosen = strongest(event.ids, [(person, self._ids_of(person)) for person in found.people], self._rules)
        if chosen.are_one:
            self._findings.note(event, "IdentifiersOfSeveral")
        return chosen

    def meant(self, pairs: Iterable[Pair], event: Event) -> Candidates:
        """Return the people whom a set of identifiers of an event may mean."""
        pairs = tuple(pairs)
        sharing = [(person, self._ids_of(person)) for person in self._sharing(pairs, event)]
        return candidates(by_type(pairs), sharing, self._rules)

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

    def _ids_of(self, person: Person) -> IdsByType:
        pairs = person.state.pairs
        if person.ids is None or person.ids[0] is not pairs:
            person.ids = pairs, self._rules.by_type(pairs)
        return person.ids[1]

    def refuse(self, event: Event, code: str) -> None:
        """Record that no record accepted an event, with the code of the reason."""
        self._findings.note(event, code)
        self.unfolded[event.id] = code

    def hold(self, event: Event, *sides: Candidates, code: str = "IdentifierAmbiguous") -> None:
        """Hold an event until its candidates, on each side of a merge, have become one person."""
        self.refuse(event, code)
        if not all(side.are_one for side in sides):
            self._held.add(event, sides)

    def due(self) -> tuple[Event, tuple[Candidates, ...]] | None:
        """Return the first held event whose candidates have become one person, with these people; None if none has.

        The event is held no more.
        """
        due = self._held.due()
        if due is None:
            return None
        event, ids = due
        self._findings.drop(event, self.unfolded.pop(event.id))
        return event, tuple(Candidates(tuple(self.by_id[each] for each in side)) for side in ids)

    def living(self, person_id: str) -> Person:
        """Return the person that a person has become; raises KeyError if nobody has that id."""
        return self.by_id[self._held.living(person_id)]

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
            self._held.note_became(gone.id, one.id)
            self._hand_over((joined.id, gone.id, other.id), one, are_one=True)
            joined = one
        return joined

    # --- merges -------------------------------------------------------------------------------------------------------

    def merge(self, event: Event) -> None:
        """Apply a merge: the record of PreviousIdentifiers ends in the record of Identifiers."""
        survivors = self.meant(event.identifying, event)
        previous = self.meant(event.previous, event)
        if survivors.are_one and previous.are_one:
            self.end(previous, survivors, event, event.order)
        else:
            self.hold(event, survivors, previous)

    def end(self, previous: Candidates, survivors: Candidates, event: Event, at: str) -> None:
        """End records in the record of the survivors. `at`: the order of the moment at which the merge acts."""
        ending = [person for person in previous.people if person not in survivors.people]
        survivor = self._joined(survivors.people) if survivors.people else self._new(event)
        past = reversal.named_again(survivor, event, self._rules)
        is_opposite = reversal.is_opposite(survivor, past, event, self._rules)
        ended = reversal.ended_ids(survivor, self._rules)
        current = [pair for pair in event.pairs if is_opposite or self._rules.alike(pair) not in ended]
        if past is not None and is_opposite:
            survivor = self._turn(survivor, past, event, at)
        for person in ending:
            self._end(person, survivor, event, at)
        self.say(survivor, event)
        survivor.take((at, person_state.revive(current, at)))
        survivor.take((at, person_state.absorb(PersonState(), event.ending, self._rules, at)))
        self._index(survivor)

    def _turn(self, living: Person, past: EndedRecord, event: Event, at: str) -> Person:
        """Revive an ended record, and end the living record in it."""
        revived = past.person
        own = [pair for pair, is_ended in revived.state.pairs.items() if not is_ended]
        survivor = Person(revived.id, revived.first, at, event.effective, revived.state, list(revived.history()))
        survivor.take((at, person_state.absorb(living.state, event.ending, self._rules, at)))
        survivor.take(
            (at, person_state.revive((pair for pair in own if self._rules.alike(pair) not in event.previous), at))
        )
        survivor.moved = {**revived.moved, **living.moved}
        survivor.ended = [other for other in living.ended if other is not past] + [EndedRecord(living, survivor.id)]
        self._forget(living)
        self.admit(survivor)
        self._held.note_became(living.id, survivor.id)
        self._hand_over((living.id,), survivor, are_one=False)
        return survivor

    def _end(self, person: Person, survivor: Person, event: Event, at: str) -> None:
        survivor.take((at, person_state.absorb(person.state, event.ending, self._rules, at)))
        survivor.moved = {**person.moved, **survivor.moved}
        survivor.ended = [*survivor.ended, *person.ended, EndedRecord(person, survivor.id)]
        self._forget(person)
        self._index(survivor)
        self._held.note_became(person.id, survivor.id)
        self._hand_over((person.id,), survivor, are_one=False)

    def _index(self, person: Person) -> None:
        for name, ids in self._ids_of(person).items():
            for value in ids:
                self._holders.setdefault((name, value), {})[person.id] = person

    def _forget(self, person: Person) -> None:
        self.by_id.pop(person.id, None)
        for name, ids in self._ids_of(person).items():
            for value in ids:
                self._holders.get((name, value), {}).pop(person.id, None)
