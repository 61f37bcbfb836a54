"""From records to documents: what of an outcome differs from the store, and writing it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ingest.fold.events import Json
from ingest.fold.records import Record
from ingest.fold.resource_ids import computed
from ingest.fold.world import World
from ingest.groups import tokens
from ingest.loading import TABLES, Loaded
from ingest.understanding import Understood
from mappings.fhir.allergy import ALLERGY
from store.documents import Document
from store.partition import Change, Partition, Session
from store.search import parameters


@dataclass(frozen=True, slots=True)
class Outcome:
    """A world after its events, as records, beside the documents they go over."""

    world: World
    records: list[Record]
    before: Loaded
    is_whole: bool
    """Whether the records are all there is: a document that no record stands for is gone."""
    stored: Mapping[tuple[str, str], Record] = field(default_factory=dict)
    """The records of documents whose resources are as good as new ones: where nothing else is said, they stay."""

    def kept(self, record: Record) -> Document | None:
        """The document of a record that says what the stored one says, with its resource as it is."""
        place = (record.kind, record.record["id"])
        stored = self.stored.get(place)
        if stored is None or stored.record != record.record:
            return None
        old = self.before.documents[place]
        return Document(old.kind, old.id, old.resource, old.search, record.memory)


@dataclass(slots=True)
class Changes:
    """What a batch changes, written together: a round trip costs more than many documents."""

    puts: list[Change] = field(default_factory=list)
    gone: list[tuple[str, str]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    """To meet others at, whether somebody has claimed them or not."""
    new_keys: set[str] = field(default_factory=set)
    """That nobody should have claimed yet."""

    async def add(self, outcome: Outcome, group: list[Understood], partition: Partition, session: Session) -> None:
        """What one group changes."""
        puts, gone = await _difference(outcome, partition, session)
        self.puts += puts
        self.gone += gone
        if outcome.is_whole:
            self.keys.update(*(each.entry.keys for each in group))
        else:
            self._claim(outcome, group)

    def _claim(self, outcome: Outcome, group: list[Understood]) -> None:
        """The keys under which another writer might at this moment make the same new thing."""
        known = {token for document in outcome.before.documents.values() for token in tokens(document)}
        for each in group:
            if each.entry.held:
                self.keys.update(each.entry.keys)
            else:
                self.new_keys.update(key for key in each.entry.keys if key.partition(":")[2] not in known)

    async def write(self, partition: Partition, session: Session, *, trusts_new: bool = False) -> None:
        """Write the documents that differ, delete those that are no more, and meet others at the claims.

        `trusts_new`: what was not read is not there; should it be, the driver's error says that its key is taken.
        """
        await partition.change(self.puts, session, trusts_new=trusts_new)
        await partition.remove(self.gone, session)
        await partition.claim(self.keys, self.new_keys - self.keys, session, trusts_new=trusts_new)


async def _difference(
    outcome: Outcome, partition: Partition, session: Session
) -> tuple[list[Change], list[tuple[str, str]]]:
    """The documents that are not in the store as they are, and those there that no record stands for."""
    found = documents_of(outcome.records, partition, outcome.kept)
    documents = {(document.kind, document.id): document for document in found}
    before = outcome.before.documents | await _allergies_before(outcome, partition, session)
    puts: list[Change] = [
        (None, document) if old is None else (old, _over(old, document))
        for key, document in documents.items()
        if (old := before.get(key)) is None or _content(old) != _content(document)
    ]
    gone = [key for key in before if key not in documents and (outcome.is_whole or key[0] == "AllergyIntolerance")]
    return puts, gone


def _over(old: Document, new: Document) -> Document:
    return Document(new.kind, new.id, new.resource, new.search, new.fold, old.version + 1)


def _content(document: Document) -> tuple[Json, Json, Json]:
    return document.resource, document.search, document.fold


async def _allergies_before(
    outcome: Outcome, partition: Partition, session: Session
) -> dict[tuple[str, str], Document]:
    """The stored allergies of people whose allergies these records say."""
    people = {record.record["id"] for record in outcome.records if record.allergies is not None}
    if outcome.is_whole:
        people |= {document.id for document in outcome.before.of("Patient")}
    if not people:
        return {}
    wanted = {"search.patient": {"$in": sorted(people)}}
    found = await partition.find("AllergyIntolerance", wanted, session=session)
    return {(document.kind, document.id): document for document in found}


def documents_of(
    records: Iterable[Record], partition: Partition, kept: Callable[[Record], Document | None] = lambda _: None
) -> Iterator[Document]:
    """The documents of records; `kept` gives those whose resources can stay as they are."""
    for record in records:
        yield kept(record) or _document(
            record.kind, TABLES[record.kind].to_fhir(record.record), record.memory, partition
        )
        yield from _allergies(record, partition)


def _allergies(record: Record, partition: Partition) -> Iterator[Document]:
    """The documents of a person's allergies."""
    if record.allergies:
        for position, allergy in enumerate(record.allergies):
            patient = record.record["id"]
            whole = {"id": computed(patient, "AllergyIntolerance", str(position)), "patient": patient, **allergy}
            yield _document("AllergyIntolerance", ALLERGY.to_fhir(whole), {}, partition)


def _document(kind: str, resource: Json, memory: Json, partition: Partition) -> Document:
    search = parameters(resource, partition.key, partition.tenant.zone)
    return Document(kind, resource["id"], resource, search, memory)
