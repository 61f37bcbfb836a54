"""The census: everyone who is admitted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from query_api import Answer, Limits
from store.partition import Partition
from tests.query_api.ward import NOW, SMALL, Json, ask, keep, person, stay

QUESTION = "PatientAdmin.CensusQuery"
ADA = person("Ada Quill", "MR:m1", Contacts=[{"LastName": "Reed"}])
BO = person("Bo Reed", "MR:m2")
STAYS = [
    stay("v1", "ada", "2026-03-09T10:00:00.000Z"),
    stay("v2", "bo", "2026-03-08T10:00:00.000Z", place={"Department": "ICU"}),
    stay("v3", "ada", "2026-03-07T10:00:00.000Z", PatientClass="Emergency", place={"Facility": "Hilltop"}),
    {name: value for name, value in stay("v4", "bo").items() if name not in {"PatientClass", "Location"}},
    stay("v5", "bo", status="finished"),
    stay("v6", "bo", status="planned"),
    stay("v7", "bo", status="cancelled"),
    stay("v8", "bo", status="unknown"),
]


def numbers(answer: Answer) -> list[list[str]]:
    """The visit numbers of an answer, by patient."""
    return [[visit["VisitNumber"] for visit in patient["Visits"]] for patient in answer.body["Patients"]]


async def test_an_admission_is_told_with_what_the_response_has(partition: Partition) -> None:
    place = {"Type": "Ward", "Facility": "Riverside", "Department": "3N", "Room": "136", "Bed": "B"}
    said = stay("v1", "ada", Reason="fall", place={**place, "Address": {"City": "Lund"}}, AttendingProvider={"ID": "1"})
    await keep(partition, [ADA, said])
    answer = await ask(partition, QUESTION, {})
    visit = {name: said[name] for name in ("VisitNumber", "VisitDateTime", "PatientClass")} | {"Location": place}
    whose = {name: ADA[name] for name in ("Identifiers", "Demographics")}
    assert answer.body == {"Patients": [{**whose, "Visits": [visit]}]}
    assert answer.resources == ["Patient/ada", "Encounter/stay-v1"]
    assert not answer.is_incomplete


async def test_a_place_of_which_nothing_is_answered_is_left_out(partition: Partition) -> None:
    await keep(partition, [ADA, {**stay("v1", "ada"), "Location": {"Address": {"City": "Lund"}}}])
    [patient] = (await ask(partition, QUESTION, {})).body["Patients"]
    assert patient["Visits"][0].keys() == {"VisitNumber", "VisitDateTime", "PatientClass"}


async def test_an_empty_census_is_an_empty_list(partition: Partition) -> None:
    await keep(partition, [BO, *STAYS[4:]])
    assert (await ask(partition, QUESTION, {})).body == {"Patients": []}


async def test_the_admitted_come_by_patient_in_the_order_of_first_visits(partition: Partition) -> None:
    await keep(partition, [ADA, BO, *STAYS])
    assert numbers(await ask(partition, QUESTION, {})) == [["v3", "v1"], ["v2", "v4"]]


async def test_people_admitted_at_one_moment_under_one_number_come_by_name(partition: Partition) -> None:
    people = [person("Ada Reed", "MR:m1"), person("Bo Quill", "MR:m2"), person("Al Reed", "MR:m3")]
    stays = [{**stay("v1", one["id"]), "id": f"stay-{position}"} for position, one in enumerate(people)]
    await keep(partition, [*people, *stays])
    patients = (await ask(partition, QUESTION, {})).body["Patients"]
    assert [one["Demographics"]["FirstName"] for one in patients] == ["Bo", "Ada", "Al"]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"PatientClasses": ["inpatient"]}, [["v2"], ["v1"]]),
        ({"PatientClasses": ["Emergency", "Inpatient"]}, [["v3", "v1"], ["v2"]]),
        ({"PatientClasses": ["E"]}, []),
        ({"Departments": ["icu"]}, [["v2"]]),
        ({"Departments": ["ICU", "3n"]}, [["v3", "v1"], ["v2"]]),
        ({"Facilities": ["HILLTOP"]}, [["v3"]]),
        ({"Facilities": ["Hilltop", "Riverside"]}, [["v3", "v1"], ["v2"]]),
        ({"Facilities": ["Hilltop"], "Departments": ["ICU"]}, []),
        ({"Facilities": ["Riverside"], "Departments": ["3N"], "PatientClasses": ["Inpatient"]}, [["v1"]]),
    ],
)
async def test_any_word_of_a_list_and_every_list(partition: Partition, filters: Json, found: list[list[str]]) -> None:
    await keep(partition, [ADA, BO, *STAYS])
    assert numbers(await ask(partition, QUESTION, filters)) == found


async def test_a_place_where_the_patient_was_before_does_not_count(partition: Partition) -> None:
    moved = stay("v1", "ada", place={"Department": "ICU"}, PreviousLocation={"Department": "3N"})
    moved["locations"] = [
        {"Location": {"Facility": "Riverside", "Department": "3N"}, "end": "2026-03-09T12:00:00.000Z"}
    ]
    await keep(partition, [ADA, moved])
    assert numbers(await ask(partition, QUESTION, {"Departments": ["3N"]})) == []
    assert numbers(await ask(partition, QUESTION, {"Departments": ["ICU"]})) == [["v1"]]


async def test_a_stay_of_nobody_known_is_told_without_a_patient(partition: Partition) -> None:
    await keep(partition, [stay("v1", None), stay("v2", None)])
    answer = await ask(partition, QUESTION, {})
    assert numbers(answer) == [["v1"], ["v2"]]
    assert all(patient.keys() == {"Visits"} for patient in answer.body["Patients"])


async def test_a_stay_of_which_nothing_is_known_is_not_told(partition: Partition) -> None:
    await keep(partition, [{"id": "stay-1", "status": "in-progress"}, ADA, {**STAYS[0], "Location": {"Bed": "B"}}])
    assert numbers(await ask(partition, QUESTION, {})) == [["v1"]]


async def test_ended_identifiers_are_never_said(partition: Partition) -> None:
    ada = person("Ada Quill", "MR:m1")
    ada["Identifiers"].insert(0, {"ID": "m0", "IDType": "MR", "ended": True})
    await keep(partition, [ada, stay("v1", "ada")])
    [patient] = (await ask(partition, QUESTION, {})).body["Patients"]
    assert patient["Identifiers"] == [{"ID": "m1", "IDType": "MR"}]


@pytest.fixture
def forgetful(partition: Partition) -> Partition:
    """A partition whose tenant lets outpatients leave the census after 36 hours."""
    partition.tenant = replace(partition.tenant, census_hours={"Outpatient": 36})
    return partition


@pytest.mark.parametrize(
    ("hours_since_visit", "hours_since_event", "is_there"),
    [
        (35, 35, True),
        (37, 35, True),
        (35, 37, True),
        (37, 37, False),
        (36, 36, True),
        (None, 35, True),
        (None, 37, False),
    ],
)
async def test_a_class_leaves_the_census_so_long_after_the_newer_of_visit_and_last_event(
    forgetful: Partition, hours_since_visit: int | None, hours_since_event: int, is_there: bool
) -> None:
    def ago(hours: int) -> str:
        return (NOW - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%S.000Z")

    out = stay("v1", "ada", ago(hours_since_visit or 0), PatientClass="outpatient")
    if hours_since_visit is None:
        del out["VisitDateTime"]
    stays = [out, stay("v2", "bo", "2020-01-01")]
    await keep(forgetful, [ADA, BO, *stays], stay_v1=ago(hours_since_event))
    found = {number for patient in numbers(await ask(forgetful, QUESTION, {})) for number in patient}
    assert found == ({"v1", "v2"} if is_there else {"v2"})
    assert len(numbers(await ask(forgetful, "PatientAdmin.VisitQuery", {}))) == 2


async def test_of_too_many_the_newest_are_kept(partition: Partition) -> None:
    await keep(partition, [ADA, BO, *STAYS])
    answer = await ask(partition, QUESTION, {}, Limits(visits=3))
    assert numbers(answer) == [["v2", "v4"], ["v1"]]
    assert answer.is_incomplete
    assert not (await ask(partition, QUESTION, {}, replace(SMALL, visits=4))).is_incomplete
