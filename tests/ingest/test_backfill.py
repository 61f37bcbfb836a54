"""Files of rows and events: what goes in, what is rejected and how it is said, and that a second run changes nothing."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from ingest.backfill.file_errors import ColumnsUnfit, FileBroken, FileEmpty, FileUnusable, NotText
from ingest.intake import Intake
from ingest.pipeline import Accepted
from ingest.queue.batches import Batches
from ingest.understanding import Understood
from mappings.csv.samples import examples
from mappings.csv.templates import TEMPLATES, full_columns
from store.database import Store
from store.partition import Partition
from tests.feed import booked, census, documents, new_partition, push, search, visits
from tests.ingest.reports import THEN, lines, load, patient, table

CANARY = "Zebulonova"

Json = dict[str, Any]


async def state(partition: Partition) -> list[Any]:
    """All that is stored."""
    entries = [entry async for entry in partition.journal.newest({})]
    known = sorted((entry.id, entry.order, entry.keys, entry.open, entry.findings) for entry in entries)
    return [sorted(map(repr, await documents(partition))), known]


def example(kind: str, *, full: bool) -> bytes:
    template = TEMPLATES[kind]
    columns = full_columns(template) if full else template.columns
    return table(dict(zip(columns, row, strict=True)) for row in examples(template, columns))


async def test_blanks_around_identifiers_and_numbers_of_a_file_make_no_other_person_or_visit(store: Store) -> None:
    partition = await new_partition(store)
    rows = [patient("W100"), {**patient("W100"), "Patient.Identifiers[1].ID": "\u00a0W100 "}]
    summary = await load(partition, "patients", table(rows))
    assert (summary.applied, summary.already_there) == (1, 1)
    identifiers = [{"ID": " W100", "IDType": "MR "}]
    events = [
        {
            "Meta": {"DataModel": "PatientAdmin", "EventType": event_type, "EventDateTime": "2026-01-02T03:04:05Z"},
            "Patient": {"Identifiers": identifiers},
            "Visit": {"VisitNumber": number, "PatientClass": "Inpatient "},
        }
        for event_type, number in (("Arrival", "v1 "), ("VisitUpdate", "v1"))
    ]
    assert (await load(partition, "events", lines(*(orjson.dumps(each).decode() for each in events)))).applied == 2
    [person] = await visits(partition)
    assert person["Identifiers"] == [{"ID": "W100", "IDType": "MR"}]
    assert [(visit["VisitNumber"], visit["PatientClass"]) for visit in person["Visits"]] == [("v1", "Inpatient")]


# --- examples ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("full", [False, True])
async def test_the_example_of_each_template_is_answered_by_the_questions(store: Store, full: bool) -> None:
    partition = await new_partition(store)
    for kind in TEMPLATES:
        summary = await load(partition, kind, example(kind, full=full))
        assert (summary.state, summary.applied, summary.rejected) == ("done", 3, 0), summary
        assert not summary.findings
    found = await search(partition, ("MR", "7002"))
    assert found["Patient"]["Demographics"]["LastName"] == "Wren, Jr."
    assert found["Patient"]["Demographics"]["Address"]["ZIP"] == "53703"
    assert [visit["VisitNumber"] for visit in await booked(partition)] == ["B-1001", "B-1002", "B-1003"]
    assert {person["Visits"][0]["VisitNumber"] for person in await census(partition)} == {"V-1001", "V-1002", "V-1003"}
    assert {person["Visits"][0]["Status"] for person in await visits(partition)} == {"Arrived"}


# --- once, and in what order ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", TEMPLATES)
async def test_a_second_run_changes_nothing(store: Store, kind: str) -> None:
    partition = await new_partition(store)
    await load(partition, kind, example(kind, full=False))
    before = await state(partition)
    summary = await load(partition, kind, example(kind, full=False))
    assert (summary.applied, summary.already_there) == (0, 3)
    assert await state(partition) == before


async def test_neither_batches_nor_the_order_of_columns_decide_anything(store: Store) -> None:
    """Rows of one person in any batching come to what they come to one by one, and other columns' order is no news."""
    rows = [patient(1 + number % 5, Demographics__FirstName=f"Name{number}") for number in range(40)]
    one, many = await new_partition(store), await new_partition(store)
    await load(one, "patients", table(rows), batch=1, at_once=1)
    await load(many, "patients", table(rows), batch=7, at_once=4)
    for number in range(1, 6):
        assert await search(one, ("MR", f"{number}")) == await search(many, ("MR", f"{number}"))
        found = await search(one, ("MR", f"{number}"))
        assert found["Patient"]["Demographics"]["FirstName"] == f"Name{34 + number}"
    turned = [dict(reversed(list(row.items()))) for row in rows]
    assert (await load(one, "patients", table(turned))).applied == 0


async def test_a_row_that_is_there_twice_counts_once_whatever_the_batches(store: Store) -> None:
    rows = [patient("1"), patient("1", Demographics__FirstName="Bo"), patient("1")] * 5
    for batch in (1, 2, 100):
        partition = await new_partition(store)
        summary = await load(partition, "patients", table(rows), batch=batch)
        assert (summary.applied, summary.already_there) == (2, 13)
        assert (await search(partition, ("MR", "1")))["Patient"]["Demographics"]["FirstName"] == "Bo"


async def test_a_corrected_file_goes_over_the_first_of_its_moment(store: Store) -> None:
    """Wherever its rows stand: the later file is the last word among files of one moment."""
    partition = await new_partition(store)
    await load(partition, "patients", table([patient("2"), patient("1", Demographics__FirstName="Wrong")]))
    await load(partition, "patients", table([patient("1", Demographics__FirstName="Right"), patient("2")]))
    assert (await search(partition, ("MR", "1")))["Patient"]["Demographics"]["FirstName"] == "Right"


def live(event: str, when: datetime, **said: Any) -> Json:
    """An event that came in live."""
    meta = {"DataModel": "PatientAdmin", "EventType": event, "EventDateTime": when.isoformat()}
    return {"Meta": meta, **said}


async def test_a_backfill_goes_below_what_came_in_live_after_it_and_fills_what_that_left_unsaid(store: Store) -> None:
    partition = await new_partition(store)
    person = {"Identifiers": [{"ID": "1", "IDType": "MR"}], "Demographics": {"FirstName": "Live", "Sex": "Female"}}
    later = THEN + timedelta(hours=2)
    stay = {"VisitNumber": "V-1", "Location": {"Department": "ICU"}}
    await push(Intake(store), partition, [live("PatientUpdate", later, Patient=person)])
    await push(Intake(store), partition, [live("Discharge", later, Patient=person, Visit=stay)])
    row = patient("1") | {"Visit.VisitNumber": "V-1", "Visit.Location.Department": "3N", "Visit.Reason": "Cough"}
    assert (await load(partition, "patients", table([patient("1")]))).applied == 1
    assert (await load(partition, "visits", table([row]))).applied == 1
    found = (await search(partition, ("MR", "1")))["Patient"]["Demographics"]
    assert (found["FirstName"], found["LastName"], found["DOB"], found["Sex"]) == (
        "Live",
        "Quill1",
        "1980-02-03",
        "Female",
    )
    assert await census(partition) == []
    [visit] = (await visits(partition))[0]["Visits"]
    assert (visit["Status"], visit["Location"]["Department"], visit["Reason"]) == ("Finished", "ICU", "Cough")


async def test_what_came_in_live_at_the_very_moment_goes_over_the_backfill(store: Store) -> None:
    partition = await new_partition(store)
    person = {"Identifiers": [{"ID": "1", "IDType": "MR"}], "Demographics": {"FirstName": "Live"}}
    await push(Intake(store), partition, [live("NewPatient", THEN, Patient=person)])
    await load(partition, "patients", table([patient("1")]))
    assert (await search(partition, ("MR", "1")))["Patient"]["Demographics"]["FirstName"] == "Live"


async def test_a_column_says_when_each_row_was_true(store: Store) -> None:
    partition = await new_partition(store)
    rows = [
        patient("1", Demographics__FirstName="New") | {"Meta.EventDateTime": "2026-01-10T08:00:00Z"},
        patient("1", Demographics__FirstName="Old") | {"Meta.EventDateTime": "2026-01-09T08:00:00Z"},
        patient("2") | {"Meta.EventDateTime": ""},
        patient("3") | {"Meta.EventDateTime": "2999-01-01"},
    ]
    summary = await load(partition, "patients", table(rows), None)
    assert (await search(partition, ("MR", "1")))["Patient"]["Demographics"]["FirstName"] == "New"
    assert [each["path"] for each in summary.shown] == ["Meta.EventDateTime"] * 2
    assert (await load(partition, "patients", table(rows[2:3]))).applied == 1


async def test_without_any_time_nothing_is_loaded(partition: Partition) -> None:
    with pytest.raises(ColumnsUnfit, match=r"Meta\.EventDateTime"):
        await load(partition, "patients", table([patient("1")]), None)


async def test_a_dry_run_says_what_would_happen_and_writes_nothing(partition: Partition) -> None:
    await load(partition, "patients", table([patient("1")]))
    before = await state(partition)
    summary = await load(
        partition, "patients", table([patient("1"), patient("2"), patient("3", Demographics__DOB="x")]), is_dry=True
    )
    assert (summary.applied, summary.already_there, summary.rejected) == (1, 1, 1)
    assert await state(partition) == before


# --- whole files that cannot be loaded --------------------------------------------------------------------------------

GOOD = table([patient("1")])
UNFIT: dict[str, tuple[bytes, type[FileUnusable], str]] = {
    "missing column": (
        GOOD.replace(b"Patient.Identifiers[1].IDType", b"Patient.Notes[1]"),
        ColumnsUnfit,
        r"missing column Patient\.Identifiers\[1\]\.IDType",
    ),
    "unknown column": (
        GOOD.replace(b"Demographics.DOB", b"Demographics.Dob"),
        ColumnsUnfit,
        r"Dob \(is it Patient\.Demographics\.DOB\?\)",
    ),
    "a list counted from 0": (
        GOOD.replace(b"[1]", b"[0]"),
        ColumnsUnfit,
        r"unknown column Patient\.Identifiers\[0\]\.ID",
    ),
    "a column twice": (GOOD.replace(b"LastName", b"FirstName"), ColumnsUnfit, "there twice"),
    "no header": (GOOD.split(b"\r\n", 1)[1], ColumnsUnfit, "is the header missing"),
    "empty file": (b"", FileEmpty, "not even a header"),
    "only line breaks": (b"\n\n", FileEmpty, "not even a header"),
    "binary rubbish": (bytes(range(256)) * 40, NotText, "no text"),
    "a spreadsheet": (b"PK\x03\x04" + bytes(100), NotText, "saved as CSV"),
    "half of a packed file": (gzip.compress(GOOD * 3000)[:-20], FileBroken, "in the middle"),
    "a header in another encoding": (GOOD.replace(b"DOB", b"D\xd6B"), NotText, "windows-1252"),
}


@pytest.mark.parametrize("name", UNFIT)
async def test_a_file_that_cannot_be_loaded_says_why(name: str, partition: Partition) -> None:
    body, kind, said = UNFIT[name]
    if kind is FileBroken:
        summary = await load(partition, "patients", body)
        assert summary.state == "failed"
        assert "middle" in summary.failure
        return
    with pytest.raises(kind, match=said) as raised:
        await load(partition, "patients", body)
    assert "Quill1" not in str(raised.value)
    assert await partition.journal.count() == 0


async def test_a_file_of_a_header_alone_is_done_at_once(partition: Partition) -> None:
    summary = await load(partition, "patients", GOOD.split(b"\r\n")[0])
    assert (summary.is_clean, summary.read) == (True, 0)


async def test_unknown_columns_are_passed_over_where_that_is_wished(partition: Partition) -> None:
    body = table([patient("1") | {"WARD": "x"}])
    summary = await load(partition, "patients", body, ignores_unknown=True)
    assert summary.applied == 1
    assert summary.notes == ["passed over: WARD"]


# --- rows that are rejected -------------------------------------------------------------------------------------------

BAD_ROWS: dict[str, tuple[dict[str, str], str, str]] = {
    "bad date": (patient(CANARY, Demographics__DOB="1/6/2008"), "Patient.Demographics.DOB", "not a date such as"),
    "no day": (patient(CANARY, Demographics__DOB="2026-02-30"), "Patient.Demographics.DOB", "not a date such as"),
    "bad code": (patient(CANARY, Demographics__Sex="M"), "Patient.Demographics.Sex", "not one of the words of Sex"),
    "half an identifier": (
        patient(CANARY) | {"Patient.Identifiers[1].IDType": ""},
        "Patient.Identifiers[1].IDType",
        "required",
    ),
    "no identifier": (patient(""), "Patient.Identifiers", "required"),
    "second of a list": (
        patient(CANARY, **{"Contacts[2]__FirstName": "x", "Contacts[2]__RelationToPatient": CANARY}),
        "Patient.Contacts[2].RelationToPatient",
        "not one of the words of Relationship",
    ),
    "a power of ten": (patient("1.23457E+11"), "Patient.Identifiers[1].ID", "power of ten"),
    "no flag": (patient(CANARY, Demographics__IsHispanic="perhaps"), "Patient.Demographics.IsHispanic", "wrong type"),
    "a control character": (
        patient(CANARY, Demographics__MiddleName="a\x01b"),
        "Patient.Demographics.MiddleName",
        "control",
    ),
}


@pytest.mark.parametrize("name", BAD_ROWS)
async def test_a_bad_row_is_rejected_by_line_and_column_and_the_others_go_in(
    name: str, partition: Partition, tmp_path: Path
) -> None:
    row, path, reason = BAD_ROWS[name]
    rejects = tmp_path / "rejects.csv"
    summary = await load(partition, "patients", table([patient("1"), row, patient("2")]), rejects=rejects)
    assert (summary.applied, summary.rejected, summary.is_clean) == (2, 1, False)
    [shown] = summary.shown
    assert (shown["line"], shown["path"]) == (3, path)
    assert reason in shown["reason"]
    assert CANARY not in repr(summary)
    assert (rejects.stat().st_mode & 0o777) == 0o600


@pytest.mark.parametrize("text", ["1,MR,Ada", "1,MR,Ada,Quill,1980-02-03,more"])
async def test_a_ragged_row_is_rejected(text: str, partition: Partition) -> None:
    body = GOOD + lines(text, "2,MR,Bo,Wren,1980-02-03,,")
    summary = await load(partition, "patients", body)
    assert (summary.applied, summary.shown[0]["line"]) == (2, 3)
    assert "cells and the header 5" in summary.shown[0]["reason"]


async def test_a_quote_that_nobody_closes_takes_no_other_row_along(partition: Partition) -> None:
    body = GOOD + lines('2,MR,"Bo,Wren,1980-02-03', '3,MR,"Cy\nthe Elder",Wren,1980-02-03', '4,MR,"x"y,Wren,1980-02-03')
    body += lines(*(f"{number},MR,Di,Wren,1980-02-03" for number in range(5, 1200)))
    summary = await load(partition, "patients", body)
    assert [each["line"] for each in summary.shown] == [3, 6]
    assert ["quote" in each["reason"] for each in summary.shown] == [True, True]
    assert summary.applied == 1 + 1 + 1195
    assert (await search(partition, ("MR", "3")))["Patient"]["Demographics"]["FirstName"] == "Cy\nthe Elder"


async def test_a_line_of_ten_megabytes_is_rejected(partition: Partition) -> None:
    body = GOOD + lines(f"2,MR,{'x' * 10_000_000},Wren,1980-02-03", "3,MR,Bo,Wren,1980-02-03")
    summary = await load(partition, "patients", body)
    assert (summary.applied, summary.shown[0]["line"]) == (2, 3)
    assert "longer than 1 MiB" in summary.shown[0]["reason"]


async def test_rows_in_another_encoding_are_rejected_and_go_in_once_it_is_named(
    partition: Partition, tmp_path: Path
) -> None:
    body = table([patient("1"), patient("2", Demographics__FirstName="Zoë")]).decode().encode("windows-1252")
    rejects = tmp_path / "rejects.csv"
    summary = await load(partition, "patients", body, rejects=rejects)
    assert (summary.applied, summary.rejected) == (1, 1)
    assert summary.shown[0]["path"] == "Patient.Demographics.FirstName"
    assert "encoding" in summary.shown[0]["reason"]
    assert "Zoë".encode("windows-1252") in rejects.read_bytes()
    again = await load(partition, "patients", rejects.read_bytes(), encoding="windows-1252")
    assert (again.applied, again.is_clean) == (1, True)
    assert (await search(partition, ("MR", "2")))["Patient"]["Demographics"]["FirstName"] == "Zoë"


async def test_two_rows_of_one_identifier_are_told_of(partition: Partition) -> None:
    body = table([patient("1"), patient("2"), patient("1", Demographics__FirstName="Bo")])
    summary = await load(partition, "patients", body)
    assert summary.is_clean
    assert [(each["line"], each["path"]) for each in summary.doubts] == [(4, "Patient.Identifiers")]


async def test_a_zip_that_lost_its_zeros_is_told_of(partition: Partition) -> None:
    rows = [patient("1", Demographics__Address__ZIP="2139"), patient("2", Demographics__Address__ZIP="02139")]
    summary = await load(partition, "patients", table(rows))
    assert summary.is_clean
    assert [(each["line"], each["path"]) for each in summary.doubts] == [(2, "Patient.Demographics.Address.ZIP")]


async def test_mended_rejects_are_loaded_as_they_stand(partition: Partition, tmp_path: Path) -> None:
    rows = [patient(number, Demographics__DOB="x" if number % 2 else "1980-02-03") for number in range(6)]
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    assert (await load(partition, "patients", table(rows), rejects=first)).rejected == 3
    unmended = await load(partition, "patients", first.read_bytes(), rejects=second)
    assert (unmended.rejected, unmended.applied) == (3, 0)
    assert second.read_text().splitlines()[0] == first.read_text().splitlines()[0]
    assert second.read_text().count("Rejected") == 3
    mended = second.read_text().replace(",x", ",1980-02-03").encode()
    summary = await load(partition, "patients", mended, rejects=first)
    assert (summary.applied, summary.is_clean, first.exists()) == (3, True, False)


# --- how files are written --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("packed", [False, True])
async def test_delimiter_encoding_and_packing_are_found_out(
    delimiter: str, encoding: str, packed: bool, store: Store
) -> None:
    partition = await new_partition(store)
    body = table([patient("1", Demographics__FirstName="Zoë;,|\tX")], delimiter).decode().encode(encoding)
    summary = await load(partition, "patients", gzip.compress(body) if packed else body)
    assert summary.applied == 1, summary
    assert (await search(partition, ("MR", "1")))["Patient"]["Demographics"]["FirstName"] == "Zoë;,|\tX"


async def test_habits_of_spreadsheets_are_understood(partition: Partition) -> None:
    header, row = table([patient("1")], ";").decode().splitlines()
    odd = row.replace("1;MR", '"=""001""";  MR ', 1)
    summary = await load(partition, "patients", lines("sep=;", f"{header};;", f"{odd};;", ";;;;;;"))
    assert (summary.applied, summary.read) == (1, 1), summary
    assert (await search(partition, ("MR", "001")))["Patient"]["Demographics"]["LastName"] == "Quill1"


@pytest.mark.parametrize("said", ["sep=\t", "sep=", "sep=ab"])
async def test_a_delimiter_that_a_spreadsheet_tells_badly_is_found_out(said: str, partition: Partition) -> None:
    body = table([patient("1")], "\t")
    assert (await load(partition, "patients", lines(said) + body)).applied == 1


async def test_what_comes_before_a_break_of_a_packed_file_goes_in(partition: Partition) -> None:
    body = gzip.compress(table(patient(number, Demographics__MiddleName=f"x{number}") for number in range(3000)))
    summary = await load(partition, "patients", body[: len(body) // 2])
    assert (summary.state, summary.failure.startswith("The file ends or breaks in the middle")) == ("failed", True)
    assert 1000 < summary.applied == summary.read == await partition.journal.count() < 2000


async def test_batches_that_name_the_same_are_never_under_way_together(
    partition: Partition, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two transactions that write one person would lose races to each other; others do go on side by side."""
    under_way: list[set[str]] = []
    most, take = 0, Batches.take_batch

    async def watched(self: Batches, where: Partition, batch: Sequence[Understood]) -> list[Accepted]:
        nonlocal most
        named = {key for each in batch for key in each.entry.keys}
        assert all(named.isdisjoint(other) for other in under_way)
        under_way.append(named)
        most = max(most, len(under_way))
        try:
            return await take(self, where, batch)
        finally:
            under_way.remove(named)

    monkeypatch.setattr(Batches, "take_batch", watched)
    rows = [patient(number % 45, Demographics__FirstName=f"Name{number}") for number in range(180)]
    assert (await load(partition, "patients", table(rows), batch=10)).applied == 180
    assert most == 4
    assert (await search(partition, ("MR", "44")))["Patient"]["Demographics"]["FirstName"] == "Name179"


async def test_a_kind_without_its_number_says_nothing(partition: Partition) -> None:
    row = patient("1", **{"Identifiers[2]__ID": "", "Identifiers[2]__IDType": "EPI"})
    assert (await load(partition, "patients", table([row]))).is_clean
    assert (await search(partition, ("MR", "1")))["Patient"]["Identifiers"] == [{"ID": "1", "IDType": "MR"}]


# --- events -----------------------------------------------------------------------------------------------------------


def newcomer(number: str, **meta: Any) -> Json:
    message = live("NewPatient", THEN, Patient={"Identifiers": [{"ID": number, "IDType": "MR"}]})
    return {**message, "Meta": {**message["Meta"], **meta}}


async def test_events_are_taken_as_pushes_are(partition: Partition, tmp_path: Path) -> None:
    undated = newcomer("2")
    del undated["Meta"]["EventDateTime"]
    doubtful = newcomer("3")
    doubtful["Patient"]["Demographics"] = {"Sex": CANARY}
    bad = [
        orjson.dumps({"Meta": {"DataModel": "PatientSearch", "EventType": "Query"}}),
        orjson.dumps({"Meta": {"DataModel": "Scheduling", "EventType": "New"}, "Visit": {"VisitNumber": CANARY}}),
        orjson.dumps(newcomer("4", EventType=CANARY)),
        orjson.dumps(newcomer("5", EventDateTime="2999-01-01T00:00:00Z")),
        b"{",
        b"[1]",
        b'{"Meta": 1}',
        b"\xff",
    ]
    good = [orjson.dumps(newcomer("1")), orjson.dumps(undated), orjson.dumps(doubtful)]
    body, rejects = b"\n".join([*good, b"", *bad]), tmp_path / "rejects"
    summary = await load(partition, "events", body, rejects=rejects)
    assert (summary.applied, summary.rejected) == (3, len(bad)), summary
    assert summary.findings == {"with issues": 1}
    assert CANARY not in repr(summary)
    kept = [line for line in rejects.read_bytes().splitlines() if not line.startswith(b"#")]
    assert kept == bad
    again = await load(partition, "events", rejects.read_bytes())
    assert again.rejected == len(bad)
    assert (await load(partition, "events", body)).already_there == 3


async def test_the_journal_has_an_event_as_it_stood_in_the_file(partition: Partition) -> None:
    line = b'{"Meta":{"DataModel":"PatientAdmin", "EventType":"NewPatient","EventDateTime":"2026-01-01T00:00:00Z"},  "Patient":{"Identifiers":[{"ID":"1","IDType":"MR"}]}}'
    await load(partition, "events", line + b"\n")
    [entry] = [entry async for entry in partition.journal.in_order_of_receipt()]
    assert entry.body == line
    assert entry.effective == datetime(2026, 1, 1, tzinfo=UTC)
