"""What the command line ends is out within five seconds in every worker process of a running service."""

import http.client
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.gateway.calls import new_patient, who_is
from tests.journeys.processes import Service, command, serving

SECONDS = 5.0
Json = dict[str, Any]


class Wire:
    """One connection, which one worker answers as long as it lasts."""

    def __init__(self, url: str) -> None:
        at = urlsplit(url)
        self._connection = http.client.HTTPConnection(str(at.hostname), at.port, timeout=30)
        self._connection.connect()
        self.port: int = self._connection.sock.getsockname()[1]

    def post(self, path: str, body: Json, **headers: str) -> tuple[int, Json]:
        """The status and the body that are answered."""
        self._connection.request("POST", path, json.dumps(body), {"content-type": "application/json", **headers})
        answer = self._connection.getresponse()
        content = answer.read()
        return answer.status, json.loads(content) if content.startswith(b"{") else {}

    def close(self) -> None:
        self._connection.close()


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def worker_of(wire: Wire, service: Service) -> int | None:
    """The worker process that has accepted a connection."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    sockets = {f"socket:[{row[9]}]" for row in rows if int(row[2].partition(":")[2], 16) == wire.port}
    for pid in children(service.process.pid):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            try:
                if str(descriptor.readlink()) in sockets:
                    return pid
            except OSError:
                continue
    return None


@contextmanager
def wires(service: Service) -> Iterator[dict[int, Wire]]:
    """A connection to each of two workers."""
    found: dict[int, Wire] = {}
    with ExitStack() as stack:
        for _ in range(200):
            wire = Wire(service.url)
            stack.callback(wire.close)
            assert wire.post("/auth/refreshToken", {})[0] == 401  # whoever answers has accepted
            if worker := worker_of(wire, service):
                found.setdefault(worker, wire)
            if len(found) == 2:
                break
        assert len(found) == 2
        yield found


def seconds_until(
    found: dict[int, Wire], ask: Callable[[Wire], int], ended: set[int], since: float
) -> dict[int, float]:
    """How long after a moment each worker refused for the first time; no worker answers well after it has refused."""
    refused: dict[int, float] = {}
    while len(refused) < len(found) and time.monotonic() - since < 2 * SECONDS:
        for worker, wire in found.items():
            if ask(wire) in ended:
                refused.setdefault(worker, time.monotonic() - since)
            else:
                assert worker not in refused
        time.sleep(0.05)
    return refused


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("revocation"), "--sandbox=empty", "--workers", "2") as running:
        yield running


def manage(service: Service, *arguments: str) -> str:
    """A command beside the service."""
    done = command(*arguments, "--data-dir", str(service.log.parent))
    assert done.returncode == 0, done.stderr
    return done.stdout


def asking(service: Service, name: str) -> Callable[[Wire], int]:
    """A client that asks with a token."""
    shown = json.loads(manage(service, "client", "add", name, "--tenant", "sandbox", "--query", "--json"))
    wire = Wire(service.url)
    status, tokens = wire.post("/auth/authenticate", {"apiKey": shown["apiKey"], "secret": shown["secret"]})
    wire.close()
    assert status == 200
    authorization = f"Bearer {tokens['accessToken']}"
    return lambda wire: wire.post("/query", who_is(), authorization=authorization)[0]


def ends_everywhere(service: Service, ask: Callable[[Wire], int], ended: set[int], *end: str) -> None:
    with wires(service) as found:
        for _ in range(3):
            assert [ask(wire) for wire in found.values()] == [200, 200]
        manage(service, *end)
        refused = seconds_until(found, ask, ended, time.monotonic())
        assert set(refused) == set(found)
        assert max(refused.values()) <= SECONDS


def test_a_revoked_client(service: Service) -> None:
    ends_everywhere(service, asking(service, "leaver"), {401}, "client", "revoke", "leaver")


def test_tokens_of_a_secret_that_is_retired(service: Service) -> None:
    ask = asking(service, "rotating")
    manage(service, "client", "rotate", "rotating")
    ends_everywhere(service, ask, {401}, "client", "retire", "rotating")


def test_a_tenant_that_is_taken_away(service: Service) -> None:
    ask = asking(service, "shrinking")
    ends_everywhere(service, ask, {400}, "client", "disallow", "shrinking", "--tenant", "sandbox")


def test_a_revoked_webhook(service: Service) -> None:
    shown = json.loads(manage(service, "webhook", "add", "feed", "--tenant", "sandbox", "--json"))
    headers = {"verification-token": shown["verificationToken"]}

    def deliver(wire: Wire) -> int:
        return wire.post("/webhook", new_patient(), **headers)[0]

    ends_everywhere(service, deliver, {403}, "webhook", "revoke", "feed")
