"""The result: an Observation that contains its specimen, its performers and its interpreter."""

from __future__ import annotations

from mappings.fhir.clinical_codes import ABNORMAL_FLAG, RESULT_STATUS
from mappings.fhir.datatypes import ADDRESS, WORD, codeable_concept
from mappings.fhir.provider import PCP, PROVIDER
from mappings.fhir.records import OBSERVATION as OBSERVATION_LEAVES
from mappings.fhir.records import leaves_of
from mappings.fhir.result_values import RESULT_VALUE, RESULT_VALUE_HOMES
from mappings.fhir.specimen import SPECIMEN
from mappings.fhir.systems import RELATED_GROUP
from mappings.fhir.values import ABSENT, ID_TYPE, patient_reference, reference
from mappings.notation import OURS, FieldMap, const, each, extension, field, one
from mappings.redox import results

PRODUCER = FieldMap(
    "Organization",
    leaves_of(results.Producer),
    field("ID", "identifier.value"),
    field("IDType", ("identifier.system", "identifier.type.text"), ID_TYPE),
    field("Name", "name"),
    const("_name", ABSENT, unless=("name", "identifier")),
    one("Address", "address", ADDRESS),
)

OBSERVATION = FieldMap(
    "Observation",
    OBSERVATION_LEAVES,
    field("id", "id"),
    field("patient", "subject.reference", reference("Patient")),
    extension("event", "event", "valueString"),
    field("RelatedGroupID", f"identifier[system={RELATED_GROUP}].value"),
    field("Status", ("status", f"_status.{WORD}"), RESULT_STATUS),
    const("status", "unknown"),
    *codeable_concept("", "code.", "Description"),
    const("code", ABSENT),
    field(("Value", "ValueType", "Units", "FileType"), RESULT_VALUE_HOMES, RESULT_VALUE),
    field("CompletionDateTime", "effectiveDateTime"),
    field("AbnormalFlag", "interpretation", ABNORMAL_FLAG),
    field("ReferenceRange.Low", "referenceRange.low.value"),
    field("ReferenceRange.High", "referenceRange.high.value"),
    field("ReferenceRange.Text", "referenceRange.text"),
    const("referenceRange._text", ABSENT, unless=("low", "high", "text")),
    *codeable_concept("ObservationMethod.", "method.", "Description"),
    each("Notes[]", "note[].text"),
    one("Specimen", "specimen->Specimen#specimen", SPECIMEN),
    one("Producer", "performer[type=Organization]->Organization#producer", PRODUCER),
    one("Performer", "performer[type=PractitionerRole]->PractitionerRole#performer", PROVIDER),
    one(
        "PrimaryResultsInterpreter",
        f"extension[url={OURS}results-interpreter].valueReference->PractitionerRole#interpreter",
        PCP,
    ),
    about=patient_reference,
)
"""The interpreter stands in an extension, because FHIR has interpreters of reports and none of a single result."""
