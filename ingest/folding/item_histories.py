"""Histories of items: which items are folded from all of their events, and which items events connect."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from ingest.fold.item_names import Name, names_of, order_names_of
from ingest.fold.lifecycles import lifecycle
from ingest.fold.statements import names_of_memory
from ingest.fold.verbs import Replaces
from ingest.folding.loading import Loaded, kind_of
from ingest.keys import ITEM_KEY, OF_ITEMS, item_key
from ingest.understanding import Piece, pieces_of, understand_entry
from store.documents import Document
from store.entries import Entry
from store.partition import Partition


def items_needed(
    pieces: Sequence[Piece], loaded: Loaded, remembered: Collection[str], partition: Partition
) -> set[str]:
    """Return the journal keys of the items that parts cannot be folded onto as they are stored.

    `remembered`: the keys of items that earlier parts replaced or finally ended, whether they were there or not.
    """
    found = set[str]()
    stored: dict[Name, list[Document]] | None = None
    for piece in pieces:
        if piece.event is None or not (piece.event.lifecycle.items or piece.event.lifecycle.composed):
            continue
        stored = _stored(loaded) if stored is None else stored
        for names in order_names_of(piece.event):
            if any((kind.name, name) in stored for kind, name in names):
                found.update(item_key(kind.name, name, partition) for kind, name in names)
        replaces = any(isinstance(verb, Replaces) for verb in piece.event.lifecycle.items)
        for kind, key in names_of(piece.event):
            named = item_key(kind.name, key, partition)
            known = stored.get((kind.name, key), ())
            if replaces or named in remembered or any(_is_beyond(piece, document) for document in known):
                found.add(named)
    return found


def _stored(loaded: Loaded) -> dict[Name, list[Document]]:
    found: dict[Name, list[Document]] = {}
    for document in loaded.documents.values():
        for name in names_of_memory(kind_of(document), document.fold):
            found.setdefault(name, []).append(document)
        if "owner" in document.fold and "names" not in document.fold:
            found.setdefault((kind_of(document).name, tuple(document.fold["key"])), []).append(document)
    return found


def _is_beyond(piece: Piece, document: Document) -> bool:
    """Whether a part cannot be folded onto a stored item: it is late, or the item replaces others or is replaced."""
    return piece.part.order < document.fold["newest"] or bool(document.fold.get("chained"))


def items_connected(items: set[str], entries: Iterable[Entry], partition: Partition) -> set[str]:
    """Return the keys that entries connect with one of these: of items that replace each other, and of one order."""
    found = set[str]()
    for entry in entries:
        row = lifecycle(entry.model, entry.event)
        if row is not None and row.composed and not items.isdisjoint(entry.keys):
            found |= _orders_connected(items, entry, partition)
        for piece in pieces_of(entry):
            named = {key for key in piece.part.keys if key.startswith(ITEM_KEY)}
            if piece.part.reach == OF_ITEMS and not named.isdisjoint(items):
                found |= named
    return found


def _orders_connected(items: set[str], entry: Entry, partition: Partition) -> set[str]:
    """Return the keys of the numbers that an event says of orders of which it says one of these keys."""
    found = set[str]()
    for piece in understand_entry(entry, partition).parts:
        for names in order_names_of(piece.event) if piece.event else ():
            keys = {item_key(kind.name, name, partition) for kind, name in names}
            if not keys.isdisjoint(items):
                found |= keys
    return found
