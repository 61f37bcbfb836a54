"""Feeds: verification, and deliveries that are kept whatever they hold."""

import io

import httpx
import pytest

from gateway.service import Service
from ingest.errors import Unavailable
from ingest.intake import UNROUTED
from store.access.tenant import Tenant
from store.entries import Entry
from tests.gateway.calls import CANARY, SOURCE, new_patient, who_is

TOKEN = {"verification-token": "sandbox-token"}


def delivery(source: str = SOURCE, **more: object) -> dict[str, object]:
    """An event as a feed delivers it."""
    sent = new_patient(**more)
    meta = {name: value for name, value in sent["Meta"].items() if name != "Destinations"}
    return {**sent, "Meta": {**meta, "Source": {"ID": source, "Name": "A feed"}}}


async def entries(service: Service, tenant: Tenant | str) -> list[Entry]:
    """What the journal of a tenant holds."""
    found = UNROUTED if tenant == "unrouted" else await service.store.tenants.by_name(str(tenant))
    assert found
    return [entry async for entry in service.store.partition(found).journal.newest({})]


async def test_verification_by_get_answers_the_challenge_alone(http: httpx.AsyncClient) -> None:
    answer = await http.get("/webhook", params={**TOKEN, "challenge": "7d1f<b>"})
    assert (answer.status_code, answer.text) == (200, "7d1f<b>")
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("headers", [{}, TOKEN])
async def test_verification_by_post_answers_the_challenge_alone(
    headers: dict[str, str], http: httpx.AsyncClient
) -> None:
    answer = await http.post("/webhook", json={**TOKEN, "challenge": "7d1f"}, headers=headers)
    assert (answer.status_code, answer.text) == (200, "7d1f")
    in_query = await http.post("/webhook", params={**TOKEN, "challenge": "8e2a"})
    assert (in_query.status_code, in_query.text) == (200, "8e2a")


async def test_a_verification_without_a_challenge_is_told_so(http: httpx.AsyncClient) -> None:
    answer = await http.get("/webhook", params=TOKEN)
    assert (answer.status_code, answer.text) == (400, "A verification needs a challenge")


async def test_a_wrong_token_is_forbidden(http: httpx.AsyncClient, service: Service, log: io.StringIO) -> None:
    wrong = {"verification-token": CANARY}
    answers = [
        await http.get("/webhook", params={**wrong, "challenge": "7d1f"}),
        await http.get("/webhook", params={"challenge": "7d1f"}),
        await http.post("/webhook", json={**wrong, "challenge": "7d1f"}),
        await http.post("/webhook", json={"verification-token": {"$ne": ""}, "challenge": "7d1f"}),
        await http.post("/webhook", json=delivery(), headers=wrong),
        await http.post("/webhook", json=delivery()),
        await http.post("/webhook", content=b" " * 100_000),
    ]
    assert [answer.status_code for answer in answers] == [403] * 7
    assert await entries(service, "sandbox") == []
    assert CANARY not in log.getvalue()
    assert "7d1f" not in log.getvalue()


async def test_a_delivery_goes_to_the_tenant_that_its_source_feeds(
    http: httpx.AsyncClient, caller: httpx.AsyncClient, service: Service
) -> None:
    answer = await http.post("/webhook", json=delivery(SOURCE.upper()), headers=TOKEN)
    assert answer.status_code == 200
    [entry] = await entries(service, "sandbox")
    assert (entry.log_id, entry.source) == (answer.json()["Meta"]["Logs"][0]["ID"], "sandbox")
    found = (await caller.post("/query", json=who_is())).json()
    assert found["Patient"]["Demographics"]["LastName"] == "Farrow"


async def test_a_source_that_nobody_knows_is_kept_aside(http: httpx.AsyncClient, service: Service) -> None:
    sent = delivery("5a4d0b0e-0000-4000-8000-00000000dead")
    assert (await http.post("/webhook", json=sent, headers=TOKEN)).status_code == 200
    assert await entries(service, "sandbox") == []
    [entry] = await entries(service, "unrouted")
    assert entry.open == "unrouted"


async def test_a_webhook_feeds_its_own_tenants_alone(http: httpx.AsyncClient, service: Service) -> None:
    await service.store.access.add_webhook("second", "its token", ("sandbox-two",))
    answer = await http.post("/webhook", json=delivery(), headers={"verification-token": "its token"})
    assert answer.status_code == 200
    assert await entries(service, "sandbox") == []
    assert len(await entries(service, "unrouted")) == 1


@pytest.mark.parametrize(
    "body",
    [b"", b"MSH|^~\\&|", b"[1]", b'"text"', b'{"Meta": 3}', b'{"Meta": {"Source": []}}', b"{" * 100_000, b"\xff\xfe"],
    ids=lambda body: repr(body[:20]),
)
async def test_rubbish_with_the_right_token_is_kept_as_it_is(
    body: bytes, http: httpx.AsyncClient, service: Service
) -> None:
    assert (await http.post("/webhook", content=body, headers=TOKEN)).status_code == 200
    [entry] = await entries(service, "unrouted")
    kept = await service.store.partition(UNROUTED).journal.one(entry.id)
    assert kept is not None
    assert kept.body == body


async def test_faults_of_a_delivery_are_issues_and_no_refusal(http: httpx.AsyncClient, service: Service) -> None:
    sent = delivery(last_name="Fen\0wick")
    assert (await http.post("/webhook", json=sent, headers=TOKEN)).status_code == 200
    [entry] = await entries(service, "sandbox")
    assert [issue["path"] for issue in entry.issues] == ["Patient.Demographics.LastName"]


async def test_a_delivery_that_holds_a_challenge_beside_its_meta_is_a_delivery(
    http: httpx.AsyncClient, service: Service
) -> None:
    answer = await http.post("/webhook", json={**delivery(), "challenge": "7d1f"}, headers=TOKEN)
    assert answer.text != "7d1f"
    assert len(await entries(service, "sandbox")) == 1


async def test_when_nothing_can_be_kept_the_feed_is_to_wait(
    http: httpx.AsyncClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cannot(*_: object) -> None:
        raise Unavailable("journal")

    monkeypatch.setattr(type(service.intake), "push", cannot)
    assert (await http.post("/webhook", json=delivery(), headers=TOKEN)).status_code == 503
