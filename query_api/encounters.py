"""What the census and the visit query share: filters over stays, and an answer grouped by patient."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import tzinfo

from mappings.fhir.encounter import ENCOUNTER
from mappings.fhir.records import ENCOUNTER as ENCOUNTER_LEAVES
from mappings.fhir.records import PERSON, within
from query_api.asking import Found, Json, Key
from query_api.people import by_name, told
from query_api.picking import Pick
from query_api.visits import when
from store import search
from store.conditions import Condition, is_any

RECORDS = (*PERSON, *within("Visits[]", ENCOUNTER_LEAVES))
"""What a person with visits may hold."""

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
"""Lists of words, any of which may match: the search parameter, and a stay that has the word."""


def filters(question: Json, key: Key) -> list[Condition]:
    """What a stay must meet by its class, department and facility."""
    return [
        is_any(parameter, [token(parameter, example(word), key) for word in question[name]])
        for name, (parameter, example) in _FILTERS.items()
        if name in question
    ]


def token(parameter: str, example: Json, key: Key) -> str:
    """The token under which a stay like this one is found."""
    return search.listed(search.parameters(ENCOUNTER.to_fhir(example), key)[parameter])[0]


def by_patient(found: Found, zone: tzinfo, pick: Pick) -> list[Json]:
    """The people found with their visits, as `pick` tells of them; in the order of their first visits, then by name."""
    visits: dict[str, list[Json]] = {}
    for visit in found.visits:
        visits.setdefault(str(visit.get("patient", visit["id"])), []).append(visit)
    people = [{**told(found.people.get(name, {})), "Visits": theirs} for name, theirs in visits.items()]
    people.sort(key=lambda person: (when(person["Visits"][0], zone), by_name(person)))
    return [said for person in people if (said := pick(person))]
