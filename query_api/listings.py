"""Questions that are only filters and an order, one row a question: which records of a kind there are.

The answer lists the newest records first. An entry has the members of Redox's response; of a data model for which Redox
has no question it has the words of the push that said the record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import orjson

from mappings.fhir.records import within
from mappings.kinds import PERSON, Kind
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
    from store.reads import Reads


PERSON_MEMBER = "Patient"
"""The member of an entry that tells whose the record is."""

OUR_FILTERS: tuple[Filter, ...] = (Span(), Among("IDs", "ID", "identifier"), Among("Statuses", "Status", "status"))
"""The filters of a question that is this service's own, beside `Patients`."""


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

    project: Projection | None = field(init=False)
    """The function from a whole entry to the members of the response."""

    def __post_init__(self) -> None:
        """Make the projection."""
        held = [*self.kind.table.leaves, *within(PERSON_MEMBER, PERSON.table.leaves)]
        object.__setattr__(self, "project", projection(self.entry, held) if self.entry else None)

    @property
    def tells(self) -> tuple[tuple[str, Kind], ...]:
        """The kinds that the answer tells of, by the path that leads to what it tells."""
        entry = f"{self.member}[]."
        words = [(f"{entry}{self.block}.", self.kind)] if self.block else []
        return *words, (f"{entry}{PERSON_MEMBER}.", PERSON), (entry, self.kind)

    async def answer(self, partition: Reads, asked: Question, limits: Limits) -> Answer:
        """Return the records that meet every filter given; raises PatientUnidentified, TimeUnreadable."""
        found = await _search(partition, self.kind, self.condition(asked), asked, limits.visits)
        entries = [self._entry(record, found.people, is_whole=asked.is_whole) for record in found.visits]
        return Answer({self.member: entries}, references(found, self.kind), found.is_incomplete)

    def condition(self, asked: Question) -> Condition:
        """Return what a record must meet by its own words; raises TimeUnreadable."""
        current = [is_any("status", self.statuses)] if self.statuses else []
        return every([*current, *conditions(self.filters, asked, self.kind.table)])

    def _entry(self, record: Json, people: Mapping[str, Json], *, is_whole: bool) -> Json:
        """Return one entry of the answer; with `is_whole` it has everything that was said of the record."""
        person = without_ended_identifiers(people.get(record.get("patient", ""), {}))
        said = {name: value for name, value in record.items() if name not in _OURS}
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


_OURS = frozenset({"id", "patient", "event", "ended", "replaced"})
"""Members of a record that an answer does not have under their own names."""


async def _search(partition: Reads, kind: Kind, condition: Condition, asked: Question, limit: int) -> FoundRecords:
    """Return the records that meet the criteria, and their people, of one snapshot; of more than `limit` the newest."""
    whose = patients_asked_for(asked, asked.body.get("Patients", ()), "Patients")
    async with partition.snapshot() as session:
        records = Reading(partition, _reader(kind), session)
        persons = Reading(partition, WHOLE_PEOPLE if asked.is_whole else PEOPLE, session)
        people: dict[str, Json] = {}
        if whose:
            may_be_meant = await persons.find(PERSON, may_be(whose, partition.key))
            people = {document.id: person for document, person in may_be_meant if is_meant(person, whose)}
            if not people:
                return FoundRecords()
            condition = every([condition, is_any("patient", list(people))])
        kept = await newest(records.find, kind, condition, limit)
        if not whose:
            people = await persons.by_ids(
                PERSON, dict.fromkeys(each["patient"] for _, each in kept if "patient" in each)
            )
        people = await with_allergies(partition, people, session) if asked.is_whole else people
    # Newest first, those without a time last; of one time by key, then by the first event, then by what is said: never
    # by an id that depends on arrival.
    kept.sort(key=lambda each: (*_key(each[0]), _text(each[1], people)))
    kept.sort(key=lambda each: (each[0].newness is not None, each[0].newness or _LONG_AGO), reverse=True)
    return FoundRecords(people, tuple(record for _, record in kept[:limit]), len(kept) > limit)


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
