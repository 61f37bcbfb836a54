"""The sandbox: everybody knows its keys, and each question finds one, several and nobody there."""

from datetime import date, datetime, timedelta
from typing import Any

import httpx
import pytest

from gateway.sandbox import well_known
from gateway.sandbox.timelines import messages, moment
from gateway.service import Service, now
from gateway.settings import Settings
from tests.gateway.calls import SANDBOX, SANDBOX_TWO, message

Json = dict[str, Any]


@pytest.fixture
def settings() -> Settings:
    """A sandbox with its people."""
    return Settings(sandbox="people")


async def ask(
    caller: httpx.AsyncClient, data_model: str, event_type: str, destination: str = SANDBOX, **asked: Any
) -> Json:
    """The answer to a question."""
    answer = await caller.post("/endpoint", json=message(data_model, event_type, destination, **asked))
    assert answer.status_code == 200, answer.text
    said: Json = answer.json()
    return said


async def everything(caller: httpx.AsyncClient) -> list[Json]:
    """What the sandbox answers to broad questions, without their Meta."""
    answers = [
        await ask(caller, "Scheduling", "Booked", StartDateTime="2000-01-01"),
        await ask(caller, "PatientAdmin", "CensusQuery"),
        await ask(caller, "PatientAdmin", "VisitQuery"),
        *[
            await ask(
                caller, "PatientSearch", "Query", Patient={"Identifiers": [{"ID": f"HP-100{number}", "IDType": "MR"}]}
            )
            for number in (204, 377, 581, 640, 877, 913, 931, 950)
        ],
    ]
    return [{name: part for name, part in answer.items() if name != "Meta"} for answer in answers]


def identified(number: str) -> Json:
    """A person by record number."""
    return {"Identifiers": [{"ID": number, "IDType": "MR"}]}


JUN = {"FirstName": "jun", "LastName": "HALVORSEN", "DOB": "1990-07-21", "Address": {"ZIP": "04998"}}


async def test_patient_search_finds_one_several_and_nobody(caller: httpx.AsyncClient) -> None:
    one = await ask(caller, "PatientSearch", "Query", Patient=identified("HP-100204"))
    assert one["Patient"]["Demographics"]["LastName"] == "Okonkwo"
    assert {"Contacts", "Insurances", "Guarantor", "PCP", "Notes"} <= set(one["Patient"])
    several = await ask(caller, "PatientSearch", "Query", Patient={"Demographics": JUN})
    assert several["Patient"] == {}
    assert len(several["PotentialMatches"]) == 2
    nobody = await ask(caller, "PatientSearch", "Query", Patient=identified("HP-999999"))
    assert nobody["Patient"] == {}


async def test_booked_finds_one_several_and_nobody(caller: httpx.AsyncClient) -> None:
    today = now().date()
    tomorrow = {"StartDateTime": moment(today, 1, "00:00"), "EndDateTime": moment(today, 2, "00:00")}
    several = await ask(caller, "Scheduling", "Booked", **tomorrow)
    assert [visit["VisitNumber"] for visit in several["Visits"]] == ["A-90001", "A-90002"]
    one = await ask(caller, "Scheduling", "Booked", **tomorrow, Visit={"Patients": [identified("HP-100931")]})
    assert [visit["Reason"] for visit in one["Visits"]] == ["Follow-up"]
    nobody = await ask(caller, "Scheduling", "Booked", StartDateTime=moment(today, 300, "00:00"))
    assert nobody["Visits"] == []


async def test_the_census_finds_one_several_and_nobody(caller: httpx.AsyncClient) -> None:
    several = await ask(caller, "PatientAdmin", "CensusQuery", Departments=["4 north"])
    assert {patient["Demographics"]["LastName"] for patient in several["Patients"]} == {"Okonkwo", "Vasquell"}
    one = await ask(caller, "PatientAdmin", "CensusQuery", Departments=["Pediatrics"])
    assert [patient["Demographics"]["FirstName"] for patient in one["Patients"]] == ["Imani"]
    nobody = await ask(caller, "PatientAdmin", "CensusQuery", Departments=["Emergency"])
    assert nobody["Patients"] == []


async def test_a_visit_query_finds_one_several_and_nobody(caller: httpx.AsyncClient) -> None:
    several = await ask(caller, "PatientAdmin", "VisitQuery", VisitStatuses=["Planned", "Finished"])
    assert {visit["Status"] for patient in several["Patients"] for visit in patient["Visits"]} == {
        "Planned",
        "Finished",
    }
    one = await ask(caller, "PatientAdmin", "VisitQuery", VisitNumbers=["V-50016"])
    assert [patient["Identifiers"][0]["ID"] for patient in one["Patients"]] == ["HP-100913"]
    nobody = await ask(caller, "PatientAdmin", "VisitQuery", Patients=[identified("HP-999999")])
    assert nobody["Patients"] == []


async def test_the_second_tenant_starts_empty(caller: httpx.AsyncClient) -> None:
    assert (await ask(caller, "PatientAdmin", "CensusQuery", SANDBOX_TWO))["Patients"] == []
    booked = await ask(caller, "Scheduling", "Booked", SANDBOX_TWO, StartDateTime="2000-01-01")
    assert booked["Visits"] == []


async def test_making_it_twice_changes_nothing(caller: httpx.AsyncClient, service: Service) -> None:
    before = await everything(caller)
    partition = service.store.partition(well_known.TENANTS[0])
    count = await partition.journal.count()
    await well_known.prepare(service.store)
    await well_known.tell(service.store, service.intake, now().date())
    assert await everything(caller) == before
    assert await partition.journal.count() == count == len(messages(now().date()))


async def test_the_people_come_in_without_an_issue(service: Service) -> None:
    partition = service.store.partition(well_known.TENANTS[0])
    async for entry in partition.journal.newest({}):
        assert (entry.event, entry.issues, entry.findings, entry.open) == (entry.event, (), (), None)


async def test_on_the_next_day_the_same_is_true_one_day_later(caller: httpx.AsyncClient, service: Service) -> None:
    before = await everything(caller)
    today = now().date()
    yesterday = today - timedelta(days=1)
    other = service.store.partition(well_known.TENANTS[1])
    for day in (yesterday, today):
        for each in messages(day):
            await service.intake.push([other], well_known._incoming(each))
    after = [
        await ask(caller, "Scheduling", "Booked", SANDBOX_TWO, StartDateTime="2000-01-01"),
        await ask(caller, "PatientAdmin", "CensusQuery", SANDBOX_TWO),
    ]
    assert [len(answer[key]) for answer, key in zip(after, ("Visits", "Patients"), strict=True)] == [
        len(answer[key]) for answer, key in zip(before, ("Visits", "Patients"), strict=False)
    ]
    assert {each["VisitDateTime"] for each in after[0]["Visits"]} == {
        each["VisitDateTime"] for each in before[0]["Visits"]
    }


def test_every_time_of_the_story_is_relative_to_its_day() -> None:
    for day in (date(2024, 2, 29), date(2031, 12, 31)):
        for each in messages(day):
            told = datetime.fromisoformat(each["Meta"]["EventDateTime"])
            assert told.date() == day


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104 - it is refused
        ("::", False),
        ("192.168.1.4", False),
        ("example.org", False),
        ("", False),
    ],
)
def test_which_addresses_are_loopback(host: str, expected: bool) -> None:
    assert well_known.is_loopback(host) is expected
