"""Booked: the appointments of a span of time, by what they are like."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from query_api.errors import PatientUnidentified, ProviderUnidentified, StartMissing
from store.partition import Partition
from tests.query_api.ward import SMALL, Json, ask, booking, keep, person

QUESTION = "Scheduling.Booked"
ADA = person("Ada Quill", "MR:m1", "EPI:e1", Notes=["likes tea"], Contacts=[{"LastName": "Reed"}], PCP={"NPI": "4"})
BO = person("Bo Reed", "MR:m2", "EPI:e1")
OKAFOR = {"ID": "77", "IDType": "NPI", "FirstName": "Ngozi", "LastName": "Okafor", "Credentials": ["MD"]}
SATO = {"ID": "77", "IDType": "EHRID", "FirstName": "Jun", "LastName": "Sato", "Location": {"Department": "Elsewhere"}}
DAY = {"StartDateTime": "2026-03-11T00:00:00.000Z", "EndDateTime": "2026-03-12T00:00:00.000Z"}


def of(day: int, hour: int = 10) -> str:
    return f"2026-03-{day:02}T{hour:02}:00:00.000Z"


WEEK = [
    booking("b1", "ada", of(10), Reason="Cough", AttendingProvider=OKAFOR),
    booking("b2", "ada", of(11), Reason="Cough", AttendingProvider=SATO, VisitProvider=OKAFOR),
    booking("b3", "bo", of(11, 9), Reason="Fall", VisitProvider=SATO, place={"Room": "12", "Type": "Clinic"}),
    booking("b4", "bo", of(11), place={"Department": "Eyes", "DepartmentIdentifiers": [{"ID": "d1", "IDType": "INT"}]}),
    booking("b5", None, of(12, 0), place={"Facility": "Riverside", "FacilityIdentifiers": [{"ID": "f1"}]}),
]


async def numbers(partition: Partition, visit: Json | None = None, **span: str) -> list[str]:
    """The visit numbers of an answer."""
    asked = {"StartDateTime": of(1, 0), **span, **({"Visit": visit} if visit else {})}
    return [one["VisitNumber"] for one in (await ask(partition, QUESTION, asked)).body["Visits"]]


async def test_an_appointment_is_told_with_everything_the_response_has(partition: Partition) -> None:
    said = booking(
        "b1",
        "ada",
        AccountNumber="a1",
        PatientClass="Outpatient",
        Status="Roomed",
        Reason="Cough",
        CancelReason="none",
        LastUpdated=of(2),
        ScheduledDateTime=of(1),
        CancelDateTime=of(2),
        Type="Office",
        Instructions=["fast"],
        AttendingProvider=OKAFOR,
        ReferringProvider=SATO,
        AdditionalStaff=[{"LastName": "Li", "Role": {"Code": "N"}, "StartDateTime": of(11), "Duration": 5}],
        Diagnoses=[{"Code": "R07.0", "Codeset": "ICD-10"}],
        Equipment=[{"Code": "x-ray", "Duration": 5}],
        AppointmentInfo=[{"Code": "q1", "Value": "yes"}],
        OldVisitNumber="b0",
    )
    await keep(partition, [ADA, said])
    answer = await ask(partition, QUESTION, DAY)
    told = {name: value for name, value in said.items() if name not in {"id", "status", "patient", "OldVisitNumber"}}
    whose = {name: ADA[name] for name in ("Identifiers", "Demographics", "Notes", "Contacts")}
    assert answer.body == {"Visits": [{**told, "Patient": whose}]}
    assert answer.resources == ["Patient/ada", "Appointment/booking-b1"]


async def test_nothing_booked_is_an_empty_list(partition: Partition) -> None:
    assert (await ask(partition, QUESTION, DAY)).body == {"Visits": []}


async def test_appointments_come_by_time_then_number(partition: Partition) -> None:
    await keep(partition, [ADA, BO, *reversed(WEEK)])
    assert await numbers(partition) == ["b1", "b3", "b2", "b4", "b5"]


async def test_the_same_number_and_time_of_two_people_come_by_their_names(partition: Partition) -> None:
    of_bo = {**booking("b1", "bo"), "id": "booking-1"}
    of_ada = {**booking("b1", "ada"), "id": "booking-2"}
    await keep(partition, [person("Ada Reed", "MR:m1"), person("Bo Quill", "MR:m2"), of_bo, of_ada])
    visits = (await ask(partition, QUESTION, DAY)).body["Visits"]
    assert [one["Patient"]["Demographics"]["LastName"] for one in visits] == ["Quill", "Reed"]


@pytest.mark.parametrize(
    ("span", "found"),
    [
        ({"StartDateTime": of(11)}, ["b2", "b4", "b5"]),
        ({"StartDateTime": of(10), "EndDateTime": of(11)}, ["b1", "b3"]),
        ({"StartDateTime": of(11), "EndDateTime": of(11)}, []),
        ({"StartDateTime": of(13)}, []),
        ({"StartDateTime": "0001-01-01"}, ["b1", "b3", "b2", "b4", "b5"]),
        # In Kathmandu the 12th begins at 18:15 of the 11th, UTC.
        ({"StartDateTime": "2026-03-12"}, ["b5"]),
        ({"StartDateTime": "2026-03-11", "EndDateTime": "2026-03-12"}, ["b3", "b2", "b4"]),
    ],
)
async def test_an_appointment_starts_in_the_span(partition: Partition, span: dict[str, str], found: list[str]) -> None:
    await keep(partition, [ADA, BO, *WEEK])
    assert await numbers(partition, **span) == found


async def test_an_appointment_of_a_date_starts_when_the_date_begins_where_the_tenant_is(partition: Partition) -> None:
    dated = booking("b1", "ada", "2026-03-12", start="2026-03-11T18:15:00.000Z")
    await keep(partition, [ADA, dated])
    assert await numbers(partition, StartDateTime="2026-03-11T18:15:00.000Z") == ["b1"]
    assert await numbers(partition, StartDateTime="2026-03-11T18:15:00.001Z") == []
    [visit] = (await ask(partition, QUESTION, {"StartDateTime": of(1)})).body["Visits"]
    assert visit["VisitDateTime"] == "2026-03-12"


@pytest.mark.parametrize("start", [None, "soon"])
async def test_a_start_is_required(partition: Partition, start: str | None) -> None:
    with pytest.raises(StartMissing, match="StartDateTime"):
        await ask(partition, QUESTION, {"StartDateTime": start} if start else {})


FILTERS: list[tuple[Json, list[str]]] = [
    ({"Reason": "cough"}, ["b1", "b2"]),
    ({"Reason": ["Cough", "FALL"]}, ["b1", "b3", "b2"]),
    ({"Reason": "Cou"}, []),
    ({"VisitNumber": "b4"}, ["b4"]),
    ({"VisitNumber": "B4"}, []),
    ({"Location": {"Department": "eyes"}}, ["b4"]),
    ({"Location": {"Facility": "hilltop"}}, ["b1", "b3", "b2", "b4"]),
    ({"Location": {"Department": "Allergy", "Room": "12"}}, ["b3"]),
    ({"Location": {"Room": "12"}}, ["b3"]),
    ({"Location": {"Room": "Allergy"}}, []),
    ({"Location": {"Type": "clinic"}}, ["b3"]),
    ({"Location": {"DepartmentIdentifiers": [{"ID": "d1", "IDType": "INT"}]}}, ["b4"]),
    ({"Location": {"DepartmentIdentifiers": [{"IDType": "INT"}]}}, ["b4"]),
    ({"Location": {"DepartmentIdentifiers": [{"ID": "D1"}]}}, []),
    ({"Location": {"DepartmentIdentifiers": [{"ID": "d1"}, {"ID": "d2"}]}}, []),
    ({"Location": {"FacilityIdentifiers": [{"ID": "f1"}]}}, ["b5"]),
    ({"Location": {"FacilityIdentifiers": [{"ID": "d1"}]}}, []),
    ({"AttendingProviders": [{"ID": "77"}]}, ["b1", "b2"]),
    ({"AttendingProviders": [{"ID": "77", "IDType": "EHRID"}]}, ["b2"]),
    ({"AttendingProviders": [{"IDType": "NPI"}]}, ["b1"]),
    ({"AttendingProviders": [{"NPI": "77"}]}, ["b1"]),
    ({"AttendingProviders": [{"LastName": "okafor"}, {"FirstName": "jun"}]}, ["b1", "b2"]),
    ({"AttendingProviders": [{"LastName": "Okafor", "FirstName": "Jun"}]}, []),
    ({"AttendingProviders": [OKAFOR]}, ["b1"]),
    ({"VisitProvider": {"LastName": "Okafor"}}, ["b2"]),
    ({"VisitProvider": {"ID": "77", "FirstName": "JUN", "Credentials": ["PhD"]}}, ["b3"]),
    ({"Patients": [{"Identifiers": [{"ID": "m1", "IDType": "MR"}]}]}, ["b1", "b2"]),
    ({"Patients": [{"Identifiers": [{"ID": "e1", "IDType": "EPI"}]}]}, ["b1", "b3", "b2", "b4"]),
    ({"Patients": [{"Identifiers": [{"ID": "e1", "IDType": "EPI"}, {"ID": "m2", "IDType": "MR"}]}]}, ["b3", "b4"]),
    ({"Patients": [{"Identifiers": [{"ID": "m1", "IDType": "MR"}, {"ID": "m2", "IDType": "MR"}]}]}, []),
    ({"Patients": [{"Identifiers": [{"ID": "m9", "IDType": "MR"}]}]}, []),
]


@pytest.mark.parametrize(("visit", "found"), FILTERS)
async def test_each_filter_alone(partition: Partition, visit: Json, found: list[str]) -> None:
    await keep(partition, [ADA, BO, *WEEK])
    assert await numbers(partition, visit) == found


async def test_filters_all_apply(partition: Partition) -> None:
    """Any two filters together find what each of them finds alone."""
    await keep(partition, [ADA, BO, *WEEK])
    for one, by_one in FILTERS[::2]:
        for other, by_other in FILTERS[1::2]:
            if one.keys().isdisjoint(other.keys()):
                both = [number for number in by_one if number in by_other]
                assert await numbers(partition, {**one, **other}) == both


@pytest.mark.parametrize(
    ("visit", "place"),
    [
        ({"Patients": [{"Identifiers": [{"ID": "m1"}]}]}, r"Visit\.Patients\[0\]"),
        (
            {"Patients": [{"Identifiers": [{"ID": "m1", "IDType": "MR"}]}, {"Identifiers": [{"ID": "1"}]}]},
            r"Patients\[1\]",
        ),
    ],
)
async def test_a_patient_without_a_usable_identifier_is_refused(partition: Partition, visit: Json, place: str) -> None:
    with pytest.raises(PatientUnidentified, match=place):
        await ask(partition, QUESTION, {**DAY, "Visit": visit})


@pytest.mark.parametrize("name", ["AttendingProviders", "VisitProvider"])
async def test_a_provider_with_nothing_to_compare_is_refused(partition: Partition, name: str) -> None:
    nothing: Any = {"Credentials": ["MD"]}
    visit = {name: [nothing] if name == "AttendingProviders" else nothing}
    with pytest.raises(ProviderUnidentified, match=f"Visit.{name}"):
        await ask(partition, QUESTION, {**DAY, "Visit": visit})


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"status": "booked"}, "Scheduled"),
        ({"status": "arrived"}, "Arrived"),
        ({"status": "fulfilled"}, "Completed"),
        ({"status": "cancelled", "CancelReason": "rain"}, "Cancelled"),
        ({"status": "noshow", "NoShowReason": "rain"}, "No Show"),
        ({"status": "pending"}, "Pending"),
        ({"status": "arrived", "Status": "Roomed"}, "Roomed"),
    ],
)
async def test_a_status_as_sent_is_said_else_that_of_the_appointment(
    partition: Partition, said: Json, status: str
) -> None:
    await keep(partition, [ADA, booking("b1", "ada", **said)])
    [visit] = (await ask(partition, QUESTION, DAY)).body["Visits"]
    assert visit["Status"] == status
    assert visit.get("CancelReason") == said.get("CancelReason")


async def test_a_hold_belongs_to_nobody(partition: Partition) -> None:
    await keep(partition, [booking("b1", None)])
    [visit] = (await ask(partition, QUESTION, DAY)).body["Visits"]
    assert visit["Patient"] == {"Identifiers": []}


async def test_somebody_without_identifiers_is_said_and_matches_nobody(partition: Partition) -> None:
    somebody = {"Demographics": {"FirstName": "Ada"}, "Notes": ["walk-in"]}
    await keep(partition, [booking("b1", None, Patient=somebody)])
    [visit] = (await ask(partition, QUESTION, DAY)).body["Visits"]
    assert visit["Patient"] == {"Identifiers": [], **somebody}


async def test_a_length_that_nobody_said_is_zero(partition: Partition) -> None:
    said = booking("b1", "ada")
    del said["Duration"]
    await keep(partition, [ADA, said])
    [visit] = (await ask(partition, QUESTION, DAY)).body["Visits"]
    assert visit["Duration"] == 0


async def test_of_too_many_the_newest_are_kept(partition: Partition) -> None:
    await keep(partition, [ADA, BO, *WEEK])
    few = await ask(partition, QUESTION, {"StartDateTime": of(1)}, replace(SMALL, visits=2))
    assert [one["VisitNumber"] for one in few.body["Visits"]] == ["b4", "b5"]
    assert few.is_incomplete
    assert few.resources == ["Patient/bo", "Appointment/booking-b4", "Appointment/booking-b5"]
    all_of_them = await ask(partition, QUESTION, {"StartDateTime": of(1)}, replace(SMALL, visits=5))
    assert not all_of_them.is_incomplete


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
async def test_within_one_moment_the_limit_keeps_the_highest_numbers(partition: Partition, limit: int) -> None:
    """However the database would have listed visits of one time."""
    at_once = [booking(f"b{number}", "ada", of(11)) for number in (5, 1, 8, 3, 7, 2, 6, 4)]
    await keep(partition, [ADA, *at_once, booking("b0", "ada", of(10))])
    few = await ask(partition, QUESTION, {"StartDateTime": of(1)}, replace(SMALL, visits=limit))
    assert [one["VisitNumber"] for one in few.body["Visits"]] == [f"b{number}" for number in range(9 - limit, 9)]


@pytest.mark.parametrize("order", [1, -1])
async def test_the_limit_keeps_the_same_of_two_alike_whichever_came_first(partition: Partition, order: int) -> None:
    alike = [{**booking("b1", whose), "id": f"booking-{whose}"} for whose in ("ada", "bo")]
    await keep(partition, [ADA, BO])
    for one in alike[::order]:
        await keep(partition, [one])
    few = await ask(partition, QUESTION, DAY, replace(SMALL, visits=1))
    assert few.resources == ["Patient/bo", "Appointment/booking-bo"]
