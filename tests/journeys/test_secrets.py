"""Secrets stand in no argument, no process list, no log line and no text of an error."""

import re
import stat
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer.main
from pymongo import MongoClient

from gateway.cli import app
from store.mongod.embedded import EmbeddedMongod
from tests.gateway.calls import new_patient, who_is
from tests.journeys.processes import COMMAND, command, environment, serving

SECRET = "Quuxwort-Ninety"
ADMIN = f"{SECRET}-of-more-than-thirty-two-characters"
SECRETIVE = re.compile(r"secret|password|passphrase|token|api.?key|admin.?key|credential", re.IGNORECASE)


def _commands(group: Any, name: str = "data-on-demand") -> Iterator[tuple[str, Any]]:
    yield name, group
    for inner, each in getattr(group, "commands", {}).items():
        yield from _commands(each, f"{name} {inner}")


def test_no_command_takes_a_secret_as_an_argument() -> None:
    """A file with a public key and a client's name are none; `--mongodb-uri` refuses a password, see below."""
    found = dict(_commands(typer.main.get_command(app)))
    assert len(found) > 20
    spelled = {
        f"{name} {spelling}"
        for name, each in found.items()
        for parameter in each.params
        for spelling in (parameter.name or "", *parameter.opts)
        if SECRETIVE.search(spelling)
    }
    assert spelled == set()


@pytest.mark.parametrize(
    "arguments", [("tenant", "list"), ("serve", "--port", "0"), ("check",), ("journal", "--tenant", "x")], ids=" ".join
)
def test_a_password_in_an_argument_is_refused_and_not_repeated(arguments: tuple[str, ...]) -> None:
    ended = command(*arguments, "--mongodb-uri", f"mongodb://me:{SECRET}@127.0.0.1:9/")
    assert ended.returncode == 2
    assert "DATA_ON_DEMAND_MONGODB_URI_FILE" in ended.stderr
    assert SECRET not in ended.stdout + ended.stderr


@pytest.mark.parametrize(
    "uri", ["mongodb://me:{}@127.0.0.1:9/?serverSelectionTimeoutMS=200", "mongodb://me:{}:x@[::/", "mongo:{}", "{}"]
)
def test_a_uri_that_leads_nowhere_is_not_repeated(uri: str, tmp_path: Path) -> None:
    file = tmp_path / "uri"
    file.write_text(uri.format(SECRET))
    for given in ({"DATA_ON_DEMAND_MONGODB_URI_FILE": str(file)}, {"DATA_ON_DEMAND_MONGODB_URI": uri.format(SECRET)}):
        ended = subprocess.run(
            [*COMMAND, "tenant", "list"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env=environment() | given,
        )
        assert ended.returncode in {1, 2}
        assert ended.stderr
        assert SECRET not in ended.stdout + ended.stderr


def _family(pid: int) -> Iterator[int]:
    """A process and all that came from it."""
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from _family(int(child))


@pytest.fixture
def uri_with_password(mongod: EmbeddedMongod) -> Iterator[str]:
    """A user of the tests' mongod with a password that can be recognised."""
    with closing(MongoClient[dict[str, Any]](mongod.uri)) as client:
        users = client["secrets_journey"]
        users.command("createUser", "me", pwd=SECRET, roles=[{"role": "readWrite", "db": "secrets_journey"}])
        try:
            yield mongod.uri.replace("//", f"//me:{SECRET}@").replace("/?", "/secrets_journey?")
        finally:
            users.command("dropUser", "me")
            client.drop_database("secrets_journey")


def test_a_service_shows_its_secrets_to_nobody(uri_with_password: str, tmp_path: Path) -> None:
    """Its arguments, those of its workers, all that it logs at the level that logs most, all that it answers."""
    uri, key = tmp_path / "uri", tmp_path / "admin"
    uri.write_text(uri_with_password)
    key.write_text(ADMIN)
    given = {
        "mongodb_uri_file": str(uri),
        "database": "secrets_journey",
        "admin_key_file": str(key),
        "log_level": "debug",
    }
    with (
        serving(tmp_path / "data", "--sandbox=empty", "--workers", "2", **given) as service,
        service.client() as client,
    ):
        token = client.headers["authorization"].removeprefix("Bearer ")
        said = [
            client.post("/endpoint", json=new_patient()),
            client.post("/query", json=who_is()),
            client.post("/query", json=who_is(), headers={"authorization": f"Bearer {SECRET}"}),
            client.post("/auth/authenticate", json={"apiKey": "sandbox", "secret": SECRET}),
            client.post("/auth/refreshToken", json={"apiKey": "sandbox", "refreshToken": SECRET}),
            client.post("/auth/authenticate", content=b'{"secret": "' + SECRET.encode()),
            client.get("/webhook", params={"verification-token": SECRET, "challenge": "1"}),
            client.get("/webhook", params={"verification-token": "sandbox-token", "challenge": "1"}),
            client.post("/webhook", json=new_patient(), headers={"verification-token": SECRET}),
            client.post(f"/{SECRET}?{SECRET}"),
            client.get("/metrics"),
        ]
        lists = [Path(f"/proc/{pid}/cmdline").read_bytes().decode() for pid in _family(service.process.pid)]
        assert service.stop() == 0
    log = service.log.read_text()
    assert len(lists) >= 3
    assert '"level":"info"' in log
    for hidden in (SECRET, ADMIN, token, "sandbox-token", "sandbox-secret"):
        assert all(hidden not in each for each in lists), hidden
        assert hidden not in log, hidden
        assert all(hidden not in answer.text for answer in said), hidden


def test_nobody_else_reads_what_the_service_keeps_on_disk(tmp_path: Path) -> None:
    with serving(tmp_path / "data", "--sandbox=empty") as service, httpx.Client(base_url=service.url) as client:
        assert client.get("/health/live").status_code == 200
        # The directory was made before the service came; the documents' own is the service's.
        assert stat.S_IMODE((tmp_path / "data" / "mongodb").stat().st_mode) == 0o700
        assert service.stop() == 0
    fresh = command("tenant", "list", "--data-dir", str(tmp_path / "fresh"))
    assert fresh.returncode == 0
    assert stat.S_IMODE((tmp_path / "fresh").stat().st_mode) == 0o700
