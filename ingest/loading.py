"""What the store knows of the records that events name, and the history of connected events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

from ingest.fold.records import Record
from ingest.keys import PERSON_KEY, VISIT_KEY, account_token
from ingest.understanding import NEVER_FOLDED, Understood, recalled
from mappings.fhir.appointment import APPOINTMENT
from mappings.fhir.encounter import ENCOUNTER
from mappings.fhir.patient import PATIENT
from mappings.notation import FieldMap
from store.conditions import every, is_any, some
from store.documents import Document
from store.journal import Entry
from store.partition import Partition, Session

TABLES: dict[str, FieldMap] = {"Patient": PATIENT, "Encounter": ENCOUNTER, "Appointment": APPOINTMENT}
"""How the records of each kind become resources, and are read back."""


@dataclass(slots=True)
class Loaded:
    """Stored documents that events name."""

    documents: dict[tuple[str, str], Document] = field(default_factory=dict)
    """By kind and id."""

    def take(self, documents: Iterable[Document]) -> None:
        """Add documents."""
        self.documents.update({(document.kind, document.id): document for document in documents})

    def of(self, kind: str) -> list[Document]:
        """Those of one kind."""
        return [document for (held, _), document in self.documents.items() if held == kind]


def record_of(document: Document) -> Record:
    """The record that a document was written from."""
    return Record(document.kind, TABLES[document.kind].to_redox(document.resource), document.fold)


async def named(partition: Partition, events: Sequence[Understood], session: Session) -> Loaded:
    """The living people that events name, and the visits of the numbers and accounts that they name."""
    loaded = Loaded()
    tokens = _tokens(events, PERSON_KEY)
    if tokens:
        loaded.take(await partition.find("Patient", {"search.identifier": {"$in": tokens}}, session=session))
    numbers = _tokens(events, VISIT_KEY)
    accounts = sorted({account_token(account, partition.key) for event in events for account in _accounts(event)})
    whose = [document.id for document in loaded.of("Patient")]
    named_by = [is_any(name, said) for name, said in (("identifier", numbers), ("account", accounts)) if said]
    if named_by:
        theirs = every([some(named_by), is_any("patient", [*whose, None])])
        for kind in ("Encounter", "Appointment"):
            loaded.take(await partition.find(kind, theirs, session=session))
    return loaded


def _tokens(events: Iterable[Understood], prefix: str) -> list[str]:
    """The search tokens that events name, of people or of visits."""
    keys = {key for understood in events for key in understood.entry.keys if key.startswith(prefix)}
    return sorted(key.removeprefix(prefix) for key in keys)


def _accounts(understood: Understood) -> list[str]:
    said = understood.event.visit.get("AccountNumber") if understood.event else None
    return [said] if said else []


@dataclass(slots=True)
class History:
    """All events connected with some, and the stored records that they amounted to so far."""

    entries: dict[str, Entry] = field(default_factory=dict)
    loaded: Loaded = field(default_factory=Loaded)
    keys: set[str] = field(default_factory=set)
    """All that these events name."""

    def events(self, partition: Partition) -> list[Understood]:
        """The events, understood again."""
        return [recalled(entry, partition) for entry in self.entries.values() if entry.open not in NEVER_FOLDED]


async def history(
    partition: Partition, events: Sequence[Understood], session: Session, *, with_bodies: bool = True
) -> History:
    """Everything that the outcome of these events depends on, and that depends on it.

    Events are connected by identifiers. A visit number connects those that reach visits by number alone with all
    events of that number, and holds of a number with each other.
    """
    found = History()
    naming = partial(partition.journal.naming, session=session, with_bodies=with_bodies)
    people, visits, whole, holds = set[str](), set[str](), set[str](), set[str]()
    entries = [understood.entry for understood in events]
    while True:
        reached = entries + list(found.entries.values())
        more_people = {key for entry in reached for key in entry.keys if key.startswith(PERSON_KEY)} - people
        more_visits = {key for entry in reached for key in entry.keys if key.startswith(VISIT_KEY)} - visits
        more_whole = {
            key for entry in reached if is_loose(entry) for key in entry.keys if key.startswith(VISIT_KEY)
        } - whole
        more_holds = {key for entry in reached if _is_hold(entry) for key in entry.keys} - holds
        if not (more_people or more_visits or more_whole or more_holds):
            break
        people, visits = people | more_people, visits | more_visits
        whole, holds = whole | more_whole, holds | more_holds
        _take(found, await naming(more_people))
        _take(found, filter(is_loose, await naming(more_visits, only_held=True)))
        _take(found, await naming(more_whole))
        _take(found, filter(_is_hold, await naming(more_holds)))
    found.keys = people | visits | whole | holds
    await _load(partition, found, people, {*holds, *whole}, session)
    return found


def _take(found: History, entries: Iterable[Entry]) -> None:
    found.entries.update({entry.id: entry for entry in entries})


def _is_nameless(entry: Entry) -> bool:
    return not any(key.startswith(PERSON_KEY) for key in entry.keys)


def is_loose(entry: Entry) -> bool:
    """Whether an event reaches visits by number alone."""
    return entry.event == "VisitMerge" or (_is_nameless(entry) and entry.model == "PatientAdmin")


def _is_hold(entry: Entry) -> bool:
    """Whether an event is of a booking of nobody."""
    return _is_nameless(entry) and entry.model == "Scheduling"


def is_held(entry: Entry) -> bool:
    """Whether what comes before an event must ask for the history: it may end a booking that is not there yet."""
    return is_loose(entry) or (_is_hold(entry) and len(entry.keys) > 1)


async def _load(partition: Partition, found: History, people: set[str], holds: set[str], session: Session) -> None:
    """The stored records of connected events: people, those who ended in them, their visits, and holds."""
    loaded = found.loaded
    tokens = sorted(key.removeprefix(PERSON_KEY) for key in people)
    if tokens:
        loaded.take(await partition.find("Patient", {"search.identifier": {"$in": tokens}}, session=session))
    wanted = set(_replaced(loaded.of("Patient")))
    while wanted:
        loaded.take((await partition.by_ids("Patient", wanted, session=session)).values())
        wanted = {gone for gone in _replaced(loaded.of("Patient")) if ("Patient", gone) not in loaded.documents}
    whose = [document.id for document in loaded.of("Patient")]
    numbers = sorted(key.removeprefix(VISIT_KEY) for key in holds)
    for kind in ("Encounter", "Appointment"):
        if whose:
            loaded.take(await partition.find(kind, {"search.patient": {"$in": whose}}, session=session))
        if numbers:
            of_nobody = {"search.identifier": {"$in": numbers}, "search.patient": None}
            loaded.take(await partition.find(kind, of_nobody, session=session))


def _replaced(people: Iterable[Document]) -> list[str]:
    """Ids of those who ended in these people."""
    return [gone for document in people for gone in record_of(document).record.get("replaces", ())]
