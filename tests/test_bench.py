"""The programs of the benchmark can be run, and what they push and ask is whole. No time is measured here."""

from __future__ import annotations

from collections import Counter
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bench import hospital
from bench.client import Load
from bench.figures import Line, table
from mappings.reading import read
from mappings.redox.catalogue import event

PROGRAMS = sorted(each.stem for each in (Path(__file__).parents[1] / "bench").glob("*.py"))
PEOPLE = 2 * hospital.BLOCK + hospital.ON_A_WARD
ASKED = [hospital.who_is(1, 7), hospital.census(0), hospital.booked(0, 0)]


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_can_be_imported_and_does_nothing_then(name: str) -> None:
    assert import_module(f"bench.{name}").__doc__


def test_a_seed_always_tells_of_the_same_lives() -> None:
    assert [*hospital.lives(3, 60)] == [*hospital.lives(3, 60)]


def test_two_seeds_tell_of_different_people_and_visits() -> None:
    def names(seed: int) -> set[str]:
        told = [*hospital.lives(seed, 60)]
        people = {one["ID"] for message in told for one in message["Patient"]["Identifiers"]}
        return people | {message["Visit"]["VisitNumber"] for message in told}

    assert len(names(1)) == 60 * 2 + 60 * 3
    assert names(1) & names(2) == set()


@pytest.mark.parametrize(
    "message", [*hospital.lives(1, 60), *ASKED], ids=lambda message: str(message["Meta"]["EventType"])
)
def test_every_message_and_question_is_understood_without_an_issue(message: hospital.Json) -> None:
    known = event(message["Meta"]["DataModel"], message["Meta"]["EventType"])
    assert known
    reading = read(message, known, ZoneInfo("UTC"))
    assert (reading.issues, reading.missing, reading.misshapen) == ((), (), ())


def test_everybody_has_the_same_number_of_events_and_never_two_that_are_pushed_close_to_each_other() -> None:
    places: dict[str, list[int]] = {}
    for place, message in enumerate(hospital.lives(1, PEOPLE)):
        places.setdefault(message["Patient"]["Identifiers"][0]["ID"], []).append(place)
    assert len(places) == PEOPLE
    assert {len(each) for each in places.values()} == {hospital.EVENTS_A_PERSON}
    assert min(b - a for each in places.values() for a, b in pairwise(each)) >= hospital.ON_A_WARD


def test_events_are_pushed_in_the_order_in_which_they_happen() -> None:
    times = [message["Meta"]["EventDateTime"] for message in hospital.lives(1, PEOPLE)]
    assert times == sorted(set(times))


def test_each_question_finds_as_many_as_it_says() -> None:
    told = [*hospital.lives(1, 1000)]
    admitted = Counter(
        message["Visit"]["Location"]["Department"]
        for message in told
        if message["Visit"]["VisitNumber"].endswith("-2") and message["Meta"]["EventType"] == "Arrival"
    )
    assert admitted == {
        hospital.census(ward)["Departments"][0]: hospital.ON_A_WARD for ward in range(hospital.wards(1000))
    }
    starts = [
        (message["Visit"]["Location"]["Department"], message["Visit"]["VisitDateTime"])
        for message in told
        if message["Meta"]["DataModel"] == "Scheduling"
    ]
    for slot in hospital.clinic_days(1000):
        question = hospital.booked(*slot)
        clinic = question["Visit"]["Location"]["Department"]
        due = [
            time
            for place, time in starts
            if place == clinic and question["StartDateTime"] <= time < question["EndDateTime"]
        ]
        assert len(due) == hospital.ON_A_DAY


def test_a_ratio_is_that_of_each_round_and_a_table_shows_the_middle_one() -> None:
    line = Line("a thing", "events/s", [100, 200, 400], [50, 120, 100], ">= 0.40", "in words")
    assert line.ratios == [0.5, 0.6, 0.25]
    *_, row = table([line]).splitlines()
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells == [
        "a thing",
        "200 (100 to 400) events/s",
        "100 (50 to 120) events/s",
        "0.50 (0.25 to 0.60)",
        ">= 0.40",
        "in words",
    ]


def test_a_load_tells_its_rate_and_the_slow_ones_apart() -> None:
    load = Load(2.0, [0.001] * 98 + [0.5] * 2)
    assert load.rate == 50
    assert load.p50 == 1
    assert load.p99 == 500
