"""One item: a record with a key inside its owner, what events do to it, and the form in which it is written down."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from ingest.fold.events import Event, Json
from ingest.fold.overlay import overlay
from ingest.fold.person import HistoryNeededError, Person
from ingest.fold.verbs import Ends, Says
from mappings.kinds import Kind

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class State:
    """What the events of an item come to: its words, and the word of its end, if it ended."""

    words: Json = field(default_factory=dict)
    ended: str | None = None
    is_final: bool = False
    """Whether nothing reopens the item, and no later word changes it."""
    is_said: bool = False
    """Whether an event made the item; else it is only known that it ended."""


Change = Callable[[State], State]


@dataclass(slots=True, eq=False)
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
    is_chained: bool = False
    """Whether it replaces an item, or another item replaces it."""
    is_replaced: bool = False
    """Whether another item has its place now."""
    replaced_as: str = ""
    """The word of its end, if another item has its place."""
    replaced: tuple[str, ...] = ()
    """The ids of the items that it has the place of now."""

    @property
    def visit_number(self) -> str | None:
        """The number of the visit that the item names."""
        number: str | None = self.state.words.get("Visit", {}).get("VisitNumber")
        return number

    def take(self, event: Event, change: Change) -> None:
        """Apply the change of one event, at the place of its order."""
        self._apply(event.order, change)
        self.first = min(self.first or event.order, event.order)
        if event.order >= self.newest:
            self.newest, self.event = event.order, event.lifecycle.event_type
        self.last = max(self.last, event.effective)
        self.is_stored = False

    def _apply(self, order: str, change: Change) -> None:
        if self.steps is None:
            self.state = change(self.state)
            return
        place = bisect_right(self.steps, order, key=lambda each: each[0])
        self.steps.insert(place, (order, change))
        self.state = change(self.state) if place == len(self.steps) - 1 else run(self.steps)


def run(steps: Iterable[tuple[str, Change]]) -> State:
    """Return the state after a sequence of changes."""
    state = State()
    for _, change in steps:
        state = change(state)
    return state


def change_of(verb: Says | Ends, said: Json, *, clears: bool) -> Change:
    """Return what one event does to the state of an item."""

    def change(state: State) -> State:
        if state.is_final:
            return state
        words = overlay({} if isinstance(verb, Says) and verb.is_whole else state.words, said, clears=clears)
        if isinstance(verb, Ends):
            return State(words, verb.word, verb.is_final, state.is_said or not verb.is_final)
        return State(words, None if verb.reopens else state.ended, is_said=True)

    return change


def fuse(item: Item, other: Item) -> None:
    """Let two items of one key become one: the changes of both in their order, under the elder's id."""
    if item.steps is None or other.steps is None:
        raise HistoryNeededError
    elder, _ = sorted((item, other), key=lambda each: each.steps[0][0] if each.steps else "~")
    item.owner = elder.owner
    item.steps = sorted(item.steps + other.steps, key=lambda step: step[0])
    item.first = min(filter(None, (item.first, other.first)), default="")
    item.newest, item.event = max((item.newest, item.event), (other.newest, other.event))
    item.last = max(item.last, other.last)
    item.replaced_as = item.replaced_as or other.replaced_as
    item.state = run(item.steps)


def record_of(item: Item) -> Json:
    """Return what is written down of an item: its words, whose it is, and the word of its end."""
    ended = item.state.ended or (item.replaced_as if item.is_replaced else None)
    return {
        **item.state.words,
        "patient": item.person.id,
        "event": item.event,
        **({"ended": ended} if ended else {}),
        **({"replaced": list(item.replaced)} if item.replaced else {}),
    }


def memory_of(item: Item) -> Json:
    """Return what the fold must remember of an item beside its record."""
    return {
        "key": list(item.key),
        "owner": item.owner,
        "first": item.first,
        "newest": item.newest,
        "last": item.last,
        **({"final": True} if item.state.is_final else {}),
        **({"chained": True} if item.is_chained else {}),
    }


def restored(kind: Kind, record: Json, memory: Json, person: Person) -> Item:
    """Return an item as it was written down, to go on from."""
    words = {name: value for name, value in record.items() if name not in OURS}
    return Item(
        kind,
        tuple(memory["key"]),
        person,
        memory["owner"],
        memory["first"],
        memory["newest"],
        memory["last"],
        record.get("event", ""),
        State(words, record.get("ended"), memory.get("final", False), is_said=True),
        is_stored=True,
        is_chained=memory.get("chained", False),
        replaced=tuple(record.get("replaced", ())),
    )


OURS = frozenset({"id", "patient", "event", "ended", "replaced"})
"""The members of an item's record that are no words of events."""
