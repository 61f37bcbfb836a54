"""The programs of the benchmark can be run, and what they push, ask and print is right. No time is measured here."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bench import hospital, report, results
from bench.client import Load
from bench.figures import Curve, Line, Measured, measured, table
from bench.plot import svg
from bench.seeding import seed
from bench.stage import WRITERS
from ingest.backfill.loader import Load as Backfill
from ingest.backfill.opening import EVENTS, wanted_of
from ingest.backfill.rejects import Rejects
from ingest.backfill.summary import Summary
from ingest.intake import now
from ingest.synth.rows import Lives
from mappings.reading import read
from mappings.redox.catalogue import event
from query_api import Limits, answer
from store.mongo import Store
from store.partition import Partition

PROGRAMS = sorted(each.stem for each in (Path(__file__).parents[1] / "bench").glob("[!_]*.py"))
ASKED = [hospital.who_is(7), hospital.census(0), hospital.booked(0)]


@pytest.mark.parametrize("name", [*PROGRAMS, "__main__"])
def test_a_program_can_be_imported_and_does_nothing_then(name: str) -> None:
    assert import_module(f"bench.{name}").__doc__


# --- what is pushed and asked -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("question", ASKED, ids=lambda question: str(question["Meta"]["EventType"]))
def test_every_question_is_understood_without_an_issue(question: hospital.Json) -> None:
    known = event(question["Meta"]["DataModel"], question["Meta"]["EventType"])
    assert known
    reading = read(question, known, ZoneInfo("UTC"))
    assert (reading.issues, reading.missing, reading.misshapen) == ((), (), ())


def test_events_that_are_pushed_are_of_one_visit_each_and_those_of_a_person_far_apart() -> None:
    told = [*hospital.visits_alone(300, 1)]
    assert len(told) == hospital.EVENTS_A_PERSON * 300
    booked = {message["Visit"]["VisitNumber"] for message in told if message["Meta"]["DataModel"] == "Scheduling"}
    stays = {message["Visit"]["VisitNumber"] for message in told if message["Meta"]["DataModel"] == "PatientAdmin"}
    assert booked & stays == set()
    assert min(len(booked), len(stays)) > 100
    places: dict[str, list[int]] = {}
    for place, message in enumerate(told):
        places.setdefault(message["Patient"]["Identifiers"][0]["ID"], []).append(place)
    assert min(b - a for each in places.values() for a, b in pairwise(each)) > WRITERS


@pytest.fixture
async def seeded(store: Store) -> Partition:
    """The hospital of a thousand people, its documents written as the fold gives them."""
    await seed(store, hospital.population(1000))
    return store.partition(hospital.TENANT)


async def test_each_question_finds_as_many_as_it_says(seeded: Partition) -> None:
    async def found(question: hospital.Json) -> hospital.Json:
        meta = question["Meta"]
        known = event(meta["DataModel"], meta["EventType"])
        assert known
        clean = read(question, known, ZoneInfo("UTC")).message
        return (await answer(seeded, known.data_model, known.event_type, clean, Limits(), now())).body

    assert (hospital.wards(1000), hospital.clinic_days(1000)) == (1, 20)
    assert len((await found(hospital.census(0)))["Patients"]) == hospital.ON_A_WARD
    for day in (0, 7, 19):
        assert len((await found(hospital.booked(day)))["Visits"]) == hospital.ON_A_DAY
    for number in (0, 3, 999):
        assert (await found(hospital.who_is(number)))["Patient"]["Demographics"]


async def test_what_is_written_without_the_journal_is_what_pushes_leave(store: Store, partition: Partition) -> None:
    """The questions' documents: resources, what they are found by, and what is newest. Not when they were written."""
    people = hospital.population(30)
    await seed(store, people)
    written = await _documents(store.partition(hospital.TENANT))
    for name in ("Patient", "Encounter", "Appointment"):
        await store.database[name].delete_many({})
    tenant = store.partition(hospital.TENANT)
    rows = Lives(people, wanted_of(tenant, now(), None))
    rejects = Rejects(None, rows, "utf-8")
    await Backfill(store, tenant, rows, Summary(EVENTS), rejects, "synth", now(), now(), at_once=1).run()
    assert await _documents(tenant) == written
    assert len(written) > 100
    assert await partition.count("Patient") == 0


async def _documents(partition: Partition) -> dict[tuple[str, str], object]:
    found = [each for kind in ("Patient", "Encounter", "Appointment") async for each in partition.each(kind)]
    return {(each.kind, each.id): (each.resource, each.search, each.fold.get("last")) for each in found}


# --- figures ----------------------------------------------------------------------------------------------------------

LINE = Line("1: a thing", "events/s", [100, 200, 400], [50, 120, 100], ">= 0.40", "in words")
CURVE = Curve("Time", "people", "ms", {"p50": [(1000, 2.5), (1_000_000, 3.5)], "p99": [(1000, 0)]})


def test_a_ratio_is_that_of_each_round_and_a_table_shows_the_middle_one() -> None:
    assert LINE.ratios == [0.5, 0.6, 0.25]
    *_, row = table([LINE]).splitlines()
    assert [cell.strip() for cell in row.strip("|").split("|")] == [
        "1: a thing",
        "200 (100 to 400) events/s",
        "100 (50 to 120) events/s",
        "0.50 (0.25 to 0.60)",
        ">= 0.40",
        "yes",
        "in words",
    ]


@pytest.mark.parametrize(
    ("floor", "product", "owed", "kept"),
    [
        (100, 40, ">= 0.40", True),
        (100, 39, ">= 0.40", False),
        (100, 130, "<= 1.30", True),
        (100, 131, "<= 1.30", False),
        (100, 0, "<= 0.00", True),
        (100, 131, "", None),
        (0, 131, "<= 1.30", None),
    ],
)
def test_what_is_owed_is_kept_or_not(floor: float, product: float, owed: str, kept: bool | None) -> None:
    assert Line("a thing", "ms", [floor], [product], owed).is_kept is kept


def test_of_what_was_not_measured_there_is_no_ratio() -> None:
    assert Line("a thing", "ms", [1.5], []).ratios == []
    assert "1.50 ms" in table([Line("a thing", "ms", [1.5], [])])


def test_a_load_tells_its_rate_and_the_slow_ones_apart() -> None:
    load = Load(2.0, [0.001] * 98 + [0.5] * 2)
    assert load.rate == 50
    assert load.p50 == 1
    assert load.p99 == 500


# --- results and their page -------------------------------------------------------------------------------------------

MACHINE = {
    "cores": 2,
    "processor": "Some Processor",
    "memory": "8 GiB",
    "system": "Linux",
    "python": "3.11",
    "mongod": "6.0",
    "packages": {"pymongo": "4.15"},
    "load": 0.1,
}


def test_results_are_kept_and_read_again_in_full_before_in_short(tmp_path: Path) -> None:
    found = Measured([LINE], [CURVE])
    results.write("growth", found, MACHINE, 12, is_full=True, directory=tmp_path)
    results.write("growth", Measured([]), MACHINE, 1, is_full=False, directory=tmp_path)
    results.write("push", Measured([]), MACHINE, 1, is_full=False, directory=tmp_path)
    kept = results.kept(tmp_path)
    assert {name: each["form"] for name, each in kept.items()} == {"growth": "full", "push": "short"}
    again = measured({name: kept["growth"][name] for name in ("lines", "curves")})
    assert again.lines[0] == LINE
    assert [*map(tuple, again.curves[0].rows["p50"])] == CURVE.rows["p50"]


def test_the_machine_is_told_with_what_runs_on_it() -> None:
    on = results.machine()
    assert on.keys() == MACHINE.keys()
    assert on["mongod"].count(".") == 2
    json.dumps(on)


def test_the_page_holds_what_was_measured_and_how(tmp_path: Path) -> None:
    results.write("growth", Measured([LINE], [CURVE]), MACHINE, 12, is_full=True, directory=tmp_path)
    page = report.write(tmp_path, tmp_path)
    text = page.read_text()
    assert table([LINE]) in text
    assert "2 cores (Some Processor), 8 GiB, Linux, Python 3.11, mongod 6.0, pymongo 4.15." in text
    assert "| growth | full | `python -m bench" in text
    assert f"]({report.PLOT})" in text
    assert ET.parse(tmp_path / report.PLOT).getroot().tag.endswith("svg")  # noqa: S314 - our own


def test_without_results_there_is_no_page(tmp_path: Path) -> None:
    with pytest.raises(LookupError):
        report.write(tmp_path, tmp_path)
    assert [*tmp_path.iterdir()] == []


def test_a_plot_places_what_grows_tenfold_at_even_steps_and_leaves_out_what_is_nothing() -> None:
    rising = Curve("A & B", "people", "ms", {"row": [(10, 1), (100, 10), (1000, 100), (1000, 0)]})
    root = ET.fromstring(svg([rising]))  # noqa: S314 - our own
    [line] = root.iter("{http://www.w3.org/2000/svg}polyline")
    points = [tuple(map(float, point.split(","))) for point in line.attrib["points"].split()]
    assert len(points) == 3
    assert points[1][0] - points[0][0] == pytest.approx(points[2][0] - points[1][0], abs=0.2)
    assert points[0][1] - points[1][1] == pytest.approx(points[1][1] - points[2][1], abs=0.2)
    assert "A & B" in {each.text for each in root.iter("{http://www.w3.org/2000/svg}text")}
