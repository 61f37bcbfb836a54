"""Statements about orders, by the person who has the orders now; the records that follow are made at the end."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from ingest.fold.composition import compose
from ingest.fold.events import Event, Json
from ingest.fold.item_names import Name, blocks_of
from ingest.fold.person import HistoryNeededError, Person
from ingest.fold.statement import Composed, Names, Statement, names_in, number_in
from ingest.fold.verbs import Says
from mappings.kinds import Kind


class Statements:
    """The statements of connected events about the orders of people."""

    def __init__(self, *, is_stored: bool) -> None:
        self._is_stored = is_stored
        self._by_person: dict[str, dict[Kind, list[Statement]]] = {}
        self._inner: dict[Kind, Kind] = {}
        self._stored: set[tuple[str, Name]] = set()
        self._again: Collection[Name] = ()

    def begin_again(self, names: Collection[Name]) -> None:
        """Let the records of these names follow from all of their events, which will be applied."""
        self._again = names

    def restore(self, kind: Kind, memory: Json, person: Person) -> None:
        """Note a stored record: the statements behind it are not known."""
        self._stored.update((person.id, name) for name in names_of_memory(kind, memory))

    def take(self, person: Person, event: Event, only: Collection[Name] | None = None) -> None:
        """Take what an event states of orders. `only`: the names of the orders that it speaks of, if not of all."""
        for outer, inner in event.lifecycle.composed:
            for place, block in blocks_of(outer, event.message, event.patient):
                names = names_in(outer.kind, block)
                named = [(outer.kind.name, name) for name in names]
                if only is not None and not any(name in only for name in named):
                    continue
                if any((person.id, name) in self._stored and name not in self._again for name in named):
                    raise HistoryNeededError
                self._add(person, _statement(event, outer, inner, place, block), names, inner.kind, outer.kind)

    def repeat(self, person: Person, event: Event) -> None:
        """Let an event of the journal speak of the orders whose records follow from all of their events."""
        self.take(person, event, self._again)

    def _add(self, person: Person, said: Statement, names: Names, inner: Kind, kind: Kind) -> None:
        said.person = person.id
        self._inner[kind] = inner
        known = self._by_person.setdefault(person.id, {}).setdefault(kind, [])
        said.owner = _owner(person.id, known, said, names, kind)
        known.append(said)

    def hand_over(self, ids: Iterable[str], person: Person, *, are_one: bool) -> None:
        """Give the orders of other records to a person.

        `are_one`: the records were one person all along, so statements of one order meet. After a merge both stay.
        """
        gone = tuple(dict.fromkeys(ids))
        for each in gone:
            for kind, statements in self._by_person.pop(each, {}).items():
                for said in statements:
                    said.person = person.id
                    said.owner = person.id if are_one and said.owner in gone else said.owner
                self._by_person.setdefault(person.id, {}).setdefault(kind, []).extend(statements)

    def move(self, number: str, giver: Person, person: Person) -> None:
        """Give the orders whose records name a visit of a person to another person."""
        for kind, statements in self._by_person.get(giver.id, {}).items():
            moved = {at for record in compose(kind, self._inner[kind], statements) for at in _places(record, number)}
            for said in statements:
                if said.at in moved:
                    said.person = person.id
                    self._by_person.setdefault(person.id, {}).setdefault(kind, []).append(said)
            statements[:] = [said for said in statements if said.at not in moved]

    def composed(self) -> Iterator[Composed]:
        """Give the records that all statements come to."""
        for by_kind in self._by_person.values():
            for kind, statements in by_kind.items():
                yield from compose(kind, self._inner[kind], statements)


def names_of_memory(kind: Kind, memory: Json) -> list[Name]:
    """Return the names of the orders that a stored record belongs to."""
    return [(kind.within or kind.name, (leaf, number)) for leaf, number in memory.get("names", ())]


def _statement(event: Event, outer: Says, inner: Says, place: int, block: Json) -> Statement:
    member = inner.at.removeprefix(f"{outer.at}.").removesuffix("[]")
    beside = {name: event.message[name] for name in outer.kind.beside if name in event.message}
    alias = outer.kind.alias
    return Statement(
        event.order,
        place,
        event.id,
        event.lifecycle.event_type,
        event.effective,
        event.clears,
        words={name: value for name, value in block.items() if name != member} | beside,
        inside=[each for each in block.get(member, ()) if isinstance(each, dict)],
        number=number_in(outer.kind, block, alias.number) if alias else None,
        other_number=number_in(outer.kind, block, alias.other) if alias else None,
        person="",
        owner="",
    )


def _owner(person: str, known: Iterable[Statement], said: Statement, names: Names, kind: Kind) -> str:
    """Return whose an order was first: of several orders of one number, after a merge, the one that is most alike.

    These are told apart by the other number, then by what tells the records of one order apart; else it is the
    person's own.
    """
    if all(each.owner == person for each in known):
        return person
    mine = set(names)
    alike = [each for each in known if not mine.isdisjoint(each.names(kind))]
    owners = list(dict.fromkeys(each.owner for each in alike))
    if len(owners) <= 1:
        return owners[0] if owners else person
    by_number = {each.owner for each in alike if said.other_number and each.other_number == said.other_number}
    told = [said.words.get(leaf.partition(".")[0]) for leaf in kind.last]
    by_words = {each.owner for each in alike if told == [each.words.get(leaf.partition(".")[0]) for leaf in kind.last]}
    for found in (by_number, by_words):
        if len(found) == 1:
            return next(iter(found))
    return person if person in owners else owners[0]


def _places(record: Composed, number: str) -> Iterable[tuple[str, int]]:
    """Return the places of the statements behind a record that names a visit; none if it names another one."""
    return record.places if record.words.get("Visit", {}).get("VisitNumber") == number else ()
