"""How questions are looked up: an index scan each, and hardly more keys than entries of what narrows it down most."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from random import Random
from uuid import uuid4

import pytest

from bench import hospital
from bench.filters import Filters, filters_of
from bench.plans import REACH, Plan, plans
from bench.seeding import seed_together
from mappings.times import utc_text
from store.access.tenant import Tenant
from store.database import Connection, Store
from store.mongod.embedded import EmbeddedMongod
from store.partition import Partition
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


def records(random: Random) -> Iterator[Json]:
    """Notes and reports of the crowd: a few have very many, and some notes are replaced."""
    kinds = ["Progress note", "Letter", "Scan", "Consent"]
    for one in range(3 * VISITS):
        whose = f"p{int(random.random() ** 2 * (VISITS // 4))}"
        when = (NOW - timedelta(minutes=random.randrange(500_000))).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        visit = {"VisitNumber": f"s{random.randrange(VISITS)}", "Location": {"Department": f"D{random.randrange(30)}"}}
        ended = {"ended": "Replace"} if one % 5 == 0 else {"ended": "Delete"} if one % 31 == 0 else {}
        note = {"DocumentID": f"n{one}", "DocumentType": random.choice(kinds), "ServiceDateTime": when, **ended}
        yield {"id": f"note-{one}", "patient": whose, "Visit": visit, **note}
        status = random.choices(["Final", "Preliminary", "Corrected"], [80, 15, 5])[0]
        report = {"ID": f"o{one}", "CompletionDateTime": when, "ResultsStatus": status, "LastUpdated": when}
        coded = {"Procedure": {"Code": f"C{random.randrange(40)}", "Codeset": "LOINC"}}
        yield {
            "id": f"report-{one}",
            "patient": whose,
            "Visit": visit,
            **report,
            **coded,
            "results": [f"result-{one}"],
            "groups": [f"g{one // 3}"],
        }
        yield {"id": f"result-{one}", "patient": whose, "Code": "1", "Value": "2", "RelatedGroupID": f"g{one // 3}"}


SOMEBODY = [{"Identifiers": [{"ID": "17", "IDType": "MR"}]}]
RECORDS: dict[tuple[str, str], Json] = {
    ("Notes", "Query"): {
        "Patients": SOMEBODY,
        "VisitNumbers": ["s1", "s20"],
        "DocumentTypes": ["Letter", "Scan"],
        "DocumentIDs": ["n3", "n5", "n7"],
    },
    ("Results", "Query"): {
        "Patients": SOMEBODY,
        "Completion": {"StartDateTime": utc_text(NOW - timedelta(days=3)), "EndDateTime": utc_text(NOW)},
        "ResultStatuses": ["Preliminary", "Corrected"],
        "OrderIDs": ["o3", "o4"],
        "Procedures": [{"Code": "C3", "Codeset": "LOINC"}, {"Code": "C4"}],
        "Location": {"Department": "D3"},
        "LastUpdated": {"StartDateTime": utc_text(NOW - timedelta(days=2))},
        "RelatedGroupIDs": ["g5"],
    },
}
WARDS: Json = {"PatientClasses": ["Emergency"], "Departments": ["D3", "D4"], "Facilities": ["Hc"]}
OF_THE_CROWD = Filters(
    NOW,
    WARDS,
    {
        **WARDS,
        "VisitStatuses": ["Arrived", "Planned"],
        "VisitNumbers": ["s1", "s20", "s300"],
        "Patients": [{"Identifiers": [{"ID": "17", "IDType": "MR"}]}, {"Identifiers": [{"ID": "18", "IDType": "MR"}]}],
        "VisitStartDateTime": utc_text(NOW - timedelta(days=3)),
    },
    {
        "Reason": ["R3", "R4"],
        "VisitNumber": "b12",
        "AttendingProviders": [{"ID": "3", "IDType": "NPI"}, {"LastName": "L4"}],
        "VisitProvider": {"ID": "7", "LastName": "L7"},
        "Location": {"Department": "D3", "Facility": "Hc"},
        "Patients": [{"Identifiers": [{"ID": "17", "IDType": "MR"}]}],
    },
    (
        {"StartDateTime": utc_text(NOW), "EndDateTime": utc_text(NOW + timedelta(days=1))},
        {"StartDateTime": utc_text(NOW)},
    ),
    (
        {"Identifiers": [{"ID": "17", "IDType": "MR"}]},
        {"Identifiers": [{"ID": "17", "IDType": "MR"}, {"ID": "17", "IDType": "SITE"}]},
        {"Identifiers": [{"ID": "17", "IDType": "SSN"}]},
        {"Demographics": {"FirstName": "F3", "LastName": "L3", "DOB": "1950-01-04", "Address": {"ZIP": "1"}}},
        {"Demographics": {"SSN": "3", "DOB": "1950-01-04"}},
        {"Demographics": {"FirstName": "F3", "LastName": "L3", "SSN": "3", "DOB": "1950-01-04"}},
    ),
    RECORDS,
)


@pytest.fixture(scope="module")
def people(request: pytest.FixtureRequest) -> int:
    """How large the population is: `--people`."""
    return request.config.getoption("--people")


@pytest.fixture(scope="module")
async def large(people: int, mongod: EmbeddedMongod, connection: Connection) -> AsyncIterator[Store]:
    """A store with the crowd in one tenant, and a population of invented people in another."""
    name = f"test_{uuid4().hex}"
    store = await Store.attach(connection, name)
    await keep(store.partition(TENANT), crowd(Random(7)))  # noqa: S311 - no secret
    await keep(store.partition(TENANT), records(Random(8)))  # noqa: S311 - no secret
    await seed_together(mongod.uri, name, people, 2)
    yield store
    await connection.drop_database(name)


async def faults(partition: Partition, filters: Filters) -> list[str]:
    """What is not as owed, of every question with every combination of filters."""
    found = [plan async for plan in plans(partition, filters)]
    assert len(found) > 300
    return [f"{plan.question}: {fault}" for plan in found for fault in plan.faults()]


async def test_every_question_about_a_crowd_is_looked_up_as_owed(large: Store) -> None:
    assert await faults(large.partition(TENANT), OF_THE_CROWD) == []


async def test_every_question_about_a_population_is_looked_up_as_owed(large: Store, people: int) -> None:
    partition = large.partition(hospital.TENANT)
    assert await partition.count("Patient") == people
    assert await faults(partition, filters_of(people)) == []


def test_a_plan_is_at_fault_where_it_scans_sorts_too_much_or_examines_too_many_keys() -> None:
    def at_fault(stages: str, keys: int = 40, in_memory: int = 0) -> list[str]:
        return [*Plan("Booked", "Appointment", tuple(stages.split()), keys, 10, 2, in_memory).faults()]

    assert at_fault("FETCH IXSCAN") == []
    assert at_fault("FETCH IXSCAN", 41) == ["41 keys are examined, and 40 may be"]
    assert at_fault("COLLSCAN") == ["every document is read", "no index is read"]
    assert at_fault("SORT FETCH IXSCAN", 40, REACH) == []
    assert at_fault("SORT FETCH IXSCAN", 40, REACH + 1) == [f"{REACH + 1} are sorted in memory"]
