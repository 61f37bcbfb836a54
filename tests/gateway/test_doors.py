"""Every route, and what it says to each kind of caller: one table. A route that is not in it fails the test."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from joserfc import jwt
from joserfc.jwk import ECKey

from gateway.access.authentication import secret_hash
from gateway.administration import admin_door
from gateway.administration.admin_routes import ROUTES as ADMIN_ROUTES
from gateway.app import ROUTES as OWN_ROUTES
from gateway.app import attach, create_app
from gateway.service import Service
from gateway.settings import Settings
from store.access import Access, Client, Former, Grant, PublicKey
from store.access.tenant import Tenant
from store.work.jobs import Job, Jobs
from tests.gateway.calls import message

Json = dict[str, Any]

ADMIN_KEY = "an-admin-key-of-forty-characters-or-more"
HERE = Tenant("here", "0b7c6a52-6a0e-4d0f-9d7b-1f3a5c7e9b01", source_ids=("0b7c6a52-6a0e-4d0f-9d7b-1f3a5c7e9bf1",))
THERE = Tenant("there", "0b7c6a52-6a0e-4d0f-9d7b-1f3a5c7e9b02", source_ids=("0b7c6a52-6a0e-4d0f-9d7b-1f3a5c7e9bf2",))
JOB = "0b7c6a52-6a0e-4d0f-9d7b-1f3a5c7e9c01"
PUSH, QUERY = Grant("here", push=True, query=True), Grant("there", push=True, query=True)


@pytest.fixture
def settings() -> Settings:
    """A sandbox, in which wrong answers are not held back, with an admin API."""
    return Settings(sandbox="empty", admin_key=ADMIN_KEY)


@dataclass
class Caller:
    """Who comes, and what he has to show."""

    name: str
    secret: str = ""
    token: str = ""
    refresh: str = ""
    webhook: str = ""
    admin: str = ""
    key: ECKey | None = None
    kid: str = ""
    api_key: str = field(init=False)

    def __post_init__(self) -> None:
        self.api_key = f"key-{self.name}"

    @property
    def bearer(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"} if self.token else {}

    def assertion(self, audience: str) -> str:
        """A signed assertion; of who has no key, one of somebody else's."""
        key = self.key or ECKey.generate_key("P-384")
        at = int(datetime.now(UTC).timestamp())
        claims = {
            "iss": self.api_key,
            "sub": self.api_key,
            "aud": audience,
            "jti": str(uuid4()),
            "iat": at,
            "exp": at + 60,
        }
        return jwt.encode({"alg": "ES384", "kid": self.kid or "none"}, claims, key, algorithms=["ES384"])


ROUTES = [(method, path) for method, path, _ in (*OWN_ROUTES, *admin_door.routes())]
_hash = cache(secret_hash)
STATES = ("no token", "expired", "revoked", "other environment", "not subscribed", "right")


@pytest.fixture
async def callers(service: Service) -> Mapping[str, Caller]:
    """One caller of each kind."""
    for tenant in (HERE, THERE):
        await service.store.tenants.add(tenant)
    found = {"no token": Caller("nobody")}
    for state in STATES[1:]:
        found[state] = await _made(service, state)
    job = Job(JOB, "here", "right", "patients", {"begun": "2026-01-01T00:00:00Z", "models": []}, state="done")
    await Jobs(service.store.database).add(job, b"", datetime.now(UTC))
    return found


async def _made(service: Service, state: str) -> Caller:
    access, database = service.store.access, service.store.database
    past = datetime.now(UTC) - timedelta(days=31)
    issuing = Access(database, service.store.key, clock=lambda: past) if state == "expired" else access
    key = ECKey.generate_key("P-384")
    caller = Caller(state.replace(" ", "-"), f"secret-of-{state}", webhook=f"webhook-of-{state}", key=key, kid="k-1")
    public = {
        name: str(value) for name, value in key.as_dict(private=False).items() if name in {"kty", "crv", "x", "y"}
    }
    held = _hash(caller.secret)
    is_expired = state == "expired"
    client = Client(
        caller.name,
        caller.api_key,
        _hash("its next secret") if is_expired else held,
        "Staging" if state == "other environment" else "Development",
        (QUERY if state == "not subscribed" else PUSH,),
        public_keys=() if is_expired else (PublicKey("k-1", public),),
        former=Former(held, past) if is_expired else None,
    )
    await access.add_client(client)
    tenants = ("there",) if state in {"other environment", "not subscribed"} else ("here", "sandbox")
    await access.add_webhook(caller.name, caller.webhook, tenants)
    if is_expired:
        await access.rotate_webhook(caller.name, "its next token", None)
        await access.retire_webhook(caller.name)
    caller.token = (await issuing.issue_token("access", caller.name)).secret
    caller.refresh = (await issuing.issue_token("refresh", caller.name)).secret
    caller.admin = ADMIN_KEY if state == "right" else caller.token
    if state == "revoked":
        await access.revoke_client(caller.name)
        await access.revoke_webhook(caller.name)
    return caller


# --- what each route is sent ------------------------------------------------------------------------------------------

Send = Callable[[httpx.AsyncClient, Caller], Awaitable[httpx.Response]]


def _pushed() -> Json:
    patient = {"Identifiers": [{"ID": "D-1", "IDType": "MR"}], "Demographics": {"LastName": "Farrow"}}
    return message("PatientAdmin", "NewPatient", HERE.destination_id, Patient=patient)


def _asked() -> Json:
    return message(
        "PatientSearch", "Query", HERE.destination_id, Patient={"Identifiers": [{"ID": "D-1", "IDType": "MR"}]}
    )


async def _login(http: httpx.AsyncClient, who: Caller) -> httpx.Response:
    return await http.post("/auth/authenticate", json={"apiKey": who.api_key, "secret": who.secret})


async def _refresh(http: httpx.AsyncClient, who: Caller) -> httpx.Response:
    return await http.post("/auth/refreshToken", json={"apiKey": who.api_key, "refreshToken": who.refresh})


async def _assert(http: httpx.AsyncClient, who: Caller) -> httpx.Response:
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": who.assertion("http://service/v2/auth/token"),
    }
    return await http.post("/v2/auth/token", data=form)


def _to(path: str, make: Callable[[], Json]) -> Send:
    return lambda http, who: http.post(path, json=make(), headers=who.bearer)


async def _deliver(http: httpx.AsyncClient, who: Caller) -> httpx.Response:
    delivery = {**_pushed(), "Meta": {**_pushed()["Meta"], "Source": {"ID": HERE.source_ids[0]}}}
    return await http.post(
        "/webhook", json=delivery, headers={"verification-token": who.webhook} if who.webhook else {}
    )


async def _verify(http: httpx.AsyncClient, who: Caller) -> httpx.Response:
    shown = {"verification-token": who.webhook} if who.webhook else {}
    return await http.get("/webhook", params={"challenge": "b0a7", **shown})


async def _load(http: httpx.AsyncClient, who: Caller) -> httpx.Response:
    columns = "Patient.Identifiers[1].ID,Patient.Identifiers[1].IDType\nD-1,MR\n"
    query = {"tenant": "here", "extracted_at": "2026-01-01T00:00:00Z"}
    return await http.post("/backfill/patients", params=query, content=columns, headers=who.bearer)


async def _upload(http: httpx.AsyncClient, who: Caller) -> httpx.Response:
    return await http.post("/upload", files={"file": b"scan"}, headers=who.bearer)


def _open(path: str) -> Send:
    return lambda http, who: http.get(path, headers=who.bearer)


@dataclass(frozen=True)
class Door:
    """What a route is sent, and its status for each state in their order."""

    send: Send
    statuses: tuple[int, int, int, int, int, int]


EVERYBODY = (200, 200, 200, 200, 200, 200)

DOORS: Mapping[tuple[str, str], Door] = {
    # A key is good whatever it may reach: that is judged message by message.
    ("POST", "/auth/authenticate"): Door(_login, (401, 401, 401, 200, 200, 200)),
    ("POST", "/auth/refreshToken"): Door(_refresh, (401, 401, 401, 200, 200, 200)),
    ("POST", "/v2/auth/token"): Door(_assert, (401, 401, 401, 200, 200, 200)),
    ("POST", "/endpoint"): Door(_to("/endpoint", _pushed), (401, 401, 401, 400, 400, 200)),
    ("POST", "/query"): Door(_to("/query", _asked), (401, 401, 401, 400, 400, 200)),
    ("POST", "/backfill/{kind}"): Door(_load, (401, 401, 401, 400, 400, 200)),
    # An upload belongs to its client whatever the client reaches, if it may push anywhere.
    ("POST", "/upload"): Door(_upload, (401, 401, 401, 201, 201, 201)),
    # A job of somebody else's is not there.
    ("GET", "/backfill/{job}"): Door(_open(f"/backfill/{JOB}"), (401, 401, 401, 404, 404, 200)),
    ("GET", "/webhook"): Door(_verify, (403, 403, 403, 200, 200, 200)),
    # A delivery for a source that the webhook does not feed is kept, as unrouted, and reaches no tenant.
    ("POST", "/webhook"): Door(_deliver, (403, 403, 403, 200, 200, 200)),
    ("GET", "/health/live"): Door(_open("/health/live"), EVERYBODY),
    ("GET", "/health/ready"): Door(_open("/health/ready"), EVERYBODY),
    ("GET", "/metrics"): Door(_open("/metrics"), EVERYBODY),
    ("GET", "/docs"): Door(_open("/docs"), EVERYBODY),
    ("GET", "/openapi.json"): Door(_open("/openapi.json"), EVERYBODY),
}

_ADMIN = {(each.method, each.path): each for each in ADMIN_ROUTES}
_NAMES = {"tenants": "here", "clients": "right", "webhooks": "right"}


def _administrative(method: str, path: str) -> Door:
    """An admin route: closed to whoever has not the admin key, its own token or not; else its act's own answer."""
    described = _ADMIN[method, path]
    named = path.replace("{name}", _NAMES.get(path.split("/")[2], "right")).replace("{kid:path}", "k-1")

    async def send(http: httpx.AsyncClient, who: Caller) -> httpx.Response:
        shown = {"authorization": f"Bearer {who.admin}"} if who.admin else {}
        there = b'"here"' if path != "/admin/tenants" else b'"north"'
        given = orjson.loads(orjson.dumps(described.example).replace(b'"north"', there))
        return await http.request(method, named, json=given, headers=shown)

    return Door(send, (401, 401, 401, 401, 401, ADMIN_STATUSES.get((method, path), described.status)))


ADMIN_STATUSES: Mapping[tuple[str, str], int] = {}
"""Acts that answer otherwise here, where nothing was prepared for them."""


def doors() -> Mapping[tuple[str, str], Door]:
    """The table for all routes that there are."""
    return {**DOORS, **{route: _administrative(*route) for route in ROUTES if route in _ADMIN}}


def test_every_route_is_in_the_table_and_no_other(app: FastAPI) -> None:
    served = {
        (method, route.path) for route in app.routes if isinstance(route, APIRoute) for method in route.methods or ()
    }
    assert served == set(ROUTES) == set(doors())


@pytest.mark.parametrize("route", ROUTES, ids=" ".join)
async def test_each_route_says_to_each_caller_what_the_table_says(
    route: tuple[str, str], http: httpx.AsyncClient, service: Service, callers: Mapping[str, Caller]
) -> None:
    door = doors()[route]
    said = {state: await door.send(http, callers[state]) for state in STATES}
    assert {state: answer.status_code for state, answer in said.items()} == dict(
        zip(STATES, door.statuses, strict=True)
    )
    for answer in said.values():
        if answer.status_code >= 400:
            assert not any(secret in answer.text for who in callers.values() for secret in _secrets(who))
    if door.statuses[-2] != 200 or route == ("POST", "/webhook"):
        await _nothing_came_of_it(service, said["right"])


@pytest.mark.parametrize("route", [route for route in ROUTES if route[0] == "GET"], ids=" ".join)
async def test_head_is_answered_as_get_without_a_body(
    route: tuple[str, str], http: httpx.AsyncClient, callers: Mapping[str, Caller], app: FastAPI
) -> None:
    class Heads(httpx.ASGITransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            request.method = "HEAD"
            return await super().handle_async_request(request)

    async with httpx.AsyncClient(transport=Heads(app), base_url="http://service") as heads:
        for state in STATES:
            got, head = [await doors()[route].send(client, callers[state]) for client in (http, heads)]
            assert (head.status_code, head.content) == (got.status_code, b"")
            assert got.content
            assert head.headers.keys() == got.headers.keys()
            assert head.headers["content-type"] == got.headers["content-type"]


@pytest.mark.parametrize("route", ROUTES, ids=" ".join)
async def test_a_path_with_one_slash_more_is_none_and_nobody_is_sent_elsewhere(
    route: tuple[str, str], http: httpx.AsyncClient, callers: Mapping[str, Caller]
) -> None:
    method, path = route
    for state in ("no token", "right"):
        who = callers[state]
        shown = {"host": "elsewhere.example", "authorization": f"Bearer {who.admin or who.token}"}
        for other in (f"{path}/", f"/{path}", f"{path}//"):
            answer = await http.request(method, f"http://service{other}", headers=shown)
            # The id of a key may have slashes: such a path is one of its routes.
            is_of_keys = path.startswith("/admin/clients/{name}/keys")
            assert answer.status_code in ({401, 403, 404} if is_of_keys else {404}), other
            assert "location" not in answer.headers
            assert "elsewhere" not in answer.text


def _secrets(who: Caller) -> list[str]:
    return [each for each in (who.secret, who.token, who.refresh, who.webhook, who.admin) if each]


async def _nothing_came_of_it(service: Service, right: httpx.Response) -> None:
    """Of six tries one was right: at most one event is in the tenant's journal, and none in the other's."""
    assert await service.store.partition(HERE).journal.count() <= 1, right.text
    assert await service.store.partition(THERE).journal.count() == 0


async def test_an_admin_api_that_nobody_asked_for_is_not_there(service: Service) -> None:
    unasked = replace(service, settings=Settings(sandbox="empty"), admin_key=None)
    application = create_app(unasked)
    attach(application, unasked)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://service") as http:
        for method, path in _ADMIN:
            named = path.replace("{name}", "right").replace("{kid:path}", "k-1")
            answer = await http.request(method, named, headers={"authorization": f"Bearer {ADMIN_KEY}"})
            assert answer.status_code == 404, path
