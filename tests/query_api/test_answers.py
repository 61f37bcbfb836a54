"""Answers as such: nothing empty in them, everything said in them, and found by exactly what is said."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.fhir.records import PERSON
from mappings.redox.catalogue import EVENTS, event
from mappings.redox.no_identifier import names_nobody
from mappings.redox.parts import LooseIdentifier
from mappings.redox.patient_search import FoundPatient
from mappings.redox.scheduling import Visit
from query_api import ANSWERED
from query_api.encounters import STATUS_WORDS
from query_api.errors import QuestionUnknown
from query_api.matching import among, matching
from query_api.projection import projection
from store.partition import Partition
from tests.query_api.ward import Json, ask, holes, keep
from tests.strategies import appointment_records, encounter_records, person_records

EVER = {"StartDateTime": "1850-01-01"}
MAY_BE_EMPTY = {"Patient", "Patients", "Visits", "Visits[].Patient.Identifiers"}


def named(records: Iterable[Json], kind: str) -> list[Json]:
    """Records with ids that tell their kind."""
    return [{**record, "id": f"{kind}-{position}"} for position, record in enumerate(records)]


@st.composite
def wards(draw: st.DrawFn) -> list[Json]:
    """People, and stays and appointments of some of them."""
    people = named(draw(st.lists(person_records(), min_size=1, max_size=2)), "person")
    stays = named(draw(st.lists(encounter_records(), max_size=2)), "stay")
    bookings = named(draw(st.lists(appointment_records(), max_size=2)), "booking")
    for visit in (*stays, *bookings):
        if "patient" in visit:
            visit["patient"] = draw(st.sampled_from(people))["id"]
    return [*people, *stays, *bookings]


@asynccontextmanager
async def kept(partition: Partition, records: list[Json]) -> AsyncIterator[None]:
    """Records that are there for one example."""
    await keep(partition, records)
    try:
        yield
    finally:
        await partition.remove((kind, one) for kind in ("Patient", "Encounter", "Appointment") for one in _ids(records))


def _ids(records: list[Json]) -> list[str]:
    return [record["id"] for record in records]


def of_kind(records: list[Json], kind: str) -> list[Json]:
    return [record for record in records if record["id"].startswith(kind)]


@given(wards())
async def test_nothing_is_empty_in_an_answer(partition: Partition, records: list[Json]) -> None:
    async with kept(partition, records):
        for question, asked in (
            ("Scheduling.Booked", EVER),
            ("PatientAdmin.CensusQuery", {}),
            ("PatientAdmin.VisitQuery", {}),
            *(("PatientSearch.Query", {"Patient": {"Identifiers": [one]}}) for one in identifiers(records)),
        ):
            assert set(holes((await ask(partition, question, asked)).body)) <= MAY_BE_EMPTY


def identifiers(records: list[Json]) -> list[Json]:
    """All identifiers that name the people who have not ended."""
    living = [person for person in of_kind(records, "person") if person.get("active") is not False]
    held = [one for person in living for one in person.get("Identifiers", ())]
    return [{"ID": one["ID"], "IDType": one["IDType"]} for one in held if not names_nobody(one["ID"])]


@given(wards())
async def test_people_are_found_by_each_identifier_and_told_whole(partition: Partition, records: list[Json]) -> None:
    async with kept(partition, records):
        for one in identifiers(records):
            said = await ask(partition, "PatientSearch.Query", {"Patient": {"Identifiers": [one]}})
            holders = [
                person
                for person in of_kind(records, "person")
                if person.get("active") is not False
                and among(matching(LooseIdentifier))([one], person.get("Identifiers", []))
            ]
            assert sorted(said.resources) == sorted(f"Patient/{person['id']}" for person in holders)
            told = said.body.get("PotentialMatches", [said.body["Patient"]])
            assert all(without_ended(person) in told for person in holders)


def without_ended(person: Json) -> Json:
    """A person as an answer tells of one."""
    current = [one for one in person["Identifiers"] if not one.get("ended")]
    return projection(FoundPatient, PERSON)({**person, "Identifiers": current})


@given(wards(), st.data())
async def test_somebody_is_found_by_all_that_is_said_of_them(
    partition: Partition, records: list[Json], data: st.DataObject
) -> None:
    known = {"FirstName": "Zoë", "LastName": "Straße", "DOB": "1980-02-03", "SSN": "987-65-4320"}
    [person, *_] = of_kind(records, "person")
    person.pop("active", None)
    person["Demographics"] = {**person.get("Demographics", {}), **known}
    asked = {name: person[name] for name in ("Demographics", "Notes") if name in person}
    more = data.draw(st.sampled_from(sorted(person["Demographics"])))
    async with kept(partition, records):
        assert f"Patient/{person['id']}" in (await ask(partition, "PatientSearch.Query", {"Patient": asked})).resources
        narrow = {name: known[name] for name in ("DOB", "SSN")} | {more: person["Demographics"][more]}
        found = await ask(partition, "PatientSearch.Query", {"Patient": {"Demographics": narrow}})
        assert f"Patient/{person['id']}" in found.resources


@given(wards())
async def test_every_visit_is_in_the_answers_to_the_widest_questions(partition: Partition, records: list[Json]) -> None:
    async with kept(partition, records):
        booked = (await ask(partition, "Scheduling.Booked", EVER)).resources
        stays = (await ask(partition, "PatientAdmin.VisitQuery", {})).resources
    timed = [f"Appointment/{visit['id']}" for visit in of_kind(records, "booking") if "VisitDateTime" in visit]
    known = [f"Encounter/{visit['id']}" for visit in of_kind(records, "stay") if visit["status"] in STATUS_WORDS]
    assert sorted(name for name in booked if name.startswith("Appointment")) == sorted(timed)
    assert sorted(name for name in stays if name.startswith("Encounter")) == sorted(known)


BOOKED_BY = ("VisitNumber", "Reason", "Location", "AttendingProvider", "VisitProvider")


@given(st.lists(appointment_records(), min_size=1, max_size=3), st.data())
async def test_appointments_are_found_by_exactly_what_they_are_like(
    partition: Partition, drawn: list[Json], data: st.DataObject
) -> None:
    """The hashes that are compared and the words that they stand for tell the same appointments apart."""
    bookings = named(drawn, "booking")
    chosen = data.draw(st.sampled_from(bookings))
    names = data.draw(st.lists(st.sampled_from(BOOKED_BY), unique=True))
    asked = {name: compared(name, chosen[name], data) for name in names if name in chosen}
    asked = {name: value for name, value in asked.items() if value and not asks_for_nobody(value)}
    alike = [visit["id"] for visit in bookings if "VisitDateTime" in visit and is_like(visit, asked)]
    question = {{"AttendingProvider": "AttendingProviders"}.get(name, name): value for name, value in asked.items()}
    if "AttendingProviders" in question:
        question["AttendingProviders"] = [question["AttendingProviders"]]
    async with kept(partition, bookings):
        found = (await ask(partition, "Scheduling.Booked", {**EVER, "Visit": question})).resources
    assert sorted(name.removeprefix("Appointment/") for name in found) == sorted(alike)


def compared(name: str, value: Any, data: st.DataObject) -> Any:
    """Some of what a provider or a place is compared by, in any case; a text as it is."""
    if not isinstance(value, dict):
        return value
    members = [one for one in value if name == "Location" or one in {"ID", "IDType", "FirstName", "LastName"}]
    picked = data.draw(st.lists(st.sampled_from(members), unique=True)) if members else []
    return {
        one: value[one].swapcase() if isinstance(value[one], str) and "ID" not in one else value[one] for one in picked
    }


def asks_for_nobody(value: Any) -> bool:
    """Whether a provider is asked for by an ID alone that names nobody; such a question is refused."""
    return isinstance(value, dict) and value.keys() == {"ID"} and names_nobody(value["ID"])


def is_like(visit: Json, asked: Json) -> bool:
    """Whether an appointment has all that is asked for."""
    number = asked.get("VisitNumber", visit.get("VisitNumber"))
    rest = {name: value for name, value in asked.items() if name != "VisitNumber"}
    return number == visit.get("VisitNumber") and matching(Visit)(rest, visit)


def test_what_is_answered_is_a_question_of_the_catalogue() -> None:
    asked = [event(data_model, event_type) for data_model, event_type in ANSWERED]
    assert [one.kind for one in asked if one and one.model] == ["question"] * len(ANSWERED)


@pytest.mark.parametrize("unknown", [one for one in EVENTS if (one.data_model, one.event_type) not in ANSWERED][::20])
async def test_nothing_else_is_answered(partition: Partition, unknown: Any) -> None:
    with pytest.raises(QuestionUnknown, match=unknown.event_type):
        await ask(partition, f"{unknown.data_model}.{unknown.event_type}", {})
