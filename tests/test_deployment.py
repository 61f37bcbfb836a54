"""The production shape as far as it goes without containers.

Three mongods that know each other by a key file, the secrets, the one-shot that makes a replica set, the service's user.
"""

import importlib.util
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from store.database import Store
from store.mongod.executable import find
from store.settings import StoreSettings

ROOT = Path(__file__).parents[1]
DOCKER = ROOT / "docker"


def make_secrets(directory: Path) -> dict[str, str]:
    subprocess.run([DOCKER / "make-secrets", directory], check=True, capture_output=True)
    return {each.name: each.read_text().strip() for each in directory.iterdir()}


@dataclass
class Member:
    """One mongod of the set; as in a container it starts anew on the same data."""

    directory: Path
    keyfile: Path
    port: int

    @contextmanager
    def running(self, *options: str) -> Iterator[None]:
        (self.directory / "db").mkdir(parents=True, exist_ok=True)
        given = ["--dbpath", str(self.directory / "db"), "--port", str(self.port), "--bind_ip", "127.0.0.1"]
        log = ["--logpath", str(self.directory / "log"), "--logappend", "--nounixsocket", "--oplogSize", "16"]
        command = [find(), *given, *log, "--wiredTigerCacheSizeGB", "0.25", *options]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ, "LC_ALL": "C"})
        try:
            with MongoClient("127.0.0.1", self.port, directConnection=True) as client:
                client.admin.command("ping")
            yield
        finally:
            process.terminate()
            process.wait(60)

    @property
    def as_a_member(self) -> list[str]:
        # A primary that is asked to stop waits a quarter of a minute for another one.
        at_once = ["--setParameter", "shutdownTimeoutMillisForSignaledShutdown=0"]
        return ["--replSet", "rs0", "--keyFile", str(self.keyfile), *at_once]


@dataclass
class Deployment:
    """The members, running, and the files that the containers are given."""

    secrets: Path
    ports: list[int]

    @property
    def uri(self) -> str:
        return (self.secrets / "mongodb-uri").read_text().strip()

    def admit(self) -> subprocess.CompletedProcess[str]:
        files = (self.secrets / "mongodb-uri", self.secrets / "mongodb-root-password")
        command = [sys.executable, DOCKER / "replica_set.py", *files]
        return subprocess.run(command, capture_output=True, text=True, check=False)


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        taken = [stack.enter_context(closing(socket.create_server(("127.0.0.1", 0)))) for _ in range(count)]
        return [each.getsockname()[1] for each in taken]


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Three members that have started for the first time: the first made the user `root`, nothing else was done."""
    home = tmp_path_factory.mktemp("deployment")
    secrets = make_secrets(home / "secrets")
    ports = free_ports(3)
    uri = secrets["mongodb-uri"]
    for number, port in enumerate(ports, 1):
        uri = uri.replace(f"mongodb-{number}:27017", f"127.0.0.1:{port}")
    (home / "secrets" / "mongodb-uri").unlink()
    (home / "secrets" / "mongodb-uri").write_text(uri)
    keyfile = home / "keyfile"
    shutil.copy(home / "secrets" / "mongodb-keyfile", keyfile)
    keyfile.chmod(0o400)
    members = [Member(home / str(port), keyfile, port) for port in ports]
    with members[0].running(), MongoClient("127.0.0.1", ports[0], directConnection=True) as client:
        client.admin.command("createUser", "root", pwd=secrets["mongodb-root-password"], roles=["root"])
    with ExitStack() as stack:
        for member in members:
            stack.enter_context(member.running(*member.as_a_member))
        yield Deployment(home / "secrets", ports)


@pytest.fixture
def admitted(deployment: Deployment) -> Deployment:
    """The same once the one-shot has run; its second and later runs are part of the claim."""
    done = deployment.admit()
    assert done.returncode == 0, done.stderr
    return deployment


async def test_the_service_finds_a_majority_in_the_replica_set(admitted: Deployment) -> None:
    store = await Store.open(StoreSettings(admitted.uri))
    try:
        assert await store.ready()
        hello = await store.client.admin.command("hello")
        assert sorted(hello["hosts"]) == sorted(f"127.0.0.1:{port}" for port in admitted.ports)
    finally:
        await store.close()


def test_the_service_s_user_reaches_its_own_database_alone(admitted: Deployment) -> None:
    with MongoClient(admitted.uri) as client:
        client["data_on_demand"]["health"].find_one()
        for forbidden in (
            client["other"]["health"].find_one,
            lambda: client["other"]["health"].insert_one({}),
            lambda: client["admin"].command("usersInfo"),
            lambda: client["data_on_demand"].command("createUser", "mallory", pwd="x", roles=["readWrite"]),
            lambda: client["admin"].command("replSetGetConfig"),
        ):
            with pytest.raises(OperationFailure, match="not authorized"):
                forbidden()


def test_without_a_user_nothing_is_read(admitted: Deployment) -> None:
    bare = admitted.uri.partition("@")[2].partition("/")[0]
    with MongoClient(f"mongodb://{bare}/?replicaSet=rs0") as client, pytest.raises(OperationFailure, match="auth"):
        client["data_on_demand"]["health"].find_one()


def test_a_new_password_holds_once_the_one_shot_has_run_again(admitted: Deployment) -> None:
    file = admitted.secrets / "mongodb-uri"
    before = admitted.uri
    password = before.partition("://data-on-demand:")[2].partition("@")[0]
    file.write_text(before.replace(password, "another"))
    try:
        assert admitted.admit().returncode == 0
        with MongoClient(admitted.uri) as client:
            client["data_on_demand"]["health"].find_one()
        with MongoClient(before) as client, pytest.raises(OperationFailure, match="Authentication failed"):
            client["data_on_demand"]["health"].find_one()
    finally:
        file.write_text(before)
        admitted.admit()


def test_a_failure_of_the_one_shot_names_no_password(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.spec_from_file_location("replica_set", DOCKER / "replica_set.py")
    one_shot = importlib.util.module_from_spec(found)
    found.loader.exec_module(one_shot)
    monkeypatch.setattr(one_shot, "WITHIN", 0)
    wrong = deployment.secrets.parent / "wrong"
    wrong.write_text("hunter2")
    with pytest.raises(SystemExit) as ended:
        one_shot.main(str(deployment.secrets / "mongodb-uri"), str(wrong))
    assert ended.value.code == "initiate: OperationFailure 18"


def test_secrets_are_made_once_and_differ_from_place_to_place(tmp_path: Path) -> None:
    first = make_secrets(tmp_path / "one")
    assert make_secrets(tmp_path / "one") == first
    second = make_secrets(tmp_path / "two")
    assert set(first) == set(second) == {"mongodb-keyfile", "mongodb-root-password", "mongodb-uri"}
    assert all(first[name] != second[name] for name in first)


def test_secrets_are_open_to_containers_and_closed_to_the_machine_s_other_users(tmp_path: Path) -> None:
    make_secrets(tmp_path / "one")
    assert (tmp_path / "one").stat().st_mode & 0o777 == 0o700
    assert {each.stat().st_mode & 0o777 for each in (tmp_path / "one").iterdir()} == {0o444}


def entrypoint(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {"PATH": path, **variables}
    command = ["sh", DOCKER / "entrypoint.sh", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def test_the_image_does_not_serve_without_a_database() -> None:
    refused = entrypoint("serve")
    assert refused.returncode == 2
    assert "No database" in refused.stderr


def test_the_commands_of_the_page_run_in_the_image_on_the_database_it_is_given(admitted: Deployment) -> None:
    page = (ROOT / "docs" / "deployment.md").read_text().replace("\\\n", " ")
    commands = re.findall(r"^docker compose run --rm data-on-demand (.+)$", page, re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        done = entrypoint(*shlex.split(command), DATA_ON_DEMAND_MONGODB_URI=admitted.uri)
        assert done.returncode == 0, done.stderr
