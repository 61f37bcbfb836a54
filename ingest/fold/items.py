"""Items: records with a key inside their owner, such as an order of a patient. Every kind with `named_by` is an item.

An item has no course of its own. The words of its events go over each other in their order, a verb may end it, and
another item may take its place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from ingest.fold.events import Event, Findings, Json
from ingest.fold.item import Item, Key, change_of, fuse
from ingest.fold.item_names import Name, blocks_of, key_of, replaced_key
from ingest.fold.person import HistoryNeededError, Person
from ingest.fold.verbs import ItemVerb, Replaces, Says
from mappings.kinds import Kind

ISSUES = frozenset({"AfterDelete"})
"""The issues that follow from the events of an item alone."""


class Items:
    """The items of connected events, by the person who has them now."""

    def __init__(self, findings: Findings, *, is_stored: bool) -> None:
        self._findings = findings
        self._is_stored = is_stored
        self._by_person: dict[str, dict[Name, list[Item]]] = {}
        self._again: dict[Name, str] = {}
        self._links: list[tuple[str, Item, Item]] = []
        """Each replacement: its order, the item that takes the place, and the item that it replaces."""

    def place(self, item: Item) -> None:
        """Put an item with its person."""
        self._by_person.setdefault(item.person.id, {}).setdefault((item.kind.name, item.key), []).append(item)

    def begin_again(self, names: Iterable[Name], owners: dict[Name, str]) -> None:
        """Fold items from all of their events. `owners`: whose each one that is stored was first."""
        self._again = {name: owners.get(name, "") for name in names}

    def each(self) -> Iterator[Item]:
        """Give all items, each with the words of its end and of what it replaces."""
        self._resolve()
        for items in self._by_person.values():
            for alike in items.values():
                yield from alike

    def take(self, person: Person, event: Event, only: Collection[Name] | None = None) -> None:
        """Let an event speak of the items that it names. `only`: the items that it speaks of, if not of all."""
        for verb in event.lifecycle.items:
            for place, block in blocks_of(verb, event.message, event.patient):
                name = verb.kind.name, key_of(verb.kind, block, event.id, place)
                if only is None or name in only:
                    self._speak(person, verb, block, name[1], event)

    def repeat(self, person: Person, event: Event) -> None:
        """Let an event of the journal speak of the items that are folded from all of their events."""
        self.take(person, event, self._again.keys())

    def _speak(self, person: Person, verb: ItemVerb, block: Json, key: Key, event: Event) -> None:
        if isinstance(verb, Replaces):
            self._replace(person, verb, block, key, event)
            return
        item = self._item(person, verb.kind, key)
        if item.steps is None and (event.order < item.newest or item.is_chained):
            raise HistoryNeededError
        if item.state.is_final and isinstance(verb, Says):
            self._findings.note(event, "AfterDelete")
        beside = {name: event.message[name] for name in verb.kind.beside if name in event.message}
        item.take(event, change_of(verb, {**block, **beside}, clears=event.clears))

    def _replace(self, person: Person, verb: Replaces, block: Json, key: Key, event: Event) -> None:
        old = replaced_key(verb, block)
        if old is None or old == key:  # a new version in the place of the same record
            return
        if self._is_stored and not {(verb.kind.name, key), (verb.kind.name, old)} <= self._again.keys():
            raise HistoryNeededError
        newer, older = self._item(person, verb.kind, key), self._item(person, verb.kind, old)
        self._links.append((event.order, newer, older))
        older.replaced_as = verb.word

    def hand_over(self, ids: Iterable[str], person: Person, *, are_one: bool) -> None:
        """Give the items of other records to a person.

        `are_one`: the records were one person all along, so items of one key become one. After a merge both stay.
        """
        for gone in dict.fromkeys(ids):
            for item in [each for alike in self._by_person.pop(gone, {}).values() for each in alike]:
                self._give(item, person, are_one=are_one)

    def move(self, number: str, giver: Person, person: Person) -> None:
        """Give the items that name a visit of a person to another person."""
        theirs = self._by_person.get(giver.id, {})
        for name, alike in list(theirs.items()):
            moved = [item for item in alike if item.visit_number == number]
            theirs[name] = [item for item in alike if item not in moved]
            for item in moved:
                self._give(item, person, are_one=False)

    def _give(self, item: Item, person: Person, *, are_one: bool) -> None:
        item.person = person
        item.is_stored = False
        same = self._by_person.get(person.id, {}).get((item.kind.name, item.key), [])
        if are_one and same and same[0] is not item:
            kept = same[0]
            self._links = [
                (order, kept if newer is item else newer, kept if older is item else older)
                for order, newer, older in self._links
            ]
            fuse(kept, item)
        else:
            self.place(item)

    def _item(self, person: Person, kind: Kind, key: Key) -> Item:
        """The item of a key: of several, after a merge, the one that was the person's own before, else the eldest."""
        name = kind.name, key
        alike = self._by_person.get(person.id, {}).get(name, [])
        if alike:
            return min(alike, key=lambda each: (each.owner != person.id, each.first))
        is_again = name in self._again
        owner = self._again.get(name) or person.id
        item = Item(kind, key, person, owner, steps=[] if is_again or not self._is_stored else None)
        self.place(item)
        return item

    def _resolve(self) -> None:
        """Find which items were replaced, and which items each current one replaced."""
        successors: dict[int, Item] = {}
        linked: dict[int, Item] = {}
        for _, newer, older in sorted(self._links, key=lambda link: link[0]):
            linked |= {id(newer): newer, id(older): older}
            successors.pop(id(newer), None)
            if newer is not older:
                successors[id(older)] = newer
        for item in linked.values():
            item.is_chained, item.is_replaced, item.replaced = True, id(item) in successors, ()
        for item in sorted(linked.values(), key=lambda each: (each.first, each.key)):
            current = item
            while id(current) in successors:
                current = successors[id(current)]
            if current is not item:
                current.replaced = (*current.replaced, item.key[0])
