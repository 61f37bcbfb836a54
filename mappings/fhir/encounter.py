"""The visit: an Encounter that contains providers, places, guarantor and insurances."""

from __future__ import annotations

from mappings.fhir.account import account
from mappings.fhir.codes import PARTICIPATION, PATIENT_CLASS, V2
from mappings.fhir.datatypes import codeable_concept
from mappings.fhir.location import LOCATION
from mappings.fhir.periods import PERIOD
from mappings.fhir.provider import PROVIDER, provider
from mappings.fhir.records import ENCOUNTER as ENCOUNTER_LEAVES
from mappings.fhir.records import leaves_of, within
from mappings.fhir.systems import ACCOUNT_NUMBER, VISIT_NUMBER
from mappings.fhir.values import ABSENT, AMOUNT, patient_reference, reference
from mappings.notation import OURS, FieldMap, const, each, extension, field, one
from mappings.notation.rows import Row
from mappings.redox import parts


def numbers() -> tuple[Row, ...]:
    """Return the rows of a visit's number and account number."""
    return (
        field("VisitNumber", f"identifier[system={VISIT_NUMBER}].value"),
        const(f"identifier[system={VISIT_NUMBER}].type", {"coding": [{"system": f"{V2}0203", "code": "VN"}]}),
        field("AccountNumber", f"identifier[system={ACCOUNT_NUMBER}].value"),
        const(f"identifier[system={ACCOUNT_NUMBER}].type", {"coding": [{"system": f"{V2}0203", "code": "AN"}]}),
    )


def participant(code: str) -> str:
    """Return the path of the participant whose type has this code."""
    return f"participant[type.coding.system={PARTICIPATION},type.coding.code={code}]"


STAFF = FieldMap(
    "EncounterParticipant",
    leaves_of(parts.Staff),
    *provider("individual->PractitionerRole."),
    *codeable_concept("Role.", "type.", "Description"),
)

EARLIER_LOCATION = FieldMap(
    "EncounterLocation",
    {**within("Location", leaves_of(parts.VisitLocation)), "start": "DateTime", "end": "DateTime"},
    one("Location", "location->Location", LOCATION),
    const("location", ABSENT),
    field(("start", "end"), ("period.start", "period.end", f"extension[url={OURS}end].valueDateTime"), PERIOD),
)
"""A place where the patient was earlier, with its period."""

_HERE = "location[status=active]."

ENCOUNTER = FieldMap(
    "Encounter",
    ENCOUNTER_LEAVES,
    field("id", "id"),
    field("status", "status"),
    field("patient", "subject.reference", reference("Patient")),
    field("appointment", "appointment.reference", reference("Appointment")),
    *numbers(),
    field("PatientClass", "class", PATIENT_CLASS),
    const("class", ABSENT),
    field(
        ("VisitDateTime", "DischargeDateTime"),
        ("period.start", "period.end", f"extension[url={OURS}discharge-date-time].valueDateTime"),
        PERIOD,
    ),
    field("Duration", ("length.value", f"extension[url={OURS}duration].valueDecimal"), AMOUNT),
    const("length.unit", "min"),
    const("length.system", "http://unitsofmeasure.org"),
    const("length.code", "min"),
    field("Reason", "reasonCode.text"),
    extension("Instructions[]", "instruction", "valueString"),
    extension("Balance", "balance", "valueDecimal"),
    extension("DiagnosisRelatedGroup", "diagnosis-related-group", "valueDecimal"),
    extension("DiagnosisRelatedGroupType", "diagnosis-related-group-type", "valueDecimal"),
    one("AttendingProvider", f"{participant('ATND')}.individual->PractitionerRole#attending", PROVIDER),
    one("ConsultingProvider", f"{participant('CON')}.individual->PractitionerRole#consulting", PROVIDER),
    one("ReferringProvider", f"{participant('REF')}.individual->PractitionerRole#referring", PROVIDER),
    one("AdmittingProvider", f"{participant('ADM')}.individual->PractitionerRole#admitting", PROVIDER),
    each("AdditionalStaff[]", "participant[]", STAFF, called="staff"),
    one("Location", f"{_HERE}location->Location#location", LOCATION),
    field("locationStart", f"{_HERE}period.start"),
    const(f"{_HERE}location", ABSENT),
    each("locations[]", "location[status=completed][]", EARLIER_LOCATION, called="earlier-location"),
    *account("account->Account#account."),
    *codeable_concept("DischargeStatus.", "hospitalization.dischargeDisposition.", "Description"),
    one("DischargeLocation", "hospitalization.destination->Location#discharge-location", LOCATION),
    one(
        "PreviousLocation",
        f"extension[url={OURS}previous-location].valueReference->Location#previous-location",
        LOCATION,
    ),
    about=patient_reference,
)
