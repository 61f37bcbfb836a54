"""The appointment: an Appointment that contains providers, the place, equipment and diagnoses."""

from __future__ import annotations

from mappings.fhir.account import account
from mappings.fhir.allergy import DESCRIBED_ALLERGY
from mappings.fhir.codes import PATIENT_CLASS
from mappings.fhir.condition import CONDITION
from mappings.fhir.datatypes import codeable_concept
from mappings.fhir.encounter import numbers, participant
from mappings.fhir.location import LOCATION
from mappings.fhir.patient import CONTACT, demographics
from mappings.fhir.periods import SLOT
from mappings.fhir.provider import PCP, PROVIDER, provider
from mappings.fhir.records import APPOINTMENT as APPOINTMENT_LEAVES
from mappings.fhir.records import leaves_from_events, leaves_of
from mappings.fhir.values import ABSENT, CANCELLATION, patient_reference, reference
from mappings.notation import OURS, FieldMap, const, each, extension, field, one
from mappings.redox import parts

STAFF = FieldMap(
    "AppointmentParticipant",
    leaves_of(parts.ScheduledStaff),
    *provider("actor->PractitionerRole."),
    *codeable_concept("Role.", "type.", "Description"),
    field("StartDateTime", "period.start"),
    extension("Duration", "duration", "valueDecimal"),
    const("status", "accepted"),
    const("actor", ABSENT, unless="type"),
)

EQUIPMENT = FieldMap(
    "AppointmentParticipant",
    leaves_of(parts.Equipment),
    *codeable_concept("", "actor->Device.type.", "Description"),
    field("StartDateTime", "period.start"),
    extension("Duration", "duration", "valueDecimal"),
    const("status", "accepted"),
)

INFO = FieldMap(
    "Extension",
    leaves_of(parts.AppointmentInfo),
    *codeable_concept("", "extension[url=question].valueCodeableConcept.", "Description"),
    field("Value", "extension[url=answer].valueString"),
)

PATIENT_WITHOUT_IDENTIFIERS = FieldMap(
    "Patient",
    leaves_from_events("Scheduling", "Patient.", but=("Identifiers",)),
    *demographics("Demographics."),
    extension("Notes[]", "note", "valueString"),
    each("Contacts[]", "contact[]", CONTACT),
    each("Diagnoses[]", f"extension[url={OURS}diagnosis][].valueReference->Condition", CONDITION, called="diagnosis"),
    each(
        "Allergies[]",
        f"extension[url={OURS}allergy][].valueReference->AllergyIntolerance",
        DESCRIBED_ALLERGY,
        called="allergy",
    ),
    one("PCP", "generalPractitioner->PractitionerRole#pcp", PCP),
    *account(f"extension[url={OURS}account].valueReference->Account#account."),
)
"""The patient of an appointment, if the event has no identifier of the patient."""

_PATIENT, _DESCRIBED, _PLACE = participant("SBJ"), participant("PART"), participant("LOC")
_ATTENDING, _CONSULTING, _REFERRING = participant("ATND"), participant("CON"), participant("REF")
_PERFORMING, _DEVICE = participant("PPRF"), participant("DEV")

APPOINTMENT = FieldMap(
    "Appointment",
    APPOINTMENT_LEAVES,
    field("id", "id"),
    field(
        ("status", "CancelReason"),
        ("status", "cancelationReason.text", f"extension[url={OURS}cancel-reason].valueString"),
        CANCELLATION,
    ),
    *numbers(),
    field(
        ("start", "VisitDateTime", "Duration"),
        (
            "start",
            "end",
            "minutesDuration",
            f"extension[url={OURS}start].valueInstant",
            f"extension[url={OURS}visit-date-time].valueDateTime",
            f"extension[url={OURS}duration].valueDecimal",
        ),
        SLOT,
    ),
    const("_start", ABSENT, unless="start"),
    const("_end", ABSENT, unless="end"),
    field("Reason", "reasonCode.text"),
    field("Type", "appointmentType.text"),
    field("PatientClass", f"extension[url={OURS}patient-class].valueCoding", PATIENT_CLASS),
    extension("Status", "status", "valueString"),
    extension("NoShowReason", "no-show-reason", "valueString"),
    extension("OldVisitNumber", "old-visit-number", "valueString"),
    extension("OldDateTime", "old-date-time", "valueDateTime"),
    extension("CancelDateTime", "cancel-date-time", "valueDateTime"),
    extension("LastUpdated", "last-updated", "valueDateTime"),
    field("ScheduledDateTime", "created"),
    extension("Instructions[]", "instruction", "valueString"),
    each("AppointmentInfo[]", f"extension[url={OURS}appointment-info][]", INFO),
    field("patient", f"{_PATIENT}.actor.reference", reference("Patient")),
    const(f"{_PATIENT}.status", "accepted"),
    one("Patient", f"{_DESCRIBED}.actor->Patient#patient", PATIENT_WITHOUT_IDENTIFIERS),
    const(f"{_DESCRIBED}.status", "accepted"),
    one("AttendingProvider", f"{_ATTENDING}.actor->PractitionerRole#attending", PROVIDER),
    const(f"{_ATTENDING}.status", "accepted"),
    one("ConsultingProvider", f"{_CONSULTING}.actor->PractitionerRole#consulting", PROVIDER),
    const(f"{_CONSULTING}.status", "accepted"),
    one("ReferringProvider", f"{_REFERRING}.actor->PractitionerRole#referring", PROVIDER),
    const(f"{_REFERRING}.status", "accepted"),
    one("VisitProvider", f"{_PERFORMING}.actor->PractitionerRole#performing", PROVIDER),
    const(f"{_PERFORMING}.status", "accepted"),
    one("Location", f"{_PLACE}.actor->Location#location", LOCATION),
    const(f"{_PLACE}.status", "accepted"),
    each("AdditionalStaff[]", "participant[]", STAFF, called="staff"),
    each("Equipment[]", f"{_DEVICE}[]", EQUIPMENT, called="equipment"),
    each("Diagnoses[]", "reasonReference[]->Condition", CONDITION, called="diagnosis"),
    const("participant", [{"actor": ABSENT, "status": "needs-action"}]),
    about=patient_reference,
)
"""FHIR requires a participant. A hold has none, so it gets one with the extension data-absent-reason."""
