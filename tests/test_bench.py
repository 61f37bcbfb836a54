"""The programs of the benchmark can be run, and what they push, ask and print is right. No time is measured here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bench import hospital, replay, report, results, versus
from bench.client import Load
from bench.figures import Curve, Line, Measured, measured, table
from bench.paired import NO_SLOWER, SLOWER, UNDECIDED, Interval, interval_of_median
from bench.plot import svg
from bench.processor_time import process_tree, processor_seconds, seconds_of_ended_children
from bench.seeding import seed
from bench.stage import WRITERS
from bench.tasks import MEASURES, Effort, Sizes, each_file
from bench.version import ROOT, ProcessorTime, RevisionUnknownError, Version, checkout, commit_of
from gateway.sandbox.well_known import prepare
from ingest.backfill.loader import Load as Backfill
from ingest.backfill.messages import Messages
from ingest.backfill.opening import EVENTS, wanted_of
from ingest.backfill.rejects import Rejects
from ingest.backfill.sources import opened
from ingest.backfill.summary import Summary
from ingest.folding import plan
from ingest.intake import now
from ingest.replays.migration import understand_anew
from ingest.replays.open_events import take_up
from ingest.replays.replay_progress import Summary as ReplaySummary
from ingest.synth.rows import Lives
from mappings.reading import read
from mappings.redox.catalogue import event
from query_api import Limits, answer
from store.database import Connection, Store
from store.mongod.embedded import EmbeddedMongod
from store.partition import Partition
from store.settings import DEFAULT_DATABASE

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


# --- what is replayed -------------------------------------------------------------------------------------------------

FEW = 150
"""Events of a whole feed."""


@pytest.fixture
async def two_tenants(store: Store, tmp_path: Path) -> Store:
    """A store with the two tenants of the measure, of which the first has been told the events."""
    for tenant in (hospital.TENANT, replay.LATER):
        await store.tenants.add(tenant)
    path = tmp_path / "events"
    replay.write_events(path, FEW)
    partition = store.partition(hospital.TENANT)
    with opened(str(path)) as source:
        rows = Messages(source, wanted_of(partition, now(), None))
        summary = Summary(EVENTS)
        await Backfill(store, partition, rows, summary, Rejects(None, rows, "utf-8"), "bench", now(), now()).run()
    assert summary.applied == FEW
    return store


async def test_events_that_are_taken_up_were_all_open_and_without_keys(two_tenants: Store) -> None:
    later = two_tenants.partition(replay.LATER)
    await replay.keep_open(two_tenants.partition(hospital.TENANT), later)
    entries = await later.journal.page(limit=0)
    assert len(entries) == FEW
    assert {(entry.open, entry.keys) for entry in entries} == {("unmapped", ())}
    assert (await take_up(two_tenants, later)).taken_up == FEW
    assert await later.journal.count({"open": {"$exists": True}}) == 0


async def test_events_that_are_taken_up_need_no_history_though_their_ids_are_in_no_order(
    two_tenants: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def history(*_: object, **__: object) -> None:
        raise AssertionError

    later = two_tenants.partition(replay.LATER)
    await replay.keep_open(two_tenants.partition(hospital.TENANT), later)
    monkeypatch.setattr(plan, "history", history)
    done = await take_up(two_tenants, later)
    assert (done.taken_up, done.still_open) == (FEW, 0)


async def test_every_entry_that_is_understood_anew_was_understood_otherwise(two_tenants: Store) -> None:
    loaded = two_tenants.partition(hospital.TENANT)
    before = await loaded.journal.page(limit=0)
    await replay.bring_into_former_form(loaded)
    former = await loaded.journal.page(limit=0)
    assert all(mine.order != other.order for mine, other in zip(before, former, strict=True))
    summary = ReplaySummary()
    await understand_anew(two_tenants, loaded, summary, lambda _: None)
    assert summary.understood == FEW
    assert await loaded.journal.page(limit=0) == before


async def test_each_step_of_a_replay_has_a_rate_and_the_records_are_those_of_the_backfill(two_tenants: Store) -> None:
    rates = await replay.replayed(two_tenants, FEW)
    assert [*rates] == ["taken up", "understood", "replayed"]
    assert all(rate > 0 for rate in rates.values())


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
    assert report.COMPARISON in text
    assert ET.parse(tmp_path / report.PLOT).getroot().tag.endswith("svg")  # noqa: S314 - our own


def test_the_page_that_is_kept_tells_how_versions_are_compared() -> None:
    assert report.COMPARISON in (report.DOCS / report.PAGE).read_text()


def test_lines_of_targets_come_first_and_by_their_numbers(tmp_path: Path) -> None:
    lines = [replace(LINE, measure=f"{name}a thing") for name in ("", "18: ", "2: ", "18th ")]
    results.write("growth", Measured(lines), MACHINE, 12, is_full=True, directory=tmp_path)
    found = [
        line.split("|")[1].strip()
        for line in report.write(tmp_path, tmp_path).read_text().splitlines()
        if "a thing" in line
    ]
    assert found == ["2: a thing", "18: a thing", "a thing", "18th a thing"]


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


# --- two versions -----------------------------------------------------------------------------------------------------


def test_of_twelve_ratios_the_third_from_each_end_hold_the_median() -> None:
    """The ranks and the confidence are those of printed tables of the sign test."""
    shuffled = [1.07, 0.9, 1.0, 1.11, 0.91, 1.02, 0.99, 1.1, 0.93, 1.01, 0.98, 1.04]
    found = interval_of_median(shuffled)
    assert (found.low, found.high, found.rank) == (0.93, 1.07, 3)
    assert found.confidence == pytest.approx(0.9614, abs=0.00005)


@pytest.mark.parametrize(
    ("rounds", "rank", "confidence"),
    [(1, 1, 0.0), (4, 1, 0.875), (5, 1, 0.9375), (6, 1, 0.96875), (9, 2, 0.9609), (30, 10, 0.9572)],
)
def test_an_interval_is_the_narrowest_that_is_sure_enough_or_else_all_there_is(
    rounds: int, rank: int, confidence: float
) -> None:
    found = interval_of_median([*map(float, range(1, rounds + 1))])
    assert (found.low, found.high, found.rank) == (rank, rounds + 1 - rank, rank)
    assert found.confidence == pytest.approx(confidence, abs=0.00005)


def test_without_a_ratio_there_is_no_interval() -> None:
    with pytest.raises(ValueError, match="no ratios"):
        interval_of_median([])


@pytest.mark.parametrize(
    ("low", "high", "confidence", "verdict"),
    [
        (0.951, 1.2, 0.96, NO_SLOWER),
        (0.95, 1.2, 0.96, UNDECIDED),
        (0.8, 0.95, 0.96, UNDECIDED),
        (0.8, 0.949, 0.96, SLOWER),
        (0.99, 1.01, 0.94, UNDECIDED),
        (0.1, 0.2, 0.94, UNDECIDED),
    ],
)
def test_a_verdict_rests_on_all_of_an_interval_that_is_sure_enough(
    low: float, high: float, confidence: float, verdict: str
) -> None:
    assert Interval(low, high, confidence, rank=1).verdict == verdict


def test_a_row_of_a_comparison_shows_medians_of_rates_ratios_and_processor_time() -> None:
    former = [Effort(100, 1.0, ProcessorTime(0.1, 0.1))] * 6
    present = [Effort(100, seconds, ProcessorTime(0.2, 0.1)) for seconds in (0.5, 0.8, 0.8, 1.0, 1.0, 2.0)]
    found = versus.Comparison(MEASURES["push"], former, present)
    *_, row = versus.page([found]).partition("\n\n")[0].splitlines()
    title, *cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert title.endswith("events/s")
    assert cells == [
        *("100", "112", "1.125", "0.500 to 2.000", "undecided"),
        *("2.00 (1.00 + 1.00)", "3.00 (2.00 + 1.00)", "1.500"),
    ]
    assert "of 6 ratios;\n  it holds the true median with 96.9% confidence" in versus.page([found])
    assert "no verdict" in versus.page([versus.Comparison(MEASURES["push"], former[:5], present[:5])])


def test_processor_time_is_that_of_a_process_and_of_its_children_also_after_they_end() -> None:
    burn = "import time\nwhile time.process_time() < 0.2: pass"
    program = (
        f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {burn!r}])\nprint('.', flush=True)\ninput()"
    )
    before = seconds_of_ended_children()
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline()
        assert process_tree(process.pid) == {process.pid}
        assert process_tree(os.getpid()) >= {os.getpid(), process.pid}
        assert processor_seconds([process.pid]) >= 0.15
        process.communicate(b"\n")
    assert processor_seconds([process.pid]) == 0
    assert seconds_of_ended_children() - before >= 0.2


def git(repository: Path, *arguments: str) -> str:
    author = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"]
    command = ["git", "-C", str(repository), *author, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with two commits of one file, and a change that is not committed."""
    made = tmp_path / "repository"
    made.mkdir()
    git(made, "init", "--quiet")
    for text in ("first", "second"):
        (made / "file").write_text(text)
        git(made, "add", "file")
        git(made, "commit", "--quiet", "--message", text)
    (made / "file").write_text("third")
    return made


@pytest.mark.parametrize("ends", [None, KeyboardInterrupt])
def test_a_former_version_is_written_to_a_folder_that_goes_however_it_ends(
    repository: Path, tmp_path: Path, ends: type[BaseException] | None
) -> None:
    tree, commit = tmp_path / "tree", commit_of("HEAD~1", repository)
    assert commit == git(repository, "rev-parse", "HEAD~1")
    try:
        with checkout(commit, tree, repository):
            assert (tree / "file").read_text() == "first"
            if ends:
                raise ends
    except KeyboardInterrupt:
        assert ends
    assert not tree.exists()
    assert len(git(repository, "worktree", "list").splitlines()) == 1
    assert (repository / "file").read_text() == "third"


@pytest.mark.parametrize("revision", ["nowhere", "--all", "HEAD:file", ""])
def test_a_revision_that_is_not_there_is_said(repository: Path, revision: str) -> None:
    with pytest.raises(RevisionUnknownError, match="has no revision"):
        commit_of(revision, repository)


def test_a_folder_that_is_no_repository_is_said(tmp_path: Path) -> None:
    with pytest.raises(RevisionUnknownError, match="not a git repository"):
        commit_of("HEAD", tmp_path)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "has no revision nowhere"),
        ([], "required: COMMIT"),
        (["HEAD", "--rounds", "0"], "at least one round"),
        (["HEAD", "--rounds", "x"], "at least one round"),
        (["HEAD", "--measures", "push,pull"], "no measure pull"),
        (["HEAD", "--measures", ""], "no measure without a name"),
    ],
)
def test_a_comparison_that_is_called_wrongly_ends_with_2_and_says_why(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        versus.main(arguments)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


async def test_two_versions_do_the_same_work_on_databases_of_their_own() -> None:
    """One round of pushes and of questions; the same source twice, so that a checkout without history will do."""
    sizes = Sizes(people=20, asked_about=20, seconds=0.05)
    measures = [MEASURES["push"], MEASURES["search"]]
    found = await versus.compare(replace(MEASURES["search"].setting, workers=1), measures, ROOT, 1, sizes)
    assert [each.measure for each in found] == measures
    for each in found:
        [former], [present] = each.former, each.present
        assert former.count == present.count > 0
        assert min(former.service_ms, present.service_ms) > 0
        assert each.interval.verdict == UNDECIDED
    assert found[0].former[0].count == 2 * 20 * hospital.EVENTS_A_PERSON


async def test_files_of_new_people_are_loaded_by_the_command_line(
    connection: Connection, mongod: EmbeddedMongod, tmp_path: Path
) -> None:
    store = await Store.attach(connection, DEFAULT_DATABASE)
    await prepare(store)
    assert mongod.pid
    version = Version(ROOT, mongod.data_dir, service="", token="", pid=os.getpid(), mongod=mongod.pid)
    files = each_file(tmp_path, 40)
    before = version.processor_time()
    assert (await next(files)(version)).count == 40
    assert (version.processor_time() - before).service > 0.2
    assert await store.partition(hospital.TENANT).count("Patient") == 40
    await connection.drop_database(DEFAULT_DATABASE)
