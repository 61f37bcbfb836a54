"""Files over HTTP and on the command line: summaries, rejects, jobs, refusals, exit statuses; and no value is shown."""

import io
import json
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from gateway.files import file_jobs
from gateway.files.file_jobs import FileJobs, file_jobs_of
from gateway.service import Service
from mappings.csv.samples import examples
from mappings.csv.templates import TEMPLATES
from store.access import Client, Grant
from store.database import Store
from store.mongod.embedded import EmbeddedMongod
from store.work.jobs import Job, Jobs
from tests.gateway.calls import CANARY, new_patient, who_is
from tests.gateway.commands import Outcome, run
from tests.ingest.reports import lines, patient, table

Json = dict[str, Any]
WHEN = "2026-01-15T08:00:00Z"
OPTIONS: Json = {
    "begun": WHEN,
    "extracted_at": WHEN,
    "columns": "",
    "encoding": "",
    "ignores_unknown": False,
    "models": [],
}


async def send(http: httpx.AsyncClient, kind: str, body: bytes, **said: str) -> httpx.Response:
    """A file that is sent to the sandbox."""
    return await http.post(
        f"/backfill/{kind}", params={"tenant": "sandbox", "extracted_at": WHEN, **said}, content=body
    )


def many(count: int = 400) -> bytes:
    """A file that is too large to be answered at once; some rows of it are bad."""
    rows = [patient(number, Notes="x" * 700, Demographics__Sex="Female") for number in range(count)]
    rows[7]["Patient.Demographics.Sex"] = CANARY
    return table(
        [
            {("Patient.Notes[1]" if name == "Patient.Notes" else name): text for name, text in row.items()}
            for row in rows
        ]
    )


# --- HTTP -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", TEMPLATES)
async def test_the_example_of_a_template_is_loaded_and_loaded_again(kind: str, caller: httpx.AsyncClient) -> None:
    template = TEMPLATES[kind]
    body = table(dict(zip(template.columns, row, strict=True)) for row in examples(template, template.columns))
    first, second = await send(caller, kind, body), await send(caller, kind, body)
    assert first.status_code == second.status_code == 200, first.text
    assert (first.json()["State"], first.json()["Applied"], first.json()["Rejects"]) == ("done", 3, [])
    assert (second.json()["Applied"], second.json()["AlreadyThere"]) == (0, 3)
    found = await caller.post("/query", json=who_is("7001"))
    assert found.json()["Patient"]["Demographics"]["LastName"] == "Quill"


async def test_rejects_are_answered_by_line_and_path(caller: httpx.AsyncClient, log: io.StringIO) -> None:
    body = table([patient("1"), patient("2", Demographics__DOB=CANARY)])
    answer = await send(caller, "patients", body)
    assert answer.status_code == 200
    assert answer.json()["Rejected"] == 1
    [reject] = answer.json()["Rejects"]
    assert (reject["Line"], reject["Path"]) == (3, "Patient.Demographics.DOB")
    assert CANARY not in answer.text
    assert CANARY not in log.getvalue()
    assert "route=/backfill/{kind}" in log.getvalue().replace('"', "").replace(":", "=")


async def test_events_are_loaded(caller: httpx.AsyncClient) -> None:
    body = "".join(json.dumps(new_patient(f"E-{number}")) + "\n" for number in range(3)).encode()
    assert (await send(caller, "events", body)).json()["Applied"] == 3
    assert (await caller.post("/query", json=who_is("E-2"))).json()["Patient"]["Demographics"]["LastName"] == "Farrow"


async def test_a_large_file_is_a_job(caller: httpx.AsyncClient, app: FastAPI) -> None:
    answer = await send(caller, "patients", many())
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/backfill/{answer.json()['Job']}"
    await file_jobs_of(app).rest()
    told = (await caller.get(answer.headers["location"])).json()
    assert (told["State"], told["Applied"], told["Rejected"], told["Kind"]) == ("done", 399, 1, "patients")
    assert told["Rejects"][0]["Path"] == "Patient.Demographics.Sex"
    assert CANARY not in json.dumps(told)
    store: Store = app.state.service.store
    assert await store.database["job_parts"].count_documents({}) == 0


async def test_a_job_that_a_process_left_is_gone_on_with(service: Service) -> None:
    jobs, body = Jobs(service.store.database), many()
    options = {**OPTIONS}
    job = Job("0b7c6a52-0000-4000-8000-000000000001", "sandbox", "sandbox", "patients", options)
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    await jobs.add(job, body, long_ago)
    assert await jobs.take(job.id, "a process that died", long_ago)
    assert not await jobs.renew(job.id, "another", {}, long_ago)
    living = FileJobs(service)
    await living.look()
    await living.rest()
    done = await jobs.one(job.id)
    assert done is not None
    assert (done.state, done.outcome["applied"]) == ("done", 399)


async def test_a_job_is_left_to_others_when_the_service_stops(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs, first = Jobs(service.store.database), FileJobs(service)
    options = {**OPTIONS}
    job = Job("0b7c6a52-0000-4000-8000-000000000002", "sandbox", "sandbox", "patients", options)
    opened = file_jobs.opened

    def stops_soon(*given: Any) -> Any:
        load = opened(*given)
        load.tell = lambda _: setattr(first, "_is_stopping", True)
        return load

    monkeypatch.setattr(file_jobs, "opened", stops_soon)
    await first.accept(job, many())
    await first.rest()
    left = await jobs.one(job.id)
    assert left is not None
    assert left.state == "running"
    assert 0 < await service.store.partition(await tenant(service)).journal.count() < 399
    monkeypatch.undo()
    second = FileJobs(service)
    await second.look()
    await second.rest()
    done = await jobs.one(job.id)
    assert done is not None
    assert (done.state, done.outcome["applied"] + done.outcome["alreadyThere"]) == ("done", 399)


async def tenant(service: Service) -> Any:
    return await service.store.tenants.by_name("sandbox")


async def other_client(service: Service, http: httpx.AsyncClient, name: str, *grants: Grant) -> httpx.AsyncClient:
    """Another client, with its token."""
    await service.store.access.add_client(Client(name, name, "no-hash", "Development", grants))
    token = await service.store.access.issue_token("access", name)
    transport = http._transport
    headers = {"authorization": f"Bearer {token.secret}"}
    return httpx.AsyncClient(transport=transport, base_url="http://service", headers=headers)


async def test_a_job_is_there_for_the_client_that_sent_it_alone(
    caller: httpx.AsyncClient, service: Service, app: FastAPI
) -> None:
    answer = await send(caller, "patients", many())
    other = await other_client(service, caller, "other", Grant("sandbox", push=True), Grant("sandbox-two", push=True))
    async with other:
        for path in (answer.headers["location"], "/backfill/0b7c6a52-0000-4000-8000-00000000dead"):
            refused = await other.get(path)
            assert (refused.status_code, refused.json()["Meta"]["Errors"][0]["Text"]) == (404, "There is no such path")
    del caller.headers["authorization"]
    assert (await caller.get(answer.headers["location"])).status_code == 401
    assert (await send(caller, "patients", b"")).status_code == 401
    await file_jobs_of(app).rest()


async def test_a_client_loads_what_it_may_push(caller: httpx.AsyncClient, service: Service) -> None:
    grants = (Grant("sandbox", push=True, models=("Scheduling",)), Grant("sandbox-two", query=True))
    body, event = table([patient("1")]), json.dumps(new_patient("1")).encode()
    async with await other_client(service, caller, "limited", *grants) as limited:
        for name in ("sandbox", "sandbox-two", "nowhere"):
            refused = await send(limited, "patients", body, tenant=name)
            assert refused.status_code == 400
            assert "No subscriptions" in refused.text
        told = (await send(limited, "events", event)).json()
        assert (told["Applied"], told["Rejects"][0]["Path"]) == (0, "Meta.DataModel")


@pytest.mark.parametrize(
    ("kind", "said", "body", "status", "text"),
    [
        ("nonsense", {}, b"x", 404, "no such path"),
        ("patients", {"tenant": ""}, b"x", 400, "tenant"),
        ("patients", {"extracted_at": "yesterday"}, b"x", 400, "extracted_at"),
        ("patients", {"extracted_at": "2999-01-01"}, b"x", 400, "extracted_at"),
        ("patients", {"extracted_at": ""}, table([patient("1")]), 400, "Meta.EventDateTime"),
        ("patients", {"encoding": "klingon"}, table([patient("1")]), 400, "encoding"),
        ("patients", {}, b"", 400, "not even a header"),
        ("patients", {}, table([patient("1") | {"WARD": CANARY}]), 400, "unknown column WARD"),
        ("patients", {}, lines(f"{CANARY},1", "x,2"), 400, "header missing"),
        ("patients", {}, bytes(1000), 400, "no text"),
    ],
)
async def test_a_file_that_cannot_be_loaded_is_refused(
    kind: str, said: dict[str, str], body: bytes, status: int, text: str, caller: httpx.AsyncClient
) -> None:
    refused = await send(caller, kind, body, **said)
    assert refused.status_code == status, refused.text
    assert text in refused.json()["Meta"]["Errors"][0]["Text"]
    assert CANARY not in refused.text


async def test_now_is_remembered_with_the_file(caller: httpx.AsyncClient) -> None:
    body = table([patient("1")])
    first, second = [await send(caller, "patients", body, extracted_at="now") for _ in range(2)]
    assert first.json()["ExtractedAt"] == second.json()["ExtractedAt"]
    assert second.json()["AlreadyThere"] == 1
    other = await send(caller, "patients", table([patient("2")]), extracted_at="now")
    assert other.json()["ExtractedAt"] != first.json()["ExtractedAt"]


# --- columns over HTTP ------------------------------------------------------------------------------------------------

COLUMNS = """
[columns]
MRN = "Patient.Identifiers[1].ID"
SEX = { path = "Patient.Demographics.Sex", codes = { M = "Male", F = "Female" } }
NOTE = "Patient.Notes[1]"
[constants]
"Patient.Identifiers[1].IDType" = "MR"
"""
OWN = lines("MRN|SEX|NOTE", "4711|M|first", f"4712|{CANARY}|second")


async def send_form(http: httpx.AsyncClient, kind: str = "patients", **parts: bytes) -> httpx.Response:
    """A form that is sent to the sandbox."""
    files = {name: (f"{name}.txt", part) for name, part in parts.items()}
    return await http.post(f"/backfill/{kind}", params={"tenant": "sandbox", "extracted_at": WHEN}, files=files)


async def test_a_report_in_its_own_words_is_loaded_with_its_columns(caller: httpx.AsyncClient) -> None:
    first, second = [await send_form(caller, file=OWN, columns=COLUMNS.encode()) for _ in range(2)]
    assert first.status_code == 200, first.text
    assert (first.json()["Applied"], second.json()["AlreadyThere"]) == (1, 1)
    [reject] = first.json()["Rejects"]
    assert (reject["Line"], reject["Path"]) == (3, "Patient.Demographics.Sex (SEX)")
    assert CANARY not in first.text
    found = (await caller.post("/query", json=who_is("4711"))).json()["Patient"]
    assert (found["Demographics"]["Sex"], found["Notes"]) == ("Male", ["first"])


async def test_a_large_report_keeps_its_columns_as_a_job(caller: httpx.AsyncClient, app: FastAPI) -> None:
    body = OWN + lines(*(f"{number}|F|{'x' * 900}" for number in range(300)))
    answer = await send_form(caller, file=body, columns=COLUMNS.encode())
    assert answer.status_code == 202, answer.text
    await file_jobs_of(app).rest()
    told = (await caller.get(answer.headers["location"])).json()
    assert (told["State"], told["Applied"], told["Rejected"]) == ("done", 301, 1)


async def test_a_form_of_a_file_alone_is_the_file(caller: httpx.AsyncClient) -> None:
    body = table([patient("1")])
    assert (await send_form(caller, file=body)).json()["Applied"] == 1
    assert (await send(caller, "patients", body)).json()["AlreadyThere"] == 1


@pytest.mark.parametrize(
    ("kind", "parts", "said"),
    [
        ("patients", {"columns": COLUMNS.encode()}, "its part file is missing"),
        ("patients", {"file": OWN, "password": b"x"}, "neither file nor columns"),
        ("patients", {"file": OWN, "columns": b"[columns"}, "not valid TOML"),
        ("patients", {"file": OWN, "columns": b"\xff"}, "not in UTF-8"),
        ("patients", {"file": OWN, "columns": b"delimiter = '||'"}, "delimiter must be one character"),
        ("patients", {"file": OWN, "columns": b"#" * 70_000}, "longer than 65,536 characters"),
        ("patients", {"file": OWN, "columns": b".".join([b"a"] * 3000) + b"=1"}, "a line is longer than 4,096"),
        ("patients", {"file": OWN, "columns": b"a=" + b"[" * 4000}, "nested too deeply"),
        ("patients", {"file": OWN, "columns": COLUMNS.replace("SEX", "GENDER").encode()}, "missing column GENDER"),
        ("events", {"file": b"{}", "columns": COLUMNS.encode()}, "events have none"),
    ],
)
async def test_a_form_that_cannot_be_read_is_refused(
    kind: str, parts: dict[str, bytes], said: str, caller: httpx.AsyncClient, service: Service
) -> None:
    refused = await send_form(caller, kind, **parts)
    assert refused.status_code == 400, refused.text
    assert said in refused.json()["Meta"]["Errors"][0]["Text"]
    assert CANARY not in refused.text
    assert await service.store.partition(await tenant(service)).journal.count() == 0


PART = b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nMRN\r\n'


@pytest.mark.parametrize(
    ("boundary", "body", "said"),
    [
        ("; boundary=x", PART, "end is missing"),
        ("; boundary=x", PART + b"--x--"[:3], "end is missing"),
        ("; boundary=x", PART * 2 + b"--x--", "there twice"),
        ("; boundary=x", PART * 200_000, "there twice"),
        ("; boundary=x", b"rubbish", "broken"),
        ("; boundary=x", b"", "end is missing"),
        ("; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\nMRN\r\n--x--", "neither file nor"),
        ("; boundary=x", b"--x\r\n" + b"A: " + b"b" * 100_000 + b"\r\n\r\n", "broken"),
        ("", PART, "broken"),
        (f"; boundary={'x' * 1000}", PART, "broken"),
    ],
)
async def test_a_broken_form_is_refused(boundary: str, body: bytes, said: str, caller: httpx.AsyncClient) -> None:
    headers = {"content-type": f"multipart/form-data{boundary}"}
    refused = await caller.post("/backfill/patients?tenant=sandbox", content=body, headers=headers)
    assert refused.status_code == 400, refused.text
    assert said in refused.json()["Meta"]["Errors"][0]["Text"]


# --- the command ------------------------------------------------------------------------------------------------------

Command = Callable[..., Awaitable[Outcome]]


@pytest.fixture
async def command(
    service: Service, mongod: EmbeddedMongod, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Command:
    """Runs a command on the database of the service."""
    monkeypatch.setenv("DATA_ON_DEMAND_MONGODB_URI", mongod.uri)
    monkeypatch.setenv("DATA_ON_DEMAND_DATABASE", service.store.database.name)

    async def execute(*arguments: str) -> Outcome:
        return await run(capsys, *arguments)

    return execute


@pytest.mark.parametrize("kind", TEMPLATES)
@pytest.mark.parametrize("options", [(), ("--full",)])
async def test_what_template_prints_backfill_loads(
    kind: str, options: tuple[str, ...], command: Command, tmp_path: Path
) -> None:
    printed = await command("template", kind, "--example", *options)
    header = await command("template", kind, *options)
    assert printed.out.startswith(header.out)
    file = tmp_path / "report.csv"
    file.write_text(printed.out)
    given = ("backfill", kind, str(file), "--tenant", "sandbox", "--extracted-at", "now")
    dry = await command(*given, "--dry-run")
    assert (dry.status, "3 would be applied" in dry.out) == (0, True), dry
    first, second = await command(*given), await command(*given, "--json")
    assert (first.status, "3 read, 3 applied, 0 already there, 0 rejected" in first.out) == (0, True), first
    told = json.loads(second.out)
    assert (second.status, told["alreadyThere"], told["state"]) == (0, 3, "done")


async def test_rejects_are_named_on_the_terminal_without_a_value(command: Command, tmp_path: Path) -> None:
    file, rejects = tmp_path / "report.csv", tmp_path / "rejects.csv"
    file.write_bytes(
        table([patient(f"{CANARY}{number}", Demographics__DOB=f"{CANARY}") for number in range(30)] + [patient("1")])
    )
    given = (
        "backfill",
        "patients",
        str(file),
        "--tenant",
        "sandbox",
        "--extracted-at",
        WHEN,
        "--rejects",
        str(rejects),
    )
    outcome = await command(*given)
    assert outcome.status == 1
    assert "line 2: Patient.Demographics.DOB: not a date such as 2008-01-31" in outcome.err
    assert "and 10 more rejected rows" in outcome.err
    assert "rejected: 30 Patient.Demographics.DOB" in outcome.out
    assert CANARY not in outcome.out + outcome.err
    assert rejects.read_text().count(CANARY) == 90


async def test_standard_input_is_read(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(table([patient("1")])))
    monkeypatch.setattr(sys, "stdin", stream)
    outcome = await command("backfill", "patients", "-", "--tenant", "sandbox", "--extracted-at", WHEN)
    assert (outcome.status, "1 applied" in outcome.out) == (0, True), outcome


async def test_columns_of_a_sites_own_are_told_in_a_file(command: Command, tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text(COLUMNS)
    (tmp_path / "report.csv").write_bytes(OWN.replace(CANARY.encode(), b"F"))
    given = ("backfill", "patients", str(tmp_path / "report.csv"), "--tenant", "sandbox", "--extracted-at", WHEN)
    outcome = await command(*given, "--columns", str(tmp_path / "site.toml"))
    assert (outcome.status, "2 applied" in outcome.out) == (0, True), outcome


WRONG: dict[str, tuple[str, ...]] = {
    "no such kind": ("backfill", "people", "{good}", "--tenant", "sandbox"),
    "no such file": ("backfill", "patients", "{good}.not", "--tenant", "sandbox", "--extracted-at", "now"),
    "no tenant named": ("backfill", "patients", "{good}", "--extracted-at", "now"),
    "no time": ("backfill", "patients", "{good}", "--tenant", "sandbox"),
    "a time that is none": ("backfill", "patients", "{good}", "--tenant", "sandbox", "--extracted-at", "noon"),
    "a time to come": ("backfill", "patients", "{good}", "--tenant", "sandbox", "--extracted-at", "2999-01-01"),
    "rejects over the file": ("backfill", "patients", "{good}", "--tenant", "sandbox", "--rejects", "{good}"),
    "no such columns": ("backfill", "patients", "{good}", "--tenant", "sandbox", "--columns", "{good}.not"),
    "columns that are none": ("backfill", "patients", "{good}", "--tenant", "sandbox", "--columns", "{good}"),
    "an encoding that is none": ("backfill", "patients", "{good}", "--tenant", "sandbox", "--encoding", "klingon"),
    "an unknown column": ("backfill", "patients", "{odd}", "--tenant", "sandbox", "--extracted-at", WHEN),
    "no such template": ("template", "people"),
}
FAILED: dict[str, tuple[str, ...]] = {
    "an empty file": ("backfill", "patients", "{empty}", "--tenant", "sandbox", "--extracted-at", WHEN),
    "no text": ("backfill", "patients", "{binary}", "--tenant", "sandbox", "--extracted-at", WHEN),
    "no such tenant": ("backfill", "patients", "{good}", "--tenant", "nowhere", "--extracted-at", WHEN),
}


@pytest.mark.parametrize(("name", "status"), [*((name, 2) for name in WRONG), *((name, 1) for name in FAILED)])
async def test_a_wrong_call_and_a_failure_have_their_exit_status(
    name: str, status: int, command: Command, tmp_path: Path, service: Service
) -> None:
    files = {each: tmp_path / each for each in ("good", "odd", "empty", "binary")}
    files["good"].write_bytes(table([patient(CANARY)]))
    files["odd"].write_bytes(table([patient(CANARY) | {"WARD": CANARY}]))
    files["empty"].touch()
    files["binary"].write_bytes(bytes(range(256)))
    outcome = await command(*(part.format(**files) for part in (WRONG | FAILED)[name]))
    assert outcome.status == status, outcome
    assert outcome.err
    assert CANARY not in outcome.out + outcome.err
    assert await service.store.partition(await tenant(service)).journal.count() == 0


async def test_unknown_columns_are_named_or_passed_over(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "report.csv"
    file.write_bytes(table([patient("1") | {"WARD": "x"}]))
    given = ("backfill", "patients", str(file), "--tenant", "sandbox", "--extracted-at", WHEN)
    assert "unknown column WARD" in (await command(*given)).err
    assert (await command(*given, "--ignore-unknown")).status == 0
