"""The people and visits of connected events, and what one more event does to them.

A world starts empty and takes events in their order, or starts from stored records and takes an event newer than all
of them. Where stored records are not enough to go on from, it raises `HistoryNeededError` and the caller folds again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import tzinfo
from itertools import combinations

from ingest.fold import persons, visits
from ingest.fold.events import PERSON_ONLY, Event, Findings, Pair, identifies
from ingest.fold.persons import Ended, HistoryNeededError, Person, by_type, contradict
from ingest.fold.visits import Setting, Step, Visit
from mappings.reading import CLEAR
from mappings.times import instant

WORN = 50
"""A pair held by more people than this connects nobody any more."""

Key = tuple[str, str]
"""What tells a thread from the person's others: ("number", VisitNumber), or ("unnumbered", a counter)."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a tenant decides about its people and times."""

    zone: tzinfo
    identifying_types: frozenset[str] = frozenset()

    def identifies(self, id_type: str) -> bool:
        """Whether IDs of this type tell people apart."""
        return identifies(id_type, self.identifying_types)


@dataclass(slots=True)
class Thread:
    """One visit number of one person; of nobody where it is a hold or block."""

    key: Key
    person: Person | None
    newest: str = ""
    """Order of its newest event."""
    visit: Visit = field(default_factory=Visit)
    steps: list[Step] | None = None
    is_stored: bool = False
    has_distant_link: bool = False
    """Linked by account number with a visit of another number, whose events move its appointment too."""

    @property
    def number(self) -> str | None:
        """Its VisitNumber."""
        return self.key[1] if self.key[0] == "number" else None


class World:
    """People and visits by what finds them."""

    def __init__(self, rules: Rules, *, is_stored: bool = False) -> None:
        self.rules = rules
        self.is_stored = is_stored
        """Whether it holds stored records, so that what needs a history cannot be done."""
        self.people: dict[str, Person] = {}
        self.threads: dict[str, dict[Key, Thread]] = {}
        """By person id, holds under the empty id."""
        self.findings = Findings()
        self.unfolded: dict[str, str] = {}
        """Events that no record took, with the reason."""
        self.touched: set[str] = set()
        """Ids of people, and keys of holds, that an event changed."""
        self._holders: dict[Pair, dict[str, Person]] = {}
        self._setting = Setting(rules.zone, self.findings.note)
        self.quiet = Setting(rules.zone)
        """For folding once more what was folded: its issues are noted already."""

    # --- what is there ------------------------------------------------------------------------------------------------

    def admit(self, person: Person) -> None:
        """Put a person where their identifiers find them."""
        self.people[person.id] = person
        self._index(person)

    def place(self, thread: Thread) -> None:
        """Put a thread with its person."""
        self.threads.setdefault(thread.person.id if thread.person else "", {})[thread.key] = thread

    def threads_of(self, person: Person | None) -> list[Thread]:
        """A person's threads; of nobody: the holds."""
        return list(self.threads.get(person.id if person else "", {}).values())

    # --- one more event -----------------------------------------------------------------------------------------------

    def apply(self, event: Event) -> None:
        """Let one event speak."""
        if self.is_stored and _needs_history(event):
            raise HistoryNeededError
        if event.event_type == "PatientMerge":
            self._merge(event)
        elif not event.identifying and event.data_model == "Scheduling":
            self._speak(None, event)
        else:
            person = self._person(event) if event.identifying else self._by_number(event)
            if person is not None:
                self._speak(person, event)

    def _speak(self, person: Person | None, event: Event) -> None:
        """An event speaks of its person and, where it has one, of its visit."""
        if person is not None:
            self._say(person, event)
        if event.event_type == "VisitMerge":
            if person is not None:
                self._move(event, person)
        elif event.is_of_a_visit and event.canceled_event not in PERSON_ONLY:
            thread = self._numbered(person, event) if event.number else self._unnumbered(person, event)
            self._step(thread, Step(event))
            self._supersede(person, event)
        elif event.canceled_event in PERSON_ONLY:
            self.findings.note(event, "CancelNotOfAVisit")

    def _say(self, person: Person, event: Event) -> None:
        self._touch(person, event)
        known = person.known.pairs
        through_ended = bool(event.identifying) and not any(known.get(pair) is False for pair in event.identifying)
        through_ended = through_ended and any(pair in known for pair in event.identifying)
        person.take((event.order, persons.say(event, through_ended=through_ended)))
        self._index(person)
        if any(len(self._holders.get(pair, {})) > 1 for pair in event.identifying):
            self.findings.note(event, "IdentifierConflict")

    def _touch(self, person: Person, event: Event) -> None:
        if event.order < person.newest and person.steps is None:
            raise HistoryNeededError
        person.newest = max(person.newest, event.order)
        person.last = max(person.last, event.effective)
        self.touched.add(person.id)

    # --- whose it is --------------------------------------------------------------------------------------------------

    def _person(self, event: Event) -> Person | None:
        """The one person an event belongs to, made or joined where it says so; None where no guess is made."""
        found = self._belonging(event.identifying, event)
        if not found:
            return self._new(event)
        if self._are_several(found):
            return self._refuse(event, "IdentifierAmbiguous")
        return self._joined(found)

    def _belonging(self, pairs: Iterable[Pair], event: Event) -> list[Person]:
        """Those who share a pair and do not contradict the set; an ended pair finds its survivor whatever else."""
        pairs = tuple(pairs)
        types = by_type(pairs)
        found: dict[str, Person] = {}
        for pair in pairs:
            holders = self._holders.get(pair, {})
            if len(holders) > WORN:
                self.findings.note(event, "IdentifierWorn")
                continue
            found.update(holders)
        for person in found.values():
            self._touch(person, event)
        return [
            person
            for person in found.values()
            if any(person.known.pairs.get(pair) for pair in pairs) or not contradict(types, self._types(person))
        ]

    def _types(self, person: Person) -> dict[str, set[str]]:
        return by_type(pair for pair in person.known.pairs if self.rules.identifies(pair[0]))

    def _are_several(self, found: list[Person]) -> bool:
        """Whether some of them cannot be one person."""
        return any(contradict(self._types(one), self._types(other)) for one, other in combinations(found, 2))

    def _refuse(self, event: Event, code: str) -> None:
        self.findings.note(event, code)
        self.unfolded[event.id] = code

    def _new(self, event: Event) -> Person:
        person = Person(f"new:{event.id}", first=event.order, newest="", steps=None if self.is_stored else [])
        self.people[person.id] = person
        return person

    def _joined(self, found: list[Person]) -> Person:
        joined, *others = found
        for other in others:
            one = persons.join(joined, other)
            gone = other if one.id == joined.id else joined
            self._forget(joined)
            self._forget(other)
            self.admit(one)
            self._hand_over((joined.id, gone.id, other.id), one)
            joined = one
        return joined

    def _by_number(self, event: Event) -> Person | None:
        """The person of the only visit with the event's number."""
        holders = [
            threads[("number", event.number)].person
            for threads in self.threads.values()
            if event.number and ("number", event.number) in threads
        ]
        people = [person for person in holders if person is not None]
        if len(people) != 1:
            return self._refuse(event, "IdentifierMissing")
        return people[0]

    # --- merges -------------------------------------------------------------------------------------------------------

    def _merge(self, event: Event) -> None:
        """The record of the previous identifiers ends in the record of the others."""
        survivors = self._belonging(event.identifying, event)
        previous = self._belonging(event.previous, event)
        ending = [person for person in previous if person not in survivors]
        if self._are_several(survivors) or self._are_several(ending):
            self._refuse(event, "IdentifierAmbiguous")
            return
        survivor = self._joined(survivors) if survivors else self._new(event)
        is_opposite = self._is_opposite(survivor, event)
        current = [pair for pair in event.pairs if is_opposite or not survivor.known.pairs.get(pair)]
        past = self._named_again(survivor, event) if is_opposite else None
        if past is not None:
            survivor = self._turn(survivor, past, event)
        for person in ending:
            self._end(person, survivor, event)
        self._say(survivor, event)
        survivor.take((event.order, persons.revive(current)))
        survivor.take((event.order, persons.absorb(persons.Known(), event.previous)))
        self._index(survivor)

    @staticmethod
    def _is_opposite(survivor: Person, event: Event) -> bool:
        """Whether a merge names ended identifiers as those to go on, and ends current ones of the same person."""
        pairs = survivor.known.pairs
        return not any(pairs.get(pair) is False for pair in event.identifying) and any(
            pairs.get(pair) is False for pair in event.previous
        )

    @staticmethod
    def _named_again(survivor: Person, event: Event) -> Ended | None:
        """The ended record whose identifiers an opposite merge names."""
        return next(
            (
                past
                for past in reversed(survivor.ended)
                if any(past.person.known.pairs.get(pair) is False for pair in event.identifying)
            ),
            None,
        )

    def _turn(self, living: Person, past: Ended, event: Event) -> Person:
        """The ended record lives again and the living one ends in it."""
        revived = past.person
        own = [pair for pair, ended in revived.known.pairs.items() if not ended]
        survivor = Person(
            revived.id, revived.first, event.order, event.effective, revived.known, list(revived.history())
        )
        survivor.take((event.order, persons.absorb(living.known, event.previous)))
        survivor.take((event.order, persons.revive(pair for pair in own if pair not in event.previous)))
        survivor.ended = [other for other in living.ended if other is not past] + [Ended(living, survivor.id)]
        self._forget(living)
        self.admit(survivor)
        self._hand_over((living.id,), survivor)
        return survivor

    def _end(self, person: Person, survivor: Person, event: Event) -> None:
        survivor.take((event.order, persons.absorb(person.known, event.previous)))
        survivor.ended = [*survivor.ended, *person.ended, Ended(person, survivor.id)]
        self._forget(person)
        self._index(survivor)
        self._hand_over((person.id,), survivor)

    # --- which visit --------------------------------------------------------------------------------------------------

    def _numbered(self, person: Person | None, event: Event) -> Thread:
        return self._thread(person, ("number", event.number or ""))

    def _thread(self, person: Person | None, key: Key) -> Thread:
        threads = self.threads.setdefault(person.id if person else "", {})
        if key not in threads:
            threads[key] = Thread(key, person, steps=None if self.is_stored else [])
        return threads[key]

    def _unnumbered(self, person: Person | None, event: Event) -> Thread:
        """The visit that an event without a number means; a new one where none fits."""
        threads = self.threads_of(person)
        own = [thread for thread in threads if thread.key[0] == "unnumbered"]
        open_own = [thread for thread in own if _is_open(thread)]
        if event.event_type in visits.ADMITTING and event.event_type != "Transfer":
            fitting = [thread for thread in open_own if self._is_of_the_day(thread, event)]
        elif event.canceled_event == "Discharge":
            fitting = own or [thread for thread in threads if thread.visit.encounters]
        else:
            open_ones = [thread for thread in threads if _is_open(thread)]
            fitting = open_own or (open_ones if len(open_ones) == 1 else [])
        if fitting:
            return max(fitting, key=lambda thread: thread.newest)
        return self._thread(person, ("unnumbered", f"{len(own) + 1:06d}"))

    def _is_of_the_day(self, thread: Thread, event: Event) -> bool:
        """Whether an admitting event's VisitDateTime is of the same day as the visit's, or one of them is not said."""
        said, known = event.visit.get("VisitDateTime"), thread.visit.encounters[-1].said.get("VisitDateTime")
        if said is None or known is None:
            return True
        days = {
            moment.astimezone(self.rules.zone).date()
            for text in (said, known)
            if (moment := instant(text, self.rules.zone))
        }
        return len(days) == 1

    def _step(self, thread: Thread, step: Step) -> None:
        if step.event.order < thread.newest and thread.steps is None:
            raise HistoryNeededError
        if thread.steps is None and (thread.has_distant_link or visits.undoes(step)):
            raise HistoryNeededError
        if thread.is_stored and not _accounts_agree(thread, step.event):
            raise HistoryNeededError
        thread.newest = max(thread.newest, step.event.order)
        thread.is_stored = False
        if thread.person is None:
            self.touched.add(thread.key[1])
        if thread.steps is None:
            thread.visit = visits.advance(thread.visit, step, self._setting)
            return
        thread.steps.append(step)
        if visits.undoes(step):
            thread.visit = visits.run(thread.steps, self._setting)
        else:
            thread.visit = visits.advance(thread.visit, step, self._setting)

    def _supersede(self, person: Person | None, event: Event) -> None:
        """A Reschedule under a new number cancels the visit of the old one."""
        old = event.visit.get("OldVisitNumber")
        if event.event_type != "Reschedule" or not old or old == event.number:
            return
        thread = self.threads.get(person.id if person else "", {}).get(("number", old))
        if thread is not None:
            self._step(thread, Step(event, superseded=True))

    def _move(self, event: Event, person: Person) -> None:
        """A visit moves to the event's person, from the one named, or from its only other holder."""
        key = ("number", event.number or "")
        others = [
            thread
            for threads in self.threads.values()
            if (thread := threads.get(key)) is not None and thread.person is not None and thread.person is not person
        ]
        if event.previous:
            named = [former for former in self._belonging(event.previous, event) if former is not person]
            others = [thread for thread in others if thread.person in named]
        if len(others) > 1:
            self.findings.note(event, "VisitMergeAmbiguous")
        elif others:
            former = others[0].person
            if former is not None:
                self._touch(former, event)
                del self.threads[former.id][key]
            self._fuse(others[0], person)

    def _hand_over(self, ids: Iterable[str], person: Person) -> None:
        """The visits of ended or joined records are the person's; those of one number become one."""
        moved = [thread for gone in dict.fromkeys(ids) for thread in self.threads.pop(gone, {}).values()]
        for thread in moved:
            self._fuse(thread, person)

    def _fuse(self, thread: Thread, person: Person) -> None:
        if thread.steps is None:
            raise HistoryNeededError
        theirs = self.threads.setdefault(person.id, {})
        key = thread.key
        if key[0] == "unnumbered":
            key = ("unnumbered", f"{sum(k[0] == 'unnumbered' for k in theirs) + 1:06d}")
        mine = theirs.get(key)
        steps = sorted([*thread.steps, *(mine.steps or [] if mine else [])], key=lambda step: step.event.order)
        fused = Thread(key, person, max(thread.newest, mine.newest if mine else ""), steps=steps)
        fused.visit = visits.run(steps, self._setting)
        theirs[key] = fused

    # --- finding ------------------------------------------------------------------------------------------------------

    def _index(self, person: Person) -> None:
        for pair in person.known.pairs:
            if self.rules.identifies(pair[0]):
                self._holders.setdefault(pair, {})[person.id] = person

    def _forget(self, person: Person) -> None:
        self.people.pop(person.id, None)
        for pair in person.known.pairs:
            self._holders.get(pair, {}).pop(person.id, None)


def _is_open(thread: Thread) -> bool:
    """Whether its newest encounter goes on."""
    encounters = thread.visit.encounters
    return bool(encounters) and encounters[-1].status not in {"finished", "cancelled"}


def _accounts_agree(thread: Thread, event: Event) -> bool:
    """Whether an event leaves the account of a visit as it is: accounts link visits of different numbers."""
    said = event.visit.get("AccountNumber")
    parts = [*thread.visit.encounters, *([thread.visit.appointment] if thread.visit.appointment else [])]
    return said is None or all(part.said.get("AccountNumber") == said for part in parts)


def _needs_history(event: Event) -> bool:
    """Events that act on more than the records they name."""
    return (
        event.event_type in {"PatientMerge", "VisitMerge"}
        or (not event.identifying and event.data_model == "PatientAdmin")
        or (event.is_of_a_visit and event.number is None)
        or event.patient.get("Allergies") == CLEAR
    )
