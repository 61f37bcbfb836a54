"""Recall and Valid: what a message said its answer says again, and all that is stored is valid FHIR."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.intake import Intake
from mappings.fhir.validity import faults
from mappings.reading import CLEAR, read
from mappings.redox import catalogue
from mappings.redox.patient_search import FoundPatient
from store.database import Store
from tests.feed import Json, booked, census, documents, leaves, new_partition, push, search, visits
from tests.strategies import messages

PERSON_EVENTS = ["NewPatient", "PatientUpdate", "PatientMerge", "VisitMerge"]
VISIT_EVENTS = ["PreAdmit", "Arrival", "Registration", "Transfer", "VisitUpdate", "Discharge", "Cancel"]
BOOKING_EVENTS = ["New", "Reschedule", "Modification", "Cancel", "NoShow"]
ALL = [("PatientAdmin", e) for e in PERSON_EVENTS + VISIT_EVENTS] + [("Scheduling", e) for e in BOOKING_EVENTS]
SURE = ("MR", "one-and-only")
"""An identifier that every message of these tests has, to be found again by."""

PATIENT = {field.alias for field in FoundPatient.model_fields.values()} | {"Extensions"}


BOOKED_PATIENT = ("Demographics", "Notes", "Contacts", "Extensions")


def shared(tests: int) -> settings:
    """The examples of a law, shared out among its tests: one for each event."""
    return settings(max_examples=-(-settings.default.max_examples // tests))


def prepared(message: Json, *, number: str | None = None) -> Json:
    """A message of one known person, and of a known visit where it has one."""
    patient = message["Patient"] = message.get("Patient") or {}
    listed = [i for i in patient.get("Identifiers") or [] if isinstance(i, dict) and i.get("IDType") != "MR"]
    patient["Identifiers"] = [{"IDType": SURE[0], "ID": SURE[1]}, *listed]
    patient.pop("PreviousIdentifiers", None)
    message["Meta"].pop("EventDateTime", None)
    if number:
        message["Visit"] = (message.get("Visit") or {}) | {"VisitNumber": number}
    return message


def said(message: Json, zone: Any) -> Json:
    """What a message says, as reading understands it."""
    kind = catalogue.event(message["Meta"]["DataModel"], message["Meta"]["EventType"])
    assert kind is not None
    return read(message, kind, zone).message


def assert_said_again(block: Json, answer: Json, place: str) -> None:
    """Every leaf of a block is in the answer, and nothing else at its place."""
    heard = leaves(answer)
    missing = {path: value for path, value in leaves(block).items() if value != CLEAR and heard.get(path) != value}
    assert not missing, f"{place}: {missing}"


def of_the_person(message: Json) -> Json:
    """What a message says of its person, guarantor and insurances of the visit among it.

    Those of the visit go over those of the patient, but for a Cancel, whose visit only fills gaps.
    """
    patient = {name: value for name, value in message["Patient"].items() if name in PATIENT}
    visit = message.get("Visit", {})
    of_visit = {name: visit[name] for name in ("Guarantor", "Insurances") if name in visit}
    patient = {**of_visit, **patient} if message["Meta"]["EventType"] == "Cancel" else {**patient, **of_visit}
    identifiers = [i for i in patient["Identifiers"] if "ID" in i and "IDType" in i]
    patient["Identifiers"] = list({(i["IDType"], i["ID"]): i for i in identifiers}.values())
    return patient


@pytest.mark.parametrize(("data_model", "event_type"), ALL)
@shared(len(ALL))
@given(data=st.data())
async def test_recall_of_the_person(store: Store, data_model: str, event_type: str, data: st.DataObject) -> None:
    """Recall: PatientSearch says every leaf of the person again."""
    partition = await new_partition(store)
    number = None if event_type in PERSON_EVENTS[:3] else "v-1"
    message = prepared(data.draw(messages(data_model, event_type, odd=True)), number=number)
    await push(Intake(store), partition, [message])
    answer = await search(partition, SURE)
    assert_said_again(of_the_person(said(message, partition.tenant.zone)), answer["Patient"], "Patient")


@pytest.mark.parametrize("event_type", VISIT_EVENTS)
@shared(len(VISIT_EVENTS))
@given(data=st.data())
async def test_recall_of_the_stay(store: Store, event_type: str, data: st.DataObject) -> None:
    """Recall: VisitQuery, and the census where admitted, say the stay and its person again."""
    partition = await new_partition(store)
    message = prepared(data.draw(messages("PatientAdmin", event_type, odd=True)), number="v-1")
    message["Meta"].pop("CanceledEvent", None)
    await push(Intake(store), partition, [message])
    clean = said(message, partition.tenant.zone)
    asked = {"VisitNumber", "VisitDateTime", "PatientClass", "Location", "Reason", "Extensions"}
    visit = {name: value for name, value in clean["Visit"].items() if name in asked}
    if "Location" in visit:
        visit["Location"] = {name: value for name, value in visit["Location"].items() if name != "Address"}
    answers = await visits(partition) + (await census(partition))
    assert answers
    for answer in answers:
        assert_said_again(clean["Patient"].get("Demographics", {}), answer.get("Demographics", {}), "Demographics")
    assert_said_again(visit, answers[0]["Visits"][0], "Visit")


@pytest.mark.parametrize("event_type", BOOKING_EVENTS)
@shared(len(BOOKING_EVENTS))
@given(data=st.data())
async def test_recall_of_the_booking(store: Store, event_type: str, data: st.DataObject) -> None:
    """Recall: Booked says every leaf of the booking again that its answer has."""
    partition = await new_partition(store)
    message = prepared(data.draw(messages("Scheduling", event_type, odd=True)), number="v-1")
    message["Visit"]["VisitDateTime"] = "2026-05-04T03:02:01.000Z"
    await push(Intake(store), partition, [message])
    clean = said(message, partition.tenant.zone)
    # The word of an event that ends a booking is answered only if it names that ending.
    unsaid = ("Old", "NoShow", *(("Status",) if event_type in {"Cancel", "NoShow"} else ()))
    visit = {name: value for name, value in clean["Visit"].items() if not name.startswith(unsaid)}
    patient = {name: clean["Patient"][name] for name in BOOKED_PATIENT if name in clean["Patient"]}
    info = {"AppointmentInfo": clean["AppointmentInfo"]} if "AppointmentInfo" in clean else {}
    (answer,) = await booked(partition)
    assert_said_again({**visit, "Patient": patient, **info}, answer, "Visits[0]")


@pytest.mark.parametrize(("data_model", "event_type"), ALL)
@shared(len(ALL))
@given(data=st.data())
async def test_all_that_is_stored_is_valid(store: Store, data_model: str, event_type: str, data: st.DataObject) -> None:
    """Valid: every resource that any message leads to is valid FHIR R4, by schema, binding and invariant."""
    partition = await new_partition(store)
    await push(Intake(store), partition, [data.draw(messages(data_model, event_type, odd=True))])
    found = {f"{doc.kind}: {fault}" for doc in await documents(partition) for fault in faults(doc.resource)}
    assert not found
