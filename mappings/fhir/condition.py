"""Diagnoses: each a Condition about the patient."""

from __future__ import annotations

from mappings.fhir.codes import DIAGNOSIS_TYPE
from mappings.fhir.datatypes import codeable_concept
from mappings.fhir.records import leaves_of
from mappings.notation import SUBJECT, FieldMap, const, field
from mappings.redox import parts

CONDITION = FieldMap(
    "Condition",
    leaves_of(parts.Diagnosis),
    const("subject", SUBJECT),
    *codeable_concept("", "code.", "Name"),
    field("Type", "category", DIAGNOSIS_TYPE),
    field("DocumentedDateTime", "recordedDate"),
)
