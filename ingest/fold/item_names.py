"""The names of items: which blocks of an event speak of items, and the key that a block gives its item."""

from __future__ import annotations

from collections.abc import Iterator

from ingest.fold.events import Event, Json
from ingest.fold.item import Key
from ingest.fold.statement import names_in
from ingest.fold.verbs import ItemVerb, Replaces
from mappings.kinds import EVENT, PLACE, Kind
from mappings.reading import CLEAR

Name = tuple[str, Key]
"""An item of a person: the name of its kind, and its key."""


def blocks_of(verb: ItemVerb, part: Json, owner: Json) -> Iterator[tuple[int, Json]]:
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
    return _said_key(kind, block, event_id, place) or (event_id, str(place))


def _said_key(kind: Kind, block: Json, event_id: str, place: int) -> Key | None:
    for paths in kind.named_by:
        values = [_leaf(block, path, event_id, place) for path in paths]
        if all(value is not None for value in values):
            return tuple(map(str, values))
    return None


def _leaf(block: Json, path: str, event_id: str, place: int) -> object:
    if path in (EVENT, PLACE):
        return event_id if path == EVENT else place
    value: object = block
    for name in path.removesuffix("?").split("."):
        value = value.get(name) if isinstance(value, dict) else None
    said = None if value == CLEAR else value
    return "" if said is None and path.endswith("?") else said


def replaced_key(verb: Replaces, block: Json) -> Key | None:
    """Return the key of the record that a block replaces; None if it names none."""
    old = _leaf(block, verb.old, "", 0)
    return None if old is None else (str(old),)


def names_of(event: Event) -> Iterator[tuple[Kind, Key]]:
    """Give the kind and the key of every item that an event speaks of, or that it replaces."""
    for verb in event.lifecycle.items:
        for place, block in blocks_of(verb, event.message, event.patient):
            yield verb.kind, key_of(verb.kind, block, event.id, place)
            if isinstance(verb, Replaces) and (old := replaced_key(verb, block)) is not None:
                yield verb.kind, old


def shared_names_of(event: Event) -> Iterator[tuple[Kind, Key]]:
    """Give the kind and the key of every item, or the name of every order, that other events may speak of, too."""
    for kind, key in names_of(event):
        if key[0] != event.id:
            yield kind, key
    for names in order_names_of(event):
        yield from names


def order_names_of(event: Event) -> Iterator[list[tuple[Kind, Key]]]:
    """Give the names of each order that an event states something of; each with the kind of the records."""
    for outer, _ in event.lifecycle.composed:
        for _, block in blocks_of(outer, event.message, event.patient):
            yield [(outer.kind, name) for name in names_in(outer.kind, block)]
