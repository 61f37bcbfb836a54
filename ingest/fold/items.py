"""Items: records with a key inside their owner, such as an order of a patient. Every kind with `named_by` is an item.

An item has no course of its own. The words of its events go over each other in their order, and a verb may end it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from ingest.fold.events import Event, Json
from ingest.fold.overlay import overlay
from ingest.fold.person import HistoryNeededError, Person
from ingest.fold.verbs import Ends, Says
from mappings.kinds import EVENT, PLACE, Kind
from mappings.reading import CLEAR

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class State:
    """What the events of an item come to: its words, and the word of its end, if it ended."""

    words: Json = field(default_factory=dict)
    ended: str | None = None


Change = Callable[[State], State]


@dataclass(slots=True)
class Item:
    """One record of a kind with a key."""

    kind: Kind
    key: Key
    person: Person
    owner: str
    """The id of the person who had the item first; the item's resource id is computed from it and never changes."""
    first: str = ""
    """Order of the first event."""
    newest: str = ""
    """Order of the newest event."""
    last: str = ""
    """Effective time of the newest event, as UTC text."""
    event: str = ""
    """The type of the newest event, as a word for answers; the fold does not read it."""
    state: State = field(default_factory=State)
    steps: list[tuple[str, Change]] | None = None
    """Every change with its order, or None if the item was read back from the store."""
    is_stored: bool = False
    """No event changed the item since it was read."""


def blocks_of(verb: Says | Ends, part: Json, owner: Json) -> Iterator[tuple[int, Json]]:
    """Give the blocks that a verb speaks of, each with its place in the part of the message."""
    found = [owner] if not verb.at else list(_at(part, verb.at.split(".")))
    yield from enumerate(found)


def _at(value: Json, path: list[str]) -> Iterator[Json]:
    name, *rest = path
    found = value.get(name.removesuffix("[]"))
    for inner in found if isinstance(found, list) else [found]:
        if isinstance(inner, dict):
            yield from _at(inner, rest) if rest else (inner,)


def key_of(kind: Kind, block: Json, event_id: str, place: int) -> Key:
    """Return the key that a block gives its record: the first alternative of which it says every path.

    A block that says none is a record of its own event and place.
    """
    for paths in (*kind.named_by, (EVENT, PLACE)):
        values = [_leaf(block, path, event_id, place) for path in paths]
        if all(value is not None for value in values):
            break
    return tuple(map(str, values))


def _leaf(block: Json, path: str, event_id: str, place: int) -> object:
    if path in (EVENT, PLACE):
        return event_id if path == EVENT else place
    value: object = block
    for name in path.removesuffix("?").split("."):
        value = value.get(name) if isinstance(value, dict) else None
    said = None if value == CLEAR else value
    return "" if said is None and path.endswith("?") else said


def names_of(event: Event) -> Iterator[tuple[Kind, Key]]:
    """Give the kind and the key of every item that an event speaks of."""
    for verb in event.lifecycle.items:
        for place, block in blocks_of(verb, event.message, event.patient):
            yield verb.kind, key_of(verb.kind, block, event.id, place)


class Items:
    """The items of connected events, by the person who has them now."""

    def __init__(self, *, is_stored: bool) -> None:
        self._is_stored = is_stored
        self._by_person: dict[str, dict[tuple[str, Key], list[Item]]] = {}

    def place(self, item: Item) -> None:
        """Put an item with its person."""
        self._by_person.setdefault(item.person.id, {}).setdefault((item.kind.name, item.key), []).append(item)

    def each(self) -> Iterator[Item]:
        """Give all items."""
        for items in self._by_person.values():
            for alike in items.values():
                yield from alike

    def take(self, person: Person, event: Event) -> None:
        """Let an event speak of the items that it names."""
        for verb in event.lifecycle.items:
            for place, block in blocks_of(verb, event.message, event.patient):
                key = key_of(verb.kind, block, event.id, place)
                _let_speak(self._item(person, verb.kind, key), verb, block, event)

    def hand_over(self, ids: Iterable[str], person: Person, *, are_one: bool) -> None:
        """Give the items of other records to a person.

        `are_one`: the records were one person all along, so items of one key become one. After a merge both stay.
        """
        for gone in dict.fromkeys(ids):
            for item in [each for alike in self._by_person.pop(gone, {}).values() for each in alike]:
                item.person = person
                item.is_stored = False
                same = self._by_person.get(person.id, {}).get((item.kind.name, item.key), [])
                if are_one and same:
                    _fuse(same[0], item)
                else:
                    self.place(item)

    def _item(self, person: Person, kind: Kind, key: Key) -> Item:
        """The item of a key: of several, after a merge, the one that was the person's own before, else the eldest."""
        alike = self._by_person.get(person.id, {}).get((kind.name, key), [])
        if alike:
            return min(alike, key=lambda each: (each.owner != person.id, each.first))
        item = Item(kind, key, person, person.id, steps=None if self._is_stored else [])
        self.place(item)
        return item


def _let_speak(item: Item, verb: Says | Ends, block: Json, event: Event) -> None:
    """Change an item by one event; raises HistoryNeededError if a newer one changed it and its steps are not known."""
    if item.steps is None and event.order < item.newest:
        raise HistoryNeededError
    beside = {name: event.message[name] for name in item.kind.beside if name in event.message}
    change = _change(verb, {**block, **beside}, clears=event.clears)
    _take(item, event.order, change)
    item.first = min(item.first or event.order, event.order)
    if event.order >= item.newest:
        item.newest, item.event = event.order, event.lifecycle.event_type
    item.last = max(item.last, event.effective)
    item.is_stored = False


def _take(item: Item, order: str, change: Change) -> None:
    """Apply a change at the place of its order among the changes so far."""
    if item.steps is None:
        item.state = change(item.state)
        return
    place = bisect_right(item.steps, order, key=lambda each: each[0])
    item.steps.insert(place, (order, change))
    item.state = change(item.state) if place == len(item.steps) - 1 else _run(item.steps)


def _run(steps: Iterable[tuple[str, Change]]) -> State:
    state = State()
    for _, change in steps:
        state = change(state)
    return state


def _change(verb: Says | Ends, said: Json, *, clears: bool) -> Change:
    """What one event does to the state of an item."""

    def change(state: State) -> State:
        words = overlay(state.words, said, clears=clears)
        if isinstance(verb, Ends):
            return State(words, verb.word)
        return State(words, None if verb.reopens else state.ended)

    return change


def _fuse(item: Item, other: Item) -> None:
    """Two items of one key become one: the changes of both in their order, under the elder's id."""
    if item.steps is None or other.steps is None:
        raise HistoryNeededError
    elder, younger = sorted((item, other), key=lambda each: each.steps[0][0] if each.steps else "")
    item.owner = elder.owner
    item.steps = sorted(elder.steps + younger.steps, key=lambda step: step[0])  # type: ignore[operator]
    item.first = min(item.first, other.first)
    item.newest, item.event = max((item.newest, item.event), (other.newest, other.event))
    item.last = max(item.last, other.last)
    item.state = _run(item.steps)


def record_of(item: Item) -> Json:
    """Return what is written down of an item: its words, whose it is, and the word of its end."""
    ended = {"ended": item.state.ended} if item.state.ended else {}
    return {**item.state.words, "patient": item.person.id, "event": item.event, **ended}


def memory_of(item: Item) -> Json:
    """Return what the fold must remember of an item beside its record."""
    return {"key": list(item.key), "owner": item.owner, "first": item.first, "newest": item.newest, "last": item.last}


def restored(kind: Kind, record: Json, memory: Json, person: Person) -> Item:
    """Return an item as it was written down, to go on from."""
    words = {name: value for name, value in record.items() if name not in _OURS}
    return Item(
        kind,
        tuple(memory["key"]),
        person,
        memory["owner"],
        memory["first"],
        memory["newest"],
        memory["last"],
        record.get("event", ""),
        State(words, record.get("ended")),
        is_stored=True,
    )


_OURS = frozenset({"id", "patient", "event", "ended"})
