"""What senders' programs make of a message: leaves that no text can hold, byte order marks, content encodings."""

import gzip
import zlib
from collections.abc import Awaitable, Callable, Iterator

import httpx
import orjson
import pytest

from gateway.request import bodies, encodings
from gateway.service import Service
from gateway.settings import Settings
from ingest.intake import UNROUTED
from store.entries import Entry
from tests.gateway.calls import SANDBOX, error_text, message, new_patient, who_is
from tests.gateway.test_webhook import TOKEN, delivery, entries

BOM = b"\xef\xbb\xbf"
LIMIT = 100_000
ADMIN_KEY = "an-admin-key-of-forty-characters-or-more"
CREDENTIALS = {"apiKey": "sandbox", "secret": "sandbox-secret"}
GZIP = {"content-encoding": "gzip"}


@pytest.fixture
def settings() -> Settings:
    """A sandbox that takes small bodies only, with an admin API."""
    return Settings(sandbox="empty", body_limit=LIMIT, admin_key=ADMIN_KEY)


def text(sent: object, **leaves: str) -> bytes:
    """A message as JSON, with some of its texts replaced by leaves as they are to be sent."""
    said = orjson.dumps(sent).decode()
    for name, leaf in leaves.items():
        said = said.replace(f'"{name}"', leaf)
    return said.encode()


async def pushed(http: httpx.AsyncClient, body: bytes, **headers: str) -> httpx.Response:
    return await http.post("/endpoint", content=body, headers=headers)


async def delivered(http: httpx.AsyncClient, body: bytes, **headers: str) -> httpx.Response:
    return await http.post("/webhook", content=body, headers={**TOKEN, **headers})


async def loaded(http: httpx.AsyncClient, body: bytes, **headers: str) -> httpx.Response:
    return await http.post(
        "/backfill/events",
        params={"tenant": "sandbox", "extracted_at": "2026-01-01T00:00:00Z"},
        content=body,
        headers=headers,
    )


DOORS: dict[str, Callable[..., Awaitable[httpx.Response]]] = {
    "endpoint": pushed,
    "webhook": delivered,
    "backfill": loaded,
}
SENT = {"endpoint": new_patient, "webhook": delivery, "backfill": new_patient}


async def _kept(service: Service) -> Entry:
    [entry] = await entries(service, "sandbox")
    tenant = await service.store.tenants.by_name("sandbox")
    assert tenant is not None
    found = await service.store.partition(tenant).journal.one(entry.id)
    assert found is not None
    return found


LEAVES = {
    "half an emoji": (r'"Fa\ud83d"', "half of a character"),
    "a number beyond all floats": ("1e999", "number out of range"),
    "a number of 5,000 digits": ("9" * 5_000, "number out of range"),
}


@pytest.mark.parametrize("case", LEAVES)
@pytest.mark.parametrize("door", DOORS)
async def test_a_leaf_that_cannot_be_used_is_left_out_and_the_rest_counts(
    door: str, case: str, caller: httpx.AsyncClient, service: Service
) -> None:
    leaf, reason = LEAVES[case]
    body = text(SENT[door](last_name="HERE"), HERE=leaf)
    for _ in range(2):
        assert (await DOORS[door](caller, body)).status_code == 200
    entry = await _kept(service)
    assert entry.issues == ({"path": "Patient.Demographics.LastName", "reason": reason},)
    assert leaf.encode() in entry.body
    assert entry.open is None
    answer = (await caller.post("/query", json=who_is())).json()
    assert answer["Patient"]["Demographics"] == {"FirstName": "Idris", "DOB": "1970-02-03"}


@pytest.mark.parametrize("door", DOORS)
async def test_events_that_differ_in_such_a_leaf_alone_are_two(
    door: str, caller: httpx.AsyncClient, service: Service
) -> None:
    for leaf in (r'"A\ud83d"', r'"B\ud83d"'):
        sent = SENT[door](last_name="HERE", Meta={"EventDateTime": "2026-01-01T00:00:00Z"})
        assert (await DOORS[door](caller, text(sent, HERE=leaf))).status_code == 200
    assert len(await entries(service, "sandbox")) == 2


@pytest.mark.parametrize("leaf", [leaf for leaf, _ in LEAVES.values()], ids=[*LEAVES])
async def test_a_member_that_nobody_knows_makes_no_event_unread(
    leaf: str, http: httpx.AsyncClient, service: Service
) -> None:
    body = text(delivery(Unheard={"Of": ["HERE"]}), HERE=leaf)
    assert (await delivered(http, body)).status_code == 200
    entry = await _kept(service)
    assert entry.issues == ({"path": "Unheard", "reason": "unknown field"},)
    assert entry.open is None


@pytest.mark.parametrize(("leaf", "_reason"), LEAVES.values(), ids=[*LEAVES])
async def test_an_identifier_that_is_lost_is_missing_at_the_api_and_an_issue_at_the_webhook(
    leaf: str, _reason: str, caller: httpx.AsyncClient, service: Service
) -> None:
    answer = await pushed(caller, text(new_patient("HERE"), HERE=leaf))
    assert answer.status_code == 400
    assert error_text(answer) == "Required field missing - Patient.Identifiers[0].ID in PatientAdmin:NewPatient"
    assert await entries(service, "sandbox") == []
    of_feed = {**delivery(), "Patient": {"Identifiers": [{"ID": "HERE", "IDType": "MR"}]}}
    assert (await delivered(caller, text(of_feed, HERE=leaf))).status_code == 200
    assert [issue["path"] for issue in (await _kept(service)).issues] == ["Patient.Identifiers[0].ID"]


@pytest.mark.parametrize("leaf", [leaf for leaf, _ in LEAVES.values()], ids=[*LEAVES])
async def test_a_criterion_that_cannot_be_used_is_refused(leaf: str, caller: httpx.AsyncClient) -> None:
    asked = message("PatientSearch", "Query", SANDBOX, Patient={"Demographics": {"LastName": "HERE"}})
    for path in ("/query", "/endpoint"):
        answer = await caller.post(path, content=text(asked, HERE=leaf))
        assert answer.status_code == 400
        assert error_text(answer) == "Field cannot be read - Patient.Demographics.LastName in PatientSearch:Query"


@pytest.mark.parametrize("door", DOORS)
async def test_a_byte_order_mark_is_passed_over(door: str, caller: httpx.AsyncClient, service: Service) -> None:
    assert (await DOORS[door](caller, BOM + text(SENT[door]()))).status_code == 200
    assert (await caller.post("/query", content=BOM + text(who_is()))).json()["Patient"]
    entry = await _kept(service)
    assert (entry.issues, entry.open) == ((), None)


async def _logins(http: httpx.AsyncClient, encode: Callable[[bytes], bytes], **headers: str) -> list[httpx.Response]:
    """Each door that takes JSON of somebody who shows no token."""
    first = await http.post("/auth/authenticate", content=encode(text(CREDENTIALS)), headers=headers)
    refresh = first.json().get("refreshToken") if first.status_code == 200 else ""
    renewed = {"apiKey": "sandbox", "refreshToken": refresh}
    challenge = {"challenge": "b0a7", "verification-token": "sandbox-token"}
    tenant = {"name": "added", "destinationId": "0b7c6a52-6a0e-4d0f-9d7b-1f3a5c7e9b01"}
    admin = {**headers, "authorization": f"Bearer {ADMIN_KEY}"}
    return [
        first,
        await http.post("/auth/refreshToken", content=encode(text(renewed)), headers=headers),
        await http.post("/webhook", content=encode(text(challenge)), headers=headers),
        await http.post("/admin/tenants", content=encode(text(tenant)), headers=admin),
    ]


async def test_a_byte_order_mark_is_passed_over_at_every_login(http: httpx.AsyncClient) -> None:
    assert [answer.status_code for answer in await _logins(http, lambda body: BOM + body)] == [200, 200, 200, 201]


@pytest.mark.parametrize("name", ["gzip", "GZIP", "x-gzip", "identity, gzip", "gzip,"])
@pytest.mark.parametrize("door", DOORS)
async def test_a_body_in_gzip_is_unpacked(door: str, name: str, caller: httpx.AsyncClient, service: Service) -> None:
    body = text(SENT[door]())
    answer = await DOORS[door](caller, gzip.compress(body), **{"content-encoding": name})
    assert answer.status_code == 200, answer.text
    asked = await caller.post("/query", content=gzip.compress(text(who_is())), headers=GZIP)
    assert asked.json()["Patient"]
    entry = await _kept(service)
    assert orjson.loads(entry.body)["Patient"] == orjson.loads(body)["Patient"]


async def test_a_body_in_gzip_is_unpacked_at_every_login(http: httpx.AsyncClient) -> None:
    answers = await _logins(http, gzip.compress, **GZIP)
    assert [answer.status_code for answer in answers] == [200, 200, 200, 201]


async def test_identity_is_no_encoding(caller: httpx.AsyncClient) -> None:
    assert (await pushed(caller, text(new_patient()), **{"content-encoding": "Identity"})).status_code == 200


@pytest.mark.parametrize("name", ["br", "deflate", "zstd", "gzip, gzip", "gzip, br", "nonsense"])
async def test_another_encoding_is_415_at_the_api_and_kept_at_the_webhook(
    name: str, caller: httpx.AsyncClient, service: Service
) -> None:
    said = {"content-encoding": name}
    body = gzip.compress(text(delivery()))
    for door in (pushed, loaded):
        answer = await door(caller, body, **said)
        assert (answer.status_code, answer.headers["accept-encoding"]) == (415, "gzip")
        assert error_text(answer) == "The content encoding of the body is not supported - Content-Encoding"
    statuses = [answer.status_code for answer in await _logins(caller, lambda body: body, **said)]
    assert statuses == [415, 415, 403, 415]
    assert await entries(service, "sandbox") == []
    await _is_kept_as_bytes(caller, service, body, name)


BROKEN = {
    "no gzip": b'{"Meta": 1}',
    "nothing": b"",
    "cut off": gzip.compress(text(delivery()))[:-5],
    "rubbish behind": gzip.compress(text(delivery())) + b"rubbish",
    "bare deflate": zlib.compress(text(delivery())),
    "a wrong sum": gzip.compress(text(delivery()))[:-8] + b"12345678",
    "members without end": gzip.compress(b"") * 1_500,
}


@pytest.mark.parametrize("case", BROKEN)
async def test_broken_gzip_is_400_at_the_api_and_kept_at_the_webhook(
    case: str, caller: httpx.AsyncClient, service: Service
) -> None:
    for door in (pushed, loaded):
        answer = await door(caller, BROKEN[case], **GZIP)
        assert answer.status_code == 400
        assert error_text(answer) == "The body is not what its content encoding says - Content-Encoding"
    assert (await caller.post("/auth/authenticate", content=BROKEN[case], headers=GZIP)).status_code in {400, 401}
    await _is_kept_as_bytes(caller, service, BROKEN[case], "gzip")


async def _is_kept_as_bytes(http: httpx.AsyncClient, service: Service, body: bytes, encoding: str) -> None:
    assert (await delivered(http, body, **{"content-encoding": encoding})).status_code == 200
    [entry] = await entries(service, "unrouted")
    kept = await service.store.partition(UNROUTED).journal.one(entry.id)
    assert kept is not None
    assert kept.body == body


@pytest.mark.parametrize("door", DOORS)
async def test_what_is_larger_than_the_limit_once_it_is_unpacked_is_413(
    door: str, caller: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpacked = 0
    pieces = encodings._unpacked

    def counted(body: bytes) -> Iterator[bytes]:
        nonlocal unpacked
        for piece in pieces(body):
            unpacked += len(piece)
            yield piece

    monkeypatch.setattr(encodings, "_unpacked", counted)
    bomb = gzip.compress(bytes(90_000_000))
    assert len(bomb) < LIMIT
    answer = await DOORS[door](caller, bomb, **GZIP)
    assert answer.status_code == 413
    assert unpacked < 10 * LIMIT
    assert (await caller.post("/auth/authenticate", content=bomb, headers=GZIP)).status_code == 413


async def test_members_of_gzip_one_after_the_other_are_one_body(caller: httpx.AsyncClient) -> None:
    body = text(new_patient())
    packed = gzip.compress(body[:40]) + gzip.compress(b"") + gzip.compress(body[40:])
    assert (await pushed(caller, packed, **GZIP)).status_code == 200


async def test_a_form_of_a_token_may_be_packed(http: httpx.AsyncClient) -> None:
    form = {"content-type": "application/x-www-form-urlencoded", **GZIP}
    answer = await http.post("/v2/auth/token", content=gzip.compress(b"grant_type=password"), headers=form)
    assert answer.json()["error"] == "unsupported_grant_type"
    broken = await http.post("/v2/auth/token", content=b"grant_type=password", headers=form)
    assert (broken.status_code, broken.json()["error"]) == (400, "invalid_request")


async def test_a_body_that_is_read_in_a_thread_is_refused_and_kept_as_any_other(
    caller: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "AT_ONCE", 10)
    assert (await pushed(caller, text(new_patient(last_name="HERE"), HERE=r'"\ud83d"'))).status_code == 200
    assert error_text(await pushed(caller, b'{"Meta": 1e999, ')) == "The body is not JSON"
    assert error_text(await pushed(caller, b"[1e999, 1e999]")) == "The body is not a JSON object"
