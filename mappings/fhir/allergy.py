"""The allergy: an AllergyIntolerance."""

from __future__ import annotations

from mappings.fhir.datatypes import codeable_concept, codeset
from mappings.fhir.records import ALLERGY as ALLERGY_LEAVES
from mappings.fhir.records import leaves_of
from mappings.fhir.values import ABSENT, ALLERGY_TYPE, CLINICAL_STATUS, absent_status, reference
from mappings.notation import OURS, SUBJECT, FieldMap, const, each, field
from mappings.redox import parts

_TYPE = f"extension[url={OURS}allergy-type].valueCodeableConcept."
_SEVERITY = f"extension[url={OURS}allergy-severity].valueCodeableConcept."

REACTION = FieldMap(
    "AllergyIntoleranceReaction",
    leaves_of(parts.NamedCode),
    *codeable_concept("", "manifestation.", "Name"),
)

_WORDS = (
    *codeable_concept("", "code.", "Name"),
    field(
        "Type.Code",
        (f"{_TYPE}coding.code", f"{_TYPE}coding.extension[url={OURS}code].valueString", "category[]"),
        ALLERGY_TYPE,
    ),
    codeset("Type.", _TYPE),
    field("Type.Name", f"{_TYPE}text"),
    field("OnsetDateTime", "onsetDateTime"),
    each("Reaction[]", "reaction[]", REACTION),
    *codeable_concept("Severity.", _SEVERITY, "Name"),
    field("Status", "clinicalStatus", CLINICAL_STATUS),
    const("clinicalStatus", absent_status()),
)

ALLERGY = FieldMap(
    "AllergyIntolerance",
    ALLERGY_LEAVES,
    field("id", "id"),
    field("patient", "patient.reference", reference("Patient")),
    const("patient", ABSENT),
    *_WORDS,
)
"""FHIR requires a clinical status. If Redox has none, it is `active` with the extension data-absent-reason, and is not
read back."""

DESCRIBED_ALLERGY = FieldMap(
    "AllergyIntolerance",
    leaves_of(parts.Allergy),
    const("patient", SUBJECT),
    *_WORDS,
)
"""The allergy of a patient who is only described inside another resource."""
