"""How questions are looked up: an index scan each, and hardly more keys than entries of what narrows it down most."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from itertools import chain, combinations
from random import Random
from typing import Any
from uuid import uuid4

import pytest

from query_api import booked, census, patient_search, visit_query
from query_api.asking import Asked
from query_api.people import may_be
from query_api.visits import Criteria
from store.conditions import NEWEST, every, is_any
from store.mongo import Connection, Store
from store.partition import Partition
from store.search import INDEXES
from store.tenants import Tenant
from tests.query_api.ward import NOW, Json, booking, keep, person, stay

VISITS = 2000
TENANT = Tenant(name="large", destination_id=str(uuid4()), time_zone="America/Chicago", census_hours={"Outpatient": 36})
PROVIDERS = [{"ID": str(one), "IDType": "NPI", "FirstName": f"F{one % 9}", "LastName": f"L{one}"} for one in range(40)]


def crowd(random: Random) -> Iterator[Json]:
    """People, stays and appointments of a busy hospital, spread unevenly."""
    for one in range(VISITS // 4):
        known = {"SSN": f"{one}", "DOB": f"1950-01-{one % 28 + 1:02}", "Address": {"ZIP": "1"}}
        yield {
            **person(f"F{one % 90} L{one % 70}", f"MR:{one}", f"SITE:{one % 20}", demographics=known),
            "id": f"p{one}",
        }
    for one in range(VISITS):
        whose = f"p{random.randrange(VISITS // 4)}"
        begun = (NOW - timedelta(minutes=random.randrange(500_000))).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        status = random.choices(["in-progress", "finished", "planned", "cancelled", "unknown"], [5, 80, 8, 5, 2])[0]
        place = {"Department": f"D{random.randrange(30)}", "Facility": f"H{random.choice('aaaabbc')}"}
        care = random.choice(["Inpatient", "Outpatient", "Outpatient", "Emergency"])
        yield stay(f"s{one}", whose, begun, status=status, place=place, PatientClass=care)
        due = (NOW + timedelta(minutes=15 * random.randrange(9_000))).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        cared = {"AttendingProvider": random.choice(PROVIDERS), "VisitProvider": random.choice(PROVIDERS)}
        yield booking(f"b{one}", whose, due, place=place, Reason=f"R{random.randrange(30)}", **cared)


@pytest.fixture(scope="module")
async def large(connection: Connection) -> AsyncIterator[Partition]:
    """A partition with everyone of the crowd in it."""
    name = f"test_{uuid4().hex}"
    partition = (await Store.attach(connection, name)).partition(TENANT)
    await keep(partition, crowd(Random(7)))  # noqa: S311 - no secret
    yield partition
    await connection.drop_database(name)


def asked(partition: Partition, question: Json) -> Asked:
    """A question to the large partition."""
    return Asked(question, partition.key, TENANT.zone, NOW, TENANT.census_hours)


def every_choice(filters: Json) -> list[Json]:
    """All combinations of filters."""
    chosen = chain.from_iterable(combinations(filters, size) for size in range(len(filters) + 1))
    return [{name: filters[name] for name in names} for names in chosen]


async def check(partition: Partition, kind: str, condition: Json) -> None:
    """Hold one search against what it may cost."""
    wanted = {"tenant": TENANT.name, **condition}
    find = {"find": kind, "filter": wanted, "sort": {NEWEST[kind]: -1}, "limit": 10_001}
    told = await partition.store.database.command({"explain": find, "verbosity": "executionStats"})
    stages = set(stages_of(told["queryPlanner"]["winningPlan"]))
    assert "COLLSCAN" not in stages
    assert stages & {"IXSCAN", "EOF"}
    entries = [
        await partition.store.database[kind].count_documents({"tenant": TENANT.name, **criterion})
        for criterion in indexed(kind, condition)
    ]
    assert told["executionStats"]["totalKeysExamined"] <= 2 * min(entries) + 10 * values_in(condition)


def stages_of(plan: Json) -> Iterator[str]:
    """The names of a plan's stages."""
    yield plan["stage"]
    for inside in [*plan.get("inputStages", ()), *([plan["inputStage"]] if "inputStage" in plan else ())]:
        yield from stages_of(inside)


def indexed(kind: str, condition: Json) -> Iterator[Json]:
    """The criteria of a condition that an index knows, each alone."""
    known = {name for index in INDEXES[kind] for name in index.document["key"]}
    for name, value in condition.items():
        if name == "$and":
            yield from chain.from_iterable(indexed(kind, inside) for inside in value)
        elif name in known:
            yield {name: value}


def values_in(condition: Any) -> int:
    """How many values the `$in` of a condition have together, those beside an `$or` counted as well."""
    if isinstance(condition, list):
        return sum(map(values_in, condition))
    if isinstance(condition, dict):
        listed = [len(value) for name, value in condition.items() if name in {"$in", "$or"}]
        return sum(listed) + sum(map(values_in, condition.values()))
    return 0


async def of_people(partition: Partition, criteria: Criteria) -> Json:
    """The condition of visits once the people asked for are known."""
    if not criteria.people:
        return criteria.condition
    await check(partition, "Patient", may_be(criteria.people, partition.key))
    found = await partition.find("Patient", may_be(criteria.people, partition.key))
    return every([criteria.condition, is_any("patient", [one.id for one in found])])


PLACES = {"PatientClasses": ["Emergency"], "Departments": ["D3", "D4"], "Facilities": ["Hc"]}
STAYS = {
    **PLACES,
    "VisitStatuses": ["Arrived", "Planned"],
    "VisitNumbers": ["s1", "s20", "s300"],
    "Patients": [{"Identifiers": [{"ID": "17", "IDType": "MR"}]}, {"Identifiers": [{"ID": "18", "IDType": "MR"}]}],
    "VisitStartDateTime": (NOW - timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
}
BOOKINGS = {
    "Reason": ["R3", "R4"],
    "VisitNumber": "b12",
    "AttendingProviders": [{"ID": "3", "IDType": "NPI"}, {"LastName": "L4"}],
    "VisitProvider": {"ID": "7", "LastName": "L7"},
    "Location": {"Department": "D3", "Facility": "Hc"},
    "Patients": [{"Identifiers": [{"ID": "17", "IDType": "MR"}]}],
}


@pytest.mark.parametrize("question", every_choice(PLACES))
async def test_the_census(large: Partition, question: Json) -> None:
    await check(large, "Encounter", census.criteria(asked(large, question)).condition)


async def test_the_visit_query(large: Partition) -> None:
    for question in every_choice(STAYS):
        criteria = visit_query.criteria(asked(large, question))
        await check(large, "Encounter", await of_people(large, criteria))


@pytest.mark.parametrize("days", [1, None])
async def test_booked(large: Partition, days: int | None) -> None:
    end = {"EndDateTime": (NOW + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S.000Z")} if days else {}
    for visit in every_choice(BOOKINGS):
        question = {"StartDateTime": "2026-03-10T12:00:00.000Z", **end, "Visit": visit}
        await check(large, "Appointment", await of_people(large, booked.criteria(asked(large, question))))


WHO = [
    {"Identifiers": [{"ID": "17", "IDType": "MR"}]},
    {"Identifiers": [{"ID": "17", "IDType": "MR"}, {"ID": "17", "IDType": "SITE"}]},
    {"Identifiers": [{"ID": "17", "IDType": "SSN"}]},
    {"Demographics": {"FirstName": "F3", "LastName": "L3", "DOB": "1950-01-04", "Address": {"ZIP": "1"}}},
    {"Demographics": {"SSN": "3", "DOB": "1950-01-04"}},
    {"Demographics": {"FirstName": "F3", "LastName": "L3", "SSN": "3", "DOB": "1950-01-04"}},
]


@pytest.mark.parametrize("patient", WHO)
async def test_patient_search(large: Partition, patient: Json) -> None:
    await check(large, "Patient", patient_search.criteria(asked(large, {"Patient": patient})).condition)
