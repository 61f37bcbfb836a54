"""OAuth 2: a token for a signed assertion, and for nothing else."""

import base64
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from joserfc.jwk import OctKey
from prometheus_client import generate_latest
from starlette.requests import Request

from gateway.login.oauth import ASSERTION_TYPE, audiences
from gateway.service import Service
from store.access import Grant
from store.database import Store
from tests.gateway.calls import CANARY, new_patient, who_is
from tests.gateway.signing import PATH, claims, ec, form, public, rsa, signed, signer

Json = dict[str, Any]
NAME = "signing"
CLIENT = f"key-of-{NAME}"


@pytest.fixture
async def client(service: Service, store: Store) -> None:
    """A client with an RSA and an EC key, and another one with a key of its own."""
    await signer(store, NAME, public(rsa()), public(ec()))
    await signer(store, "another", public(ec("of-another")))


async def ask(http: httpx.AsyncClient, assertion: str, **changed: str) -> httpx.Response:
    """What is answered to an assertion."""
    return await http.post(PATH, data=form(assertion, **changed))


@pytest.mark.usefixtures("client")
@pytest.mark.parametrize("key", [rsa(), ec()], ids=["RS384", "ES384"])
async def test_an_assertion_gives_a_token_that_pushes_and_asks(key: Any, http: httpx.AsyncClient) -> None:
    answer = await ask(http, signed(claims(CLIENT), key), scope="anything at all")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert set(body) == {"access_token", "token_type", "expires_in", "scope"}
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("Bearer", 300, "push query")
    assert "no-store" in answer.headers["cache-control"]
    assert answer.headers["pragma"] == "no-cache"
    http.headers["authorization"] = f"Bearer {body['access_token']}"
    assert (await http.post("/endpoint", json=new_patient())).status_code == 200
    assert (await http.post("/query", json=who_is())).status_code == 200


def unsigned(said: Json, algorithm: object = "none", kid: str = "rsa") -> str:
    """A token with an algorithm and no signature."""
    parts = ({"alg": algorithm, "kid": kid}, said)
    return ".".join(base64.urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=") for each in parts) + "."


def soon() -> int:
    return int(datetime.now(UTC).timestamp())


def shared_secret() -> str:
    """The public key, taken for a shared secret."""
    pem = rsa().as_pem(private=False)
    return signed(claims(CLIENT), OctKey.import_key(base64.urlsafe_b64encode(pem).decode()), "HS384", kid="rsa")


def tampered() -> str:
    head, said, signature = signed(claims(CLIENT), rsa()).split(".")
    other = signed(claims(CLIENT), rsa()).split(".")[1]
    assert other != said
    return f"{head}.{other}.{signature}"


REFUSED: dict[str, tuple[Callable[[], str], str]] = {
    "for another service": (
        lambda: signed(claims(CLIENT, aud="http://elsewhere/v2/auth/token"), rsa()),
        "client_assertion.aud",
    ),
    "for the service, but not its token endpoint": (
        lambda: signed(claims(CLIENT, aud="http://service"), rsa()),
        "client_assertion.aud",
    ),
    "for nobody": (lambda: signed(claims(CLIENT, aud=None), rsa()), "client_assertion.aud"),
    "for an object": (lambda: signed(claims(CLIENT, aud={"$ne": ""}), rsa()), "client_assertion.aud"),
    "expired": (lambda: signed(claims(CLIENT, exp=soon() - 61), rsa()), "client_assertion.exp"),
    "good for too long": (lambda: signed(claims(CLIENT, exp=soon() + 400), rsa()), "client_assertion.exp"),
    "good for ever": (lambda: signed(claims(CLIENT, exp=None), rsa()), "client_assertion.exp"),
    "expires with a text": (lambda: signed(claims(CLIENT, exp="tomorrow"), rsa()), "client_assertion.exp"),
    "expires with true": (lambda: signed(claims(CLIENT, exp=True), rsa()), "client_assertion.exp"),
    "made in the future": (lambda: signed(claims(CLIENT, iat=soon() + 120), rsa()), "client_assertion.iat"),
    "made at a text": (lambda: signed(claims(CLIENT, iat="now"), rsa()), "client_assertion.iat"),
    "not good yet": (lambda: signed(claims(CLIENT, nbf=soon() + 120), rsa()), "client_assertion.nbf"),
    "about another": (lambda: signed(claims(CLIENT, sub="key-of-another"), rsa()), "client_assertion.sub"),
    "about nobody": (lambda: signed(claims(CLIENT, sub=None), rsa()), "client_assertion.sub"),
    "without an id": (lambda: signed(claims(CLIENT, jti=None), rsa()), "client_assertion.jti"),
    "with an empty id": (lambda: signed(claims(CLIENT, jti=""), rsa()), "client_assertion.jti"),
    "with a number for an id": (lambda: signed(claims(CLIENT, jti=7), rsa()), "client_assertion.jti"),
    "of nobody known": (lambda: signed(claims("nobody"), rsa()), "client_assertion"),
    "of nobody": (lambda: signed(claims(CLIENT, iss=None), rsa()), "client_assertion"),
    "of an operator": (lambda: signed(claims(CLIENT, iss={"$ne": ""}), rsa()), "client_assertion"),
    "of a name and not a key": (lambda: signed(claims(NAME), rsa()), "client_assertion"),
    "of an unknown key": (lambda: signed(claims(CLIENT), rsa(), kid="unknown"), "client_assertion"),
    "of no key": (lambda: signed(claims(CLIENT), rsa(), kid=None), "client_assertion"),
    "of the key of another client": (lambda: signed(claims(CLIENT), ec("of-another")), "client_assertion"),
    "of another client's key by a known id": (
        lambda: signed(claims(CLIENT), ec("of-another"), kid="ec"),
        "client_assertion",
    ),
    "of an RSA key by the id of an EC one": (lambda: signed(claims(CLIENT), rsa(), kid="ec"), "client_assertion"),
    "signed with RS256": (lambda: signed(claims(CLIENT), rsa(), "RS256"), "client_assertion"),
    "signed with PS384": (lambda: signed(claims(CLIENT), rsa(), "PS384"), "client_assertion"),
    "signed with a shared secret": (shared_secret, "client_assertion"),
    "not signed": (lambda: unsigned(claims(CLIENT)), "client_assertion"),
    "not signed, and saying it is": (lambda: unsigned(claims(CLIENT), "RS384"), "client_assertion"),
    "an algorithm that is a list": (lambda: unsigned(claims(CLIENT), ["RS384"]), "client_assertion"),
    "tampered with": (tampered, "client_assertion"),
    "no JWT": (lambda: CANARY, "client_assertion"),
    "no JWT, but of three parts": (lambda: "a.b.c", "client_assertion"),
    "no letters of this alphabet": (lambda: "ä.ö.ü", "client_assertion"),
    "nested deeply": (
        lambda: f"e30.{base64.urlsafe_b64encode(b'[' * 40_000).decode().rstrip('=')}.",
        "client_assertion",
    ),
    "empty": (lambda: "", "client_assertion"),
}


@pytest.mark.usefixtures("client")
@pytest.mark.parametrize("case", REFUSED)
async def test_an_assertion_is_refused_that_is(case: str, http: httpx.AsyncClient, log: io.StringIO) -> None:
    make, place = REFUSED[case]
    assertion = make()
    answer = await ask(http, assertion)
    assert answer.status_code == 401, answer.text
    assert answer.json() == {
        "error": "invalid_client",
        "error_description": f"The client assertion is refused - {place}",
    }
    assert "no-store" in answer.headers["cache-control"]
    for text in (log.getvalue(), answer.text, generate_latest().decode()):
        assert CANARY not in text
        assert len(assertion) < 10 or assertion not in text
    assert "Traceback" not in log.getvalue()


@pytest.mark.usefixtures("client")
async def test_an_assertion_is_good_once(http: httpx.AsyncClient) -> None:
    assertion = signed(claims(CLIENT), ec())
    assert (await ask(http, assertion)).status_code == 200
    again = await ask(http, assertion)
    assert (again.status_code, again.json()["error"]) == (401, "invalid_client")
    assert again.json()["error_description"].endswith("client_assertion.jti")


@pytest.mark.usefixtures("client")
async def test_the_id_of_an_assertion_that_was_refused_may_come_again(http: httpx.AsyncClient) -> None:
    said = claims(CLIENT)
    assert (await ask(http, signed({**said, "aud": "elsewhere"}, rsa()))).status_code == 401
    assert (await ask(http, signed(said, rsa()))).status_code == 200


@pytest.mark.usefixtures("client")
@pytest.mark.parametrize(
    "changed",
    [
        lambda: {"aud": ["http://elsewhere", "http://service/v2/auth/token"]},
        lambda: {"iat": None},
        lambda: {"exp": soon() + 45.5},
        lambda: {"nbf": 0},
    ],
    ids=["several audiences", "no moment of issue", "half a second", "a beginning long ago"],
)
async def test_an_assertion_may_also_say(changed: Callable[[], Json], http: httpx.AsyncClient) -> None:
    assert (await ask(http, signed(claims(CLIENT, **changed()), rsa()))).status_code == 200


async def test_clocks_may_differ_by_a_minute(http: httpx.AsyncClient, store: Store) -> None:
    await signer(store, NAME, public(ec()))
    for changed in ({"exp": soon() - 50}, {"exp": soon() + 350}, {"iat": soon() + 50}, {"nbf": soon() + 50}):
        assert (await ask(http, signed(claims(CLIENT, **changed), ec()))).status_code == 200


@pytest.mark.usefixtures("client")
async def test_a_revoked_client_gets_no_token_and_loses_the_one_it_has(http: httpx.AsyncClient, store: Store) -> None:
    token = (await ask(http, signed(claims(CLIENT), rsa()))).json()["access_token"]
    await store.access.revoke_client(NAME)
    assert (await ask(http, signed(claims(CLIENT), rsa()))).status_code == 401
    answer = await http.post("/query", json=who_is(), headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 401


@pytest.mark.usefixtures("client")
async def test_a_key_that_is_removed_signs_no_more_and_its_tokens_end(http: httpx.AsyncClient, store: Store) -> None:
    tokens = [(await ask(http, signed(claims(CLIENT), key))).json()["access_token"] for key in (rsa(), ec())]
    await store.access.remove_key(NAME, "rsa")
    assert (await ask(http, signed(claims(CLIENT), rsa()))).status_code == 401
    assert (await ask(http, signed(claims(CLIENT), ec()))).status_code == 200
    headers = [{"authorization": f"Bearer {token}"} for token in tokens]
    assert [(await http.post("/query", json=who_is(), headers=each)).status_code for each in headers] == [401, 200]


@pytest.mark.usefixtures("client")
@pytest.mark.parametrize(
    ("changed", "status", "error"),
    [
        ({"grant_type": ""}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"client_assertion_type": ""}, 401, "invalid_client"),
        ({"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"}, 401, "invalid_client"),
        ({"client_assertion": ""}, 401, "invalid_client"),
        ({"client_id": "key-of-another"}, 401, "invalid_client"),
        ({"client_id": CLIENT}, 200, None),
    ],
)
async def test_the_form_is_looked_at(
    changed: dict[str, str], status: int, error: str | None, http: httpx.AsyncClient
) -> None:
    answer = await ask(http, signed(claims(CLIENT), rsa()), **changed)
    assert (answer.status_code, answer.json().get("error")) == (status, error)


@pytest.mark.usefixtures("client")
@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b'{"grant_type": "client_credentials"}', "application/json"),
        (b"grant_type=client_credentials", "text/plain"),
        (b"grant_type=client_credentials&grant_type=client_credentials", "application/x-www-form-urlencoded"),
        (b"grant_type", "application/x-www-form-urlencoded"),
        (b"\xff\xfe", "application/x-www-form-urlencoded"),
        (b"&".join(b"a%d=1" % number for number in range(50)), "application/x-www-form-urlencoded"),
        (b"", "application/x-www-form-urlencoded"),
        (b"grant_type=%ff", "application/x-www-form-urlencoded"),
    ],
)
async def test_what_is_no_form_is_no_request(content: bytes, content_type: str, http: httpx.AsyncClient) -> None:
    answer = await http.post(PATH, content=content, headers={"content-type": content_type})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert "no-store" in answer.headers["cache-control"]


async def test_a_form_that_is_too_big_is_not_read(http: httpx.AsyncClient) -> None:
    answer = await ask(http, "a" * 70_000)
    assert answer.status_code == 413


@pytest.mark.usefixtures("client")
async def test_the_scope_is_what_the_client_may(http: httpx.AsyncClient, store: Store) -> None:
    await store.access.allow_client(NAME, Grant("sandbox", query=True))
    assert (await ask(http, signed(claims(CLIENT), rsa()), scope="push")).json()["scope"] == "query"


@pytest.mark.usefixtures("client")
async def test_outside_of_a_sandbox_its_client_signs_nothing(
    http: httpx.AsyncClient, service: Service, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.access.add_key("sandbox", public(ec("known-to-all")))
    first, second = [signed(claims("sandbox"), ec("known-to-all")) for _ in range(2)]
    assert (await ask(http, first)).status_code == 200
    monkeypatch.setattr(service.authentication, "_is_sandbox", False)
    assert (await ask(http, second)).status_code == 401


@pytest.mark.usefixtures("client")
async def test_behind_a_proxy_assertions_are_for_the_public_url(
    http: httpx.AsyncClient, app: FastAPI, service: Service
) -> None:
    public_url = "https://data.example.org/clinic/"
    app.state.service = replace(service, settings=replace(service.settings, public_url=public_url))
    assert (await ask(http, signed(claims(CLIENT), rsa()))).status_code == 401
    said = claims(CLIENT, aud="https://data.example.org/clinic/v2/auth/token")
    assert (await ask(http, signed(said, rsa()))).status_code == 200


@pytest.mark.usefixtures("client")
async def test_the_host_header_makes_no_audience(http: httpx.AsyncClient) -> None:
    assertion = signed(claims(CLIENT, aud="http://elsewhere/v2/auth/token"), rsa())
    answer = await http.post(PATH, data=form(assertion), headers={"host": "elsewhere"})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("scheme", "server", "expected"),
    [
        ("http", ("127.0.0.1", 8080), {"http://127.0.0.1:8080", "http://localhost:8080"}),
        ("https", ("203.0.113.7", 443), {"https://203.0.113.7", "https://203.0.113.7:443"}),
        ("http", ("::1", 8080), {"http://[::1]:8080", "http://localhost:8080"}),
    ],
)
def test_without_a_public_url_the_audience_is_where_the_connection_came_to(
    scheme: str, server: tuple[str, int], expected: set[str]
) -> None:
    scope = {"type": "http", "scheme": scheme, "server": server, "path": PATH, "query_string": b"", "headers": []}
    assert audiences(Request(scope), "") == {each + PATH for each in expected}
    assert ASSERTION_TYPE.endswith("jwt-bearer")
