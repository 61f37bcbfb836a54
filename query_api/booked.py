"""Scheduling.Booked: the appointments of a span of time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from mappings.fhir.records import within
from mappings.kinds import APPOINTMENT, PERSON
from mappings.redox.scheduling import BookedVisit
from query_api.errors import ProviderUnidentified, StartMissing
from query_api.forms import forms
from query_api.people import by_name, is_named, patients_asked_for, without_ended_identifiers
from query_api.projection import projection
from query_api.question import Answer, FoundRecords, Json, Key, Limits, Question
from query_api.readers import block_of, readers
from query_api.visits import Criteria, given_moment, moment, references, search_visits, when
from store import search
from store.conditions import Condition, every, has_all, lies, some

if TYPE_CHECKING:
    from store.reads import Reads

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
"""Appointment.status as a Status, for appointments of which no event said one."""

_COMPARED = ("ID", "IDType", "FirstName", "LastName")
"""The leaves by which providers are compared."""

_TOKENS = search.TYPES[APPOINTMENT.type].tokens
_forms = forms(
    APPOINTMENT.table,
    readers(APPOINTMENT.table, BookedVisit, block_of(BookedVisit, "Patient")),
    projection(BookedVisit, [*APPOINTMENT.table.leaves, *within("Patient", PERSON.table.leaves)]),
    inside="Patient",
)


async def answer(partition: Reads, asked: Question, limits: Limits) -> Answer:
    """Return the appointments that meet all filters, cancelled and missed ones too.

    Raises StartMissing, PatientUnidentified, ProviderUnidentified.
    """
    return to_answer(
        asked, await search_visits(partition, criteria(asked), _forms.asked_for(asked).readers, limits.visits)
    )


def criteria(asked: Question) -> Criteria:
    """Return the criteria: appointments that start in the span of time and meet all filters."""
    start = moment(asked.body.get("StartDateTime", ""), asked.zone)
    if start is None:
        raise StartMissing("StartDateTime")
    end = given_moment(asked, "EndDateTime")
    visit = asked.body.get("Visit", {})
    alike = [some([_like(one, asked.key) for one in any_of]) for any_of in _examples(asked, visit) if any_of]
    in_span = lies("date", start, end)
    return Criteria(
        APPOINTMENT, every([in_span, *alike]), patients_asked_for(asked, visit.get("Patients", ()), "Visit.Patients")
    )


Example = tuple[Json, ...]
"""Parts of appointments; an appointment is like the example if it has all leaves of each part."""


def _examples(asked: Question, visit: Json) -> Iterator[list[Example]]:
    """Give lists of examples; an appointment must be like one example of each list."""
    for name in ("VisitNumber", "Location"):
        yield [({name: visit[name]},)] if name in visit else []
    reasons = visit.get("Reason", [])
    yield [({"Reason": reason},) for reason in ([reasons] if isinstance(reasons, str) else reasons)]
    attending = enumerate(visit.get("AttendingProviders", ()))
    yield [_provider(asked, one, "AttendingProvider", f"Visit.AttendingProviders[{at}]") for at, one in attending]
    if "VisitProvider" in visit:
        yield [_provider(asked, visit["VisitProvider"], "VisitProvider", "Visit.VisitProvider")]


def _provider(asked: Question, provider: Json, member: str, place: str) -> Example:
    """Return the example of a provider: the NPI, and the other leaves. Raises ProviderUnidentified if none can be used.

    `place`: the path of the provider in the question, for the error.
    """
    compared = {name: provider[name] for name in _COMPARED if name in provider}
    by_npi = {"ID": provider["NPI"], "IDType": "NPI"} if "NPI" in provider else {}
    numbers = (one["ID"] for one in (compared, by_npi) if "ID" in one)
    if not (compared.keys() - {"ID"} or any(is_named(asked, number) for number in numbers)):
        raise ProviderUnidentified(place)
    return tuple({member: one} for one in (compared, by_npi) if one)


def _like(example: Example, key: Key) -> Condition:
    """Return the condition that an appointment has all search tokens of each part of an example."""
    found_by = [search.parameters(APPOINTMENT.table.to_fhir(part), key) for part in example]
    return every([has_all(name, search.listed(one[name])) for one in found_by for name in _TOKENS if name in one])


def to_answer(asked: Question, found: FoundRecords) -> Answer:
    """Return the records in the form of BookedResponse, sorted by time, number and patient."""
    visits = [
        {
            **visit,
            "Status": visit.get("Status") or STATUS_WORDS[visit["status"]],
            "Duration": visit.get("Duration", 0),
            "Patient": without_ended_identifiers(found.people.get(visit.get("patient", ""), visit.get("Patient", {}))),
        }
        for visit in found.visits
    ]
    visits.sort(key=lambda visit: (when(visit, asked.zone), by_name(visit["Patient"])))
    project = _forms.asked_for(asked).project
    return Answer(
        {"Visits": [_said(project(visit)) for visit in visits]}, references(found, APPOINTMENT), found.is_incomplete
    )


def _said(picked: Json) -> Json:
    """Return one appointment; a hold, which is of nobody, gets an empty list of identifiers."""
    return {**picked, "Patient": {"Identifiers": [], **picked.get("Patient", {})}}
