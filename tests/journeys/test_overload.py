"""A flood is answered with 503 and not with memory; what it does not concern goes on."""

import asyncio
import resource
import socket
import time
from collections import Counter
from pathlib import Path

import httpx

from tests.gateway.calls import new_patient, who_is
from tests.journeys.processes import Service, serving

PUSHERS = 200
SECONDS = 6.0
QUESTION_WITHIN = 1.0
"""Seconds that the slowest question in a hundred may take."""
GROWTH = 150 * 1024 * 1024


def memory(service: Service) -> int:
    """Bytes that a service holds."""
    pages = Path(f"/proc/{service.process.pid}/statm").read_text().split()[1]
    return int(pages) * resource.getpagesize()


async def _push(client: httpx.AsyncClient, pusher: int, until: float, said: Counter[int], kept: list[str]) -> None:
    number = 0
    while time.monotonic() < until:
        number += 1
        name = f"F-{pusher}-{number}"
        answer = await client.post("/endpoint", json=new_patient(name))
        said[answer.status_code] += 1
        if answer.status_code == 200:
            kept.append(name)
        else:
            assert int(answer.headers["retry-after"]) > 0
            await asyncio.sleep(0.2)


def _ask(url: str, token: dict[str, str], until: float) -> list[float]:
    """How long questions took; asked beside the pushers' loop, which is as busy as the service."""
    took = []
    with httpx.Client(base_url=url, headers=token, timeout=60) as client:
        while time.monotonic() < until:
            began = time.monotonic()
            answer = client.post("/query", json=who_is("F-0-0"))
            assert answer.status_code == 200, answer.text
            took.append(time.monotonic() - began)
            time.sleep(0.05)
    return took


async def test_a_flood_of_pushes_is_turned_away_while_questions_are_answered(tmp_path: Path) -> None:
    said: Counter[int] = Counter()
    kept: list[str] = []
    with (
        serving(tmp_path / "data", "--sandbox=empty", pushes_at_once="5") as service,
        service.client() as known,
    ):
        token = {"authorization": known.headers["authorization"]}
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(base_url=service.url, headers=token, limits=limits, timeout=60) as client:
            assert (await client.post("/endpoint", json=new_patient("F-0-0"))).status_code == 200
            before, until = memory(service), time.monotonic() + SECONDS
            pushers = [_push(client, number, until, said, kept) for number in range(PUSHERS)]
            asking = asyncio.create_task(asyncio.to_thread(_ask, service.url, token, until))
            await asyncio.gather(*pushers)
            took = await asking
            grown = memory(service) - before
            for name in kept[::25]:
                assert (await client.post("/query", json=who_is(name))).json()["Patient"], name
        assert set(said) == {200, 503}
        assert min(said[200], said[503]) > 10
        assert sorted(took)[int(len(took) * 0.99)] < QUESTION_WITHIN
        assert grown < GROWTH
        assert service.stop() == 0


def _is_let_in(service: Service, within: float = 60) -> bool:
    """Waits until the service has seen that there is room."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        with service.client(with_token=False) as client:
            if client.get("/health/live").status_code == 200:
                return True
        time.sleep(0.05)
    return False


def test_connections_beyond_the_limit_are_told_so_and_closed(tmp_path: Path) -> None:
    with serving(tmp_path / "data", "--sandbox=empty", connections="5") as service:
        host, port = service.url.removeprefix("http://").split(":")
        held = [socket.create_connection((host, int(port))) for _ in range(5)]
        # Whoever comes is taken in his turn, so the five are in when the sixth is refused.
        with socket.create_connection((host, int(port)), timeout=60) as refused:
            answer = b"".join(iter(lambda: refused.recv(4096), b""))
        assert answer.startswith(b"HTTP/1.1 503 ")
        for header in (b"retry-after: 5", b"connection: close", b"x-content-type-options: nosniff"):
            assert header in answer
        held.pop().close()
        assert _is_let_in(service)
        for each in held:
            each.close()
        assert service.stop() == 0
