"""Loading: the stored documents that events name, and the history of connected events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ingest.fold.item_names import names_of, order_names_of
from ingest.fold.records import Record
from ingest.fold.resource_ids import item_slot, uuid_of
from ingest.fold.worn import MOST_BESIDE
from ingest.keys import (
    PERSON_KEY,
    VISIT_KEY,
    account_token,
    names_nobody,
)
from ingest.understanding import Piece
from mappings.kinds import PERSON, VISITS, Kind, kind_named
from store.conditions import every, is_any, some
from store.documents import Document
from store.partition import Partition
from store.reads import Session
from store.search import listed, parameters


@dataclass(slots=True)
class Loaded:
    """Documents from the store."""

    documents: dict[tuple[str, str], Document] = field(default_factory=dict)
    """By the name of their kind and their id."""
    worn: dict[str, str] = field(default_factory=dict)
    """The keys of identifiers through which no people were looked for, with the order from which each is worn."""

    def take(self, documents: Iterable[Document]) -> None:
        """Add documents."""
        self.documents.update({(document.kind, document.id): document for document in documents})

    def of(self, kind: Kind) -> list[Document]:
        """Return the documents of one kind."""
        return [document for (held, _), document in self.documents.items() if held == kind.name]


def kind_of(document: Document) -> Kind:
    """Return the kind of a document."""
    return kind_named(document.kind)


def record_of(document: Document) -> Record:
    """Return the record that a document was written from."""
    kind = kind_of(document)
    return Record(kind, kind.table.to_redox(document.resource), document.fold)


def tokens(document: Document) -> list[str]:
    """Return the search tokens of a document's identifiers."""
    found = document.search.get("identifier", [])
    return found if isinstance(found, list) else [found]


def is_hold(document: Document) -> bool:
    """Whether a document is of a booking without a person."""
    return kind_of(document) in VISITS and "patient" not in document.search


def has_visit(piece: Piece, number_key: str, loaded: Loaded) -> bool:
    """Whether a person whom a part names has a visit of this number, as far as documents are loaded."""
    named = {
        document.id
        for document in loaded.of(PERSON)
        if any(PERSON_KEY + token in piece.part.keys for token in tokens(document))
    }
    theirs = (document for kind in VISITS for document in loaded.of(kind) if document.search.get("patient") in named)
    return any(VISIT_KEY + token == number_key for document in theirs for token in tokens(document))


async def load_named(partition: Partition, pieces: Sequence[Piece], session: Session) -> Loaded:
    """Return the current people whom parts name, and the visits and items of these people that the parts name.

    Of the numbers that parts without a person name, the visits of everybody are returned.
    """
    loaded = await _people_named(partition, pieces, session)
    numbers = _tokens(pieces, VISIT_KEY)
    accounts = sorted({account_token(account, partition.key) for piece in pieces for account in _accounts(piece)})
    whose = [document.id for document in loaded.of(PERSON)]
    named_by = [is_any(name, said) for name, said in (("identifier", numbers), ("account", accounts)) if said]
    if named_by:
        theirs = every([some(named_by), is_any("patient", [*whose, None])])
        nameless = _tokens([piece for piece in pieces if names_nobody(piece.part)], VISIT_KEY)
        wanted = some([theirs, is_any("identifier", nameless)]) if nameless else theirs
        for kind in VISITS:
            loaded.take(await partition.find(kind, wanted, session=session))
    for kind, ids in _item_ids(pieces, loaded, partition).items():
        loaded.take((await partition.by_ids(kind, ids, session=session)).values())
    for outer, inner, found in _orders_named(pieces, partition):
        await _take_orders(partition, loaded, outer, inner, found, session)
    return loaded


def _orders_named(pieces: Sequence[Piece], partition: Partition) -> Iterator[tuple[Kind, Kind, list[str]]]:
    """Give, for each kind whose records belong to orders, the kind inside it, and tokens of orders that parts name."""
    tokens: dict[Kind, set[str]] = {}
    inside: dict[Kind, Kind] = {}
    for event in (piece.event for piece in pieces if piece.event is not None):
        inside.update({outer.kind: inner.kind for outer, inner in event.lifecycle.composed})
        for kind, (leaf, number) in (name for names in order_names_of(event) for name in names):
            tokens.setdefault(kind, set()).update(_order_tokens(kind, leaf, number, partition))
    for kind, found in tokens.items():
        yield kind, inside[kind], sorted(found)


def _order_tokens(kind: Kind, leaf: str, number: str, partition: Partition) -> list[str]:
    return listed(parameters(kind.table.to_fhir({leaf: number}), partition.key).get("identifier", []))


async def _take_orders(
    partition: Partition, loaded: Loaded, outer: Kind, inner: Kind, tokens: list[str], session: Session
) -> None:
    """Load the records of people's orders with one of these tokens, and the records inside them."""
    whose = [document.id for document in loaded.of(PERSON)]
    if not whose:
        return
    theirs = every([is_any("identifier", tokens), is_any("patient", whose)])
    found = await partition.find(outer, theirs, session=session)
    loaded.take(found)
    inside = [each for document in found for each in record_of(document).record.get(f"{inner.name}s", ())]
    loaded.take((await partition.by_ids(inner, inside, session=session)).values())


async def _people_named(partition: Partition, pieces: Sequence[Piece], session: Session) -> Loaded:
    """Return the current people whom parts name by identifiers that are not worn.

    That an identifier is worn is looked up only if very many people are found, so that most batches do without.
    """
    loaded, by_identifier = Loaded(), _tokens(pieces, PERSON_KEY)
    if not by_identifier:
        return loaded
    most = MOST_BESIDE + MANY_FOR_A_NAME * len(by_identifier)
    people = await partition.find(PERSON, is_any("identifier", by_identifier), limit=most, session=session)
    if len(people) == most:
        loaded.worn = await partition.worn([PERSON_KEY + token for token in by_identifier], session)
        left = [token for token in by_identifier if PERSON_KEY + token not in loaded.worn]
        people = await partition.find(PERSON, is_any("identifier", left), session=session) if left else []
    loaded.take(people)
    return loaded


MANY_FOR_A_NAME = 4
"""People found for each identifier from which on it is looked up whether one of the identifiers is worn."""


def _item_ids(pieces: Sequence[Piece], loaded: Loaded, partition: Partition) -> dict[Kind, list[str]]:
    """Return the possible ids of the items that parts name, one for each person who may have had the item first."""
    holders: dict[str, list[str]] = {}
    ids: dict[Kind, list[str]] = {}
    for piece in pieces:
        if piece.event is None or not piece.event.lifecycle.items:
            continue
        if not holders:
            for document in loaded.of(PERSON):
                for token in tokens(document):
                    holders.setdefault(PERSON_KEY + token, []).extend(owners_of(document))
        owners = dict.fromkeys(owner for key in piece.part.keys for owner in holders.get(key, ()))
        for kind, key in names_of(piece.event):
            ids.setdefault(kind, []).extend(
                uuid_of(partition.tenant.name, *item_slot(kind, owner, key)) for owner in owners
            )
    return ids


def _tokens(pieces: Iterable[Piece], prefix: str) -> list[str]:
    """Return the search tokens of the parts' keys that begin with a prefix, sorted."""
    keys = {key for piece in pieces for key in piece.part.keys if key.startswith(prefix)}
    return sorted(key.removeprefix(prefix) for key in keys)


def _accounts(piece: Piece) -> list[str]:
    said = piece.event.visit.get("AccountNumber") if piece.event else None
    return [said] if said else []


async def lists_of(partition: Partition, people: Iterable[str], kinds: Iterable[Kind], session: Session) -> Loaded:
    """Return the stored elements of the lists that are replaced whole, for these people and kinds."""
    loaded, wanted = Loaded(), is_any("patient", sorted(people))
    for kind in kinds:
        loaded.take(await partition.find(kind, wanted, session=session))
    return loaded


def owners_of(document: Document) -> list[str]:
    """Return the ids of the people who may have had an item of a person first."""
    return [document.id, *replaced_by(document), *document.fold.get("owners", ())]


def replaced_by(document: Document) -> list[str]:
    """Return the ids of the people whose records ended in a person."""
    replaced: list[str] = record_of(document).record.get("replaces", [])
    return replaced
