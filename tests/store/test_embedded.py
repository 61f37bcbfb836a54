"""The embedded mongod: shared by all who use its directory, gone with the last of them, however they end."""

import contextlib
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from store.errors import MongodFailed, MongodMissing
from store.mongod import embedded, executable, mongod_supervisor
from store.mongod.embedded import EmbeddedMongod

USER = """
import signal
import sys
from pathlib import Path
from store.mongod.embedded import EmbeddedMongod

signal.signal(signal.SIGINT, signal.default_int_handler)  # a parent that ignores interrupts has its children ignore them
mongod = EmbeddedMongod(Path(sys.argv[1]))
print(mongod.start(), mongod.pid, flush=True)
sys.stdin.readline()
mongod.stop()
print("left", flush=True)
sys.stdin.readline()
"""


class User:
    """Another process that uses a directory."""

    def __init__(self, data_dir: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER, str(data_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def _line(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def started(self) -> tuple[str, int]:
        uri, pid = self._line().split()
        return uri, int(pid)

    def leave(self) -> None:
        assert self.process.stdin
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        assert self._line() == "left"

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        self.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(BrokenPipeError):
                pipe.close()


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "with a blank" / "data"


@pytest.fixture
def user(data_dir: Path) -> Iterator[Callable[[], User]]:
    users: list[User] = []

    def another() -> User:
        users.append(User(data_dir))
        return users[-1]

    yield another
    for started in users:
        started.close()
    becomes_true(lambda: is_free(data_dir), "the last mongod ends with its users")


def connected(uri: str) -> MongoClient[dict[str, Any]]:
    return MongoClient(uri, serverSelectionTimeoutMS=10_000, w="majority", journal=True)


def write(uri: str, name: str) -> None:
    with connected(uri) as client:
        client.test.written.insert_one({"_id": name})


def written(uri: str) -> list[str]:
    with connected(uri) as client:
        return sorted(found["_id"] for found in client.test.written.find())


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def is_free(data_dir: Path) -> bool:
    return EmbeddedMongod(data_dir)._is_free(mongod_supervisor.RUNNING, fcntl.LOCK_EX)


def becomes_true(claim: Callable[[], bool], what: str, within: float = 60) -> None:
    end = time.monotonic() + within
    while not claim():
        assert time.monotonic() < end, what
        time.sleep(0.02)


def test_starts_in_a_new_directory_takes_majority_writes_and_stops_gracefully(data_dir: Path) -> None:
    with EmbeddedMongod(data_dir) as mongod:
        pid = mongod.pid
        write(mongod.uri, "a")
        assert written(mongod.uri) == ["a"]
        assert is_alive(pid)
    assert not is_alive(pid)
    assert mongod_supervisor.read_state(data_dir)["status"] == 0
    assert "Now exiting" in mongod.log.read_text()


def test_a_second_run_finds_port_and_documents_of_the_first(data_dir: Path) -> None:
    with EmbeddedMongod(data_dir) as mongod:
        first = mongod.uri
        write(first, "a")
    with EmbeddedMongod(data_dir) as mongod:
        assert mongod.uri == first
        assert written(mongod.uri) == ["a"]
    assert mongod.log.with_suffix(".log.before").exists()


def test_starting_twice_is_starting_once_and_stopping_twice_stopping_once(data_dir: Path) -> None:
    mongod = EmbeddedMongod(data_dir)
    assert mongod.start() == mongod.start()
    mongod.stop()
    mongod.stop()
    assert is_free(data_dir)
    with pytest.raises(MongodFailed, match="not started"):
        _ = mongod.uri


def test_a_relative_directory_stays_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    mongod = EmbeddedMongod(Path("data"))
    monkeypatch.chdir("/")
    assert mongod.data_dir == tmp_path / "data"


def test_processes_that_start_at_the_same_moment_share_one_mongod(user: Callable[[], User]) -> None:
    together = [user() for _ in range(5)]
    assert len({each.started() for each in together}) == 1


def test_the_last_to_leave_stops_it_whoever_started_it(user: Callable[[], User]) -> None:
    starter = user()
    uri, pid = starter.started()
    second = user()
    assert second.started() == (uri, pid)
    starter.leave()
    write(uri, "after the starter left")
    assert is_alive(pid)
    second.leave()
    assert not is_alive(pid)


def test_a_starter_that_is_killed_takes_nothing_from_the_others(user: Callable[[], User]) -> None:
    starter = user()
    uri, pid = starter.started()
    second = user()
    second.started()
    starter.kill()
    time.sleep(0.5)
    write(uri, "after the starter was killed")
    assert is_alive(pid)


def test_mongod_does_not_outlive_the_last_process_when_that_is_killed(user: Callable[[], User]) -> None:
    starter, second = user(), user()
    _, pid = starter.started()
    second.started()
    starter.kill()
    second.kill()
    becomes_true(lambda: not is_alive(pid), "mongod ends")


def test_a_restart_right_after_a_kill_works_and_finds_every_confirmed_write(user: Callable[[], User]) -> None:
    for number in range(2):
        process = user()
        uri, _ = process.started()
        write(uri, f"write {number}")
        process.kill()
    uri, _ = user().started()
    assert written(uri) == ["write 0", "write 1"]


def test_a_killed_keeper_takes_its_mongod_along_and_the_next_start_works(
    data_dir: Path, user: Callable[[], User]
) -> None:
    uri, pid = user().started()
    write(uri, "a")
    os.kill(mongod_supervisor.read_state(data_dir)["keeper"], signal.SIGKILL)
    becomes_true(lambda: not is_alive(pid), "mongod ends")
    uri, _ = user().started()
    assert written(uri) == ["a"]


def test_a_keeper_asked_to_stop_stops_mongod_gracefully(data_dir: Path, user: Callable[[], User]) -> None:
    user().started()
    os.kill(mongod_supervisor.read_state(data_dir)["keeper"], signal.SIGTERM)
    becomes_true(lambda: mongod_supervisor.read_state(data_dir).get("status") == 0, "mongod ends with status 0")


def test_a_killed_mongod_comes_back_at_the_same_port_with_every_confirmed_write(user: Callable[[], User]) -> None:
    uri, pid = user().started()
    for name in ("a", "b"):
        write(uri, name)
    os.kill(pid, signal.SIGKILL)
    write(uri, "c")
    assert written(uri) == ["a", "b", "c"]


def test_after_everything_was_killed_at_once_the_next_start_works(data_dir: Path, user: Callable[[], User]) -> None:
    process = user()
    uri, pid = process.started()
    write(uri, "a")
    os.kill(mongod_supervisor.read_state(data_dir)["keeper"], signal.SIGKILL)
    os.kill(pid, signal.SIGKILL)
    process.kill()
    uri, _ = user().started()
    assert written(uri) == ["a"]


def test_a_start_that_is_killed_half_way_hinders_nobody(user: Callable[[], User]) -> None:
    for pause in (0.1, 0.3, 0.6, 1.0):
        process = user()
        time.sleep(pause)
        process.kill()
    uri, _ = user().started()
    write(uri, "a")


def test_an_interrupt_at_the_terminal_does_not_reach_mongod(user: Callable[[], User]) -> None:
    process, other = user(), user()
    _, pid = process.started()
    other.started()
    os.killpg(process.process.pid, signal.SIGINT)
    process.process.wait(60)
    time.sleep(0.5)
    assert is_alive(pid)


def test_the_open_transaction_of_a_killed_process_ends_after_a_few_seconds(data_dir: Path) -> None:
    holder = """
import sys
from pymongo import MongoClient
session = MongoClient(sys.argv[1]).start_session()
session.start_transaction()
session.client.test.written.update_one({"_id": "a"}, {"$set": {"by": "holder"}}, session=session)
print("held", flush=True)
sys.stdin.readline()
"""
    with EmbeddedMongod(data_dir) as mongod:
        write(mongod.uri, "a")
        command = [sys.executable, "-c", holder, mongod.uri]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            assert process.stdout.readline() == "held\n"
            process.kill()
        with connected(mongod.uri) as client:
            began = time.monotonic()
            client.test.written.update_one({"_id": "a"}, {"$set": {"by": "us"}})
            assert time.monotonic() - began < 10


@pytest.mark.parametrize("said", ["", "{", "[]", "null", '{"port": "x"}', "\ufffd"])
def test_a_state_that_is_rubbish_says_nothing(tmp_path: Path, said: str) -> None:
    assert mongod_supervisor.read_state(tmp_path) == {}
    (tmp_path / mongod_supervisor.STATE).write_text(said)
    assert mongod_supervisor.read_state(tmp_path) == {}


@pytest.mark.parametrize("port", [1, 70_000])
def test_a_port_of_last_time_that_cannot_be_had_is_overlooked(data_dir: Path, port: int) -> None:
    mongod_supervisor.write_state(data_dir.parent.parent, port=port, status=0)
    assert executable.free_port(mongod_supervisor.read_state(data_dir.parent.parent)) != 70_000


def test_the_mongod_of_another_directory_is_never_taken_for_ours(data_dir: Path, mongod: EmbeddedMongod) -> None:
    data_dir.mkdir(parents=True)
    (data_dir / mongod_supervisor.STATE).write_text(json.dumps({"port": mongod.port, "pid": mongod.pid}))
    with EmbeddedMongod(data_dir) as ours:
        assert ours.port != mongod.port
        assert ours.pid != mongod.pid


def test_where_the_port_of_last_time_is_taken_it_moves_with_its_documents(data_dir: Path) -> None:
    with EmbeddedMongod(data_dir) as mongod:
        before = mongod.port
        write(mongod.uri, "a")
    with socket.socket() as taker:
        taker.bind(("127.0.0.1", before))
        with EmbeddedMongod(data_dir) as mongod:
            assert mongod.port != before
            write(mongod.uri, "b")
            assert written(mongod.uri) == ["a", "b"]


def test_a_port_that_is_snatched_away_is_exchanged_for_another(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    choose = executable.free_port
    with socket.create_server(("127.0.0.1", 0)) as snatcher:
        ports = [snatcher.getsockname()[1]]
        monkeypatch.setattr(executable, "free_port", lambda before: ports.pop() if ports else choose(before))
        with EmbeddedMongod(data_dir) as mongod:
            assert mongod.port != snatcher.getsockname()[1]
            write(mongod.uri, "a")


def test_it_listens_on_loopback_only_and_without_zlib(mongod: EmbeddedMongod) -> None:
    with connected(mongod.uri) as client:
        options = client.admin.command("getCmdLineOpts")["parsed"]
    assert options["net"]["bindIp"] == "127.0.0.1"
    assert options["net"]["compression"]["compressors"] == "snappy,zstd"
    assert options["net"]["unixDomainSocket"]["enabled"] is False


def test_its_log_shows_no_value_of_a_slow_question(mongod: EmbeddedMongod) -> None:
    with connected(mongod.uri) as client:
        client.test.slow.insert_one({"name": "Xanthippe"})
        slow = {"name": "Xanthippe", "$where": "sleep(300) || true"}
        assert client.test.slow.find_one(slow)
        client.test.slow.drop()
    assert "Xanthippe" not in mongod.log.read_text()


def test_what_it_writes_is_for_its_owner_alone(data_dir: Path) -> None:
    with EmbeddedMongod(data_dir) as mongod:
        assert data_dir.stat().st_mode & 0o077 == 0
        assert mongod.log.stat().st_mode & 0o077 == 0


@pytest.fixture
def impostor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts a script in the place of mongod."""

    def put(script: str) -> None:
        path = tmp_path / "mongod"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        monkeypatch.setattr(executable, "find", lambda: path)

    return put


def test_a_mongod_that_ends_at_once_is_an_error_with_its_status_its_word_and_its_log(
    data_dir: Path, impostor: Callable[[str], None]
) -> None:
    impostor("echo 'libcurl.so.4: cannot open' >&2; exit 127")
    mongod = EmbeddedMongod(data_dir)
    with pytest.raises(MongodFailed, match=r"status 127, libcurl.so.4: cannot open, see .*mongod.log"):
        mongod.start()
    assert is_free(data_dir)


def test_a_mongod_of_somebody_else_on_the_documents_is_an_error_with_its_reason(data_dir: Path) -> None:
    documents = data_dir / "mongodb"
    documents.mkdir(parents=True)
    with (documents / "mongod.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(MongodFailed, match="DBPathInUse"):
            EmbeddedMongod(data_dir).start()


def test_documents_that_a_mongod_cannot_read_are_an_error_with_its_reason(data_dir: Path) -> None:
    (data_dir / "mongodb").mkdir(parents=True)
    (data_dir / "mongodb" / "storage.bson").write_bytes(b"rubbish")
    with pytest.raises(MongodFailed, match=r"status \d+, Unable to read the storage engine metadata file"):
        EmbeddedMongod(data_dir).start()


def test_a_mongod_whose_ports_are_always_taken_is_given_up(data_dir: Path, impostor: Callable[[str], None]) -> None:
    impostor("exit 48")
    with pytest.raises(MongodFailed, match="status 48, without a word"):
        EmbeddedMongod(data_dir).start()


def test_a_mongod_that_never_answers_is_an_error_and_stopped(
    data_dir: Path, impostor: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    impostor("exec sleep 60")
    monkeypatch.setattr(embedded, "START_WITHIN", 0.5)
    with pytest.raises(MongodFailed, match="no answer within"):
        EmbeddedMongod(data_dir).start()
    becomes_true(lambda: is_free(data_dir), "it is stopped")


def test_a_directory_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MongodFailed, match="file"):
        EmbeddedMongod(tmp_path / "file" / "data").start()


def test_a_lock_that_cannot_be_opened_is_an_error(data_dir: Path) -> None:
    (data_dir / mongod_supervisor.USERS).mkdir(parents=True)
    with pytest.raises(MongodFailed, match=mongod_supervisor.USERS):
        EmbeddedMongod(data_dir).start()


def test_without_any_mongod_the_error_says_what_to_do(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executable, "_WHEEL", "no-such-distribution")
    monkeypatch.setenv("PATH", str(data_dir))
    with pytest.raises(MongodMissing, match="DATA_ON_DEMAND_MONGODB_URI"):
        EmbeddedMongod(data_dir).start()


def test_a_mongod_on_the_path_does_where_there_is_no_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mongod"
    path.touch(mode=0o755)
    monkeypatch.setattr(executable, "_WHEEL", "no-such-distribution")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert executable.find() == path


# The keeper's own turns, in this process, with scripts in the place of mongod.

in_threads = pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")


def kept(data_dir: Path, script: str) -> mongod_supervisor.Keeper:
    running = os.open(os.devnull, os.O_RDONLY)
    return mongod_supervisor.Keeper(data_dir, 27017, running, ["/bin/sh", "-c", script])


@in_threads
def test_the_keeper_says_how_mongod_ended(tmp_path: Path) -> None:
    assert kept(tmp_path, "exit 3").keep() == 3
    assert mongod_supervisor.read_state(tmp_path) == {"port": 27017, "status": 3}


@in_threads
def test_the_keeper_gives_up_a_mongod_that_is_killed_three_times_in_a_row(tmp_path: Path) -> None:
    assert kept(tmp_path, f"echo >> '{tmp_path}/lives'; kill -9 $$").keep() == -9
    assert (tmp_path / "lives").read_text().count("\n") == 3


@in_threads
def test_the_keeper_stops_mongod_once_nobody_uses_the_directory(tmp_path: Path) -> None:
    one = kept(tmp_path, "exec sleep 60")
    waiting = threading.Thread(target=one.stop_when_unused)
    with (tmp_path / mongod_supervisor.USERS).open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        waiting.start()
        time.sleep(0.1)
        assert waiting.is_alive()
    assert one.keep() == -signal.SIGTERM
    waiting.join()


@in_threads
def test_the_keeper_kills_a_mongod_that_does_not_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mongod_supervisor, "GRACE", 0.2)
    one = kept(tmp_path, f"trap '' TERM; touch '{tmp_path}/deaf'; while :; do sleep 0.05; done")
    deaf = threading.Thread(target=lambda: (becomes_true((tmp_path / "deaf").exists, "it listens"), one.stop()))
    deaf.start()
    assert one.keep() == -signal.SIGKILL
    deaf.join()


@in_threads
def test_the_keeper_leaves_its_caller_and_stops_what_nobody_uses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = [str(tmp_path), "27017", str(os.open(os.devnull, os.O_RDONLY)), "/bin/sleep", "60"]
    monkeypatch.setattr(os, "fork", lambda: 1)
    assert mongod_supervisor.main(call) == 0
    assert mongod_supervisor.read_state(tmp_path) == {}
    monkeypatch.setattr(os, "fork", lambda: 0)
    before = signal.getsignal(signal.SIGTERM)
    try:
        assert mongod_supervisor.main(call) == -signal.SIGTERM
    finally:
        signal.signal(signal.SIGTERM, before)
