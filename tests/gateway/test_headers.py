"""Every answer of every route, an error or not, says that it is not to be kept, framed, or taken for something else."""

import re
from collections.abc import Mapping

import httpx
import pytest

from gateway import health
from gateway.request.capacity import Gate
from gateway.request.connections import HEADERS
from gateway.service import Service
from store.database import Store
from tests.gateway.calls import new_patient, who_is
from tests.gateway.test_doors import ROUTES, STATES, Caller, callers, doors, settings  # noqa: F401 - fixtures

LOCKED = "frame-ancestors 'none'"


def _looked_at(answer: httpx.Response, *, is_secure: bool = False) -> None:
    for name in ("x-content-type-options", "referrer-policy"):
        assert answer.headers[name] == HEADERS[name], answer.url
    assert "no-store" in answer.headers["cache-control"]
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert LOCKED in policy
    assert "unsafe" not in policy
    assert "server" not in answer.headers
    assert "x-powered-by" not in answer.headers
    assert ("strict-transport-security" in answer.headers) == is_secure


@pytest.mark.parametrize("route", ROUTES, ids=" ".join)
async def test_every_route_has_them_for_every_caller(
    route: tuple[str, str],
    http: httpx.AsyncClient,
    callers: Mapping[str, Caller],
) -> None:
    for state in STATES:
        _looked_at(await doors()[route].send(http, callers[state]))


async def test_every_refusal_has_them(
    caller: httpx.AsyncClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise RuntimeError

    async def away(_: Store) -> bool:
        return False

    statuses = set()
    for answer in (
        await caller.get("/nowhere"),
        await caller.get("/endpoint"),
        await caller.post("/endpoint", content=b"{"),
        await caller.post("/auth/authenticate", content=b"x" * 100_000),
        await caller.get("/webhook"),
        await caller.post("/endpoint", json=new_patient(), headers={"authorization": ""}),
    ):
        _looked_at(answer)
        statuses.add(answer.status_code)
    service.capacity.questions = Gate(1)
    await service.capacity.questions.enter()
    _looked_at(busy := await caller.post("/query", json=who_is()))
    service.capacity.questions.leave()
    service.rate.limit = 1
    limited = [await caller.post("/query", json=who_is()) for _ in range(2)]
    service.rate.limit = 0
    monkeypatch.setattr("gateway.redox.endpoint.event_of", failing)
    _looked_at(broken := await caller.post("/query", json=who_is()))
    monkeypatch.setattr(Store, "ready", away)
    monkeypatch.setattr(health, "FRESH", 0.0)
    _looked_at(unready := await caller.get("/health/ready"))
    for answer in (*limited, busy, broken, unready):
        _looked_at(answer)
        statuses.add(answer.status_code)
    assert statuses >= {400, 401, 403, 404, 413, 429, 500, 503}


async def test_who_came_by_tls_is_told_to_come_so_again(http: httpx.AsyncClient) -> None:
    for path in ("/health/live", "/nowhere", "/docs"):
        _looked_at(await http.get(f"https://service{path}"), is_secure=True)


async def test_the_documentation_may_have_its_own_style_and_nothing_else(http: httpx.AsyncClient) -> None:
    page = await http.get("/docs")
    policy = page.headers["content-security-policy"]
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[\w+/=]+'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        policy,
    )
    assert not re.search(r"\sstyle=|<script|<link|<img|\son\w+=", page.text)
