"""Who came in is remembered before the answer leaves: who, from where, what, how many, which; and no value."""

import asyncio
import io
import json
import os
import pwd
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fhir.resources.R4B.auditevent import AuditEvent
from hypothesis import given
from hypothesis import strategies as st

from gateway.cli.audit import entries
from gateway.service import Service
from mappings.kinds import PERSON
from store.audit.audit_entry import NO_TENANT, Remembered
from store.conditions import every
from store.database import Connection, Store
from tests.gateway.calls import CANARY, SANDBOX, SANDBOX_TWO, message, new_patient, who_is
from tests.gateway.commands import Command
from tests.journeys.processes import command as process
from tests.journeys.processes import serving
from tests.laws.test_hush import _messages

UNKNOWN = "5a4d0b0e-0000-4000-8000-00000000dead"
FEED = {"verification-token": "sandbox-token"}


async def remembered(service: Service, tenant: str = "sandbox", event: str = "") -> list[Remembered]:
    """What is remembered of a tenant's doors, newest first."""
    return [entry async for entry in entries(service.store, tenant) if event in ("", entry.event)]


async def test_a_question_is_remembered_with_what_it_showed(caller: httpx.AsyncClient, service: Service) -> None:
    for number in ("N-1", "N-2"):
        await caller.post("/endpoint", json=new_patient(number))
    answer = await caller.post("/query", json=who_is("N-1"))
    [found] = await remembered(service, event="question")
    [person] = await service.store.partition((await service.store.tenants.all())[0]).find(PERSON, every([]), limit=1)
    assert (found.who, found.by, found.peer) == ("sandbox", "client", "127.0.0.1")
    assert (found.model, found.type, found.count, found.status) == ("PatientSearch", "Query", 1, 200)
    assert found.log_id == answer.json()["Meta"]["Logs"][0]["ID"]
    assert len(found.resources) == 1
    assert found.resources[0].startswith("Patient/")
    assert len(found.resources[0]) == len(f"Patient/{person.id}")


async def test_a_question_that_found_nobody_is_remembered_too(caller: httpx.AsyncClient, service: Service) -> None:
    await caller.post("/query", json=who_is("nobody"))
    [found] = await remembered(service, event="question")
    assert (found.count, found.resources) == (0, ())


async def test_the_journal_remembers_who_pushed_from_where(caller: httpx.AsyncClient, service: Service) -> None:
    pushed = await caller.post("/endpoint", json=new_patient("N-1"))
    fed = new_patient("N-2", Meta={"Source": {"ID": "5a4d0b0e-0000-4000-8000-0000000000f0"}})
    await caller.post("/webhook", json=fed, headers=FEED)
    by_webhook, by_client = await remembered(service, event="push")
    assert (by_client.who, by_client.by, by_client.peer) == ("sandbox", "client", "127.0.0.1")
    assert by_client.log_id == pushed.json()["Meta"]["Logs"][0]["ID"]
    assert (by_client.model, by_client.type) == ("PatientAdmin", "NewPatient")
    assert (by_webhook.who, by_webhook.by, by_webhook.peer) == ("sandbox", "webhook", "127.0.0.1")
    assert await service.store.database["audit"].count_documents({"event": "push"}) == 0


async def test_a_delivery_of_what_was_there_is_remembered_by_itself(
    caller: httpx.AsyncClient, service: Service
) -> None:
    for _ in range(2):
        answer = await caller.post("/endpoint", json=new_patient("N-1"))
    again, first = await remembered(service, event="push")
    assert again.details["entry"] == first.id
    assert again.log_id == answer.json()["Meta"]["Logs"][0]["ID"] != first.log_id


async def test_an_event_that_no_tenant_is_known_for_is_remembered_where_it_waits(
    caller: httpx.AsyncClient, service: Service
) -> None:
    await caller.post("/webhook", json=new_patient(), headers=FEED)
    [found] = await remembered(service, "unrouted")
    assert (found.event, found.by, found.details["open"]) == ("push", "webhook", "unrouted")


async def test_a_login_is_remembered_for_each_tenant_that_it_opens(http: httpx.AsyncClient, service: Service) -> None:
    right = {"apiKey": "sandbox", "secret": "sandbox-secret"}
    await http.post("/auth/authenticate", json=right)
    for tenant in ("sandbox", "sandbox-two"):
        [found] = await remembered(service, tenant, "login")
        assert (found.who, found.status, found.details["door"]) == ("sandbox", 200, "secret")
    wrong = await http.post("/auth/authenticate", json={**right, "secret": CANARY})
    await http.post("/auth/authenticate", json={"apiKey": CANARY, "secret": CANARY})
    assert wrong.status_code == 401
    stranger, refused = await remembered(service, NO_TENANT, "login")
    assert (refused.who, refused.status, refused.peer) == ("", 401, "127.0.0.1")
    assert refused.details["key"] == found.details["key"] != stranger.details["key"]
    assert CANARY not in repr([refused, stranger])


@pytest.mark.parametrize(
    ("sent", "tenants"),
    [
        (who_is(destination=UNKNOWN), [NO_TENANT]),
        (message("PatientSearch", "Query", SANDBOX, SANDBOX_TWO), ["sandbox", "sandbox-two"]),
        (message("PatientSearch", "Query", SANDBOX, Patient={"Demographics": {"LastName": CANARY}}), ["sandbox"]),
        (message("PatientSearch", "Query", SANDBOX, Patient={"Identifiers": {"$ne": CANARY}}), ["sandbox"]),
    ],
    ids=["no such destination", "two destinations", "not enough", "an operator"],
)
async def test_a_question_of_a_known_client_that_is_refused_is_remembered_where_it_was_asked(
    caller: httpx.AsyncClient, service: Service, sent: Any, tenants: list[str]
) -> None:
    answer = await caller.post("/query", json=sent)
    assert answer.status_code == 400
    for tenant in tenants:
        [found] = await remembered(service, tenant, "question")
        assert (found.who, found.status, found.resources) == ("sandbox", 400, ())
        assert found.log_id == answer.json()["Meta"]["Logs"][0]["ID"]
        assert CANARY not in repr(found)


async def test_who_knocks_at_a_tenant_that_it_may_not_reach_is_remembered_there(
    caller: httpx.AsyncClient, service: Service, command: Command
) -> None:
    await command("tenant", "add", "north", "--destination-id", UNKNOWN)
    for sent in (who_is(destination=UNKNOWN), message("PatientAdmin", "NewPatient", UNKNOWN, Patient={})):
        assert (await caller.post("/endpoint", json=sent)).status_code == 400
    found = [entry for entry in await remembered(service, "north") if entry.who == "sandbox"]
    assert [(entry.event, entry.status) for entry in found] == [("push", 400), ("question", 400)]


@asynccontextmanager
async def forgetful(connection: Connection) -> AsyncIterator[None]:
    """A database that takes no inserts outside of transactions."""
    data = {"failCommands": ["insert"], "errorCode": 11601}
    await connection.admin.command("configureFailPoint", "failCommand", mode="alwaysOn", data=data)
    try:
        yield
    finally:
        await connection.admin.command("configureFailPoint", "failCommand", mode="off")


async def test_what_cannot_be_remembered_is_not_answered(
    caller: httpx.AsyncClient, service: Service, connection: Connection, log: io.StringIO
) -> None:
    await caller.post("/endpoint", json=new_patient("N-1", CANARY))
    async with forgetful(connection):
        answers = [
            await caller.post("/query", json=who_is("N-1")),
            await caller.post("/query", json=who_is(destination=UNKNOWN)),
            await caller.post("/auth/authenticate", json={"apiKey": "sandbox", "secret": "sandbox-secret"}),
            await caller.post("/auth/authenticate", json={"apiKey": "sandbox", "secret": "wrong"}),
        ]
    assert [answer.status_code for answer in answers] == [503] * 4
    assert all(CANARY not in answer.text for answer in answers)
    assert (await caller.post("/query", json=who_is("N-1"))).status_code == 200
    assert len(await remembered(service, event="question")) == 1


def test_an_answer_that_has_left_is_remembered_whatever_happens_next(tmp_path: Path) -> None:
    with serving(tmp_path, "--sandbox=empty") as running:
        with running.client() as client:
            client.post("/endpoint", json=new_patient("N-1"))
            answers = [client.post("/query", json=who_is("N-1")) for _ in range(5)]
        running.stop(signal.SIGKILL)
    logs = {answer.json()["Meta"]["Logs"][0]["ID"] for answer in answers}
    with serving(tmp_path, "--sandbox=empty"):
        done = process("audit", "--tenant", "sandbox", "--event", "question", "--json", "--data-dir", str(tmp_path))
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert {each["log"] for each in found} == logs
    assert {each["from"] for each in found} == {"127.0.0.1"}


@given(data=st.data())
async def test_no_value_of_a_message_stands_in_the_audit(
    caller: httpx.AsyncClient, store: Store, data: st.DataObject
) -> None:
    sent = json.dumps(data.draw(_messages()))
    for door in ("/endpoint", "/webhook"):
        await caller.post(door, content=sent, headers=FEED)
    whole = [repr(document) async for document in store.database["audit"].find()]
    whole += [repr(each.details) + each.model + each.type + each.log_id async for each in store.audit.pushes("sandbox")]
    assert whole
    assert all(CANARY not in each for each in whole)


async def test_a_file_is_remembered_with_its_numbers(caller: httpx.AsyncClient, service: Service) -> None:
    rows = f"Patient.Identifiers[1].ID,Patient.Identifiers[1].IDType,Patient.Demographics.LastName\nN-1,MR,{CANARY}\n"
    where = {"tenant": "sandbox", "extracted_at": "2026-01-01T00:00:00Z"}
    answer = await caller.post("/backfill/patients", params=where, content=rows.encode())
    assert answer.status_code == 200
    [load] = await remembered(service, event="load")
    [row] = await remembered(service, event="push")
    assert load.details == {"kind": "patients", "state": "done", "applied": 1, "alreadyThere": 0, "rejected": 0}
    assert (row.who, row.by, row.peer) == (load.who, load.by, load.peer) == ("sandbox", "client", "127.0.0.1")
    assert row.log_id == load.log_id
    assert CANARY not in repr(load) + repr(row)
    refused = await caller.post("/backfill/patients", params={**where, "tenant": "nowhere"}, content=rows.encode())
    assert refused.status_code == 400
    [found] = await remembered(service, NO_TENANT, "load")
    assert found.status == 400


async def test_what_operators_do_is_remembered_with_their_names(
    caller: httpx.AsyncClient, service: Service, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "somebody-else")
    await caller.post("/endpoint", json=new_patient("N-1", CANARY))
    [push] = await remembered(service, event="push")
    file = tmp_path / "patients.csv"
    file.write_text("Patient.Identifiers[1].ID,Patient.Identifiers[1].IDType\nN-2,MR\n")
    for arguments in (
        ("journal", "--show", push.id),
        ("export", str(tmp_path)),
        ("replay",),
        ("backfill", "patients", str(file), "--extracted-at", "2026-01-01T00:00:00Z"),
        ("audit",),
    ):
        outcome = await command(*arguments, "--tenant", "sandbox")
        assert outcome.status == 0, outcome
    added = await command("client", "add", "app", "--tenant", "sandbox", "--query")
    assert added.status == 0, added
    found = {entry.event: entry for entry in reversed(await remembered(service)) if entry.by == "operator"}
    assert set(found) == {"journal.show", "export", "replay", "backfill", "push", "audit", "client.add"}
    assert {(entry.who, entry.peer) for entry in found.values()} == {(pwd.getpwuid(os.getuid()).pw_name, "local")}
    assert found["journal.show"].details == {"entry": push.id}
    assert found["export"].details["results"]["Patient"] == 1
    assert found["client.add"].details == {"name": "app"}
    assert CANARY not in repr(found)


async def test_the_audit_is_shown_narrowed_and_without_values(
    caller: httpx.AsyncClient, service: Service, command: Command
) -> None:
    await caller.post("/endpoint", json=new_patient("N-1", CANARY))
    await caller.post("/query", json=who_is("N-1"))
    shown = await command("audit", "--tenant", "sandbox")
    assert [line.split("  ")[1] for line in shown.out.splitlines()] == ["question", "push", "login"]
    assert "PatientSearch.Query  client sandbox  from 127.0.0.1  200  1 results" in shown.out
    [patient] = (await remembered(service, event="question"))[0].resources
    for arguments, events in (
        (("--event", "push"), ["push"]),
        (("--event", "audit"), ["audit"]),
        (("--client", "sandbox"), ["question", "push", "login"]),
        (("--client", "other"), []),
        (("--resource", patient), ["question"]),
        (("--since", "2999-01-01"), []),
        (("--until", "2020-01-01"), []),
    ):
        outcome = await command("audit", "--tenant", "sandbox", "--json", *arguments)
        assert outcome.status == 0, outcome
        found = [json.loads(line)["event"] for line in outcome.out.splitlines()]
        assert list(dict.fromkeys(found)) == events, arguments
        assert CANARY not in outcome.out
    assert (await command("audit", "--no-tenant")).status == 0
    for wrong in ((), ("--tenant", "sandbox", "--no-tenant"), ("--tenant", "sandbox", "--fhir", "-", "--json")):
        assert (await command("audit", *wrong)).status == 2
    assert (await command("audit", "--tenant", "nowhere")).status == 1


async def test_the_audit_as_fhir_is_valid_and_says_what_happened(
    caller: httpx.AsyncClient, service: Service, command: Command, tmp_path: Path
) -> None:
    for number in ("N-1", "N-2"):
        await caller.post("/endpoint", json=new_patient(number, CANARY))
    await caller.post("/endpoint", json=new_patient("N-1", CANARY))
    await caller.post("/query", json=who_is("N-1"))
    await caller.post("/query", json=message("PatientSearch", "Query", SANDBOX, Patient={}))
    [push] = [entry for entry in await remembered(service, event="push") if "entry" in entry.details][:1]
    for arguments in (("journal", "--show", push.details["entry"]), ("export", str(tmp_path)), ("replay",)):
        await command(*arguments, "--tenant", "sandbox")
    for managing in (
        ("client", "add", "app", "--tenant", "sandbox", "--query"),
        ("client", "revoke", "app"),
        ("webhook", "add", "feed", "--tenant", "sandbox"),
    ):
        await command(*managing)
    written = await command("audit", "--tenant", "sandbox", "--fhir", str(tmp_path / "audit"))
    assert written.status == 0, written
    lines = (tmp_path / "audit" / "AuditEvent.ndjson").read_text().splitlines()
    assert written.out.rstrip().endswith(f": {len(lines)}")
    events = [AuditEvent.model_validate_json(line) for line in lines]
    assert len({event.id for event in events}) == len(events)
    coded = {(event.type.code, *(each.code for each in event.subtype or []), event.action) for event in events}
    assert coded == {
        ("rest", "create", "C"),
        ("rest", "search", "E"),
        ("110114", "110122", "E"),
        ("110106", "R"),
        ("110110", "R"),
        ("110110", "U"),
        ("110113", "110137", "C"),
        ("110113", "110137", "U"),
    }
    question = next(json.loads(line) for line in lines if '"search"' in line and '"Patient/' in line)
    assert question["agent"][0]["network"] == {"address": "127.0.0.1", "type": "2"}
    assert question["outcome"] == "0"
    assert question["source"]["site"] == "sandbox"
    assert CANARY not in "".join(lines)
    piped = await command("audit", "--tenant", "sandbox", "--event", "push", "--fhir", "-")
    assert len([AuditEvent.model_validate_json(line) for line in piped.out.splitlines()]) == 3


async def test_many_questions_at_once_are_all_remembered(caller: httpx.AsyncClient, service: Service) -> None:
    answers = await asyncio.gather(*(caller.post("/query", json=who_is(str(number))) for number in range(30)))
    logs = {answer.json()["Meta"]["Logs"][0]["ID"] for answer in answers}
    assert {entry.log_id for entry in await remembered(service, event="question")} == logs
