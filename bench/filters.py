"""The filters that questions are asked with, alone and together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bench import hospital
from ingest.synth import places
from mappings.times import utc_text

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Filters:
    """Of each question what it is asked with."""

    now: datetime
    wards: Json
    stays: Json
    bookings: Json
    spans: tuple[Json, ...]
    people: tuple[Json, ...]
    records: Mapping[tuple[str, str], Json] = field(default_factory=dict)
    """By data model and event type, the filters of questions that are rows of LISTINGS; none without records."""


def filters_of(people: int) -> Filters:
    """Filters that find some of the people of the hospital that is measured."""
    population = hospital.population(people)
    somebody = next(iter(population.life(3)))["Patient"]
    who, identifiers = somebody["Demographics"], somebody["Identifiers"]
    names = {name: who[name] for name in ("FirstName", "LastName", "DOB")}
    clinic, ward = places.clinic(0), places.ward(0)
    carers = [places.provider(population.tag, clinic["Department"], number) for number in range(3)]
    begins = datetime.combine(hospital.TODAY, datetime.min.time(), UTC)
    asked = [{"Identifiers": identifiers[:1]}, {"Identifiers": next(population.life(8))["Patient"]["Identifiers"][:1]}]
    wards = {
        "PatientClasses": ["Inpatient"],
        "Departments": [ward["Department"], places.emergency(0)["Department"]],
        "Facilities": [ward["Facility"]],
    }
    return Filters(
        begins,
        wards,
        {
            **wards,
            "VisitStatuses": ["Arrived", "Planned"],
            "VisitNumbers": [population.visit_number(number, "B") for number in (3, 23, 43)],
            "Patients": asked,
            "VisitStartDateTime": utc_text(begins - timedelta(days=3)),
        },
        {
            "Reason": ["Follow-up", "Rash"],
            "VisitNumber": population.visit_number(5, "A"),
            "AttendingProviders": [{"ID": carers[0]["ID"], "IDType": "NPI"}, {"LastName": carers[1]["LastName"]}],
            "VisitProvider": {name: carers[0][name] for name in ("ID", "LastName")},
            "Location": {name: clinic[name] for name in ("Department", "Facility")},
            "Patients": asked[:1],
        },
        ({"StartDateTime": utc_text(begins), "EndDateTime": utc_text(begins + timedelta(days=1))},
         {"StartDateTime": utc_text(begins)}),
        (
            {"Identifiers": identifiers[:1]},
            {"Identifiers": [*identifiers, {"ID": "900-01-0001", "IDType": "SSN"}]},
            {"Demographics": {**names, "Address": {"ZIP": who["Address"]["ZIP"]}}},
            {"Demographics": {"SSN": who.get("SSN", "900-01-0001"), "DOB": who["DOB"]}},
            {"Identifiers": identifiers[:1], "Demographics": {**names, "SSN": who.get("SSN", "900-01-0001")}},
        ),
    )  # fmt: skip
