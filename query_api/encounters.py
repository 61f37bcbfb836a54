"""What CensusQuery and VisitQuery share: filters of visits, and an answer that lists visits by patient."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import tzinfo

from mappings.fhir.encounter import ENCOUNTER
from mappings.fhir.records import ENCOUNTER as ENCOUNTER_LEAVES
from mappings.fhir.records import PERSON, within
from query_api.people import by_name, without_ended_identifiers
from query_api.projection import Projection
from query_api.question import FoundRecords, Json, Key
from query_api.visits import when
from store import search
from store.conditions import Condition, is_any

RECORDS = (*PERSON, *within("Visits[]", ENCOUNTER_LEAVES))
"""The paths of all leaves that a person with visits may have."""

STATUS_WORDS: Mapping[str, str] = {
    "planned": "Planned",
    "in-progress": "Arrived",
    "finished": "Finished",
    "cancelled": "Cancelled",
    "unknown": "Unknown",
}
"""Encounter.status as a VisitStatus."""

_FILTERS: Mapping[str, tuple[str, Callable[[str], Json]]] = {
    "PatientClasses": ("class", lambda word: {"PatientClass": word}),
    "Departments": ("department", lambda word: {"Location": {"Department": word}}),
    "Facilities": ("facility", lambda word: {"Location": {"Facility": word}}),
}
"""The filters that are lists of words: for each the search parameter, and the visit that has a word."""


def filters(question: Json, key: Key) -> list[Condition]:
    """Return the conditions of the filters by class, department and facility: a visit has one word of each list."""
    return [
        is_any(parameter, [token(parameter, example(word), key) for word in question[name]])
        for name, (parameter, example) in _FILTERS.items()
        if name in question
    ]


def token(parameter: str, example: Json, key: Key) -> str:
    """Return the token that a search parameter has of a visit like this example."""
    return search.listed(search.parameters(ENCOUNTER.to_fhir(example), key)[parameter])[0]


def by_patient(found: FoundRecords, zone: tzinfo, pick: Projection) -> list[Json]:
    """Return the people with their visits, projected by `pick`, in the order of their first visits, then by name."""
    visits: dict[str, list[Json]] = {}
    for visit in found.visits:
        visits.setdefault(str(visit.get("patient", visit["id"])), []).append(visit)
    people = [
        {**without_ended_identifiers(found.people.get(name, {})), "Visits": theirs} for name, theirs in visits.items()
    ]
    people.sort(key=lambda person: (when(person["Visits"][0], zone), by_name(person)))
    return [said for person in people if (said := pick(person))]
