"""Scheduling.Booked: the appointments of a span of time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from mappings.fhir.records import within
from mappings.kinds import APPOINTMENT, PERSON
from mappings.redox.scheduling import BookedVisit
from query_api.asking import Answer, Asked, Found, Json, Key, Limits
from query_api.errors import ProviderUnidentified, StartMissing
from query_api.people import by_name, told, wanted
from query_api.picking import picker
from query_api.readers import block_of, readers
from query_api.visits import Criteria, moment, references, search_visits, when
from store import search
from store.conditions import Condition, every, has_all, lies, some

if TYPE_CHECKING:
    from store.partition import Partition

STATUS_WORDS: Mapping[str, str] = {
    "proposed": "Proposed",
    "pending": "Pending",
    "booked": "Scheduled",
    "arrived": "Arrived",
    "checked-in": "Started",
    "fulfilled": "Completed",
    "cancelled": "Cancelled",
    "noshow": "No Show",
    "waitlist": "Waitlist",
    "entered-in-error": "Deleted",
}
"""Appointment.status as a Status, where none was sent."""

_COMPARED = ("ID", "IDType", "FirstName", "LastName")
"""What a provider is compared by."""

_TOKENS = search.TYPES[APPOINTMENT.type].tokens
_pick = picker(BookedVisit, [*APPOINTMENT.table.leaves, *within("Patient", PERSON.table.leaves)])
_readers = readers(APPOINTMENT.table, BookedVisit, block_of(BookedVisit, "Patient"))


async def answer(partition: Partition, asked: Asked, limits: Limits) -> Answer:
    """The appointments asked for, cancelled and missed ones too.

    Raises StartMissing, PatientUnidentified, ProviderUnidentified.
    """
    return said(asked, await search_visits(partition, criteria(asked), _readers, limits.visits))


def criteria(asked: Asked) -> Criteria:
    """Appointments that start in the span and meet all filters."""
    start = moment(asked.question.get("StartDateTime", ""), asked.zone)
    if start is None:
        raise StartMissing("StartDateTime")
    end = moment(asked.question.get("EndDateTime", ""), asked.zone)
    visit = asked.question.get("Visit", {})
    alike = [some([_like(example, asked.key) for example in any_of]) for any_of in _examples(visit) if any_of]
    in_span = lies("date", start, end)
    return Criteria(APPOINTMENT, every([in_span, *alike]), wanted(visit.get("Patients", ()), "Visit.Patients"))


def _examples(visit: Json) -> Iterator[list[Json]]:
    """What an appointment must be like: like any one of each list."""
    for name in ("VisitNumber", "Location"):
        yield [{name: visit[name]}] if name in visit else []
    reasons = visit.get("Reason", [])
    yield [{"Reason": reason} for reason in ([reasons] if isinstance(reasons, str) else reasons)]
    attending = enumerate(visit.get("AttendingProviders", ()))
    yield [{"AttendingProvider": _compared(one, f"Visit.AttendingProviders[{place}]")} for place, one in attending]
    if "VisitProvider" in visit:
        yield [{"VisitProvider": _compared(visit["VisitProvider"], "Visit.VisitProvider")}]


def _compared(provider: Json, place: str) -> Json:
    """What a provider is compared by; raises ProviderUnidentified where there is nothing of it."""
    npi = {"ID": provider["NPI"], "IDType": "NPI"} if "NPI" in provider else {}
    compared = {name: provider[name] for name in _COMPARED if name in provider} | npi
    if not compared:
        raise ProviderUnidentified(place)
    return compared


def _like(example: Json, key: Key) -> Condition:
    """Whether an appointment is found by everything that a part of one is found by."""
    found_by = search.parameters(APPOINTMENT.table.to_fhir(example), key)
    return every([has_all(name, search.listed(found_by[name])) for name in _TOKENS if name in found_by])


def said(asked: Asked, found: Found) -> Answer:
    """The appointments as their response model says them, by time, then number, then whose they are."""
    visits = [
        {
            **visit,
            "Status": visit.get("Status") or STATUS_WORDS[visit["status"]],
            "Duration": visit.get("Duration", 0),
            "Patient": told(found.people.get(visit.get("patient", ""), visit.get("Patient", {}))),
        }
        for visit in found.visits
    ]
    visits.sort(key=lambda visit: (when(visit, asked.zone), by_name(visit["Patient"])))
    return Answer({"Visits": [_said(visit) for visit in visits]}, references(found, APPOINTMENT), found.is_incomplete)


def _said(visit: Json) -> Json:
    """One appointment; of a hold it is said that nobody has it."""
    picked = _pick(visit)
    return {**picked, "Patient": {"Identifiers": [], **picked.get("Patient", {})}}
