"""Keys, secrets and tokens: who comes in, for how long, and who does not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from gateway.access.authentication import Authentication, secret_hash
from gateway.errors import NotAuthenticated, WrongVerificationToken
from gateway.service import Service
from store.access import Access, Client, Grant
from store.database import Store
from tests.gateway.calls import new_patient, who_is

KEY = {"apiKey": "sandbox", "secret": "sandbox-secret"}


async def test_a_key_and_its_secret_give_tokens_for_24_hours(http: httpx.AsyncClient) -> None:
    answer = await http.post("/auth/authenticate", json=KEY)
    assert answer.status_code == 200
    assert set(answer.json()) == {"accessToken", "expires", "refreshToken"}
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["cache-control"] == "private, no-cache, no-store, must-revalidate"
    expires = datetime.strptime(answer.json()["expires"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    assert abs(expires - datetime.now(UTC) - timedelta(hours=24)) < timedelta(seconds=30)


@pytest.mark.parametrize(
    "given",
    [
        {**KEY, "secret": "wrong"},
        {**KEY, "apiKey": "nobody"},
        {"apiKey": "sandbox"},
        {"apiKey": {"$ne": ""}, "secret": {"$ne": ""}},
        {**KEY, "secret": "\U0001f600" * 40},
        [],
    ],
)
async def test_anything_else_is_an_invalid_request(given: object, http: httpx.AsyncClient) -> None:
    answer = await http.post("/auth/authenticate", json=given)
    assert (answer.status_code, answer.text) == (401, "Invalid request")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


async def test_what_is_no_json_is_an_invalid_request(http: httpx.AsyncClient) -> None:
    answer = await http.post("/auth/authenticate", content=b"apiKey=sandbox")
    assert (answer.status_code, answer.text) == (401, "Invalid request")


async def test_a_stranger_may_not_send_much(http: httpx.AsyncClient) -> None:
    answer = await http.post("/auth/authenticate", content=b" " * 70_000)
    assert answer.status_code == 413


async def test_a_refresh_token_works_once(http: httpx.AsyncClient) -> None:
    first = (await http.post("/auth/authenticate", json=KEY)).json()
    given = {"apiKey": "sandbox", "refreshToken": first["refreshToken"]}
    second = await http.post("/auth/refreshToken", json=given)
    assert second.status_code == 200
    assert second.json()["accessToken"] != first["accessToken"]
    again = await http.post("/auth/refreshToken", json=given)
    assert (again.status_code, again.text) == (401, "Invalid request")
    http.headers["authorization"] = f"Bearer {second.json()['accessToken']}"
    assert (await http.post("/endpoint", json=who_is())).status_code == 200


async def test_a_refresh_token_is_no_access_token_nor_the_other_way_round(http: httpx.AsyncClient) -> None:
    tokens = (await http.post("/auth/authenticate", json=KEY)).json()
    http.headers["authorization"] = f"Bearer {tokens['refreshToken']}"
    assert (await http.post("/endpoint", json=who_is())).status_code == 401
    given = {"apiKey": "sandbox", "refreshToken": tokens["accessToken"]}
    assert (await http.post("/auth/refreshToken", json=given)).status_code == 401


async def test_a_refresh_token_is_good_for_its_own_client_alone(http: httpx.AsyncClient, store: Store) -> None:
    await _client(store, "other")
    tokens = (await http.post("/auth/authenticate", json=KEY)).json()
    given = {"apiKey": "key-of-other", "refreshToken": tokens["refreshToken"]}
    assert (await http.post("/auth/refreshToken", json=given)).status_code == 401


async def test_a_token_that_has_expired_opens_nothing(http: httpx.AsyncClient, store: Store) -> None:
    yesterday = Access(store.database, store.key, clock=lambda: datetime.now(UTC) - timedelta(hours=24, seconds=1))
    expired = await yesterday.issue_token("access", "sandbox")
    http.headers["authorization"] = f"Bearer {expired.secret}"
    answer = await http.post("/endpoint", json=new_patient())
    assert (answer.status_code, answer.text) == (401, "Invalid request")


async def test_a_revoked_client_is_out(http: httpx.AsyncClient, store: Store) -> None:
    await _client(store, "leaving")
    tokens = (await http.post("/auth/authenticate", json={"apiKey": "key-of-leaving", "secret": "its secret"})).json()
    http.headers["authorization"] = f"Bearer {tokens['accessToken']}"
    assert (await http.post("/query", json=who_is())).status_code == 200
    await store.access.revoke_client("leaving")
    assert (await http.post("/query", json=who_is())).status_code == 401
    given = {"apiKey": "key-of-leaving", "secret": "its secret"}
    assert (await http.post("/auth/authenticate", json=given)).status_code == 401


async def test_the_sandboxs_keys_open_nothing_outside_a_sandbox(service: Service) -> None:
    tokens = await service.authentication.authenticate("sandbox", "sandbox-secret")
    outside = Authentication(service.store.access, is_sandbox=False)
    for attempt in (
        outside.authenticate("sandbox", "sandbox-secret"),
        outside.client(f"Bearer {tokens.access_token}"),
        outside.refresh("sandbox", tokens.refresh_token),
    ):
        with pytest.raises(NotAuthenticated):
            await attempt
    with pytest.raises(WrongVerificationToken):
        await outside.webhook("sandbox-token")
    outside.close()


async def test_a_client_stays_in_its_environment_and_its_subscriptions(http: httpx.AsyncClient, store: Store) -> None:
    grant = Grant("sandbox", push=True, models=("Scheduling",))
    await _client(store, "narrow", grants=(grant,))
    await _client(store, "staging", environment="Staging")
    for name in ("narrow", "staging"):
        given = {"apiKey": f"key-of-{name}", "secret": "its secret"}
        tokens = (await http.post("/auth/authenticate", json=given)).json()
        http.headers["authorization"] = f"Bearer {tokens['accessToken']}"
        for message in (new_patient(), who_is()):
            answer = await http.post("/endpoint", json=message)
            assert answer.status_code == 400
            assert answer.json()["Meta"]["Errors"][0]["Module"] == "Subscriptions"
            assert answer.json()["Meta"]["Source"]["Name"] == name


async def _client(store: Store, name: str, **more: object) -> None:
    grants = (Grant("sandbox", push=True, query=True),)
    client = Client(name, f"key-of-{name}", secret_hash("its secret"), grants=grants, source_id=None)
    source = f"5a4d0b0e-0000-4000-8000-{len(name):012d}"
    await store.access.add_client(replace(client, source_id=source, **more))
