"""People: which identifiers are theirs, and what was said of them.

A person is a sequence of steps in the order of events. A person read back from the store knows what the steps came
to but not the steps themselves; what needs them asks for the history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from ingest.fold.events import Event, Json, Pair, pairs_of
from ingest.fold.overlay import fill, overlay
from mappings.kinds import PERSON
from mappings.reading import CLEAR


class HistoryNeededError(Exception):
    """A record's stored state is not enough to go on from: fold it again from the journal."""


@dataclass(frozen=True, slots=True)
class PersonState:
    """What is known of a person: identifiers by first mention (True: ended), and the blocks said."""

    pairs: Mapping[Pair, bool] = field(default_factory=dict)
    words: Json = field(default_factory=dict)


Step = tuple[str, Callable[[PersonState], PersonState]]
"""An event's order, and what it does to what is known."""


@dataclass(slots=True)
class Person:
    """One person: living in the world, or ended in a merge."""

    id: str
    first: str
    """Order of the first event; with the id it says who came first."""
    newest: str
    """Order of the newest event that looked at this person."""
    last: str = ""
    """Effective time of that event."""
    state: PersonState = field(default_factory=PersonState)
    steps: list[Step] | None = None
    ended: list[EndedRecord] = field(default_factory=list)
    replaces: tuple[str, ...] = ()
    """Ids of those who ended in this person, where the steps are not known."""

    def take(self, step: Step) -> None:
        """Let one more event speak."""
        if self.steps is not None:
            self.steps.append(step)
        self.state = step[1](self.state)

    def history(self) -> list[Step]:
        """The steps so far, where they are known."""
        if self.steps is None:
            raise HistoryNeededError
        return self.steps


@dataclass(frozen=True, slots=True)
class EndedRecord:
    """A person who ended in a merge, as known then, and the id of whom they went into."""

    person: Person
    into: str


def say(event: Event, *, through_ended: bool) -> Callable[[PersonState], PersonState]:
    """What an event says of its person: identifiers united, blocks laid over.

    `through_ended`: the event reached the person by ended identifiers alone, so it speaks of the ended record: an ID
    of a type of which the person has another is that record's, and ended with it.
    """
    said = _said_of_the_person(event)

    def step(known: PersonState) -> PersonState:
        held = {id_type for (id_type, _), ended in known.pairs.items() if not ended} if through_ended else frozenset()
        pairs = dict(known.pairs)
        for pair in event.pairs:
            pairs.setdefault(pair, pair[0] in held)
        blocks = overlay(known.words, said, clears=event.clears)
        return PersonState(pairs, fill(blocks, _of_the_visit(event)) if event.only_fills else blocks)

    return step


def absorb(ended: PersonState, previous: Iterable[Pair]) -> Callable[[PersonState], PersonState]:
    """What a merge does to the survivor: the other's identifiers end, their words fill what is unsaid."""

    def step(known: PersonState) -> PersonState:
        pairs = dict(known.pairs)
        for pair in ended.pairs:
            pairs.setdefault(pair, True)
        for pair in previous:
            pairs[pair] = True
        return PersonState(pairs, fill(known.words, ended.words))

    return step


def revive(pairs: Iterable[Pair]) -> Callable[[PersonState], PersonState]:
    """What a reversed merge does to identifiers that had ended: they are current again."""
    revived = tuple(pairs)
    return lambda known: PersonState({**known.pairs, **dict.fromkeys(revived, False)}, known.words)


def join(one: Person, other: Person) -> Person:
    """Two records that one event named together: one person, as if all their events had always been of one."""
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
    """What a sequence of steps comes to."""
    known = PersonState()
    for _, step in steps:
        known = step(known)
    return known


def by_type(pairs: Iterable[Pair]) -> dict[str, set[str]]:
    """IDs by their type."""
    types: dict[str, set[str]] = {}
    for id_type, value in pairs:
        types.setdefault(id_type, set()).add(value)
    return types


def contradict(one: Mapping[str, set[str]], other: Mapping[str, set[str]]) -> bool:
    """Whether two sets of identifying pairs, by type, cannot be one person's."""
    return any(id_type in other and ids.isdisjoint(other[id_type]) for id_type, ids in one.items())


_BLOCKS = tuple(
    dict.fromkeys(
        member
        for path in PERSON.table.leaves
        if (member := path.partition(".")[0].removesuffix("[]")) != "Identifiers" and member[0].isupper()
    )
)
"""The members of a Patient block that a person's record keeps, its identifiers apart."""
_UNDER_VISIT = ("Guarantor", "Insurances")


def _said_of_the_person(event: Event) -> Json:
    """The blocks under Patient; guarantor and insurances also from under Visit, but not from a Cancel's."""
    names = (*_BLOCKS, *(whole.member for whole in event.lifecycle.wholes))
    said = {name: event.patient[name] for name in names if name in event.patient}
    return said if event.only_fills else {**said, **_of_the_visit(event)}


def _of_the_visit(event: Event) -> Json:
    """Guarantor and insurances of the visit. A clearing there is of the visit and takes nothing from the person."""
    return {name: event.visit[name] for name in _UNDER_VISIT if event.visit.get(name, CLEAR) != CLEAR}


def identifiers(known: PersonState) -> list[Json]:
    """The identifiers as a record lists them."""
    return [
        {"IDType": pair[0], "ID": pair[1], **({"ended": True} if ended else {})} for pair, ended in known.pairs.items()
    ]


def state_of(record: Json) -> PersonState:
    """The reverse of a record: what is known of a person read back from the store."""
    pairs = dict.fromkeys(pairs_of(record.get("Identifiers", ())), False)
    for identifier in record.get("Identifiers", ()):
        if identifier.get("ended"):
            pairs[(identifier["IDType"], identifier["ID"])] = True
    return PersonState(pairs, {name: record[name] for name in _BLOCKS if name in record})
