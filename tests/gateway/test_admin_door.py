"""The admin API: the powers of the commands for whoever has its key, and no such door for anybody else."""

import io
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import generate_latest

from gateway.access.admin_key import AdminKey
from gateway.access.authentication import secret_hash
from gateway.administration.admin_routes import ROUTES
from gateway.app import attach, create_app
from gateway.service import Service
from gateway.settings import SettingNotUnderstood, Settings
from tests.gateway.calls import CANARY, error_text, who_is
from tests.gateway.signing import AUDIENCE, PATH, claims, ec, form, signed

Json = dict[str, Any]
KEY = "an-admin-key-of-the-tests-of-the-gateway"
OTHER = "another-admin-key-of-the-tests-of-the-gateway"
NORTH = {"name": "north", "destinationId": "9d2f7a1c-4a3e-4c55-8d1b-5f0f6f6f0a01"}
CALLS = [(each.method, each.path.replace("{name}", "north").replace("{kid:path}", "kid")) for each in ROUTES]


@pytest.fixture
def settings() -> Settings:
    return Settings(sandbox="empty", admin_key=KEY)


@pytest.fixture
async def admin(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """The administrator."""
    headers = {"authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://service", headers=headers
    ) as client:
        yield client


# --- the door --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "path"), CALLS)
async def test_without_a_key_set_there_is_no_such_path(method: str, path: str, service: Service) -> None:
    without = replace(service, settings=replace(service.settings, admin_key=""), admin_key=None)
    app = create_app(without)
    attach(app, without)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as http:
        headers = {"authorization": f"Bearer {KEY}"}
        there, nowhere = [await http.request(method, each, headers=headers) for each in (path, "/nowhere")]
        assert there.status_code == nowhere.status_code == 404
        assert error_text(there) == error_text(nowhere)
        assert "/admin" not in (await http.get("/openapi.json")).text


@pytest.mark.parametrize(("method", "path"), CALLS)
@pytest.mark.parametrize("authorization", ["", "Bearer", f"Bearer {KEY[:-1]}", f"Basic {KEY}", f"Bearer {OTHER}"])
async def test_without_the_key_nothing_is_done(
    method: str, path: str, authorization: str, http: httpx.AsyncClient, service: Service
) -> None:
    answer = await http.request(method, path, json={}, headers={"authorization": authorization})
    assert (answer.status_code, error_text(answer)) == (401, "The admin key is wrong")
    assert await service.store.access.client("north") is None


async def test_a_token_of_a_client_is_no_admin_key(caller: httpx.AsyncClient) -> None:
    assert (await caller.get("/admin/clients")).status_code == 401


async def test_the_admin_key_is_no_token_of_a_client(admin: httpx.AsyncClient) -> None:
    assert (await admin.post("/query", json=who_is())).status_code == 401


# --- the key ---------------------------------------------------------------------------------------------------------


def key_of(**given: str) -> AdminKey:
    found = AdminKey.of(Settings(**given))  # type: ignore[arg-type]
    assert found
    return found


def test_a_key_is_right_and_anything_else_is_not() -> None:
    key = key_of(admin_key=KEY)
    assert key.is_right(KEY)
    for given in ("", KEY[:-1], KEY + "x", OTHER, "\ud800"):
        assert not key.is_right(given)


@pytest.mark.parametrize("held", [KEY, secret_hash(KEY)], ids=["the key", "its hash"])
def test_a_file_holds_the_key_or_its_hash(held: str, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"{held}\n")
    key = key_of(admin_key_file=str(file))
    assert [key.is_right(given) for given in (OTHER, KEY, KEY, OTHER, held if held != KEY else "")] == [
        *(False, True, True, False),
        False,
    ]


@pytest.mark.parametrize("is_hashed", [True, False])
def test_a_key_in_a_file_is_rotated_while_the_service_runs(is_hashed: bool, tmp_path: Path) -> None:
    first, second = (secret_hash(KEY), secret_hash(OTHER)) if is_hashed else (KEY, OTHER)
    file = tmp_path / "key"
    file.write_text(first)
    key = key_of(admin_key_file=str(file))
    assert (key.is_right(KEY), key.is_right(OTHER)) == (True, False)
    file.write_text(f"{first}\n{second}\n")
    assert (key.is_right(KEY), key.is_right(OTHER)) == (True, True)
    file.write_text(second)
    assert (key.is_right(KEY), key.is_right(OTHER)) == (False, True)


@pytest.mark.parametrize("broken", ["", "short", f"{KEY}\n{OTHER}\n{KEY}x"])
def test_a_file_that_breaks_opens_nothing(broken: str, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(KEY)
    key = key_of(admin_key_file=str(file))
    file.write_text(broken)
    assert not key.is_right(KEY)
    file.unlink()
    assert not key.is_right(KEY)


def test_a_key_that_cannot_be_is_named_by_its_setting(tmp_path: Path) -> None:
    (tmp_path / "short").write_text("short")
    for given, place in (
        ({"admin_key": "k" * 31}, "DATA_ON_DEMAND_ADMIN_KEY"),
        ({"admin_key_file": str(tmp_path / "missing")}, "DATA_ON_DEMAND_ADMIN_KEY_FILE"),
        ({"admin_key_file": str(tmp_path / "short")}, "DATA_ON_DEMAND_ADMIN_KEY_FILE"),
        ({"admin_key": KEY, "admin_key_file": str(tmp_path / "short")}, "DATA_ON_DEMAND_ADMIN_KEY"),
    ):
        with pytest.raises(SettingNotUnderstood) as refused:
            key_of(**given)
        assert str(refused.value) == f"A setting cannot be understood - {place}"
    assert KEY not in repr(Settings(admin_key=KEY))


# --- what it does ----------------------------------------------------------------------------------------------------


async def test_every_example_works_in_its_order(admin: httpx.AsyncClient) -> None:
    described = (await admin.get("/openapi.json")).json()["paths"]
    names = {"tenants": "north", "clients": "portal", "webhooks": "feed"}
    for route in ROUTES:
        operation = described[route.path.replace(":path", "")][route.method.lower()]
        assert operation["security"] == [{"adminKey": []}]
        path = route.path.replace("{name}", names[route.path.split("/")[2]]).replace("{kid:path}", "2026-1")
        content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        bodies = [each["value"] for each in content.get("examples", {}).values()] or [None]
        for body in bodies:
            answer = await admin.request(route.method, path, json=body)
            assert answer.status_code == route.status, (path, answer.text)
            assert str(route.status) in operation["responses"]
            if route.path.endswith("/rotate"):
                assert (await admin.post(path, json={})).status_code == 409


async def test_the_page_shows_every_example(admin: httpx.AsyncClient) -> None:
    page = (await admin.get("/docs")).text
    for route in ROUTES:
        assert route.summary in page


async def test_a_client_that_is_added_comes_in_and_one_that_is_revoked_does_not(
    admin: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    grant = {"tenant": "sandbox", "query": True}
    body = {"name": "portal", "grants": [grant], "keys": [ec().as_dict(private=False)]}
    added = await admin.post("/admin/clients", json=body)
    assert added.status_code == 201, added.text
    client = added.json()
    given = {"apiKey": client["apiKey"], "secret": client["secret"]}
    tokens = await http.post("/auth/authenticate", json=given)
    token = await http.post(PATH, data=form(signed(claims(client["apiKey"], aud=AUDIENCE), ec())))
    bearers = [tokens.json()["accessToken"], token.json()["access_token"]]
    assert [await _asked(http, each) for each in bearers] == [200, 200]
    shown = await admin.get("/admin/clients/portal")
    assert client["secret"] not in shown.text + (await admin.get("/admin/clients")).text
    assert shown.json() == {name: value for name, value in client.items() if name != "secret"}
    revoked = await admin.post("/admin/clients/portal/revoke")
    assert revoked.json()["revoked"]
    assert [await _asked(http, each) for each in bearers] == [401, 401]
    assert (await admin.post("/admin/clients/portal/rotate")).status_code == 409


async def _asked(http: httpx.AsyncClient, token: str) -> int:
    return (await http.post("/query", json=who_is(), headers={"authorization": f"Bearer {token}"})).status_code


async def test_keys_may_also_be_pem_and_their_ids_may_be_odd(admin: httpx.AsyncClient) -> None:
    await admin.post("/admin/clients", json={"name": "portal", "grants": [{"tenant": "sandbox", "push": True}]})
    added = await admin.post("/admin/clients/portal/keys", json={"pem": ec().as_pem(private=False).decode()})
    assert added.status_code == 201
    odd = {**ec("a/b?c=").as_dict(private=False)}
    assert (await admin.post("/admin/clients/portal/keys", json={"keys": [odd]})).status_code == 201
    removed = await admin.delete("/admin/clients/portal/keys/a%2Fb%3Fc%3D")
    assert removed.status_code == 200, removed.text
    assert removed.json() == added.json()


REFUSED: dict[str, tuple[str, Any, int, str]] = {
    "no JSON": ("clients", b"{", 400, "The body is not JSON"),
    "no object": ("clients", [], 400, "The body is not a JSON object"),
    "nothing": ("clients", b"", 400, "The body is not JSON"),
    "no name": ("clients", {"grants": [{"tenant": "sandbox", "push": True}]}, 400, "A member is missing - name"),
    "a name that cannot be": (
        "clients",
        {"name": f"{CANARY} |", "grants": [{"tenant": "sandbox", "push": True}]},
        400,
        "A client has a property that it cannot have: name",
    ),
    "a name that is an operator": (
        "clients",
        {"name": {"$ne": CANARY}, "grants": [{"tenant": "sandbox", "push": True}]},
        400,
        "A member is not what it should be - name",
    ),
    "the sandbox's name": (
        "clients",
        {"name": "sandbox", "grants": [{"tenant": "sandbox", "push": True}]},
        400,
        "The name has a use of its own - name",
    ),
    "no grants": ("clients", {"name": "portal", "grants": []}, 400, "A member is not what it should be - grants"),
    "a grant of nothing": (
        "clients",
        {"name": "portal", "grants": [{"tenant": "sandbox"}]},
        400,
        "A member is not what it should be - push",
    ),
    "an unknown model": (
        "clients",
        {"name": "portal", "grants": [{"tenant": "sandbox", "push": True, "models": [CANARY]}]},
        400,
        "A member is not what it should be - models[0]",
    ),
    "a member too many": (
        "clients",
        {"name": "portal", "grants": [{"tenant": "sandbox", "push": True, "pull": CANARY}]},
        400,
        "There is no such member - grants[0].pull",
    ),
    "a member of an odd name": (
        "clients",
        {"name": "portal", "grants": [{"tenant": "sandbox", "push": True, f"{CANARY}!": 1}]},
        400,
        "There is no such member - grants[0]",
    ),
    "an unknown tenant": (
        "clients",
        {"name": "portal", "grants": [{"tenant": CANARY, "push": True}]},
        404,
        "There is no tenant of this name; `data-on-demand tenant list` shows all",
    ),
    "another environment": (
        "clients",
        {"name": "portal", "grants": [{"tenant": "sandbox", "push": True}], "environment": "Production"},
        400,
        "Environments never mix - environment",
    ),
    "an environment that is none": (
        "clients",
        {"name": "portal", "grants": [{"tenant": "sandbox", "push": True}], "environment": CANARY},
        400,
        "A member is not what it should be - environment",
    ),
    "a private key": (
        "clients",
        {
            "name": "portal",
            "grants": [{"tenant": "sandbox", "push": True}],
            "keys": [ec().as_dict(private=True)],
        },
        400,
        "This is a private key, which nobody but its client should ever have; give the public one - keys[0]",
    ),
    "a client that is nobody": ("clients/nobody/rotate", {}, 404, "There is no client of this name"),
    "hours that are a text": (
        "clients/nobody/rotate",
        {"retireAfterHours": CANARY},
        400,
        "A member is not what it should be - retireAfterHours",
    ),
    "no hours at all": (
        "clients/nobody/rotate",
        {"retireAfterHours": -1},
        400,
        "A member is not what it should be - retireAfterHours",
    ),
    "no keys": ("clients/nobody/keys", {}, 400, "A member is missing - keys"),
    "PEM that is none": (
        "clients/nobody/keys",
        {"pem": CANARY},
        400,
        "A member is missing - keys",
    ),
    "a tenant twice": (
        "tenants",
        {"name": "sandbox", "destinationId": NORTH["destinationId"]},
        409,
        "Another tenant has this already: name",
    ),
    "a reserved tenant": ("tenants", {**NORTH, "name": "unrouted"}, 400, "The name has a use of its own - name"),
    "a destination that is no UUID": (
        "tenants",
        {"name": "north", "destinationId": CANARY},
        400,
        "A tenant has a property that it cannot have: destination_id",
    ),
    "a zone of nowhere": (
        "tenants",
        {**NORTH, "timeZone": CANARY},
        400,
        "A tenant has a property that it cannot have: time_zone",
    ),
    "a webhook that feeds nobody": (
        "webhooks",
        {"name": "feed", "tenants": []},
        400,
        "A member is not what it should be - tenants",
    ),
    "a webhook that is nobody": ("webhooks/nobody/revoke", {}, 404, "There is no webhook of this name"),
    "a path that is none": ("nowhere", {}, 404, "There is no such path"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_a_refusal_names_the_place_and_no_value(case: str, admin: httpx.AsyncClient, log: io.StringIO) -> None:
    path, body, status, text = REFUSED[case]
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = await admin.post(f"/admin/{path}", content=content)
    assert (answer.status_code, error_text(answer)) == (status, text), answer.text
    for said in (answer.text, log.getvalue(), generate_latest().decode()):
        assert CANARY not in said
    assert "Traceback" not in log.getvalue()


async def test_a_tenant_is_changed_and_what_is_not_said_stays(admin: httpx.AsyncClient) -> None:
    await admin.post("/admin/tenants", json={**NORTH, "censusHours": {"Outpatient": 36}})
    changes = {"identifyingTypes": ["EPI"], "addSourceIds": [NORTH["destinationId"]], "personUpdates": "replace"}
    changed = await admin.patch("/admin/tenants/north", json=changes)
    assert (changed.status_code, changed.json()["replayDue"]) == (200, True)
    assert changed.json()["identifyingTypes"] == ["EPI"]
    assert changed.json()["censusHours"] == {"Outpatient": 36}
    assert changed.json()["sourceIds"] == [NORTH["destinationId"]]
    assert (await admin.get("/admin/tenants/north")).json() == changed.json()
    gone = await admin.patch("/admin/tenants/north", json={"removeSourceIds": [NORTH["destinationId"]]})
    assert (gone.json()["sourceIds"], gone.json()["identifyingTypes"]) == ([], ["EPI"])
    assert (await admin.patch("/admin/tenants/nobody", json={})).status_code == 404
    assert (await admin.patch("/admin/tenants/north", json={"timeZone": CANARY})).status_code == 400


async def test_a_body_that_is_too_big_is_not_read(admin: httpx.AsyncClient) -> None:
    assert (await admin.post("/admin/clients", content=b" " * 70_000)).status_code == 413


async def test_acts_are_counted(admin: httpx.AsyncClient) -> None:
    await admin.post("/admin/tenants", json=NORTH)
    await admin.post("/admin/tenants", json=NORTH)
    text = (await admin.get("/metrics")).text
    assert 'data_on_demand_acts_total{act="tenant add",outcome="done"}' in text
    assert 'data_on_demand_acts_total{act="tenant add",outcome="refused"}' in text
