"""Invented people: what is told of them can be, and follows from the seed, the day and their number alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ingest.backfill.loader import Load
from ingest.backfill.opening import EVENTS, wanted_of
from ingest.backfill.rejects import Rejects
from ingest.backfill.summary import Summary
from ingest.intake import now
from ingest.synth.lives import Population, addressed
from ingest.synth.rows import Lives
from mappings.reading import read
from mappings.redox.catalogue import event
from query_api import Limits, answer
from store.partition import Partition
from tests.query_api.ward import holes

Json = dict[str, Any]

ZONE = ZoneInfo("America/Chicago")
TODAY = date(2026, 3, 10)
SOME = Population(400, TODAY, zone=ZONE)


@pytest.fixture(scope="module")
def told() -> list[Json]:
    """What is told of some people."""
    return [*SOME.messages()]


def whose(message: Json) -> str:
    """The record number of somebody."""
    return str(message["Patient"]["Identifiers"][0]["ID"])


def lives(messages: list[Json]) -> dict[str, list[Json]]:
    """Messages by whose they are, each in their order."""
    by_person: dict[str, list[Json]] = {}
    for message in messages:
        by_person.setdefault(whose(message), []).append(message)
    return by_person


def kind(message: Json) -> str:
    """Its event."""
    return f"{message['Meta']['DataModel']}.{message['Meta']['EventType']}"


# --- what can be ------------------------------------------------------------------------------------------------------


def test_every_message_reads_without_an_issue_and_holds_nothing_empty(told: list[Json]) -> None:
    for message in told:
        known = event(message["Meta"]["DataModel"], message["Meta"]["EventType"])
        assert known
        reading = read(message, known, ZONE)
        assert (reading.issues, reading.missing, reading.misshapen) == ((), (), ()), kind(message)
        assert holes(message) == []


def test_every_event_that_a_stay_or_an_appointment_has_is_told_of(told: list[Json]) -> None:
    stays = ("NewPatient", "PatientUpdate", "PreAdmit", "Arrival", "Transfer", "Discharge")
    booked = ("New", "Reschedule", "Modification", "Cancel", "NoShow")
    assert {kind(message) for message in told} == {
        *(f"PatientAdmin.{each}" for each in stays),
        *(f"Scheduling.{each}" for each in booked),
    }


def test_a_life_is_told_in_its_order_from_the_first_contact_to_the_night_before(told: list[Json]) -> None:
    midnight = datetime(2026, 3, 10, tzinfo=ZONE)
    for life in lives(told).values():
        times = [datetime.fromisoformat(message["Meta"]["EventDateTime"]) for message in life]
        assert times == sorted(set(times))
        assert times[-1] < midnight
        born = datetime.fromisoformat(life[0]["Patient"]["Demographics"]["DOB"]).replace(tzinfo=ZONE)
        assert times[0] > born
        assert [kind(message) for message in life].count("PatientAdmin.NewPatient") == 1
        assert kind(life[0]) == "PatientAdmin.NewPatient"


def test_there_are_appointments_of_the_past_of_today_and_to_come_and_people_in_beds(told: list[Json]) -> None:
    midnight = datetime(2026, 3, 10, tzinfo=ZONE)
    starts = [message["Visit"]["VisitDateTime"] for message in told if message["Meta"]["DataModel"] == "Scheduling"]
    due = Counter((datetime.fromisoformat(start) - midnight).days for start in starts)
    assert due[0] >= 20
    assert min(due) < -300
    assert max(due) > 7
    in_bed = {
        message["Visit"]["VisitNumber"] for message in told if "Bed" in message.get("Visit", {}).get("Location", {})
    }
    left = {message["Visit"]["VisitNumber"] for message in told if kind(message) == "PatientAdmin.Discharge"}
    admitted = {message["Visit"]["VisitNumber"] for message in told if kind(message) == "PatientAdmin.Arrival"}
    assert len((in_bed & admitted) - left) == 400 // SOME.in_bed


def test_people_are_spread_as_people_are(told: list[Json]) -> None:
    people = [life[0]["Patient"] for life in lives(told).values()]
    sexes = Counter(person["Demographics"]["Sex"] for person in people)
    assert 0.42 < sexes["Female"] / len(people) < 0.6
    languages = Counter(person["Demographics"]["Language"] for person in people)
    assert languages["en"] > languages["es"] > 5
    assert 0.5 < sum(len(person["Identifiers"]) == 2 for person in people) / len(people) < 0.7
    ages = sorted(2026 - int(person["Demographics"]["DOB"][:4]) for person in people)
    assert ages[0] < 5
    assert ages[-1] > 85
    assert 35 < ages[len(ages) // 2] < 55
    last_names = Counter(person["Demographics"]["LastName"] for person in people)
    assert len(last_names) > 80
    assert 1 < last_names.most_common(1)[0][1] < 40


@pytest.mark.parametrize("visits", [0, 1, 3, 8])
def test_people_have_as_many_visits_as_asked_for_on_average(visits: int) -> None:
    population = replace(SOME, patients=1200, visits=visits)
    numbers = {message["Visit"]["VisitNumber"] for message in population.messages() if "Visit" in message}
    assert abs(len(numbers) / 1200 - visits) <= 0.12 * visits


# --- what it follows from ---------------------------------------------------------------------------------------------


def test_the_same_seed_and_day_tell_the_same_and_a_larger_population_has_the_smaller_one_in_it(
    told: list[Json],
) -> None:
    few, others = [*replace(SOME, patients=150).messages()], [*SOME.messages(first=150)]
    assert few + others == told


@pytest.mark.parametrize("other", [replace(SOME, seed=2), replace(SOME, today=date(2026, 3, 11))])
def test_another_seed_or_day_tells_of_other_people_and_visits(other: Population, told: list[Json]) -> None:
    def names(messages: list[Json]) -> set[str]:
        people = {one["ID"] for message in messages for one in message["Patient"]["Identifiers"]}
        return people | {message["Visit"]["VisitNumber"] for message in messages if "Visit" in message}

    assert names([*replace(other, patients=100).messages()]) & names(told) == set()


def test_people_in_turn_are_the_same_people_with_their_events_far_apart(told: list[Json]) -> None:
    in_turn = [*SOME.messages(in_turn=64)]
    assert lives(in_turn) == lives(told)
    last: dict[str, int] = {}
    apart = []
    for place, message in enumerate(in_turn[:1500]):
        apart.append(place - last.get(whose(message), -1000))
        last[whose(message)] = place
    assert min(apart) >= 63


def test_a_population_of_any_size_begins_at_once() -> None:
    assert len([*islice(Population(10**9, TODAY).messages(in_turn=8), 30)]) == 30


# --- in a tenant ------------------------------------------------------------------------------------------------------


async def load(partition: Partition, population: Population) -> Summary:
    """A population loaded into a tenant."""
    wanted = Lives(population, wanted_of(partition, now(), None))
    midnight = datetime.combine(population.today, datetime.min.time(), UTC)
    summary = Summary(EVENTS)
    done = await Load(
        partition.store, partition, wanted, summary, Rejects(None, wanted, "utf-8"), "synth", now(), midnight, at_once=1
    ).run()
    assert wanted.done == 1
    return done


async def test_a_population_is_loaded_without_a_finding_and_known_when_it_comes_again(partition: Partition) -> None:
    population = Population(60, TODAY, zone=partition.tenant.zone, meta=addressed(partition.tenant), in_bed=20)
    first = await load(partition, population)
    assert (first.state, first.rejected, first.already_there) == ("done", 0, 0)
    assert (first.findings, first.unfolded, first.doubts) == ({}, {}, [])
    assert await partition.count("Patient") == 60
    again = await load(partition, population)
    assert (again.applied, again.already_there) == (0, first.applied)


async def test_a_loaded_population_is_found_by_the_questions(partition: Partition) -> None:
    population = Population(60, TODAY, zone=partition.tenant.zone, in_bed=20)
    await load(partition, population)
    midnight = datetime.combine(TODAY, datetime.min.time(), partition.tenant.zone)
    census = await answer(partition, "PatientAdmin", "CensusQuery", {}, Limits(), midnight)
    assert len(census.body["Patients"]) == 3
    span = {"StartDateTime": midnight.isoformat(), "EndDateTime": (midnight + timedelta(days=1)).isoformat()}
    due = await answer(partition, "Scheduling", "Booked", span, Limits(), midnight)
    assert len(due.body["Visits"]) == 20
    somebody = next(population.life(7))["Patient"]
    found = await answer(
        partition,
        "PatientSearch",
        "Query",
        {"Patient": {"Identifiers": somebody["Identifiers"][:1]}},
        Limits(),
        midnight,
    )
    assert found.body["Patient"]["Demographics"]["LastName"] == somebody["Demographics"]["LastName"]
