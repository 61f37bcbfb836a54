"""The users of docs/database-role.md, made by the page's own commands, are enough for the service and for nothing else."""

import json
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from store.database import Store
from store.indexes import declared
from store.mongod.orphaned_transactions import Orphans
from store.settings import StoreSettings
from tests.gateway.calls import new_patient, who_is
from tests.journeys.processes import COMMAND, READY, environment
from tests.test_deployment import Member

Connection = MongoClient[dict[str, Any]]

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "database-role.md").read_text()
DATABASE = "data_on_demand"
RUN = re.compile(r'^db\.getSiblingDB\("(\w+)"\)\.runCommand\((\{.*?^\})\)', re.MULTILINE | re.DOTALL)
DESTINATION = "9d2f7a1c-4a3e-4c55-8d1b-5f0f6f6f0a01"


def commands() -> list[tuple[str, dict[str, Any]]]:
    """The commands of the page, each with its database."""
    return [(database, json.loads(command)) for database, command in RUN.findall(PAGE)]


BRIEF = "transactionLifetimeLimitSeconds=3"
"""A removal waits out the transactions that may be under way."""


@dataclass
class Guarded:
    """A MongoDB with authentication, and the users of the page on it."""

    port: int
    passwords: dict[str, str]
    refusal: str = ""
    """What a service says that starts before the operator has made anything."""

    def uri(self, user: str) -> str:
        """Where a user of the page finds it."""
        password = quote(self.passwords[user])
        return f"mongodb://{user}:{password}@127.0.0.1:{self.port}/{DATABASE}?directConnection=true"

    def client(self, user: str) -> Connection:
        """A connection as that user."""
        return Connection(self.uri(user))

    def environment(self, user: str) -> dict[str, str]:
        """That of a process which runs as that user."""
        return {**environment(), "DATA_ON_DEMAND_MONGODB_URI": self.uri(user)}

    def process(self, user: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command that runs to its end as that user."""
        return subprocess.run(
            [*COMMAND, *arguments], capture_output=True, text=True, timeout=180, check=False, env=self.environment(user)
        )

    def command(self, user: str, *arguments: str) -> str:
        """What a command says that succeeds as that user."""
        done = self.process(user, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """A replica set of one member with a key file, and the page's users; nothing else was done."""
    home = tmp_path_factory.mktemp("guarded")
    keyfile = home / "keyfile"
    keyfile.write_text("a" * 64)
    keyfile.chmod(0o400)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    member = Member(home / "member", keyfile, port)
    with member.running(*member.as_a_member, "--setParameter", "ttlMonitorSleepSecs=1", "--setParameter", BRIEF):
        members = [{"_id": 0, "host": f"127.0.0.1:{port}"}]
        with Connection("127.0.0.1", port, directConnection=True) as local:  # before there is a user, this machine may
            local.admin.command("replSetInitiate", {"_id": "rs0", "members": members})
            while not local.admin.command("hello")["isWritablePrimary"]:
                time.sleep(0.05)
            local.admin.command("createUser", "root", pwd="root", roles=["root"])
        with Connection(f"mongodb://root:root@127.0.0.1:{port}/?directConnection=true") as root:
            for database, command in commands():
                root[database].command(command)
        users = {said["createUser"]: said["pwd"] for _, said in commands() if "createUser" in said}
        yield Guarded(port, users)


@pytest.fixture(scope="module")
def guarded(bare: Guarded) -> Guarded:
    """The same with what the operator's first commands make: collections, a tenant, a client."""
    first = bare.process("service", "serve", "--port", "0")
    assert first.returncode == 1
    bare.refusal = first.stderr
    bare.command("operator", "tenant", "add", "north", "--destination-id", DESTINATION)
    return bare


def test_the_page_makes_two_users_and_their_roles() -> None:
    made = [name for _, said in commands() for name in said if name.startswith("create")]
    assert sorted(made) == ["createRole"] * 4 + ["createUser"] * 2


def test_every_collection_has_its_line_in_the_service_s_role() -> None:
    [role] = [said for _, said in commands() if said.get("createRole") == "dataOnDemandService"]
    allowed = {each["resource"]["collection"]: set(each["actions"]) for each in role["privileges"]}
    assert set(allowed) - {""} == set(declared())
    assert allowed["audit"] == {"find", "insert"}
    assert "remove" not in allowed["journal"]


def test_a_service_that_comes_before_the_operator_says_what_is_missing(guarded: Guarded) -> None:
    assert "may not make what is missing" in guarded.refusal


@pytest.fixture(scope="module")
def service(guarded: Guarded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A running service as its own user, and a client of it."""
    key = json.loads(
        guarded.command("operator", "client", "add", "app", "--tenant", "north", "--push", "--query", "--json")
    )
    log = tmp_path_factory.mktemp("service") / "log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [*COMMAND, "serve", "--port", "0"],
            stdout=subprocess.PIPE, stderr=errors, text=True, env=guarded.environment("service"),
        )  # fmt: skip
    try:
        assert process.stdout
        line = process.stdout.readline()
        assert line.startswith(READY), log.read_text()
        with httpx.Client(base_url=line.removeprefix(READY).strip(), timeout=30) as client:
            said = {"apiKey": key["apiKey"], "secret": key["secret"]}
            token = client.post("/auth/authenticate", json=said).json()["accessToken"]
            client.headers["authorization"] = f"Bearer {token}"
            yield client
    finally:
        process.terminate()
        process.communicate(timeout=60)


def _to_north(message: dict[str, Any]) -> dict[str, Any]:
    return {**message, "Meta": {**message["Meta"], "Destinations": [{"ID": DESTINATION}]}}


def test_the_service_s_user_is_enough_for_the_service_and_its_commands(
    guarded: Guarded, service: httpx.Client, tmp_path: Path
) -> None:
    assert service.get("/health/ready").status_code == 200
    for number in ("N-1", "N-2"):
        assert service.post("/endpoint", json=_to_north(new_patient(number))).status_code == 200
    found = service.post("/query", json=_to_north(who_is("N-1")))
    assert found.json()["Patient"]["Demographics"]["LastName"] == "Farrow"
    rows = "Patient.Identifiers[1].ID,Patient.Identifiers[1].IDType,Patient.Demographics.LastName\nN-3,MR,Okafor\n"
    uploaded = service.post(
        "/backfill/patients", params={"tenant": "north", "extracted_at": "2026-01-01T00:00:00Z"}, content=rows.encode()
    )
    assert uploaded.status_code == 200, uploaded.text
    assert service.post("/upload", files={"file": b"scan" * 5_000_000}).status_code == 201
    file = tmp_path / "patients.csv"
    file.write_text(rows.replace("N-3", "N-4"))
    load = ("backfill", "patients", str(file), "--tenant", "north", "--extracted-at", "2026-01-01T00:00:00Z")
    assert "1 applied" in guarded.command("service", *load)
    assert "events folded again" in guarded.command("service", "replay", "--tenant", "north")
    guarded.command("service", "export", "--tenant", "north", str(tmp_path))
    assert len((tmp_path / "Patient.ndjson").read_text().splitlines()) == 4
    assert guarded.command("service", "journal", "--tenant", "north")
    acts = {
        json.loads(line)["event"]
        for line in guarded.command("service", "audit", "--tenant", "north", "--json").splitlines()
    }
    assert {"push", "question", "login", "load", "backfill", "replay", "export"} <= acts


def test_the_service_s_user_adds_to_the_audit_and_changes_nothing_of_it(guarded: Guarded) -> None:
    with guarded.client("service") as client:
        audit = client[DATABASE]["audit"]
        audit.insert_one({"_id": "-|0.role", "tenant": "-", "event": "test"})
        for forbidden in (
            lambda: audit.update_one({"_id": "-|0.role"}, {"$set": {"event": "other"}}),
            lambda: audit.replace_one({"_id": "-|0.role"}, {"event": "other"}),
            lambda: audit.find_one_and_update({"_id": "-|0.role"}, {"$set": {"event": "other"}}),
            lambda: audit.delete_one({"_id": "-|0.role"}),
            lambda: audit.delete_many({}),
            lambda: audit.create_index("at", expireAfterSeconds=1),
            lambda: audit.drop_index("expires"),
            lambda: client[DATABASE].command("collMod", "audit", index={"name": "expires", "expireAfterSeconds": 1}),
            lambda: audit.rename("gone"),
            audit.drop,
        ):
            with pytest.raises(OperationFailure, match="not authorized"):
                forbidden()
        assert audit.find_one({"_id": "-|0.role"}) == {"_id": "-|0.role", "tenant": "-", "event": "test"}


def test_the_service_s_user_reaches_no_further(guarded: Guarded) -> None:
    with guarded.client("service") as client:
        ours = client[DATABASE]
        for forbidden in (
            lambda: ours["journal"].delete_one({}),
            lambda: ours["tenants"].insert_one({}),
            lambda: ours["clients"].update_one({}, {"$set": {"revoked": False}}),
            lambda: ours["secrets"].update_one({}, {"$set": {"key": b""}}),
            lambda: ours.command("dropDatabase"),
            lambda: ours.command("createUser", "mallory", pwd="x", roles=[]),
            lambda: ours.command("updateUser", "service", roles=["dataOnDemandOperator"]),
            lambda: ours.create_collection("more"),
            lambda: ours["journal"].create_index("effective"),
            client["other"]["things"].find_one,
            lambda: client["admin"].command("replSetGetConfig"),
            lambda: list(client["admin"].aggregate([{"$currentOp": {"allUsers": True}}])),
        ):
            with pytest.raises(OperationFailure, match="not authorized"):
                forbidden()


async def test_orphaned_transactions_of_the_own_user_are_looked_for_without_further_rights(guarded: Guarded) -> None:
    store = await Store.open(StoreSettings(guarded.uri("service")))
    try:
        ticks = iter(range(100))
        assert await Orphans(store.client, seconds=lambda: float(next(ticks))).end() == 0
        assert not store.orphans.is_refused
    finally:
        await store.close()


def test_the_operator_s_user_removes_a_tenant_and_drops_nothing(guarded: Guarded, service: httpx.Client) -> None:
    guarded.command("operator", "tenant", "add", "south", "--destination-id", DESTINATION[:-1] + "2")
    done = json.loads(guarded.command("operator", "tenant", "remove", "south", "--yes", "south", "--json"))
    assert sum(done["before"].values()) > 0
    assert sum(done["after"].values()) == 0
    with guarded.client("operator") as client:
        for forbidden in (
            lambda: client.drop_database(DATABASE),
            client[DATABASE]["audit"].drop,
            lambda: client[DATABASE].command("createUser", "mallory", pwd="x", roles=[]),
            client["other"]["things"].find_one,
        ):
            with pytest.raises(OperationFailure, match="not authorized"):
                forbidden()
    refused = guarded.process("service", "tenant", "remove", "north", "--yes", "north")
    assert refused.returncode == 1
    assert service.post("/query", json=_to_north(who_is("N-1"))).status_code == 200
