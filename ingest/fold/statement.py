"""Statements about orders: what the blocks of events state, and the records that follow from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ingest.fold import past
from ingest.fold.events import Json
from mappings.kinds import Kind
from mappings.reading import CLEAR

Names = tuple[tuple[str, str], ...]
"""The numbers by which a statement names its order: the leaf, and the number."""
Ids = tuple[str, ...]


@dataclass(slots=True)
class Statement:
    """What one block of one event states of an order."""

    order: str
    """The order of the event."""
    place: int
    """The place of the block among those of the event."""
    event_id: str
    event: str
    """The type of the event, as a word for answers."""
    effective: str
    """UTC text of the moment that the event speaks of."""
    clears: bool
    words: Json
    """The words of the report, without the list of the results."""
    inside: list[Json]
    """The words of the results."""
    number: str | None
    """The number that decides which order it is."""
    other_number: str | None
    """The number that finds an order if exactly one order has it."""
    person: str
    """The id of the person who has the order now."""
    owner: str
    """The id of the person who had the order first."""

    def names(self, kind: Kind) -> Names:
        """Return the numbers by which the statement names its order."""
        if kind.alias is None:
            return ()
        said = ((kind.alias.number, self.number), (kind.alias.other, self.other_number))
        return tuple((leaf, value) for leaf, value in said if value is not None)

    @property
    def at(self) -> tuple[str, int]:
        """The place of the statement among all statements."""
        return self.order, self.place


@dataclass(slots=True)
class Composed:
    """One record that statements come to."""

    kind: Kind
    key: Ids
    person: str
    owner: str
    names: Names
    """All names of the orders that share a number with this one."""
    words: Json
    event: str
    first: str
    newest: str
    last: str
    inside: list[Composed] = field(default_factory=list)
    """The records inside it, in the order in which they were said first."""
    own_key: Ids = ()
    """Of a record inside another: what tells it apart from the others there."""
    places: tuple[tuple[str, int], ...] = ()
    """The places of the statements behind it."""
    said: past.Said = field(default_factory=dict)
    """What was ever said of the leaves that questions look records of the kind up by."""

    @property
    def id(self) -> str:
        """An id for the time being, by which other records refer to it."""
        return "\x1f".join((self.kind.name, self.owner, *self.key))


def names_in(kind: Kind, block: Json) -> Names:
    """Return the numbers by which a block names its order."""
    if kind.alias is None:
        return ()
    found = ((leaf, text_at(block, leaf)) for leaf in (kind.alias.number, kind.alias.other))
    return tuple((leaf, value) for leaf, value in found if value is not None)


def number_in(kind: Kind, block: Json, leaf: str) -> str | None:
    """Return the text of a leaf of a block; None if the block does not say it."""
    return text_at(block, leaf) if kind.alias is not None else None


def text_at(block: Json, path: str) -> str | None:
    """Return the text of a leaf of a block, by its path; None if the block does not say it."""
    value: Any = block
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return None if value is None or value == CLEAR or isinstance(value, dict | list) else str(value)
