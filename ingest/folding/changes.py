"""From records to documents: the differences between an outcome and the store, and how they are written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ingest.fold.events import Json
from ingest.fold.item_names import Name
from ingest.fold.records import Record
from ingest.fold.resource_ids import uuid_of
from ingest.fold.statements import names_of_memory
from ingest.fold.world import World
from ingest.folding.former import former_parameters
from ingest.folding.loading import Loaded, is_hold, lists_of, tokens
from ingest.keys import PERSON_KEY, connecting_keys, pair_token
from ingest.understanding import Piece
from mappings.kinds import KINDS, Kind, kind_named
from store.documents import Document
from store.partition import Partition
from store.reads import Session
from store.search import parameters
from store.writes import Change


@dataclass(frozen=True, slots=True)
class Outcome:
    """A world after its events, as records, and the stored documents that they replace."""

    world: World
    records: list[Record]
    before: Loaded
    is_whole: bool
    """Whether the records are complete, so that a stored document without a record is deleted."""
    stored: Mapping[tuple[str, str], Record] = field(default_factory=dict)
    """The records of documents whose resources need not be made again if their record is unchanged."""
    visits: Collection[tuple[str, str]] = ()
    """The visits whose records are complete, by the person's id and the number."""
    items: Collection[Name] = ()
    """The items of that person whose records are complete."""
    keys: Collection[str] = ()
    """The keys of a person who was found to be alone with them: another writer who names one of them, and leaves this
    person's document as it is, must conflict all the same."""

    def is_complete(self, place: tuple[str, str]) -> bool:
        """Whether a stored document is deleted if there is no record of it."""
        if self.is_whole or place not in self.stored:
            return self.is_whole
        stored = self.stored[place]
        if "names" in stored.memory:
            return any(name in self.items for name in names_of_memory(stored.kind, stored.memory))
        if "owner" in stored.memory:
            return (stored.kind.name, tuple(stored.memory["key"])) in self.items
        return (stored.record.get("patient", ""), stored.record.get("VisitNumber", "")) in self.visits

    def unchanged(self, record: Record) -> Document | None:
        """Return the stored document of an unchanged record, with the record's memory; None if the record changed."""
        place = (record.kind.name, record.record["id"])
        stored = self.stored.get(place)
        if (
            stored is None
            or stored.record != record.record
            or stored.memory.get("former") != record.memory.get("former")
        ):
            return None
        old = self.before.documents[place]
        return Document(old.type, old.id, old.resource, old.search, record.memory, kind=record.kind.name)


@dataclass(slots=True)
class Changes:
    """The changes of a batch. They are written together, because a round trip costs more than many documents."""

    puts: list[Change] = field(default_factory=list)
    gone: list[Document] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    """Keys at which this transaction must conflict with others, with or without a claim so far."""
    new_keys: set[str] = field(default_factory=set)
    """Keys that should have no claim yet."""
    worn: dict[str, str] = field(default_factory=dict)
    """Keys of identifiers that became worn, each with the order from which it connects nobody."""

    async def add(self, outcome: Outcome, group: list[Piece], partition: Partition, session: Session) -> None:
        """Add the changes of one group."""
        puts, gone = await _difference(outcome, partition, session)
        self.puts += puts
        self.gone += gone
        for pair, place in outcome.world.people.worn.places.items():
            self.worn[PERSON_KEY + pair_token(pair, partition.key)] = place
        self.keys.update(outcome.keys)
        if outcome.is_whole:
            self.keys.update(*(connecting_keys(each.part.keys) for each in group))
        else:
            self._claim(outcome, group)

    def _claim(self, outcome: Outcome, group: list[Piece]) -> None:
        """Add the keys under which another writer may make the same record at this moment."""
        # What only a hold has may become a person's meanwhile, and what its events say is then of that person.
        theirs = (document for document in outcome.before.documents.values() if not is_hold(document))
        known = {token for document in theirs for token in tokens(document)}
        for each in group:
            keys = connecting_keys(each.part.keys)
            if each.part.held:
                self.keys.update(keys)
            else:
                self.new_keys.update(key for key in keys if key.partition(":")[2] not in known)

    async def write(self, partition: Partition, session: Session, *, assumes_absent: bool = False) -> None:
        """Write the documents that differ, delete those without a record, and write the claims.

        `assumes_absent`: a document that was not read is inserted. If it does exist, the driver raises an error.
        """
        await partition.change(self.puts, session, assumes_absent=assumes_absent)
        await partition.remove(((document.type, document.id) for document in self.gone), session)
        await partition.claim(self.keys, self.new_keys - self.keys, session, assumes_absent=assumes_absent)
        await partition.wear(self.worn, session)


async def _difference(outcome: Outcome, partition: Partition, session: Session) -> tuple[list[Change], list[Document]]:
    """Return the documents to write, and the stored documents to delete."""
    found = documents_of(outcome.records, partition, outcome.unchanged)
    documents = {(document.kind, document.id): document for document in found}
    lists = await _lists_before(outcome, partition, session)
    before = outcome.before.documents | lists
    puts: list[Change] = [
        (old, document if old is None else _over(old, document))
        for place, document in documents.items()
        if (old := before.get(place)) is None or _content(old) != _content(document)
    ]
    gone = [document for place, document in before.items() if place not in documents]
    return puts, [each for each in gone if (place := (each.kind, each.id)) in lists or outcome.is_complete(place)]


def _over(old: Document, new: Document) -> Document:
    """Return a document as the next version of the stored one."""
    return Document(new.type, new.id, new.resource, new.search, new.fold, old.version + 1, new.kind)


def _content(document: Document) -> tuple[Json, Json, Json, str]:
    return document.resource, document.search, document.fold, document.kind


async def _lists_before(outcome: Outcome, partition: Partition, session: Session) -> dict[tuple[str, str], Document]:
    """Return the stored elements of the lists that these records have; a complete outcome has read them already."""
    said = {(record.record["id"], name) for record in outcome.records for name in record.wholes}
    if outcome.is_whole or not said:
        return {}
    kinds = [kind for kind in KINDS if any(name == kind.name for _, name in said)]
    found = await lists_of(partition, {person for person, _ in said}, kinds, session)
    return {
        place: document
        for place, document in found.documents.items()
        if (document.search.get("patient"), document.kind) in said
    }


def documents_of(
    records: Iterable[Record], partition: Partition, unchanged: Callable[[Record], Document | None] = lambda _: None
) -> Iterator[Document]:
    """Give the documents of records; `unchanged` returns the document of an unchanged record, or None."""
    for record in records:
        yield unchanged(record) or _document(record.kind, record.record, record.memory, partition)
        for name, elements in record.wholes.items():
            yield from _elements(kind_named(name), elements, record.record["id"], partition)


def _elements(kind: Kind, elements: list[Json], patient: str, partition: Partition) -> Iterator[Document]:
    """Give the documents of a list that is replaced whole."""
    for position, element in enumerate(elements):
        whole = {"id": uuid_of(patient, kind.type, str(position)), "patient": patient, **element}
        yield _document(kind, whole, {"place": position}, partition)


def _document(kind: Kind, record: Json, memory: Json, partition: Partition) -> Document:
    resource = kind.table.to_fhir(record)
    search = parameters(resource, partition.key, partition.tenant.zone)
    if "former" in memory:
        search |= former_parameters(kind, record, memory["former"], search, partition)
    return Document(kind.type, resource["id"], resource, search, memory, kind=kind.name)
