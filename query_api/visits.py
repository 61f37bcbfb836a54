"""Searching for visits: those that meet some criteria, the newest where there are too many, and their people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any

import orjson

from mappings.kinds import PERSON, Kind
from mappings.times import instant
from query_api.asking import Asked, Found, Json
from query_api.errors import TimeUnreadable
from query_api.newest import newest
from query_api.people import Wanted, is_meant, may_be
from query_api.reading import Reading
from store.conditions import Condition, every, is_any

if TYPE_CHECKING:
    from query_api.readers import Readers
    from store.reads import Reads

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
"""Where a visit without a time stands: it is never among the newest."""


@dataclass(frozen=True, slots=True)
class Criteria:
    """Which visits are meant: Encounters or Appointments that meet a condition, of anyone or of some people."""

    kind: Kind
    condition: Condition
    people: Wanted = ()


async def search_visits(partition: Reads, criteria: Criteria, readers: Readers, limit: int) -> Found:
    """The visits that meet the criteria and their people, as of one moment; of more than `limit` the newest."""
    async with partition.snapshot() as session:
        visits, persons = (Reading(partition, reader, session) for reader in (readers.visit, readers.person))
        if criteria.people:
            may_be_meant = await persons.find(PERSON, may_be(criteria.people, partition.key))
            people = {document.id: person for document, person in may_be_meant if is_meant(person, criteria.people)}
            of_them = every([criteria.condition, is_any("patient", list(people))])
            kept = await newest(visits.find, criteria.kind, of_them, limit) if people else []
            return _found(kept, people, limit, partition.tenant.zone)
        kept = await newest(visits.find, criteria.kind, criteria.condition, limit)
        whose = dict.fromkeys(visit["patient"] for _, visit in kept if "patient" in visit)
        people = await persons.by_ids(PERSON, whose)
        found = _found(kept, people, limit, partition.tenant.zone)
        theirs = {
            visit["patient"]: people[visit["patient"]] for visit in found.visits if visit.get("patient") in people
        }
        return Found(theirs, found.visits, found.is_incomplete)


def _found(kept: list[tuple[Any, Json]], people: dict[str, Json], limit: int, zone: tzinfo) -> Found:
    visits = sorted((visit for _, visit in kept), key=lambda visit: (when(visit, zone), _Content(visit, people)))
    return Found(people, tuple(visits[-limit:]), len(visits) > limit)


@dataclass(frozen=True, slots=True, eq=False)
class _Content:
    """What tells visits of one time and number apart; asked for only where there are such."""

    visit: Json
    people: Mapping[str, Json]

    def __lt__(self, other: _Content) -> bool:
        return self.text() < other.text()

    def text(self) -> bytes:
        """All that is told of a visit and of whose it is, but no id."""
        said = {name: value for name, value in self.visit.items() if name not in {"id", "patient", "appointment"}}
        person = self.people.get(self.visit.get("patient", ""), {}).get("Identifiers")
        return orjson.dumps([said, person], option=orjson.OPT_SORT_KEYS)


def when(visit: Json, zone: tzinfo) -> tuple[datetime, str]:
    """The order of visits: time, then number; a date stands at its midnight in the zone."""
    return moment(visit.get("VisitDateTime", ""), zone) or _LONG_AGO, visit.get("VisitNumber", "")


def moment(text: str, zone: tzinfo) -> datetime | None:
    """The moment of a time, or of the beginning of a date in the zone; None of a text that is neither."""
    try:
        return instant(text, zone)
    except OverflowError:  # the first day there is begins before time does, east of Greenwich
        return _LONG_AGO


def given_moment(asked: Asked, name: str) -> datetime | None:
    """The moment of a member of a question, None if it is not given; raises TimeUnreadable if it is no moment."""
    text = asked.question.get(name)
    found = None if text is None else moment(text, asked.zone)
    if text is not None and found is None:
        raise TimeUnreadable(name)
    return found


def references(found: Found, kind: Kind) -> list[str]:
    """The resources that visits and people were read from."""
    people = [f"{PERSON.type}/{one}" for one in found.people]
    return [*people, *(f"{kind.type}/{visit['id']}" for visit in found.visits)]
