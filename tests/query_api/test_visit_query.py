"""The visit query: stays by status, patient, number, place, class and time."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from zoneinfo import ZoneInfo

import pytest

from mappings.times import instant
from query_api import Limits
from query_api.encounters import STATUS_WORDS
from query_api.errors import PatientUnidentified
from store.partition import Partition
from tests.query_api.ward import Json, ask, keep, person, stay

QUESTION = "PatientAdmin.VisitQuery"
ADA = person("Ada Quill", "MR:m1", "EPI:e1")
BO = person("Bo Reed", "MR:m2", "EPI:e1")
STAYS = [
    stay("v1", "ada", "2026-03-09T10:00:00.000Z", Reason="fall"),
    stay("v2", "bo", "2026-03-08T10:00:00.000Z", status="finished", place={"Department": "ICU"}),
    stay("v3", "ada", "2026-03-07T10:00:00.000Z", status="planned", place={"Facility": "Hilltop"}),
    stay("v4", "bo", "2026-03-06", status="cancelled", PatientClass="Emergency"),
    stay("v5", "ada", "2026-03-05T18:15:00.000Z", status="unknown"),
    {**stay("v2", "ada", "2026-03-04T10:00:00.000Z", status="finished"), "id": "stay-v2-of-ada"},
    {name: value for name, value in stay("v6", "bo").items() if name != "VisitDateTime"},
]


async def numbers(partition: Partition, question: Json) -> list[list[str]]:
    """The visit numbers of an answer, by patient."""
    patients = (await ask(partition, QUESTION, question)).body["Patients"]
    return [[visit["VisitNumber"] for visit in patient["Visits"]] for patient in patients]


async def test_a_visit_is_told_with_what_the_response_has(partition: Partition) -> None:
    await keep(partition, [ADA, *STAYS[:1]])
    answer = await ask(partition, QUESTION, {})
    names = ("VisitNumber", "VisitDateTime", "PatientClass", "Location", "Reason")
    visit = {**{name: STAYS[0][name] for name in names}, "Status": "Arrived"}
    whose = {name: ADA[name] for name in ("Identifiers", "Demographics")}
    assert answer.body == {"Patients": [{**whose, "Visits": [visit]}]}
    assert answer.resources == ["Patient/ada", "Encounter/stay-v1"]


async def test_nothing_found_is_an_empty_list(partition: Partition) -> None:
    assert (await ask(partition, QUESTION, {"VisitNumbers": ["v1"]})).body == {"Patients": []}


async def test_visits_come_by_patient_those_without_a_time_first(partition: Partition) -> None:
    await keep(partition, [BO, ADA, *reversed(STAYS)])
    assert await numbers(partition, {}) == [["v6", "v4", "v2"], ["v2", "v5", "v3", "v1"]]


@pytest.mark.parametrize(("status", "word"), STATUS_WORDS.items())
async def test_a_status_is_said_and_asked_for_in_the_words_of_the_value_set(
    partition: Partition, status: str, word: str
) -> None:
    await keep(partition, [ADA, *(stay(other, "ada", status=other) for other in STATUS_WORDS)])
    [patient] = (await ask(partition, QUESTION, {"VisitStatuses": [word]})).body["Patients"]
    assert [(visit["VisitNumber"], visit["Status"]) for visit in patient["Visits"]] == [(status, word)]


FILTERS: list[tuple[Json, set[str]]] = [
    ({"VisitStatuses": ["Finished", "Unknown"]}, {"v2", "v5", "v2-of-ada"}),
    ({"PatientClasses": ["EMERGENCY"]}, {"v4"}),
    ({"PatientClasses": ["Inpatient"]}, {"v1", "v2", "v3", "v5", "v2-of-ada", "v6"}),
    ({"Departments": ["icu", "nowhere"]}, {"v2"}),
    ({"Facilities": ["Hilltop"]}, {"v3"}),
    ({"VisitNumbers": ["v2", "v3"]}, {"v2", "v3", "v2-of-ada"}),
    ({"VisitNumbers": ["V2"]}, set()),
    ({"Patients": [{"Identifiers": [{"ID": "m1", "IDType": "MR"}]}]}, {"v1", "v3", "v5", "v2-of-ada"}),
    ({"Patients": [{"Identifiers": [{"ID": m, "IDType": "MR"}]} for m in ("m2", "m9")]}, {"v2", "v4", "v6"}),
    ({"Patients": [{"Identifiers": [{"ID": "e1", "IDType": "EPI"}, {"ID": "m2"}]}]}, {"v2", "v4", "v6"}),
    ({"Patients": [{"Identifiers": [{"ID": "m9", "IDType": "MR"}]}]}, set()),
    ({"VisitStartDateTime": "2026-03-08T10:00:00.000Z"}, {"v1", "v2"}),
    # In Kathmandu the 6th begins at 18:15 of the 5th, UTC: that is when a stay of the 6th begins.
    ({"VisitStartDateTime": "2026-03-06"}, {"v1", "v2", "v3", "v4", "v5"}),
    ({"VisitStartDateTime": "2026-03-05T18:15:00.001Z"}, {"v1", "v2", "v3"}),
]


async def ids(partition: Partition, question: Json) -> set[str]:
    """The stays that an answer was made of."""
    read = (await ask(partition, QUESTION, question)).resources
    return {name.removeprefix("Encounter/stay-") for name in read if name.startswith("Encounter/")}


@pytest.mark.parametrize(("question", "found"), FILTERS)
async def test_each_filter_alone(partition: Partition, question: Json, found: set[str]) -> None:
    await keep(partition, [ADA, BO, *STAYS])
    assert await ids(partition, question) == found


async def test_filters_all_apply(partition: Partition) -> None:
    """Any two filters together find what each of them finds alone."""
    await keep(partition, [ADA, BO, *STAYS])
    for (one, by_one), (other, by_other) in combinations(FILTERS, 2):
        if one.keys().isdisjoint(other.keys()):
            assert await ids(partition, {**one, **other}) == by_one & by_other


async def test_a_patient_without_a_usable_identifier_is_refused(partition: Partition) -> None:
    with pytest.raises(PatientUnidentified, match=r"Patients\[0\]\.Identifiers"):
        await ask(partition, QUESTION, {"Patients": [{"Identifiers": [{"IDType": "MR"}]}]})


async def test_an_ended_identifier_finds_the_visits_of_the_survivor(partition: Partition) -> None:
    survivor = person("Ada Quill", "MR:m1")
    survivor["Identifiers"].append({"ID": "m7", "IDType": "MR", "ended": True})
    ended = {**person("Eda Quill", "MR:m7"), "active": False, "replacedBy": "ada"}
    await keep(partition, [survivor, ended, STAYS[0]])
    assert await numbers(partition, {"Patients": [{"Identifiers": [{"ID": "m7", "IDType": "MR"}]}]}) == [["v1"]]


@pytest.mark.parametrize("limit", range(1, 8))
async def test_of_too_many_the_newest_are_kept(partition: Partition, limit: int) -> None:
    await keep(partition, [ADA, BO, *STAYS])
    answer = await ask(partition, QUESTION, {}, Limits(visits=limit))
    kept = {name for name in answer.resources if name.startswith("Encounter/")}
    begun = ZoneInfo("Asia/Kathmandu")
    timed = [
        (instant(one["VisitDateTime"], begun), one["VisitNumber"], one["id"]) for one in STAYS if "VisitDateTime" in one
    ]
    oldest_first = ["stay-v6", *(name for *_, name in sorted(timed))]
    assert kept == {f"Encounter/{name}" for name in oldest_first[-limit:]}
    assert answer.is_incomplete == (limit < len(STAYS))


async def test_nothing_of_another_tenant_is_found(partition: Partition) -> None:
    await keep(partition, [ADA, *STAYS[:1]])
    other = partition.store.partition(replace(partition.tenant, name="elsewhere"))
    assert await numbers(other, {}) == []


async def test_a_visit_on_the_first_day_there_is_does_not_keep_others_from_being_told(partition: Partition) -> None:
    await keep(partition, [ADA, stay("v0", "ada", "0001-01-01"), stay("v9", "ada", "9999-12-31"), STAYS[0]])
    assert await numbers(partition, {}) == [["v0", "v1", "v9"]]
    assert await numbers(partition, {"VisitStartDateTime": "0001-01-01"}) == [["v1", "v9"]]
