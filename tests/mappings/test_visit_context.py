"""The visit that a clinical event names is a contained Encounter, and comes back as it was."""

from __future__ import annotations

from typing import Any

from hypothesis import given

from mappings.fhir.records import VISIT_CONTEXT as LEAVES
from mappings.fhir.records import within
from mappings.fhir.validity import faults
from mappings.fhir.values import ABSENT, patient_reference, reference
from mappings.fhir.visit_context import VISIT_CONTEXT
from mappings.notation import FieldMap, const, field, one
from tests import strategies as said

Json = dict[str, Any]

REPORT = FieldMap(
    "DiagnosticReport",
    {"patient": "Id", **within("Visit", LEAVES)},
    field("patient", "subject.reference", reference("Patient")),
    one("Visit", "encounter->Encounter#visit", VISIT_CONTEXT),
    const("status", "unknown"),
    const("code", ABSENT),
    about=patient_reference,
)
"""A table that has nothing else."""


@given(said.visit_contexts())
def test_it_comes_back_as_it_was_and_is_valid(visit: Json) -> None:
    record = {"patient": "p", "Visit": visit}
    resource = REPORT.to_fhir(record)
    assert REPORT.to_redox(resource) == record
    assert faults(resource) == []


def test_it_is_a_snapshot_whose_providers_and_places_are_its_siblings() -> None:
    visit = {"VisitNumber": "v1", "Location": {"Bed": "2"}, "AttendingProvider": {"LastName": "Reed"}}
    resource = REPORT.to_fhir({"patient": "p", "Visit": visit})
    contained = {inside["id"]: inside for inside in resource["contained"]}
    assert resource["encounter"] == {"reference": "#visit"}
    assert contained.keys() == {"visit", "visit-location", "visit-attending", "visit-attending-practitioner"}
    assert contained["visit"]["status"] == "unknown"
    assert contained["visit"]["subject"] == {"reference": "Patient/p"}
    assert contained["visit"]["class"] == ABSENT


def test_a_visit_of_which_nothing_is_said_is_no_encounter() -> None:
    assert "encounter" not in REPORT.to_fhir({"patient": "p", "Visit": {}})
