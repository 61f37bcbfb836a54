"""`tenant remove`: asked for twice, done beside a running service, shown to be complete, and remembered."""

import io
import json
import subprocess
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from pymongo import MongoClient

from gateway.service import Service
from store.audit.audit_entry import NO_TENANT
from store.database import Store
from store.mongod.embedded import EmbeddedMongod
from store.mongod.mongod_supervisor import read_state
from store.operations import removal
from tests.gateway.calls import CANARY, SANDBOX, SANDBOX_TWO, SOURCE, new_patient, who_is
from tests.gateway.commands import Outcome, run
from tests.journeys.processes import COMMAND, environment, serving

Command = Callable[..., Awaitable[Outcome]]
FEED = {"verification-token": "sandbox-token"}
NORTH = "9d2f7a1c-4a3e-4c55-8d1b-5f0f6f6f0a01"


@pytest.fixture
def command(
    store: Store, mongod: EmbeddedMongod, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Command:
    """Runs a command on the test's database, where nothing is under way that would have to be waited for."""
    monkeypatch.setenv("DATA_ON_DEMAND_MONGODB_URI", mongod.uri)
    monkeypatch.setenv("DATA_ON_DEMAND_DATABASE", store.database.name)
    monkeypatch.setattr(removal, "SETTLED", 0.0)
    monkeypatch.setattr(removal, "FRESH", -1.0)

    async def execute(*arguments: str, typed: str = "") -> Outcome:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        return await run(capsys, *arguments)

    return execute


async def test_a_tenant_goes_once_its_name_was_typed(
    caller: httpx.AsyncClient, service: Service, command: Command
) -> None:
    await caller.post("/endpoint", json=new_patient("N-1", CANARY))
    for typed in ("sandbox-two\n", "yes\n", "\n\n", ""):
        outcome = await command("tenant", "remove", "sandbox", typed=typed)
        assert outcome.status == 1, outcome
    assert (await caller.post("/query", json=who_is("N-1"))).json()["Patient"]
    outcome = await command("tenant", "remove", "sandbox", typed="sandbox\n")
    assert outcome.status == 0, outcome
    assert "Patient" in outcome.out
    assert "Reaches its other tenants only: client sandbox." in outcome.out
    assert "Tenant sandbox is removed." in outcome.out
    assert set((await removal.counts(service.store, "sandbox")).values()) == {0}
    assert (await command("tenant", "show", "sandbox")).status == 1
    assert CANARY not in outcome.out + outcome.err


async def test_programs_say_the_name_twice_and_get_counts_of_every_collection(
    caller: httpx.AsyncClient, service: Service, command: Command
) -> None:
    await caller.post("/endpoint", json=new_patient("N-1"))
    assert (await command("tenant", "remove", "sandbox", "--yes", "sandbox-two")).status == 2
    assert (await command("tenant", "remove", "nowhere", "--yes", "nowhere")).status == 1
    done = json.loads((await command("tenant", "remove", "sandbox", "--yes", "sandbox", "--json")).out)
    assert done["before"]["Patient"] == done["before"]["journal"] == 1
    assert set(done["after"]) == set(await service.store.database.list_collection_names())
    assert set(done["after"].values()) == {0}
    assert done["changed"] == ["client sandbox", "webhook sandbox"]


async def test_that_a_tenant_was_removed_is_remembered_by_whom_and_with_its_counts(
    caller: httpx.AsyncClient, service: Service, command: Command
) -> None:
    await caller.post("/endpoint", json=new_patient("N-1", CANARY))
    await command("tenant", "remove", "sandbox", "--yes", "sandbox")
    found = [entry async for entry in service.store.audit.newest(NO_TENANT) if entry.event == "tenant.remove"]
    [evidence] = found
    assert (evidence.by, evidence.peer, evidence.status) == ("operator", "local", 200)
    assert evidence.details["tenant"] == "sandbox"
    assert evidence.details["removed"]["Patient"] == 1
    assert evidence.details["left"] == 0
    assert CANARY not in repr(evidence)


async def test_events_that_had_waited_for_a_route_to_the_tenant_go_with_it(
    caller: httpx.AsyncClient, service: Service, command: Command
) -> None:
    source = SOURCE[:-2] + "aa"
    for number, said in (("N-1", source), ("N-2", SOURCE[:-2] + "bb")):
        await caller.post("/webhook", json=new_patient(number, Meta={"Source": {"ID": said}}), headers=FEED)
    await command("tenant", "add", "north", "--destination-id", NORTH, "--source-id", source)
    await command("webhook", "allow", "sandbox", "--tenant", "north")
    routed = await command("replay", "--unrouted")
    assert "1 taken up, 1 still open" in routed.out
    done = json.loads((await command("tenant", "remove", "north", "--yes", "north", "--json")).out)
    assert done["waiting"] == 1
    left = [entry async for entry in service.store.database["journal"].find({"tenant": "unrouted"})]
    assert [entry["open"] for entry in left] == ["unrouted"]


async def test_to_whoever_still_asks_the_tenant_is_one_that_never_was(
    caller: httpx.AsyncClient, service: Service, command: Command
) -> None:
    await caller.post("/endpoint", json=new_patient("N-1"))
    await command("tenant", "remove", "sandbox", "--yes", "sandbox")
    service.store.tenants._recent.clear()  # which it does by itself after three seconds
    for path, sent in (("/endpoint", new_patient("N-2")), ("/query", who_is("N-1"))):
        answer = await caller.post(path, json=sent)
        assert answer.status_code == 400
        assert answer.json()["Meta"]["Errors"][0]["Module"] == "Subscriptions"
    assert set((await removal.counts(service.store, "sandbox")).values()) == {0}


def _goes_on(answers: list[int], more: int = 30, within: float = 60) -> bool:
    """Waits for some more answers."""
    enough, until = len(answers) + more, time.monotonic() + within
    while len(answers) < enough and time.monotonic() < until:
        time.sleep(0.02)
    return len(answers) >= enough


def test_a_running_service_under_load_writes_nothing_for_a_removed_tenant(tmp_path: Path) -> None:
    with serving(tmp_path, "--sandbox=empty") as running:
        statuses: list[int] = []
        is_over = threading.Event()

        def load(number: int) -> None:
            with running.client() as client:
                while not is_over.is_set():
                    number += 10
                    sent = [("/endpoint", new_patient(f"N-{number}")), ("/query", who_is(f"N-{number}"))]
                    statuses.extend(client.post(path, json=each).status_code for path, each in sent)

        threads = [threading.Thread(target=load, args=(start,)) for start in range(3)]
        for thread in threads:
            thread.start()
        assert _goes_on(statuses)
        removed = _command(tmp_path, "tenant", "remove", "sandbox", "--yes", "sandbox", "--json")
        assert _goes_on(statuses)
        is_over.set()
        for thread in threads:
            thread.join()
        with running.client() as client:
            other = new_patient("N-1", Meta={"Destinations": [{"ID": SANDBOX_TWO}]})
            assert client.post("/endpoint", json=other).status_code == 200
            assert client.post("/query", json=who_is("N-1", SANDBOX)).status_code == 400
        left = _left(tmp_path)
    assert removed.returncode == 0, removed.stderr
    done = json.loads(removed.stdout)
    assert done["before"]["journal"] > 0
    assert set(done["after"].values()) == {0}
    assert left == dict.fromkeys(done["after"], 0)
    assert set(statuses) <= {200, 400, 503}
    assert {200, 400} <= set(statuses)
    assert statuses[-1] == 400


def _left(directory: Path) -> dict[str, int]:
    """What there is of the tenant in each collection of the directory's database, counted past all code of ours."""
    with MongoClient[dict[str, Any]]("127.0.0.1", read_state(directory)["port"], directConnection=True) as client:
        database = client["data_on_demand"]
        mine = {"$or": [{"tenant": "sandbox"}, {"tenants": "sandbox"}, {"_id": {"$regex": r"^sandbox\|"}}]}
        return {name: database[name].count_documents(mine) for name in database.list_collection_names()}


def _command(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments, "--data-dir", str(directory)],
        capture_output=True, text=True, timeout=180, check=False, env=environment(),
    )  # fmt: skip
