"""A person: identifiers, and the words of events about the person.

A person is a sequence of steps in the order of events. A person from the store has the state after the steps, but not
the steps; an operation that needs the steps raises HistoryNeededError.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from ingest.fold.events import Event, IdsByType, Json, Pair, pairs_of
from ingest.fold.overlay import fill, overlay
from mappings.kinds import PERSON
from mappings.notation import EXTENSIONS
from mappings.reading import CLEAR


class HistoryNeededError(Exception):
    """The stored state of a record is not enough for an event: fold the record from the journal."""


@dataclass(frozen=True, slots=True)
class PersonState:
    """The state of a person: identifiers in the order of their first mention (True: ended), and the blocks of words."""

    pairs: Mapping[Pair, bool] = field(default_factory=dict)
    words: Json = field(default_factory=dict)
    extensions: Mapping[Pair, Json] = field(default_factory=dict)
    """The Extensions of identifiers."""


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


Alike = Callable[[Pair], Pair]
"""From an identifier to what is equal for all spellings of it."""


def say(event: Event, alike: Alike) -> Callable[[PersonState], PersonState]:
    """Return the step of an event's words: it adds identifiers, and lays blocks over the older blocks.

    An identifier that ended stays ended, under whatever spelling of its type it is said again.
    """
    said, own = _said_of_the_person(event), _extensions_of(event.patient.get("Identifiers", ()))

    def step(known: PersonState) -> PersonState:
        pairs = known.pairs
        if new := [pair for pair in event.pairs if pair not in pairs]:
            ended = {alike(pair) for pair, is_ended in pairs.items() if is_ended}
            pairs = {**pairs, **{pair: alike(pair) in ended for pair in new}}
        blocks = overlay(known.words, said, clears=event.clears)
        blocks = fill(blocks, _of_the_visit(event)) if event.lifecycle.only_fills else blocks
        return PersonState(pairs, blocks, _with_extensions(known.extensions, own) if own else known.extensions)

    return step


def _extensions_of(identifiers: Iterable[Json]) -> dict[Pair, Json]:
    """Return the Extensions of those identifiers that have any."""
    extended = (each for each in identifiers if EXTENSIONS in each)
    return {pair: each[EXTENSIONS] for each in extended for pair in pairs_of([each])}


def _with_extensions(known: Mapping[Pair, Json], newer: Mapping[Pair, Json]) -> Mapping[Pair, Json]:
    """Return the Extensions of identifiers with newer ones laid over them."""
    older = {pair: {EXTENSIONS: known[pair]} if pair in known else {} for pair in newer}
    laid = {pair: overlay(older[pair], {EXTENSIONS: said}).get(EXTENSIONS, {}) for pair, said in newer.items()}
    return {pair: said for pair, said in {**known, **laid}.items() if said}


def absorb(ended: PersonState, previous: Iterable[Pair], alike: Alike) -> Callable[[PersonState], PersonState]:
    """Return the step of a merge on the survivor.

    The identifiers that the merge names as previous end. All other identifiers of the ended record become the
    survivor's, and its words fill the gaps of the survivor's words.
    """
    previous = tuple(previous)

    def step(known: PersonState) -> PersonState:
        pairs = {**known.pairs, **{pair: is_ended for pair, is_ended in ended.pairs.items() if pair not in known.pairs}}
        gone = set(map(alike, previous))
        pairs |= {pair: True for pair in pairs if alike(pair) in gone}
        pairs |= dict.fromkeys(previous, True)
        return PersonState(pairs, fill(known.words, ended.words), {**ended.extensions, **known.extensions})

    return step


def revive(pairs: Iterable[Pair]) -> Callable[[PersonState], PersonState]:
    """Return the step of a reversed merge: these identifiers are current again."""
    revived = tuple(pairs)
    return lambda known: replace(known, pairs={**known.pairs, **dict.fromkeys(revived, False)})


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


_BLOCKS = tuple(name for name in PERSON.table.members if name != "Identifiers" and name[0].isupper())
"""The members of a Patient block that a person's record keeps, its identifiers apart."""
_UNDER_VISIT = ("Guarantor", "Insurances")


def _said_of_the_person(event: Event) -> Json:
    """Return the blocks of Patient, and guarantor and insurances of Visit unless the event is a Cancel."""
    said = {name: event.patient[name] for name in _BLOCKS if name in event.patient}
    for whole in event.lifecycle.wholes:
        if whole.member in event.patient:
            said[whole.member] = event.patient[whole.member]
    return said if event.lifecycle.only_fills else {**said, **_of_the_visit(event)}


def _of_the_visit(event: Event) -> Json:
    """Return guarantor and insurances of Visit. If Visit clears them, the person keeps them."""
    return {name: event.visit[name] for name in _UNDER_VISIT if event.visit.get(name, CLEAR) != CLEAR}


def identifiers(known: PersonState) -> list[Json]:
    """Return the identifiers as the list of a record."""
    return [
        {
            "IDType": pair[0],
            "ID": pair[1],
            **({EXTENSIONS: known.extensions[pair]} if pair in known.extensions else {}),
            **({"ended": True} if ended else {}),
        }
        for pair, ended in known.pairs.items()
    ]


def state_of(record: Json) -> PersonState:
    """Return the state of a person from a stored record."""
    pairs = dict.fromkeys(pairs_of(record.get("Identifiers", ())), False)
    for identifier in record.get("Identifiers", ()):
        if identifier.get("ended"):
            pairs[(identifier["IDType"], identifier["ID"])] = True
    words = {name: record[name] for name in _BLOCKS if name in record}
    return PersonState(pairs, words, _extensions_of(record.get("Identifiers", ())))
