"""Questions that are only filters and an order, one row a question: which records of a kind there are.

The filters are those of `mappings.redox.listings.RecordQuery`. The answer lists the newest records first, each in the
words of the push that said it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import orjson

from mappings.kinds import PERSON, Kind
from query_api.newest_first import newest
from query_api.people import is_meant, may_be, patients_asked_for, without_ended_identifiers
from query_api.question import Answer, FoundRecords, Json, Limits, Question
from query_api.readers import PEOPLE, Reader
from query_api.reading import Reading
from query_api.visits import given_moment, references
from store import search
from store.conditions import Condition, Lies, every, is_any

if TYPE_CHECKING:
    from store.reads import Reads


PERSON_MEMBER = "Patient"
"""The member of an entry that tells whose the record is."""


@dataclass(frozen=True, slots=True)
class Listing:
    """One question: the records of a kind, as a list."""

    kind: Kind
    member: str
    """The member of the answer that holds the list, such as `Flowsheets`."""
    block: str
    """The member of each entry that holds the record's words; with `[]` behind, as a list of one."""
    id_leaf: str = "ID"
    """The leaf of the record that the filter `IDs` is compared with."""
    status_leaf: str = "Status"
    """The leaf of the record that the filter `Statuses` is compared with."""

    @property
    def tells(self) -> tuple[tuple[str, Kind], ...]:
        """The kinds that the answer tells of, by the path that leads to what it tells."""
        entry = f"{self.member}[]."
        return (f"{entry}{self.block}.", self.kind), (f"{entry}{PERSON_MEMBER}.", PERSON), (entry, self.kind)

    async def answer(self, partition: Reads, asked: Question, limits: Limits) -> Answer:
        """Return the records that meet every filter given; raises PatientUnidentified, TimeUnreadable."""
        found = await _search(partition, self.kind, self.condition(asked), asked, limits.visits)
        entries = [self._entry(record, found.people) for record in found.visits]
        return Answer({self.member: entries}, references(found, self.kind), found.is_incomplete)

    def condition(self, asked: Question) -> Condition:
        """Return what a record must meet by its own words."""
        return every(list(self._conditions(asked)))

    def _conditions(self, asked: Question) -> Iterator[Condition]:
        question = asked.body
        ends = [given_moment(asked, name) for name in ("StartDateTime", "EndDateTime")]
        if any(ends):
            yield Lies("search.date", at_least=ends[0], at_most=ends[1])
        for name, leaf, parameter in (("IDs", self.id_leaf, "identifier"), ("Statuses", self.status_leaf, "status")):
            if name in question:
                examples = (_nested(leaf, value) for value in question[name])
                yield is_any(parameter, [one for each in examples for one in self._tokens(each, parameter, asked)])

    def _tokens(self, example: Json, parameter: str, asked: Question) -> list[str]:
        """Return the tokens that a search parameter has of a record like this example."""
        found = search.parameters(self.kind.table.to_fhir(example), asked.key).get(parameter, [])
        return search.listed(found)

    def _entry(self, record: Json, people: Mapping[str, Json]) -> Json:
        """Return one entry of the answer: the event type, the patient's identifiers, and the words of the record."""
        words = {name: value for name, value in record.items() if name not in _OURS and name not in self.kind.beside}
        beside = {name: record[name] for name in self.kind.beside if name in record}
        identifiers = without_ended_identifiers(people.get(record.get("patient", ""), {}))["Identifiers"]
        return {
            **({"EventType": record["event"]} if "event" in record else {}),
            **({PERSON_MEMBER: {"Identifiers": identifiers}} if identifiers else {}),
            **beside,
            self.block.removesuffix("[]"): [words] if self.block.endswith("[]") else words,
        }


_OURS = frozenset({"id", "patient", "event", "ended"})
"""Members of a record that an answer does not have under their own names."""


def _nested(path: str, value: str) -> Json:
    """Return the record that has one leaf."""
    name, _, rest = path.partition(".")
    return {name: _nested(rest, value) if rest else value}


async def _search(partition: Reads, kind: Kind, condition: Condition, asked: Question, limit: int) -> FoundRecords:
    """Return the records that meet the criteria, and their people, of one snapshot; of more than `limit` the newest."""
    whose = patients_asked_for(asked, asked.body.get("Patients", ()), "Patients")
    async with partition.snapshot() as session:
        records = Reading(partition, _reader(kind), session)
        persons = Reading(partition, PEOPLE, session)
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
    # Newest first, those without a time last; of one time by what is said, never by an id that depends on arrival.
    kept.sort(key=lambda each: (each[0] is not None, each[0] or _LONG_AGO, _text(each[1], people)), reverse=True)
    return FoundRecords(people, tuple(record for _, record in kept[:limit]), len(kept) > limit)


_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@cache
def _reader(kind: Kind) -> Reader:
    """Return the reader of whole records of a kind."""
    return Reader(kind.table.to_redox, ())


def _text(record: Json, people: Mapping[str, Json]) -> bytes:
    """Return the words of a record and the identifiers of its person as JSON, without resource ids."""
    said = {name: value for name, value in record.items() if name not in {"id", "patient"}}
    return orjson.dumps(
        [said, people.get(record.get("patient", ""), {}).get("Identifiers")], option=orjson.OPT_SORT_KEYS
    )
