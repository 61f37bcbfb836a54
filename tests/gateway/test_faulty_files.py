"""Files with every kind of fault, as whoever runs the command sees them: what is said, the exit status, what went in."""

import gzip
import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.service import Service
from store.mongod.embedded import EmbeddedMongod
from tests.feed import documents
from tests.gateway.calls import CANARY, new_patient
from tests.gateway.commands import run
from tests.ingest.reports import lines, patient, table

WHEN = "2026-01-15T08:00:00Z"
GOOD = table([patient(1), patient(2)])
HEADER, FIRST, SECOND, _ = GOOD.decode().split("\r\n")
BIRTH, ID = "Patient.Demographics.DOB", "Patient.Identifiers[1].ID"


def with_row(row: str) -> bytes:
    """A file with one row between two that are good."""
    return lines(HEADER, FIRST, row, SECOND)


def with_cells(**said: str) -> bytes:
    """A file with one row between two that are good, which says these things."""
    return table([patient(1), patient(CANARY, **said), patient(2)])


@dataclass(frozen=True)
class Expected:
    """What a fault comes to."""

    body: bytes
    status: int
    said: str
    """On the terminal, among other things."""
    kept: int
    """Rows that went in."""


FAULTS = {
    "a missing column": Expected(
        GOOD.replace(b"[1].IDType", b"[2].IDType"), 2, "missing column Patient.Identifiers[1].IDType", 0
    ),
    "an unknown column": Expected(
        GOOD.replace(b"LastName", b"Lastname"), 2, "(is it Patient.Demographics.LastName?)", 0
    ),
    "a column twice": Expected(GOOD.replace(b"LastName", b"FirstName"), 2, "is there twice", 0),
    "no header": Expected(lines(f"{CANARY},MR", "x,MR"), 2, "is the header missing?", 0),
    "a header in another encoding": Expected(GOOD.replace(b"DOB", b"D\xd6B"), 1, "windows-1252", 0),
    "an empty file": Expected(b"", 1, "not even a header", 0),
    "only a header": Expected(lines(HEADER), 0, "0 read, 0 applied", 0),
    "binary rubbish": Expected(bytes(range(256)) * 9, 1, "no text", 0),
    "a spreadsheet": Expected(b"PK\x03\x04" + bytes(99), 1, "saved as CSV", 0),
    "a packed file that ends in the middle": Expected(gzip.compress(GOOD)[:-12], 1, "in the middle", 1),
    "a row that is too short": Expected(with_row(f"{CANARY},MR"), 1, "line 3: the row has 2 cells and the header 5", 2),
    "a row that is too long": Expected(
        with_row(f"{CANARY},MR,a,b,1980-02-03,{CANARY}"), 1, "line 3: the row has 6 cells and the header 5", 2
    ),
    "a bad date": Expected(with_cells(Demographics__DOB=f"1/6/{CANARY}"), 1, f"line 3: {BIRTH}: not a date such as", 2),
    "a date of a spreadsheet": Expected(
        with_cells(Demographics__DOB="1/6/2008"), 1, f"line 3: {BIRTH}: not a date such", 2
    ),
    "a bad code": Expected(
        with_cells(Demographics__Sex=CANARY), 1, "line 3: Patient.Demographics.Sex: not one of the words of Sex", 2
    ),
    "a number that lost its digits": Expected(
        with_row("1.23457E+11,MR,a,b,1980-02-03"), 1, f"line 3: {ID}: a spread", 2
    ),
    "half an identifier": Expected(
        with_row(f"{CANARY},,a,b,1980-02-03"), 1, "line 3: Patient.Identifiers[1].IDType: required field missing", 2
    ),
    "a quote that nobody closes": Expected(with_row(f'"{CANARY},MR,a,b,1980-02-03'), 1, "line 3: a quote is opened", 2),
    "a quote in the middle": Expected(with_row(f'"{CANARY}"x,MR,a,b,1980-02-03'), 1, "line 3: a quote is closed", 2),
    "a line of ten megabytes": Expected(
        with_row(f"{CANARY},MR,{'x' * 10_000_000},b,1980-02-03"), 1, "line 3: the row is longer than 1 MiB", 2
    ),
    "a row in another encoding": Expected(
        with_row(f"{CANARY},MR,Zo#,b,1980-02-03").replace(b"#", b"\xeb"),
        1,
        "line 3: Patient.Demographics.FirstName: bytes that are not of the file's encoding",
        2,
    ),
    "a control character": Expected(
        with_row(f"{CANARY},MR,a\x01,b,1980-02-03"), 1, "line 3: Patient.Demographics.FirstName: control character", 2
    ),
    "an identifier in two rows": Expected(
        table([patient(CANARY), patient(2), patient(CANARY, Demographics__MiddleName="x")]),
        0,
        "line 4: Patient.Identifiers: names the same as an earlier row",
        3,
    ),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_is_told_with_its_place_and_without_a_value_and_what_is_good_goes_in(
    name: str,
    service: Service,
    mongod: EmbeddedMongod,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATA_ON_DEMAND_MONGODB_URI", mongod.uri)
    monkeypatch.setenv("DATA_ON_DEMAND_DATABASE", service.store.database.name)
    expected, file = FAULTS[name], tmp_path / "report.csv"
    file.write_bytes(expected.body)
    given = ("backfill", "patients", str(file), "--tenant", "sandbox", "--extracted-at", WHEN)
    outcome = await run(capsys, *given)
    said = " ".join(f"{outcome.out} {outcome.err}".split())
    assert (outcome.status, expected.said in said) == (expected.status, True), outcome
    assert CANARY not in said
    assert "Quill" not in said
    tenant = await service.store.tenants.by_name("sandbox")
    assert tenant
    partition = service.store.partition(tenant)
    assert await partition.journal.count() == expected.kept
    people = [document for document in await documents(partition) if document.type == "Patient"]
    assert len(people) == min(expected.kept, 2)
    again = await run(capsys, *given)
    assert again.status == expected.status
    assert await partition.journal.count() == expected.kept


async def test_a_file_with_all_faults_of_rows_at_once_names_each_by_its_line(
    service: Service,
    mongod: EmbeddedMongod,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATA_ON_DEMAND_MONGODB_URI", mongod.uri)
    monkeypatch.setenv("DATA_ON_DEMAND_DATABASE", service.store.database.name)
    bad = [each.body.split(b"\n")[2] for each in FAULTS.values() if each.status == 1 and each.body[:20] == GOOD[:20]]
    bad = [row.strip() for row in bad if row.count(b",") < 8 and row.strip() != SECOND.encode()]
    assert len(bad) >= 8
    rows = [row for number, each in enumerate(bad) for row in (each, f"{number},MR,a,b,1980-02-03".encode())]
    file, rejects = tmp_path / "report.csv", tmp_path / "rejects.csv"
    file.write_bytes(b"\n".join([HEADER.encode(), *rows, b""]))
    given = ("backfill", "patients", str(file), "--tenant", "sandbox", "--extracted-at", WHEN, "--json")
    outcome = await run(capsys, *given, "--rejects", str(rejects))
    told = json.loads(outcome.out)
    assert outcome.status == 1
    assert (told["applied"], told["rejected"], told["read"]) == (len(bad), len(bad), 2 * len(bad))
    assert [each["line"] for each in told["rejects"]] == [2 * number + 2 for number in range(len(bad))]
    assert CANARY not in outcome.out + outcome.err
    assert rejects.read_bytes().count(b"\n") == len(bad) + 1


async def test_faults_in_a_file_of_events_are_told_alike(
    service: Service,
    mongod: EmbeddedMongod,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATA_ON_DEMAND_MONGODB_URI", mongod.uri)
    monkeypatch.setenv("DATA_ON_DEMAND_DATABASE", service.store.database.name)
    meta = {"EventDateTime": WHEN}
    told = [
        json.dumps(new_patient("1", Meta=meta)),
        "{",
        json.dumps(new_patient(CANARY, Meta={"EventType": CANARY})),
        json.dumps(new_patient(CANARY, Meta={"EventDateTime": "2999-01-01T00:00:00Z"})),
        json.dumps({**new_patient(CANARY), "Patient": CANARY}),
        "x" * (17 * 1024 * 1024),
        json.dumps(new_patient("2", Meta=meta)),
    ]
    file = tmp_path / "events.ndjson"
    file.write_bytes(lines(*told))
    outcome = await run(capsys, "backfill", "events", str(file), "--tenant", "sandbox", "--extracted-at", WHEN)
    assert outcome.status == 1
    for said in (
        "line 2: no JSON object",
        "line 3: Meta.EventType: no event that is known",
        "line 4: Meta.EventDateTime: the time lies in the future",
        "line 5: Patient: wrong shape",
        "line 6: the line is longer than 16 MiB",
        "7 read, 2 applied, 0 already there, 5 rejected",
    ):
        assert said in f"{outcome.err} {outcome.out}", outcome
    assert CANARY not in outcome.out + outcome.err
