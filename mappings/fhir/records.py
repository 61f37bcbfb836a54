"""Records: the leaves of a person, an allergy, a visit or an appointment after all of their events.

The leaves are Redox's own, from every event that may have them. Members in lower case are this service's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import BaseModel

from mappings.redox import catalogue, clinical, coverage, parts, results

LeafTypes = Mapping[str, str]
"""The type of a leaf by its Redox path."""


def leaves_of(model: type[BaseModel]) -> LeafTypes:
    """Return the leaves of a block."""
    return {leaf.path: leaf.type for leaf in catalogue.leaves(model) if not leaf.is_container}


def within(above: str, inside: LeafTypes) -> LeafTypes:
    """Return leaves with the path `above` in front: the leaves of a block as they stand in another block."""
    return {f"{above}.{path}": kind for path, kind in inside.items()}


def leaves_from_events(data_model: str, above: str, *, but: tuple[str, ...] = ()) -> LeafTypes:
    """Return the leaves below a path in any push event of a data model, except those that begin with one of `but`."""
    return {
        path: kind
        for event in catalogue.EVENTS
        if event.data_model == data_model and event.kind == "push" and event.understood
        for path, kind in _below(above, leaves_of(event.understood))
        if not path.startswith(but or ("\0",))
    }


def _below(above: str, paths: LeafTypes) -> Iterator[tuple[str, str]]:
    return ((path.removeprefix(above), kind) for path, kind in paths.items() if path.startswith(above))


PERSON: LeafTypes = {
    "id": "Id",
    "active": "Flag",
    "replacedBy": "Id",
    "replaces[]": "Id",
    "Identifiers[].ended": "Flag",
    **leaves_from_events("PatientAdmin", "Patient.", but=("Allergies", "PreviousIdentifiers")),
}

ALLERGY: LeafTypes = {"id": "Id", "patient": "Id", **leaves_of(parts.Allergy)}

ENCOUNTER: LeafTypes = {
    "id": "Id",
    "patient": "Id",
    "appointment": "Id",
    "status": "Status",
    **leaves_from_events("PatientAdmin", "Visit."),
    "locationStart": "DateTime",
    **within("locations[]", within("Location", leaves_of(parts.VisitLocation))),
    "locations[].start": "DateTime",
    "locations[].end": "DateTime",
}

ITEM: LeafTypes = {"id": "Id", "patient": "Id", "event": "Text", "ended": "Status", "replaced[]": "Id"}
"""The leaves that every record with a key has beside its own: whose it is, the type of the event that said it last, the
word of its end, and the ids of the records that it replaced."""

NOTE: LeafTypes = {
    **ITEM,
    **leaves_from_events("Notes", "Note."),
    **within("Orders[]", leaves_from_events("Notes", "Orders[].")),
    **within("Visit", leaves_from_events("Notes", "Visit.")),
}

APPOINTMENT: LeafTypes = {
    "id": "Id",
    "patient": "Id",
    "status": "Status",
    "start": "Instant",
    **leaves_from_events("Scheduling", "Visit."),
    **within("AppointmentInfo[]", leaves_from_events("Scheduling", "AppointmentInfo[].")),
    "CancelDateTime": "DateTime",
    "ScheduledDateTime": "DateTime",
    "LastUpdated": "DateTime",
    **within("Patient", leaves_from_events("Scheduling", "Patient.", but=("Identifiers",))),
}

VISIT_CONTEXT: LeafTypes = {
    **leaves_of(clinical.AttendedVisit),
    **within("ConsultingProvider", leaves_of(parts.Provider)),
    **within("Guarantor", leaves_of(coverage.Guarantor)),
    **within("Insurances[]", leaves_of(coverage.Insurance)),
}
"""The leaves of the Visit block of any clinical event."""

DIAGNOSTIC_REPORT: LeafTypes = {
    "id": "Id",
    "patient": "Id",
    "event": "Text",
    "results[]": "Id",
    "groups[]": "Text",
    "LastUpdated": "DateTime",
    **leaves_of(results.LooseOrder),
    **within("Visit", leaves_from_events("Results", "Visit.")),
}
"""The leaves of a report: of `Orders[]` without its results, of the visit, and the groups of the results."""

OBSERVATION: LeafTypes = {"id": "Id", "patient": "Id", "event": "Text", **leaves_of(results.LooseResult)}
"""The leaves of a result."""
