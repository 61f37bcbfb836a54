"""Questions about the past: each way in which a record was otherwise than it is, and what an answer reads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import query_api
from ingest.as_of import AsOf
from ingest.fold.past import MOST
from ingest.intake import Intake
from query_api import Answer, Limits
from store.database import Store
from store.partition import Partition
from store.spans import node_of, nodes_around
from tests.feed import ask, booked, census, everything, new_partition, push, search, visits
from tests.ingest.stories import admin, booking
from tests.lives import START, moment

Json = dict[str, Any]

ADA = {"FirstName": "Ada", "LastName": "Quill", "DOB": "1980-02-03", "SSN": "111-11-1111"}
BO = {"FirstName": "Bo", "LastName": "Reed", "DOB": "1991-11-30", "PhoneNumber": {"Home": "+15550001"}}
AT = {"VisitNumber": "v1", "VisitDateTime": moment(0)}
EARLY, LATE = 10, 20
"""Minutes of the first node of a story: 31 minutes into it the next begins."""


def place(department: str = "ER", facility: str = "East") -> Json:
    return {"Location": {"Department": department, "Facility": facility}}


CASES: dict[str, list[Json]] = {
    "discharged": [admin("Arrival", EARLY, **AT), admin("Discharge", LATE, **AT)],
    "discharged days later": [admin("Arrival", EARLY, **AT), admin("Discharge", 5000, **AT)],
    "admission cancelled": [
        admin("Arrival", EARLY, **AT, **place()),
        admin("Cancel", LATE, canceled="Arrival", **AT),
    ],
    "moved": [admin("Arrival", EARLY, **AT, **place()), admin("Transfer", LATE, **AT, **place("ICU", "West"))],
    "moved and back": [
        admin("Arrival", EARLY, **AT, **place()),
        admin("Transfer", 15, **AT, **place("ICU", "West")),
        admin("Transfer", LATE, **AT, **place()),
    ],
    "class changed": [
        admin("Arrival", EARLY, **AT, PatientClass="Emergency"),
        admin("VisitUpdate", LATE, **AT, PatientClass="Inpatient"),
    ],
    "place cleared": [
        admin("Arrival", EARLY, **AT, **place()),
        admin("VisitUpdate", LATE, **AT, Location={"Department": '""', "Facility": '""'}),
    ],
    "two occurrences": [
        admin("Arrival", EARLY, **AT, **place()),
        admin("Discharge", 12, **AT, DischargeDateTime=moment(12)),
        admin("Arrival", LATE, VisitNumber="v1", VisitDateTime=moment(LATE), **place("ICU", "West")),
    ],
    "name changed": [
        admin("NewPatient", EARLY, patient_Demographics=ADA),
        admin("PatientUpdate", LATE, patient_Demographics=BO | {"SSN": "222-22-2222"}),
    ],
    "name that lost": [
        admin("NewPatient", EARLY, patient_Demographics=BO),
        admin("PatientUpdate", 5, patient_Demographics=ADA),
    ],
    "name in parts": [
        admin("NewPatient", 5, patient_Demographics={"FirstName": "Ada", "DOB": "1980-02-03"}),
        admin("PatientUpdate", EARLY, patient_Demographics={"LastName": "Quill", "PhoneNumber": {"Home": "+15550001"}}),
        admin("PatientUpdate", LATE, patient_Demographics={"FirstName": "Bo", "LastName": "Reed"}),
    ],
    "merged with another name": [
        admin("NewPatient", 5, patient_Demographics=ADA | {"PhoneNumber": {"Home": "+15550001"}}),
        admin("NewPatient", EARLY, ids="MR:m2", patient_Demographics=BO),
        admin("PatientMerge", LATE, ids="MR:m2", previous="MR:m1"),
    ],
    "merged and reversed": [
        admin("Arrival", 5, **AT, patient_Demographics=ADA),
        admin("Arrival", 6, ids="MR:m2", patient_Demographics=BO, **{**AT, "VisitNumber": "v2"}),
        admin("PatientMerge", EARLY, ids="MR:m2", previous="MR:m1"),
        admin("PatientMerge", LATE, ids="MR:m1", previous="MR:m2"),
    ],
    "visits of one number became one": [
        admin("Arrival", 5, **AT, **place()),
        admin("Arrival", 6, ids="MR:m2", **AT, **place("ICU", "West")),
        admin("Discharge", 7, ids="MR:m2", **AT),
        admin("PatientMerge", LATE, ids="MR:m2", previous="MR:m1"),
    ],
    "joined by an event": [
        admin("Arrival", 5, ids="MR:m1", **AT, **place()),
        admin("Discharge", 6, ids="EPI:e1", **AT, **place("ICU", "West")),
        admin("NewPatient", LATE, ids="MR:m1 EPI:e1"),
    ],
    "visit moved": [
        admin("Arrival", 5, **AT, **place()),
        admin("NewPatient", 6, ids="MR:m2"),
        admin("VisitMerge", LATE, ids="MR:m2", previous="MR:m1", VisitNumber="v1"),
    ],
    "held and taken up": [
        admin("NewPatient", 2, ids="MR:m1 EPI:e", patient_Demographics=ADA),
        admin("NewPatient", 3, ids="MR:m2 EPI:e", patient_Demographics=BO),
        admin("Arrival", 5, ids="EPI:e", **AT, **place()),
        admin("PatientMerge", LATE, ids="MR:m2", previous="MR:m1"),
    ],
    "rescheduled": [
        booking("New", EARLY, VisitDateTime=moment(0), Reason="cough"),
        booking("Reschedule", LATE, VisitDateTime="2026-05-01T08:00:00.000Z", Reason="fall"),
    ],
    "rescheduled by date": [
        booking("New", EARLY, VisitDateTime="2026-03-01"),
        booking("Reschedule", LATE, VisitDateTime="2026-05-01"),
    ],
    "another provider": [
        booking(
            "New", EARLY, VisitDateTime=moment(0), AttendingProvider={"ID": "p1", "IDType": "NPI", "LastName": "Oak"}
        ),
        booking("Modification", LATE, VisitDateTime=moment(0), AttendingProvider={"ID": "p2", "LastName": "Elm"}),
    ],
    "hold taken": [
        booking("New", EARLY, ids="", VisitDateTime=moment(0), Reason="cough", **place()),
        booking("Modification", LATE, VisitDateTime="2026-05-01T08:00:00.000Z", Reason="fall", **place("ICU", "West")),
    ],
    "hold moved": [
        booking("New", EARLY, ids="", VisitDateTime=moment(0), Reason="cough", **place()),
        booking("Modification", LATE, ids="", VisitDateTime="2026-05-01T08:00:00.000Z", Reason="fall"),
    ],
    "too many places": [
        *[admin("Transfer", 1 + n // 60, **AT, **place(f"D{n}", f"F{n}")) for n in range(MOST + 2)],
        admin("Transfer", EARLY, **AT, **place()),
        admin("Transfer", LATE, **AT, **place("ICU", "West")),
    ],
    "too many names": [
        *[admin("NewPatient", 1, patient_Demographics=ADA | {"FirstName": f"Ada{n}"}) for n in range(MOST + 2)],
        admin("NewPatient", EARLY, patient_Demographics=ADA | {"PhoneNumber": {"Home": "+15550001"}}),
        admin("NewPatient", LATE, patient_Demographics=BO),
    ],
}


async def answers(partition: Partition) -> dict[str, Any]:
    """The answers to all questions, without filters and with each."""
    found: dict[str, Any] = await everything(partition, [("MR", "m1"), ("MR", "m2"), ("SSN", "111-11-1111")])
    for department, facility in (("ER", "East"), ("ICU", "West")):
        found |= {
            f"census {department}": await census(partition, Departments=[department]),
            f"census {facility}": await census(partition, Facilities=[facility]),
            f"visits {facility}": await visits(partition, Facilities=[facility], Departments=[department]),
            f"booked {department}": await booked(partition, Visit={"Location": {"Department": department}}),
        }
    for which in ("Emergency", "Inpatient"):
        found[which] = await census(partition, PatientClasses=[which])
    for reason in ("cough", "fall"):
        found[reason] = await booked(partition, Visit={"Reason": reason})
    for provider in ({"NPI": "p1"}, {"LastName": "Oak"}, {"ID": "p2"}):
        found[str(provider)] = await booked(partition, Visit={"AttendingProviders": [provider]})
    for start, end in (("2026-02-28", "2026-03-02"), ("2026-04-28", "2026-05-03")):
        days = {"StartDateTime": f"{start}T00:00:00.000Z", "EndDateTime": f"{end}T00:00:00.000Z"}
        found[start] = await booked(partition, **days)
    for name in (ADA, BO, ADA | {"FirstName": "Bo"}):
        by_name = {"FirstName": name["FirstName"], "LastName": name["LastName"], "DOB": name["DOB"]}
        asked = by_name | {"PhoneNumber": {"Home": "+15550001"}}
        found[str(asked)] = (await ask(partition, "PatientSearch", "Query", {"Patient": {"Demographics": asked}})).body
    ssn = {"SSN": ADA["SSN"], "DOB": ADA["DOB"]}
    found["SSN"] = (await ask(partition, "PatientSearch", "Query", {"Patient": {"Demographics": ssn}})).body
    return found


@pytest.mark.parametrize("name", CASES)
async def test_each_answer_is_as_if_nothing_had_come_since(store: Store, name: str) -> None:
    story = CASES[name]
    whole = await new_partition(store)
    await push(Intake(store), whole, story)
    times = sorted({message["Meta"]["EventDateTime"] for message in story})[-2:]
    for time in times:
        early = await new_partition(store)
        await push(Intake(store), early, [each for each in story if each["Meta"]["EventDateTime"] <= time])
        minutes = next(minute for minute in range(10_000) if moment(minute) == time)
        assert await answers(AsOf(whole, START + timedelta(minutes=minutes))) == await answers(early)


@pytest.mark.parametrize("length", [0, 1, 1000, 10**7, 10**9, 10**11])
def test_a_moment_lies_in_a_node_of_every_span_around_it(length: int) -> None:
    for begin in range(10**14, 10**14 + 10**10, 10**9 + 7):
        for at in (begin, begin + length // 2, begin + length):
            assert node_of(begin, begin + length) in set(nodes_around(at))
    assert len(set(nodes_around(10**14))) == len([*nodes_around(10**14)])


async def test_of_more_visits_than_the_limit_the_newest_at_the_moment_are_told(store: Store) -> None:
    story = [
        admin("Arrival", n, ids=f"MR:m{n}", VisitNumber=f"v{n}", VisitDateTime=moment(n), **place()) for n in range(6)
    ]
    story += [admin("Discharge", 20 + n, ids=f"MR:m{n}", VisitNumber=f"v{n}") for n in (1, 4)]
    story += [admin("Arrival", 30, ids="MR:m9", VisitNumber="v9", VisitDateTime=moment(30), **place())]
    whole, early = await new_partition(store), await new_partition(store)
    await push(Intake(store), whole, story)
    await push(Intake(store), early, story[:6])
    past = AsOf(whole, START + timedelta(minutes=10))
    for most in (1, 2, 5, 6):
        told = [await of_a_ward(partition, Limits(visits=most)) for partition in (past, early)]
        assert told[0].body == told[1].body
        assert told[0].is_incomplete == told[1].is_incomplete == (most < 6)


async def of_a_ward(partition: Partition, limits: Limits) -> Answer:
    question = {"Departments": ["ER"]}
    return await query_api.answer(partition, "PatientAdmin", "CensusQuery", question, limits, datetime.now(UTC))


@pytest.mark.parametrize("asked", ["census", "booked", "search"])
async def test_what_came_since_is_not_read(store: Store, asked: str) -> None:
    """An answer about the past examines what it tells of, among however many visits came afterwards."""
    partition, intake = await new_partition(store), Intake(store)
    await push(intake, partition, _ward(0, 5, since=0))
    first = await _examined(store, partition, asked)
    await push(intake, partition, _ward(100, 400, since=100), at_once=True)
    after = await _examined(store, partition, asked)
    assert first > 0
    assert after <= first + 2


def _ward(first: int, last: int, *, since: int) -> list[Json]:
    """Visits and appointments of a ward that begin some minutes later, each changed another 200 minutes later."""
    story: list[Json] = []
    for n in range(first, last):
        who, begins = f"MR:p{n}", since + 10 + n / 100
        visit = {"VisitNumber": f"s{n}", **place()}
        day = {"VisitNumber": f"b{n}", "VisitDateTime": f"2026-04-{1 + since // 10:02d}T08:00:00.000Z"}
        story += [
            admin("Arrival", begins, ids=who, **visit),
            booking("New", begins, ids=who, **day),
            admin("Discharge", begins + 200, ids=who, **visit),
            booking("Modification", begins + 200, ids=who, **day, Reason="cough"),
        ]
    return story


async def _examined(store: Store, partition: Partition, asked: str) -> int:
    """Return how many documents MongoDB examined for an answer that tells of five visits, or one person."""
    past, database = AsOf(partition, START + timedelta(minutes=50)), store.database
    await database.command("profile", 2)
    try:
        if asked == "census":
            assert len(await census(past, Departments=["ER"])) == 5
        elif asked == "booked":
            day = {"StartDateTime": "2026-04-01T00:00:00.000Z", "EndDateTime": "2026-04-02T00:00:00.000Z"}
            assert len(await booked(past, **day)) == 5
        else:
            assert (await search(past, ("MR", "p3")))["Patient"]
    finally:
        await database.command("profile", 0)
    found = await database["system.profile"].find({"op": {"$in": ["query", "getmore"]}}).to_list()
    await database["system.profile"].drop()
    return sum(int(each.get("docsExamined", 0)) for each in found)
