"""Searching for visits and their people; if there are too many visits, the newest count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

import orjson

from mappings.kinds import PERSON, Kind
from mappings.times import instant
from query_api.errors import TimeUnreadable
from query_api.newest_first import newest
from query_api.people import PatientCriteria, is_meant, may_be
from query_api.question import FoundRecords, Json, Question
from query_api.reading import Reading
from query_api.whole import with_allergies
from store.conditions import Condition, every, is_any

if TYPE_CHECKING:
    from query_api.readers import Readers
    from store.documents import Document
    from store.reads import Reads

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
"""The time of a visit that has none, so that it is never among the newest."""


@dataclass(frozen=True, slots=True)
class Criteria:
    """The criteria of a search: Encounters or Appointments that meet a condition, of some people or of anybody."""

    kind: Kind
    condition: Condition
    people: PatientCriteria = ()


async def search_visits(partition: Reads, criteria: Criteria, readers: Readers, limit: int) -> FoundRecords:
    """Return the visits that meet the criteria, and their people, of one snapshot; of more than `limit` the newest."""
    async with partition.snapshot() as session:
        visits, persons = (Reading(partition, reader, session) for reader in (readers.visit, readers.person))
        if criteria.people:
            may_be_meant = await persons.find(PERSON, may_be(criteria.people, partition.key))
            people = {document.id: person for document, person in may_be_meant if is_meant(person, criteria.people)}
            of_them = every([criteria.condition, is_any("patient", list(people))])
            kept = await newest(visits.find, criteria.kind, of_them, limit) if people else []
            people = await with_allergies(partition, people, session) if readers.is_whole else people
            return _found(kept, people, limit, partition.tenant.zone)
        kept = await newest(visits.find, criteria.kind, criteria.condition, limit)
        whose = dict.fromkeys(visit["patient"] for _, visit in kept if "patient" in visit)
        people = await persons.by_ids(PERSON, whose)
        people = await with_allergies(partition, people, session) if readers.is_whole else people
        found = _found(kept, people, limit, partition.tenant.zone)
        theirs = {
            visit["patient"]: people[visit["patient"]] for visit in found.visits if visit.get("patient") in people
        }
        return FoundRecords(theirs, found.visits, found.is_incomplete)


def _found(kept: list[tuple[Document, Json]], people: dict[str, Json], limit: int, zone: tzinfo) -> FoundRecords:
    visits = sorted((visit for _, visit in kept), key=lambda visit: (when(visit, zone), _Content(visit, people)))
    return FoundRecords(people, tuple(visits[-limit:]), len(visits) > limit)


@dataclass(frozen=True, slots=True, eq=False)
class _Content:
    """The content of a visit, by which visits of one time and number are sorted. It is made only if there are such."""

    visit: Json
    people: Mapping[str, Json]

    def __lt__(self, other: _Content) -> bool:
        return self.text() < other.text()

    def text(self) -> bytes:
        """Return the words of a visit and the identifiers of its person as JSON, without resource ids."""
        said = {name: value for name, value in self.visit.items() if name not in {"id", "patient", "appointment"}}
        person = self.people.get(self.visit.get("patient", ""), {}).get("Identifiers")
        return orjson.dumps([said, person], option=orjson.OPT_SORT_KEYS)


def when(visit: Json, zone: tzinfo) -> tuple[datetime, str]:
    """Return the sort key of a visit: its time, then its number; a date counts as its midnight in the zone."""
    return moment(visit.get("VisitDateTime", ""), zone) or _LONG_AGO, visit.get("VisitNumber", "")


def moment(text: str, zone: tzinfo) -> datetime | None:
    """Return the moment of a time, or of the beginning of a date in the zone; None if the text is neither."""
    try:
        return instant(text, zone)
    except OverflowError:  # the first day there is begins before time does, east of Greenwich
        return _LONG_AGO


def given_moment(asked: Question, name: str) -> datetime | None:
    """Return the moment of a member of a question, or None if it is absent; raises TimeUnreadable if it is no time."""
    text = asked.body.get(name)
    found = None if text is None else moment(text, asked.zone)
    if text is not None and found is None:
        raise TimeUnreadable(name)
    return found


def references(found: FoundRecords, kind: Kind) -> list[str]:
    """Return the references of the resources that visits and people were read from."""
    people = [f"{PERSON.type}/{one}" for one in found.people]
    return [*people, *(f"{kind.type}/{visit['id']}" for visit in found.visits)]
