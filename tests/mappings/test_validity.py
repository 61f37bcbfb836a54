"""The judge of FHIR lets valid resources pass and names every fault by its place, never by a value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mappings.fhir.validity import faults

Json = dict[str, Any]


def patient(**more: Any) -> Json:
    """A valid Patient, and more."""
    return {"resourceType": "Patient", "id": "p", **more}


def appointment(**more: Any) -> Json:
    """A valid Appointment, and more; None takes a member away."""
    whole = {
        "resourceType": "Appointment",
        "status": "booked",
        "start": "2026-03-04T12:00:00.000Z",
        "end": "2026-03-04T12:00:00.000Z",
        "participant": [{"actor": {"reference": "Patient/p"}, "status": "accepted"}],
        **more,
    }
    return {name: value for name, value in whole.items() if value is not None}


def encounter(**more: Any) -> Json:
    """A valid Encounter, and more."""
    return {"resourceType": "Encounter", "status": "unknown", "class": {"code": "IMP"}, **more}


def allergy(**more: Any) -> Json:
    """An AllergyIntolerance without a status, and more."""
    return {"resourceType": "AllergyIntolerance", "patient": {"reference": "Patient/p"}, **more}


def condition(**more: Any) -> Json:
    """A valid Condition, and more."""
    return {"resourceType": "Condition", "subject": {"reference": "Patient/p"}, **more}


def concept(system: str, code: str) -> Json:
    """A concept of an HL7 code system."""
    return {"coding": [{"system": f"http://terminology.hl7.org/CodeSystem/{system}", "code": code}]}


def organization(**more: Any) -> Json:
    """An Organization of which only this is said."""
    return {"resourceType": "Organization", **more}


def observation(**more: Any) -> Json:
    """A valid Observation, and more."""
    return {"resourceType": "Observation", "status": "final", "code": HEART_RATE, **more}


def component(**more: Any) -> list[Json]:
    """A component of an Observation that has the code of the whole."""
    return [{"code": HEART_RATE, **more}]


HEART_RATE = {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]}
ACTIVE_ALLERGY = concept("allergyintolerance-clinical", "active")
WRONG_ALLERGY = concept("allergyintolerance-verification", "entered-in-error")
WRONG = concept("condition-ver-status", "entered-in-error")
PROBLEM = [concept("condition-category", "problem-list-item")]
DOCTOR = {"resourceType": "Practitioner", "id": "gp"}
BESIDE = {"extension": [{"url": "urn:x", "valueString": "y"}]}

VALID: list[Json] = [
    patient(),
    patient(name=[{"given": [None, "Ada"], "_given": [BESIDE, None]}]),
    patient(birthDate="1980", deceasedDateTime="2026-03"),
    patient(_birthDate=BESIDE),
    patient(contained=[DOCTOR], generalPractitioner=[{"reference": "#gp"}]),
    patient(contained=[condition(id="c", subject={"reference": "#"})]),
    patient(multipleBirthInteger=2),
    appointment(),
    appointment(status="proposed", start=None, end=None),
    appointment(status="cancelled", cancelationReason={"text": "rain"}),
    appointment(minutesDuration=15),
    encounter(length={"value": 1.5, "code": "min", "system": "http://unitsofmeasure.org"}),
    allergy(clinicalStatus=ACTIVE_ALLERGY),
    allergy(verificationStatus=WRONG_ALLERGY),
    condition(verificationStatus=WRONG, category=PROBLEM),
    condition(abatementString="gone", clinicalStatus=concept("condition-clinical", "resolved")),
    organization(_name=BESIDE),
    observation(valueQuantity={"value": 5, "comparator": "<"}, referenceRange=[{"low": {"value": 1}}]),
    observation(dataAbsentReason={"text": "broken"}, component=component()),
    observation(valueString="x", component=component(code={"text": "y"}), referenceRange=[{"_text": BESIDE}]),
    observation(valueTime="09:30:00", status="entered-in-error"),
    observation(valueRange={"low": {"value": 1}, "high": {"value": 1}}),
    observation(valueRange={"high": {"value": 1}}),
    observation(valueRatio={"numerator": {"value": 1}, "denominator": {"value": 128}}),
    {"resourceType": "DiagnosticReport", "status": "partial", "code": HEART_RATE},
]


@pytest.mark.parametrize("resource", VALID)
def test_valid_resources_pass(resource: Json) -> None:
    assert faults(resource) == []


INVALID: list[tuple[Json, str]] = [
    (patient(gender="banana"), "Patient.gender: outside required binding"),
    (patient(address=[{"use": "cabin"}]), "Patient.address[0].use: outside required binding"),
    (patient(telecom=[{"system": "pigeon", "value": "1"}]), "Patient.telecom[0].system: outside required binding"),
    (patient(telecom=[{"value": "1"}]), "Patient.telecom[0]: cpt-2"),
    (patient(text={"status": "fine", "div": "<div/>"}), "Patient.text.status: outside required binding"),
    (patient(contact=[{"gender": "male"}]), "Patient.contact[0]: pat-1"),
    (patient(name=[]), "Patient.name: empty"),
    (patient(name=[{}]), "Patient.name[0]: ele-1"),
    (patient(name=[{"id": "n"}]), "Patient.name[0]: ele-1"),
    (patient(name={"family": "x"}), "Patient.name: no list"),
    (patient(maritalStatus=[{"text": "x"}]), "Patient.maritalStatus: a list"),
    (patient(maritalStatus="x"), "Patient.maritalStatus: no object"),
    (patient(name=[{"family": ""}]), "Patient.name[0].family: no string"),
    (patient(name=[{"family": "a\u0001"}]), "Patient.name[0].family: no string"),
    (patient(name=[{"given": [None, "Ada"]}]), "Patient.name[0].given[0]: null"),
    (patient(name=[None]), "Patient.name[0]: null"),
    (patient(active="yes"), "Patient.active: no boolean"),
    (patient(active=1), "Patient.active: no boolean"),
    (patient(id="a b"), "Patient.id: no id"),
    (patient(id="a" * 65), "Patient.id: no id"),
    (patient(birthDate="1980-02-30"), "Patient.birthDate: no date"),
    (patient(birthDate="1980-2-3"), "Patient.birthDate: no date"),
    (patient(birthDate=1980), "Patient.birthDate: no date"),
    (patient(deceasedDateTime="2026-03-04T12:00"), "Patient.deceasedDateTime: no dateTime"),
    (patient(deceasedBoolean=True, deceasedDateTime="2026"), "Patient.deceased[x]: more than one"),
    (patient(multipleBirthInteger=2.5), "Patient.multipleBirthInteger: no integer"),
    (patient(identifier=[{"system": "a b"}]), "Patient.identifier[0].system: no uri"),
    (patient(maritalStatus={"coding": [{"code": " M"}]}), "Patient.maritalStatus.coding[0].code: no code"),
    (patient(nickname="x"), "Patient: unknown member"),
    (patient(extension=[{"url": "urn:x"}]), "Patient.extension[0]: ext-1"),
    (patient(extension=[{"url": "urn:x", "valueString": "y", **BESIDE}]), "Patient.extension[0]: ext-1"),
    (patient(link=[{"type": "seealso"}]), "Patient.link[0].other: required"),
    (patient(generalPractitioner=[{"reference": "#gp"}]), "Patient.generalPractitioner[0]: ref-1"),
    (
        patient(generalPractitioner=[{"reference": "Device/1"}]),
        "Patient.generalPractitioner[0]: refers to another type",
    ),
    (patient(contained=[DOCTOR]), "Patient.contained[0]: dom-3"),
    (patient(contained=[condition(id="c", contained=[DOCTOR])]), "Patient.contained[0]: dom-2"),
    (patient(contained=[{**DOCTOR, "meta": {"versionId": "1"}}]), "Patient.contained[0]: dom-4"),
    (patient(contained=[{**DOCTOR, "meta": {"security": [{"code": "R"}]}}]), "Patient.contained[0]: dom-5"),
    (patient(contained=[DOCTOR, DOCTOR]), "Patient.contained: ids repeat"),
    (patient(contained=[{"resourceType": "Practitioner", "id": "gp", "gender": "x"}]),
     "Patient.contained[0].gender: outside required binding"),
    (encounter(status="sleeping"), "Encounter.status: outside required binding"),
    ({"resourceType": "Encounter", "status": "planned"}, "Encounter.class: required"),
    (encounter(period={"start": "2026-03-04", "end": "2026-03-03"}), "Encounter.period: per-1"),
    (encounter(length={"value": 1, "code": "min"}), "Encounter.length: drt-1"),
    (encounter(length={"value": True}), "Encounter.length.value: no decimal"),
    (encounter(extension=[{"url": "urn:x", "valueQuantity": {"code": "min"}}]),
     "Encounter.extension[0].valueQuantity: qty-3"),
    (appointment(participant=[{"status": "accepted"}]), "Appointment.participant[0]: app-1"),
    (appointment(participant=None), "Appointment.participant: required"),
    (appointment(end=None), "Appointment: app-2"),
    (appointment(start=None, end=None), "Appointment: app-3"),
    (appointment(cancelationReason={"text": "rain"}), "Appointment: app-4"),
    (appointment(status="noshow", cancelationReason={"text": "rain"}), "Appointment: app-4"),
    (appointment(minutesDuration=0), "Appointment.minutesDuration: no positiveInt"),
    (appointment(start="2026-03-04"), "Appointment.start: no instant"),
    (allergy(), "AllergyIntolerance: ait-1"),
    (allergy(clinicalStatus=ACTIVE_ALLERGY, verificationStatus=WRONG_ALLERGY), "AllergyIntolerance: ait-2"),
    (allergy(clinicalStatus={"text": "x"}), "AllergyIntolerance.clinicalStatus: outside required binding"),
    (condition(category=PROBLEM), "Condition: con-3"),
    (condition(abatementString="gone"), "Condition: con-4"),
    (condition(verificationStatus=WRONG, clinicalStatus=concept("condition-clinical", "active")), "Condition: con-5"),
    (organization(active=True), "Organization: org-1"),
    (organization(name="x", address=[{"use": "home"}]), "Organization: org-2"),
    (organization(name="x", telecom=[{"system": "phone", "use": "home"}]), "Organization: org-3"),
    (observation(status="partial"), "Observation.status: outside required binding"),
    (observation(valueString="x", dataAbsentReason={"text": "y"}), "Observation: obs-6"),
    (observation(valueString="x", component=component()), "Observation: obs-7"),
    (observation(referenceRange=[BESIDE]), "Observation.referenceRange[0]: obs-3"),
    (observation(valueQuantity={"comparator": "~"}),
     "Observation.valueQuantity.comparator: outside required binding"),
    (observation(valueQuantity={"code": "mg"}), "Observation.valueQuantity: qty-3"),
    (observation(valueRange={"low": {"value": 2}, "high": {"value": 1}}), "Observation.valueRange: rng-2"),
    (observation(valueRatio={"numerator": {"value": 2}}), "Observation.valueRatio: rat-1"),
    (observation(valueTime="9:30"), "Observation.valueTime: no time"),
    (observation(extension=[{"url": "urn:x", "valueAttachment": {"data": "eA=="}}]),
     "Observation.extension[0].valueAttachment: att-1"),
    ({"resourceType": "ServiceRequest", "orderDetail": [{"text": "x"}]}, "ServiceRequest: prr-1"),
    ({"resourceType": "DiagnosticReport", "status": "arrived"}, "DiagnosticReport.status: outside required binding"),
    ({"id": "x"}, "resourceType: missing"),
    ({"resourceType": "Banana"}, "resourceType: unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("resource", "fault"), INVALID, ids=[fault for _, fault in INVALID])
def test_a_fault_is_named(resource: Json, fault: str) -> None:
    assert fault in faults(resource)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda secret: patient(gender=secret),
        lambda secret: patient(birthDate=secret),
        lambda secret: patient(active=secret),
        lambda secret: patient(generalPractitioner=[{"reference": f"#{secret}"}]),
        lambda secret: appointment(status=secret),
        lambda secret: patient(maritalStatus=secret),
    ],
)
def test_no_fault_tells_a_value(spoil: Callable[[str], Json]) -> None:
    found = faults(spoil("Quill 1980"))
    assert found
    assert "Quill" not in " ".join(found)
