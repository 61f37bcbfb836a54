"""Several worker processes behind one port: all of them work, none is missed while it is replaced."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.gateway.calls import new_patient
from tests.journeys.processes import command, serving, spawned

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="listeners of one port share its callers on Linux")

CALLERS = 40


def sockets(pid: int) -> int:
    """How many connections a process has open."""
    found = Path(f"/proc/{pid}/fd")
    return sum(1 for each in found.iterdir() if str(each.readlink()).startswith("socket:"))


def takes_callers(address: tuple[str, int]) -> bool:
    """Whether somebody listens there; a service that stops is deaf first."""
    try:
        with socket.create_connection(address):
            return True
    except ConnectionError:
        return False


def has_read(address: tuple[str, int], caller: tuple[str, int], within: float = 60) -> bool:
    """Waits until the service has accepted a caller and read all that it was sent."""
    ends = [f"0100007F:{port:04X}" for _, port in (address, caller)]
    until = time.monotonic() + within
    while time.monotonic() < until:
        for line in Path("/proc/net/tcp").read_text().splitlines():
            columns = line.split()
            if columns[1:3] == ends:
                unread, inode = columns[4].partition(":")[2], columns[9]
                if int(unread, 16) == 0 and inode != "0":  # a connection that nobody has accepted has no inode
                    return True
        time.sleep(0.01)
    return False


def answer_to(caller: socket.socket) -> bytes:
    """An answer that ends with an object; what came of it where the connection ended before."""
    answer = b""
    while not answer.endswith(b"}") and (more := caller.recv(4096)):
        answer += more
    return answer


def test_callers_are_spread_over_the_workers(tmp_path: Path) -> None:
    with serving(tmp_path / "data", "--sandbox=empty", "--workers", "2") as service, ExitStack() as stack:
        before = {pid: sockets(pid) for pid in spawned(service.process.pid)}
        assert len(before) == 2
        address = ("127.0.0.1", int(service.url.rpartition(":")[2]))
        for _ in range(CALLERS):
            stack.enter_context(socket.create_connection(address))
        until = time.monotonic() + 10
        while sum(map(sockets, before)) < sum(before.values()) + CALLERS and time.monotonic() < until:
            time.sleep(0.05)
        for pid, already in before.items():
            # By halves, give or take: less than a fifth has a chance of one in some ten thousand.
            assert sockets(pid) - already >= CALLERS // 5


def test_workers_are_replaced_and_no_push_is_turned_away(tmp_path: Path) -> None:
    with serving(tmp_path / "data", "--sandbox=empty", "--workers", "2") as service, service.client() as known:
        first = spawned(service.process.pid)
        token = known.headers["authorization"]

        def push(number: int) -> int:
            # A connection of its own each time: who waits in the queue of a worker that goes is the one who would lose.
            answer = httpx.post(
                f"{service.url}/endpoint",
                json=new_patient(f"W-{number}"),
                headers={"authorization": token, "connection": "close"},
                timeout=60,
            )
            return answer.status_code

        service.process.send_signal(signal.SIGHUP)
        said: list[int] = []
        until = time.monotonic() + 180  # it takes a few seconds, and longer where others keep the cores busy
        with ThreadPoolExecutor(4) as senders:
            while time.monotonic() < until and (
                len(now := spawned(service.process.pid)) != 2 or not set(now).isdisjoint(first)
            ):
                said += senders.map(push, range(len(said), len(said) + 20))
        assert set(spawned(service.process.pid)).isdisjoint(first)
        assert len(said) >= 20
        assert set(said) == {200}


@pytest.mark.parametrize("asked_before", [False, True])
def test_who_has_only_come_when_the_service_stops_is_answered(asked_before: bool, tmp_path: Path) -> None:
    request = b"GET /health/live HTTP/1.1\r\nhost: service\r\n\r\n"
    with serving(tmp_path / "data", "--sandbox=empty") as service:
        address = ("127.0.0.1", int(service.url.rpartition(":")[2]))
        with socket.create_connection(address, timeout=60) as caller:
            if asked_before:
                caller.sendall(request)
                assert answer_to(caller).startswith(b"HTTP/1.1 200")
                caller.sendall(request[:20])
            assert has_read(address, caller.getsockname())
            service.process.send_signal(signal.SIGTERM)
            until = time.monotonic() + 60
            while takes_callers(address) and time.monotonic() < until:
                time.sleep(0.01)
            caller.sendall(request[20:] if asked_before else request)
            answer = answer_to(caller)
            assert answer.startswith(b"HTTP/1.1 200")
            assert b"connection: close" in answer.lower()
        assert service.process.wait(60) == 0


@pytest.mark.parametrize("count", ["1", "2"])
def test_a_port_that_workers_share_is_taken_for_others(count: str, tmp_path: Path) -> None:
    with serving(tmp_path / "data", "--sandbox=empty", "--workers", "2") as service:
        port = service.url.rpartition(":")[2]
        ended = command("serve", "--port", port, "--workers", count, "--data-dir", str(tmp_path / "data"))
        assert ended.returncode == 1
        assert ended.stderr.startswith(f"The service cannot listen - port {port} of 127.0.0.1")


def test_a_worker_that_died_is_followed_by_one_with_its_callers(tmp_path: Path) -> None:
    with serving(tmp_path / "data", "--sandbox=empty", "--workers", "2") as service:
        gone, stays = spawned(service.process.pid)
        os.kill(gone, signal.SIGKILL)
        # Half of the callers come to the listener of the one that died, and wait there for the one that follows it.
        for _ in range(20):
            assert httpx.get(f"{service.url}/health/live", timeout=60).status_code == 200
        assert stays in spawned(service.process.pid)
        assert gone not in spawned(service.process.pid)
