"""Words that no model has a place for are said again as they were sent."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.intake import Intake
from mappings.fhir.appointment import APPOINTMENT
from mappings.fhir.encounter import ENCOUNTER
from mappings.fhir.validity import faults
from store.database import Store
from store.partition import Partition
from tests.feed import Json, ask, booked, census, documents, new_partition, push, search, visits

MR = ("MR", "m1")
SIZE = {"shoe-size": {"url": "https://api.redoxengine.com/extensions/shoe-size", "integer": 7}}
COLOUR = {"colour": {"string": "red"}}
PERSON: Json = {"FirstName": "Ada", "LastName": "Quill", "SSN": "987-65-4320"}


def event(event_type: str, *, visit: Json | None = None, data_model: str = "PatientAdmin", **patient: Any) -> Json:
    """An event of one patient."""
    return {
        "Meta": {"DataModel": data_model, "EventType": event_type},
        "Patient": {"Identifiers": [{"ID": MR[1], "IDType": MR[0]}], **patient},
        **({"Visit": visit} if visit else {}),
    }


async def kept(store: Store, *events: Json) -> Partition:
    """A tenant with these events, each a second after the one before; all that is stored is valid FHIR."""
    partition = await new_partition(store)
    for number, message in enumerate(events):
        message["Meta"]["EventDateTime"] = f"2026-03-04T12:00:{number:02}.000Z"
        await push(Intake(store), partition, [message])
    assert [fault for document in await documents(partition) for fault in faults(document.resource)] == []
    return partition


async def found(partition: Partition, **demographics: str) -> list[str]:
    """The first names of those found by demographics."""
    body = (await ask(partition, "PatientSearch", "Query", {"Patient": {"Demographics": demographics}})).body
    people = body.get("PotentialMatches") or ([body["Patient"]] if body["Patient"] else [])
    return [one["Demographics"]["FirstName"] for one in people]


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        ({"Sex": "F"}, {"Sex": "F"}),
        ({"MaritalStatus": "M"}, {"MaritalStatus": "M"}),
        ({"Race": "Elsewhere"}, {"Race": "Elsewhere"}),
        ({"DeathDateTime": "long ago"}, {"DeathDateTime": "long ago"}),
        ({"IsHispanic": "Y"}, {"IsHispanic": "Y"}),
        ({"DOB": "19800203"}, {"DOB": "1980-02-03"}),
        ({"DOB": "198002031405-0600"}, {"DOB": "1980-02-03"}),
        ({"DOB": "1980"}, {"DOB": "1980"}),
        ({"DOB": "1980-02"}, {"DOB": "1980-02"}),
        ({"DeathDateTime": "20160801T140000Z"}, {"DeathDateTime": "2016-08-01T14:00:00.000Z"}),
    ],
)
async def test_a_word_is_said_again(store: Store, said: Json, answered: Json) -> None:
    partition = await kept(store, event("NewPatient", Demographics=said))
    assert (await search(partition, MR))["Patient"]["Demographics"] == answered


async def test_a_newer_word_takes_the_place_of_one_that_was_kept_as_sent(store: Store) -> None:
    first = event("NewPatient", Demographics={"Sex": "F", "DeathDateTime": "soon"})
    second = event("PatientUpdate", Demographics={"Sex": "Male", "DeathDateTime": "2026-01-02"})
    partition = await kept(store, first, second)
    told = (await search(partition, MR))["Patient"]["Demographics"]
    assert told == {"Sex": "Male", "DeathDateTime": "2026-01-02"}


@pytest.mark.parametrize(
    ("born", "asked", "names"),
    [
        ("19800203", "1980-02-03", ["Ada"]),
        ("1980", "1980-02-03", []),
        ("1980", "1980", []),
        ("1980-02", "1980-02-03", []),
        ("1980-02", "1980-02", []),
    ],
)
async def test_a_part_of_a_date_of_birth_finds_nobody(store: Store, born: str, asked: str, names: list[str]) -> None:
    partition = await kept(store, event("NewPatient", Demographics={**PERSON, "DOB": born}))
    assert await found(partition, DOB=asked, SSN=PERSON["SSN"]) == names
    assert await found(partition, DOB=asked, **PERSON) == names


async def test_extensions_are_said_again_where_they_stood(store: Store) -> None:
    patient = {
        "Extensions": SIZE,
        "Demographics": {"Extensions": SIZE, "PhoneNumber": {"Home": "+1", "Extensions": SIZE}, "LastName": "Quill"},
        "Contacts": [{"FirstName": "Bo", "Extensions": SIZE, "Address": {"City": "Lund", "Extensions": SIZE}}],
        "Guarantor": {"LastName": "Quill", "Employer": {"Name": "Mill", "Extensions": SIZE}},
        "PCP": {"LastName": "Okafor", "Location": {"Room": "1", "Extensions": SIZE}},
    }
    told = (await search(await kept(store, event("NewPatient", **patient)), MR))["Patient"]
    assert {name: told[name] for name in patient} == patient


async def test_extensions_of_a_stay_are_said_again(store: Store) -> None:
    visit = {"VisitNumber": "v1", "Extensions": SIZE, "Location": {"Department": "3N", "Extensions": SIZE}}
    partition = await kept(store, event("Arrival", visit=visit, Extensions=COLOUR))
    for answer in (await visits(partition), await census(partition)):
        assert answer[0]["Extensions"] == COLOUR
        assert answer[0]["Visits"][0]["Extensions"] == SIZE
        assert answer[0]["Visits"][0]["Location"] == visit["Location"]


async def test_extensions_of_a_booking_are_said_again(store: Store) -> None:
    visit = {
        "VisitNumber": "v1",
        "VisitDateTime": "2026-05-04T10:00:00.000Z",
        "Duration": 15,
        "Location": {"Department": "3N"},
        "AttendingProvider": {"ID": "1", "IDType": "NPI", "Extensions": SIZE},
        "Extensions": SIZE,
    }
    message = event("New", visit=visit, data_model="Scheduling", Extensions=COLOUR)
    message["AppointmentInfo"] = [{"Code": "x", "Extensions": SIZE}]
    (told,) = await booked(await kept(store, message))
    assert told["Extensions"] == SIZE
    assert told["AttendingProvider"] == visit["AttendingProvider"]
    assert told["AppointmentInfo"] == message["AppointmentInfo"]
    assert told["Patient"]["Extensions"] == COLOUR


async def test_newer_extensions_go_over_older_ones_by_their_names(store: Store) -> None:
    address = {"City": "Lund", "Extensions": SIZE}
    first = event("NewPatient", Extensions=SIZE, Demographics={"Extensions": SIZE, "Address": address})
    newer = {"shoe-size": {"string": "8"}, **COLOUR}
    second = event("PatientUpdate", Extensions=newer, Demographics={"Extensions": COLOUR, "Address": {"City": "Ystad"}})
    told = (await search(await kept(store, first, second), MR))["Patient"]
    assert told["Extensions"] == newer
    assert told["Demographics"] == {"Extensions": {**SIZE, **COLOUR}, "Address": {"City": "Ystad"}}


CONTACTS = [{"FirstName": "Bo", "RelationToPatient": "Sibling"}]
BOOKING = {
    "VisitNumber": "v1",
    "VisitDateTime": "2026-05-04T10:00:00.000Z",
    "Duration": 15,
    "Location": {"Department": "3N"},
}


async def test_what_another_event_may_say_of_a_patient_is_said_again(store: Store) -> None:
    patient = {"Contacts": CONTACTS, "PCP": {"LastName": "Okafor"}, "Guarantor": {"LastName": "Quill"}}
    partition = await kept(store, event("New", visit=BOOKING, data_model="Scheduling", **patient))
    assert (await booked(partition))[0]["Patient"]["Contacts"] == CONTACTS
    told = (await search(partition, MR))["Patient"]
    assert {name: told[name] for name in patient} == patient


async def test_all_of_a_patient_without_identifiers_stays_with_the_booking(store: Store) -> None:
    message = event("New", visit=BOOKING, data_model="Scheduling")
    message["Patient"] = {
        "Demographics": {"LastName": "Quill"},
        "Contacts": CONTACTS,
        "Allergies": [{"Name": "nuts", "Status": "Perhaps"}],
        "Diagnoses": [{"Name": "cough"}],
        "PCP": {"LastName": "Okafor"},
        "Guarantor": {"LastName": "Quill"},
        "Insurances": [{"Plan": {"ID": "1"}}],
        "Extensions": SIZE,
    }
    partition = await kept(store, message)
    told = (await booked(partition))[0]["Patient"]
    assert told == {
        "Identifiers": [],
        "Demographics": {"LastName": "Quill"},
        "Contacts": CONTACTS,
        "Extensions": SIZE,
    }
    (stored,) = [each.resource for each in await documents(partition) if each.kind == "appointment"]
    assert APPOINTMENT.to_redox(stored)["Patient"] == message["Patient"]


async def test_what_another_event_may_say_of_a_visit_is_kept(store: Store) -> None:
    visit = {"VisitNumber": "v1", "DischargeDateTime": "2026-03-09", "PreviousLocation": {"Department": "ER"}}
    partition = await kept(store, event("Arrival", visit=visit))
    (stored,) = [each.resource for each in await documents(partition) if each.kind == "encounter"]
    assert {name: ENCOUNTER.to_redox(stored)[name] for name in visit} == visit


async def test_extensions_of_an_identifier_are_said_again_with_it(store: Store) -> None:
    first = event("NewPatient")
    first["Patient"]["Identifiers"] = [
        {"ID": MR[1], "IDType": MR[0], "Extensions": SIZE},
        {"ID": "e1", "IDType": "EPI"},
        {"ID": "UNKNOWN", "IDType": "PPN", "Extensions": COLOUR},
    ]
    second, third = event("PatientUpdate"), event("PatientUpdate")
    third["Patient"]["Identifiers"][0]["Extensions"] = COLOUR
    merged = event("PatientMerge")
    merged["Patient"] = {
        "Identifiers": [{"ID": "m9", "IDType": "MR"}],
        "PreviousIdentifiers": [{"ID": MR[1], "IDType": MR[0]}],
    }
    partition = await kept(store, first, second, third, merged)
    told = (await search(partition, MR))["Patient"]["Identifiers"]
    assert told == [
        {"ID": "e1", "IDType": "EPI"},
        {"ID": "UNKNOWN", "IDType": "PPN", "Extensions": COLOUR},
        {"ID": "m9", "IDType": "MR"},
    ]
    before = await kept(store, first, second, third)
    assert (await search(before, MR))["Patient"]["Identifiers"][0]["Extensions"] == SIZE | COLOUR
