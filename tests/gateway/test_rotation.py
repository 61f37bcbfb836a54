"""Rotation through the doors: a new secret is good at once, the former until it is retired, and nobody waits."""

import json

import httpx
import pytest

from gateway.access import authentication
from gateway.service import Service
from tests.gateway.calls import new_patient, who_is
from tests.gateway.commands import Command


@pytest.fixture
def command(command: Command, service: Service, monkeypatch: pytest.MonkeyPatch) -> Command:
    """A command on the database of the service, in which what it changes counts at once."""
    assert service.settings.sandbox
    monkeypatch.setattr("store.timed_cache.FRESH", 0.0)
    return command


async def added(command: Command) -> dict[str, str]:
    """A client that pushes and asks."""
    given = ("--tenant", "sandbox", "--push", "--query", "--json")
    shown: dict[str, str] = json.loads((await command("client", "add", "app", *given)).out)
    return shown


async def login(http: httpx.AsyncClient, api_key: str, secret: str) -> httpx.Response:
    return await http.post("/auth/authenticate", json={"apiKey": api_key, "secret": secret})


async def status(http: httpx.AsyncClient, tokens: httpx.Response) -> int:
    """What a question with an access token is answered."""
    headers = {"authorization": f"Bearer {tokens.json()['accessToken']}"}
    return (await http.post("/query", json=who_is(), headers=headers)).status_code


async def refreshed(http: httpx.AsyncClient, api_key: str, tokens: httpx.Response) -> int:
    given = {"apiKey": api_key, "refreshToken": tokens.json()["refreshToken"]}
    return (await http.post("/auth/refreshToken", json=given)).status_code


async def test_a_secret_is_rotated_without_a_moment_in_which_none_works(
    command: Command, http: httpx.AsyncClient
) -> None:
    client = await added(command)
    before = await login(http, client["apiKey"], client["secret"])
    rotated = await command("client", "rotate", "app", "--json")
    secret = json.loads(rotated.out)["secret"]
    with_new, with_old = [await login(http, client["apiKey"], each) for each in (secret, client["secret"])]
    assert (with_new.status_code, with_old.status_code) == (200, 200)
    assert [await status(http, each) for each in (before, with_old, with_new)] == [200, 200, 200]
    assert (await command("client", "retire", "app")).status == 0
    assert (await login(http, client["apiKey"], client["secret"])).status_code == 401
    assert (await login(http, client["apiKey"], secret)).status_code == 200
    assert [await status(http, each) for each in (before, with_old, with_new)] == [401, 401, 200]
    assert [await refreshed(http, client["apiKey"], each) for each in (with_old, with_new)] == [401, 200]


async def test_tokens_of_a_refresh_end_with_the_secret_of_the_first(command: Command, http: httpx.AsyncClient) -> None:
    client = await added(command)
    tokens = await login(http, client["apiKey"], client["secret"])
    given = {"apiKey": client["apiKey"], "refreshToken": tokens.json()["refreshToken"]}
    again = await http.post("/auth/refreshToken", json=given)
    await command("client", "rotate", "app")
    await command("client", "retire", "app")
    assert await status(http, again) == 401


async def test_a_third_secret_waits_until_the_first_is_retired(command: Command) -> None:
    await added(command)
    assert (await command("client", "rotate", "app", "--retire-after", "24")).status == 0
    shown = json.loads((await command("client", "show", "app", "--json")).out)
    assert shown["rotating"]
    assert "formerUntil" in shown
    assert "two secrets" in (await command("client", "list")).out
    refused = await command("client", "rotate", "app")
    assert (refused.status, refused.err) == (1, "Two of them hold already; retire the former one first\n")
    await command("client", "retire", "app")
    assert (await command("client", "rotate", "app")).status == 0


async def test_a_former_secret_of_no_hours_is_retired_at_once(command: Command, http: httpx.AsyncClient) -> None:
    client = await added(command)
    await command("client", "rotate", "app", "--retire-after", "0")
    assert (await login(http, client["apiKey"], client["secret"])).status_code == 401


@pytest.mark.parametrize("hours", ["-1", "8761", "soon", "nan"])
async def test_hours_are_a_number_within_a_year(hours: str, command: Command) -> None:
    await added(command)
    assert (await command("client", "rotate", "app", "--retire-after", hours)).status == 2


async def test_a_token_of_a_webhook_is_rotated_without_a_moment_in_which_none_works(
    command: Command, http: httpx.AsyncClient
) -> None:
    shown = json.loads((await command("webhook", "add", "feed", "--tenant", "sandbox", "--json")).out)
    old = shown["verificationToken"]
    new = json.loads((await command("webhook", "rotate", "feed", "--json")).out)["verificationToken"]
    assert [await delivered(http, each) for each in (old, new)] == [200, 200]
    assert (await command("webhook", "rotate", "feed")).status == 1
    assert (await command("webhook", "retire", "feed")).status == 0
    assert [await delivered(http, each) for each in (old, new)] == [403, 200]


async def delivered(http: httpx.AsyncClient, token: str) -> int:
    return (await http.post("/webhook", json=new_patient(), headers={"verification-token": token})).status_code


async def test_an_unknown_key_costs_what_a_known_one_does(
    command: Command, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await added(command)
    checked: list[str] = []
    verifies = authentication.verifies

    def counted(expected: str, secret: str) -> bool:
        checked.append(expected)
        return verifies(expected, secret)

    monkeypatch.setattr(authentication, "verifies", counted)
    costs = []
    for api_key in ("unknown", client["apiKey"]):
        await login(http, api_key, "wrong")
        costs.append(len(checked))
        checked.clear()
    await command("client", "rotate", "app")
    await login(http, client["apiKey"], "wrong")
    costs.append(len(checked))
    assert costs == [2, 2, 2]


async def test_what_a_client_may_is_changed_while_it_works(command: Command, http: httpx.AsyncClient) -> None:
    client = await added(command)
    token = (await login(http, client["apiKey"], client["secret"])).json()["accessToken"]
    http.headers["authorization"] = f"Bearer {token}"
    said = await command("client", "allow", "app", "--tenant", "sandbox", "--query", "--model", "PatientSearch")
    assert said.out == "Client app may ask sandbox (PatientSearch).\n"
    assert (await http.post("/endpoint", json=new_patient())).status_code == 400
    assert (await http.post("/endpoint", json=who_is())).status_code == 200
    assert (await command("client", "disallow", "app", "--tenant", "sandbox")).status == 0
    assert (await http.post("/endpoint", json=who_is())).status_code == 400
    assert (await command("client", "disallow", "app", "--tenant", "sandbox")).status == 1


async def test_environments_never_mix(command: Command) -> None:
    await added(command)
    live = "9d2f7a1c-4a3e-4c55-8d1b-5f0f6f6f0a01"
    await command("tenant", "add", "live", "--destination-id", live, "--environment", "Production")
    for arguments in (
        ("client", "add", "both", "--tenant", "sandbox", "--tenant", "live", "--push"),
        ("client", "allow", "app", "--tenant", "live", "--push"),
        ("webhook", "add", "feed", "--tenant", "sandbox", "--tenant", "live"),
        ("webhook", "allow", "sandbox", "--tenant", "live"),
    ):
        refused = await command(*arguments)
        assert (refused.status, refused.err) == (1, "Environments never mix - environment\n"), arguments
    assert json.loads((await command("client", "show", "app", "--json")).out)["grants"][0]["tenant"] == "sandbox"


async def test_a_webhook_is_shown_and_changed(command: Command) -> None:
    await command("webhook", "add", "feed", "--tenant", "sandbox")
    assert (await command("webhook", "allow", "feed", "--tenant", "sandbox-two")).status == 0
    assert (await command("webhook", "disallow", "feed", "--tenant", "sandbox")).status == 0
    shown = json.loads((await command("webhook", "show", "feed", "--json")).out)
    assert shown == {"name": "feed", "tenants": ["sandbox-two"], "rotating": False, "revoked": False}
    assert "sandbox-two" in (await command("webhook", "show", "feed")).out
    assert (await command("webhook", "show", "nobody")).status == 1
    assert (await command("client", "show", "nobody")).status == 1
