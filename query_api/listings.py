"""Questions that are only filters and an order, one row a question: which records of a kind there are.

The answer lists the newest records first. An entry has the members of Redox's response; of a data model for which Redox
has no question it has the words of the push that said the record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import orjson

from mappings.fhir.records import within
from mappings.kinds import PERSON, Kind
from query_api.contents import with_contents
from query_api.filters import Among, Filter, Span, conditions
from query_api.newest_first import newest
from query_api.people import is_meant, may_be, patients_asked_for, without_ended_identifiers
from query_api.projection import Projection, projection
from query_api.question import Answer, FoundRecords, Json, Limits, Question
from query_api.readers import PEOPLE, WHOLE_PEOPLE, Reader
from query_api.reading import Reading
from query_api.visits import references
from query_api.whole import whole, with_allergies
from store.conditions import Condition, every, is_any

if TYPE_CHECKING:
    from pydantic import BaseModel

    from store.documents import Document
    from store.reads import Reads, Session


PERSON_MEMBER = "Patient"
"""The member of an entry that tells whose the record is."""

OUR_FILTERS: tuple[Filter, ...] = (Span(), Among("IDs", "ID", "identifier"), Among("Statuses", "Status", "status"))
"""The filters of a question that is this service's own, beside `Patients`."""


@dataclass(frozen=True, slots=True)
class Held:
    """The records inside the records of a listing, such as the results of a report."""

    kind: Kind
    ids: str
    """The leaf of the record with their ids."""
    member: str
    """The member of an entry that lists them."""

    async def with_inside(self, records: Sequence[Json], partition: Reads, session: Session) -> list[Json]:
        """Return records, each with a list of the records inside it in their order; hidden ones are left out."""
        ids = [each for record in records for each in self.of(record)]
        found = await Reading(partition, _reader(self.kind), session).by_ids(self.kind, ids)
        return [{**record, self.member: self._told(record, found)} for record in records]

    def of(self, record: Json) -> list[str]:
        """Return the ids of the records inside a record."""
        ids: list[str] = record.get(self.ids, [])
        return ids

    def _told(self, record: Json, found: Mapping[str, Json]) -> list[Json]:
        inside = [found[each] for each in self.of(record) if each in found]
        leaf, word = self.kind.hides or ("", None)
        return [whole(each) for each in inside if each.get(leaf, "") != word]


@dataclass(frozen=True, slots=True)
class Listing:
    """One question: the records of a kind, as a list."""

    kind: Kind
    member: str
    """The member of the answer that holds the list, such as `Flowsheets`."""
    block: str = ""
    """The member of each entry that holds the record's words; with `[]` behind, as a list of one. If it is empty, the
    words stand in the entry itself, and `entry` says which."""
    entry: type[BaseModel] | None = None
    """The model of an entry in Redox's response."""
    filters: tuple[Filter, ...] = OUR_FILTERS
    statuses: tuple[str, ...] = ()
    """The FHIR statuses of the records that are answered; of every status, if it is empty."""
    held: Held | None = None
    """The records inside each record, if there are such."""
    files: tuple[str, ...] = ()
    """The leaves of an entry that may have the contents of a file."""

    project: Projection | None = field(init=False)
    """The function from a whole entry to the members of the response."""

    def __post_init__(self) -> None:
        """Make the projection."""
        held = [*self.kind.table.leaves, *within(PERSON_MEMBER, PERSON.table.leaves)]
        held += within(f"{self.held.member}[]", self.held.kind.table.leaves) if self.held else []
        object.__setattr__(self, "project", projection(self.entry, held) if self.entry else None)

    @property
    def tells(self) -> tuple[tuple[str, Kind], ...]:
        """The kinds that the answer tells of, by the path that leads to what it tells."""
        entry = f"{self.member}[]."
        words = [(f"{entry}{self.block}.", self.kind)] if self.block else []
        words += [(f"{entry}{self.held.member}[].", self.held.kind)] if self.held else []
        return *words, (f"{entry}{PERSON_MEMBER}.", PERSON), (entry, self.kind)

    async def answer(self, partition: Reads, asked: Question, limits: Limits) -> Answer:
        """Return the records that meet every filter given; raises PatientUnidentified, TimeUnreadable."""
        found = await self._search(partition, asked, limits.visits)
        entries = [self._entry(record, found.people, is_whole=asked.is_whole) for record in found.visits]
        entries, is_cut = await with_contents(partition, entries, self.files, limits.contents)
        resources = references(found, self.kind)
        if self.held:
            resources += [f"{self.held.kind.type}/{each}" for record in found.visits for each in self.held.of(record)]
        return Answer({self.member: entries}, resources, found.is_incomplete or is_cut)

    def condition(self, asked: Question) -> Condition:
        """Return what a record must meet by its own words; raises TimeUnreadable."""
        current = [is_any("status", self.statuses)] if self.statuses else []
        return every([*current, *conditions(self.filters, asked, self.kind.table)])

    async def _search(self, partition: Reads, asked: Question, limit: int) -> FoundRecords:
        """Return the records that are meant, and their people, of one snapshot; of more than `limit` the newest."""
        whose = patients_asked_for(asked, asked.body.get("Patients", ()), "Patients")
        condition = self.condition(asked)
        async with partition.snapshot() as session:
            records = Reading(partition, _reader(self.kind), session)
            persons = Reading(partition, WHOLE_PEOPLE if asked.is_whole else PEOPLE, session)
            people: dict[str, Json] = {}
            if whose:
                may_be_meant = await persons.find(PERSON, may_be(whose, partition.key))
                people = {document.id: person for document, person in may_be_meant if is_meant(person, whose)}
                if not people:
                    return FoundRecords()
                condition = every([condition, is_any("patient", list(people))])
            kept = await newest(records.find, self.kind, condition, limit)
            if not whose:
                people = await persons.by_ids(
                    PERSON, dict.fromkeys(each["patient"] for _, each in kept if "patient" in each)
                )
            people = await with_allergies(partition, people, session) if asked.is_whole else people
            # Newest first, those without a time last; of one time by key, then by the first event, then by what is
            # said: never by an id that depends on arrival.
            kept.sort(key=lambda each: (*_key(each[0]), _text(each[1], people)))
            kept.sort(key=lambda each: (each[0].newness is not None, each[0].newness or _LONG_AGO), reverse=True)
            told = [record for _, record in kept[:limit]]
            if self.held is not None:
                told = await self.held.with_inside(told, partition, session)
        return FoundRecords(people, tuple(told), len(kept) > limit)

    def _entry(self, record: Json, people: Mapping[str, Json], *, is_whole: bool) -> Json:
        """Return one entry of the answer; with `is_whole` it has everything that was said of the record."""
        person = without_ended_identifiers(people.get(record.get("patient", ""), {}))
        said = {name: value for name, value in record.items() if name[0].isupper()}
        whose = whole(person) if is_whole else {"Identifiers": person["Identifiers"]} if person["Identifiers"] else {}
        named = {PERSON_MEMBER: whose} if whose else {}
        if self.project is not None:
            return {**named, **said} if is_whole else self.project({**named, **said})
        words = {name: value for name, value in said.items() if name not in self.kind.beside}
        beside = {name: said[name] for name in self.kind.beside if name in said}
        return {
            **({"EventType": record["event"]} if "event" in record else {}),
            **named,
            **beside,
            self.block.removesuffix("[]"): [words] if self.block.endswith("[]") else words,
        }


_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@cache
def _reader(kind: Kind) -> Reader:
    """Return the reader of whole records of a kind."""
    return Reader(kind.table.to_redox, ())


def _key(document: Document) -> tuple[list[str], str]:
    return document.member("fold.key") or [], document.member("fold.first") or ""


def _text(record: Json, people: Mapping[str, Json]) -> bytes:
    """Return the words of a record and the identifiers of its person as JSON, without resource ids."""
    said = {name: value for name, value in record.items() if name not in {"id", "patient"}}
    return orjson.dumps(
        [said, people.get(record.get("patient", ""), {}).get("Identifiers")], option=orjson.OPT_SORT_KEYS
    )
