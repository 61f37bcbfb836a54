"""Loading: the stored documents that events name, and the history of connected events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

from ingest.fold.items import names_of
from ingest.fold.records import Record
from ingest.fold.resource_ids import item_slot, uuid_of
from ingest.keys import ACROSS_PEOPLE, OTHER_KEY, PERSON_KEY, VISIT_KEY, account_token, names_nobody
from ingest.understanding import NEVER_FOLDED, Piece, understand_entry
from mappings.kinds import KINDS, PERSON, VISITS, Kind, kind_named
from store.conditions import every, is_absent, is_any, some
from store.documents import Document
from store.entries import Entry, Part
from store.partition import Partition, Session


@dataclass(slots=True)
class Loaded:
    """Documents from the store."""

    documents: dict[tuple[str, str], Document] = field(default_factory=dict)
    """By the name of their kind and their id."""

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
    loaded = Loaded()
    by_identifier = _tokens(pieces, PERSON_KEY)
    if by_identifier:
        loaded.take(await partition.find(PERSON, is_any("identifier", by_identifier), session=session))
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
    return loaded


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
                    holders.setdefault(PERSON_KEY + token, []).extend([document.id, *replaced_by(document)])
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


@dataclass(slots=True)
class History:
    """All parts that are connected with some parts, and the stored documents that they made so far."""

    pieces: dict[str, Piece] = field(default_factory=dict)
    """By the id that the fold knows them by."""
    loaded: Loaded = field(default_factory=Loaded)
    keys: set[str] = field(default_factory=set)
    """The keys of these parts."""

    @property
    def entries(self) -> dict[str, Entry]:
        """The journal entries of the parts, by id."""
        return {piece.entry.id: piece.entry for piece in self.pieces.values()}

    def events(self, partition: Partition) -> list[Piece]:
        """Return the parts that are folded, read again from the bodies of their entries."""
        understood = (understand_entry(entry, partition) for entry in self.entries.values())
        return [
            piece
            for each in understood
            for piece in each.parts
            if piece.id in self.pieces and piece.part.open not in NEVER_FOLDED
        ]


async def history(
    partition: Partition, pieces: Sequence[Piece], session: Session, *, with_bodies: bool = True
) -> History:
    """Return all parts on which the outcome of these parts depends, or that depend on their outcome.

    Parts are connected by identifiers. A visit number connects those that reach visits by number alone with all parts
    of that number.
    """
    found = History()
    naming = partial(partition.journal.naming, session=session, with_bodies=with_bodies)
    people, visits, whole = set[str](), set[str](), set[str]()
    while True:
        reached = [piece.part for piece in (*pieces, *found.pieces.values())]
        more_people = {key for part in reached for key in part.keys if key.startswith(PERSON_KEY)} - people
        more_visits = {key for part in reached for key in part.keys if key.startswith(VISIT_KEY)} - visits
        more_whole = {key for part in reached if _is_loose(part) for key in _numbers(part)} - whole
        if not (more_people or more_visits or more_whole):
            break
        people, visits, whole = people | more_people, visits | more_visits, whole | more_whole
        _take(found, await naming(more_people), more_people)
        _take(found, await naming(more_visits, only_held=True), more_visits, _is_loose)
        _take(found, await naming(more_whole), more_whole)
    found.keys = people | visits | whole
    await _load(partition, found, people, whole, session)
    return found


def _take(
    found: History, entries: Iterable[Entry], keys: set[str], is_meant: Callable[[Part], bool] = lambda _: True
) -> None:
    """Add the parts of entries that have one of the keys; keys connect a part and not its whole entry."""
    for entry in entries:
        for number, part in enumerate(entry.parts):
            if is_meant(part) and not keys.isdisjoint(part.keys):
                piece = Piece(entry, number)
                found.pieces[piece.id] = piece


def _numbers(part: Part) -> list[str]:
    return [key for key in part.keys if not key.startswith((PERSON_KEY, OTHER_KEY))]


def _is_loose(part: Part) -> bool:
    """Whether a part reaches visits by number alone.

    In data of version 1, which has no reach, such a part is held, or it names nobody.
    """
    is_former = not part.reach and (names_nobody(part) or (part.held and part.open is None))
    return part.reach == ACROSS_PEOPLE or is_former


async def _load(partition: Partition, found: History, people: set[str], numbers: set[str], session: Session) -> None:
    """Load the documents of connected parts: people, those that ended in them, all of theirs, and holds by number."""
    loaded = found.loaded
    by_identifier = sorted(key.removeprefix(PERSON_KEY) for key in people)
    if by_identifier:
        loaded.take(await partition.find(PERSON, is_any("identifier", by_identifier), session=session))
    wanted = {gone for document in loaded.of(PERSON) for gone in replaced_by(document)}
    while wanted:
        loaded.take((await partition.by_ids(PERSON, wanted, session=session)).values())
        replaced = {gone for document in loaded.of(PERSON) for gone in replaced_by(document)}
        wanted = {gone for gone in replaced if (PERSON.name, gone) not in loaded.documents}
    whose = [document.id for document in loaded.of(PERSON)]
    held = sorted(key.removeprefix(VISIT_KEY) for key in numbers)
    for kind in KINDS:
        if whose and kind is not PERSON:
            loaded.take(await partition.find(kind, is_any("patient", whose), session=session))
        if held and kind in VISITS:
            of_nobody = every([is_any("identifier", held), is_absent("patient")])
            loaded.take(await partition.find(kind, of_nobody, session=session))


async def lists_of(partition: Partition, people: Iterable[str], kinds: Iterable[Kind], session: Session) -> Loaded:
    """Return the stored elements of the lists that are replaced whole, for these people and kinds."""
    loaded, wanted = Loaded(), is_any("patient", sorted(people))
    for kind in kinds:
        loaded.take(await partition.find(kind, wanted, session=session))
    return loaded


def replaced_by(document: Document) -> list[str]:
    """Return the ids of the people whose records ended in a person."""
    replaced: list[str] = record_of(document).record.get("replaces", [])
    return replaced
