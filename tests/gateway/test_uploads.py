"""A client sends a file ahead, and nobody else can name it; what is no upload is refused and leaves nothing."""

import asyncio
import gzip
import hashlib
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
import pytest
from prometheus_client import REGISTRY, generate_latest

from gateway.errors import BodyTooLarge, FormUnfit
from gateway.request.capacity import Reservation
from gateway.service import Service
from gateway.settings import Settings
from gateway.uploads.upload_form import LONGEST_HEADER, UploadForm
from store.access import Client, Grant
from tests.gateway.calls import CANARY, error_of
from tests.gateway.test_bodies import address, sender  # noqa: F401 - fixtures

LIMIT = 100_000
FORM = "multipart/form-data; boundary=edge"


@pytest.fixture
def settings() -> Settings:
    """A sandbox that takes small uploads only."""
    return Settings(sandbox="empty", upload_limit=LIMIT, uploads_limit=3 * LIMIT)


def form(*parts: tuple[str, bytes], end: bytes = b"--edge--\r\n") -> bytes:
    """A multipart body."""
    head = (
        '--edge\r\nContent-Disposition: form-data; name="%s"; filename="a.pdf"\r\nContent-Type: application/pdf\r\n\r\n'
    )
    return b"".join((head % name).encode() + data + b"\r\n" for name, data in parts) + end


async def sent(caller: httpx.AsyncClient, body: Any, content_type: str = FORM, **headers: str) -> httpx.Response:
    return await caller.post("/upload", content=body, headers={"content-type": content_type, **headers})


async def nothing_is_kept(service: Service) -> None:
    for name in ("uploads", "files", "file_parts"):
        assert await service.store.database[name].count_documents({}) == 0


async def test_a_file_is_kept_for_its_client_and_has_a_uri(caller: httpx.AsyncClient, service: Service) -> None:
    data = bytes(range(256)) * 100
    answer = await caller.post("/upload", files={"file": ("scan.pdf", data, "application/pdf")})
    assert answer.status_code == 201
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    base, _, upload_id = answer.json()["URI"].rpartition("/")
    assert (set(answer.json()), base) == ({"URI"}, "http://service/upload")
    found = (await service.store.uploads.some([upload_id], "sandbox", datetime.now(UTC)))[upload_id]
    assert (found.size, found.sha1) == (len(data), hashlib.sha1(data, usedforsecurity=False).hexdigest())
    assert await service.store.uploads.read(found) == data
    assert await service.store.uploads.some([upload_id], "other", datetime.now(UTC)) == {}


async def test_the_uri_begins_with_the_public_url(caller: httpx.AsyncClient, service: Service) -> None:
    object.__setattr__(service.settings, "public_url", "https://data.example.org/base/")
    answer = await sent(caller, form(("file", b"1")))
    assert answer.json()["URI"].startswith("https://data.example.org/base/upload/")


async def test_an_upload_cannot_be_read_by_anybody(caller: httpx.AsyncClient) -> None:
    uri = (await sent(caller, form(("file", b"1")))).json()["URI"]
    assert (await caller.get(uri)).status_code == 404


async def test_other_parts_of_the_form_are_passed_over(caller: httpx.AsyncClient, service: Service) -> None:
    body = form(("note", b"x" * 1000), ("file", b"data"), ("more", b""))
    assert (await sent(caller, body)).status_code == 201
    [kept] = await service.store.database["uploads"].find().to_list()
    assert (kept["size"], kept["client"]) == (4, "sandbox")


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_file_comes_in_pieces_of_any_size(size: int) -> None:
    data = b"x" + b"--edge\r\n\r\n--edg\r" * 20
    body, read = form(("other", b"--"), ("file", data), ("another", data)), UploadForm(FORM, LIMIT)
    for start in range(0, len(body), size):
        read.take(body[start : start + size])
    assert read.file() == data


async def test_a_packed_upload_is_unpacked(caller: httpx.AsyncClient, service: Service) -> None:
    answer = await sent(caller, gzip.compress(form(("file", b"data" * 1000))), **{"content-encoding": "gzip"})
    assert answer.status_code == 201
    [kept] = await service.store.database["uploads"].find().to_list()
    assert kept["size"] == 4000


REFUSED: dict[str, tuple[bytes, str, str]] = {
    "no form": (CANARY.encode(), "application/pdf", "it is no multipart/form-data"),
    "no content type": (CANARY.encode(), "", "it is no multipart/form-data"),
    "no boundary": (form(("file", b"1")), "multipart/form-data", "it is broken"),
    "another boundary": (form(("file", b"1")), f"{FORM}s", "it is broken"),
    "no file": (form(("note", CANARY.encode())), FORM, "its part file is missing"),
    "no part": (form(), FORM, "its part file is missing"),
    "two files": (form(("file", b"1"), ("file", CANARY.encode())), FORM, "its part file is there twice"),
    "no end": (form(("file", CANARY.encode()), end=b""), FORM, "its end is missing"),
    "nothing": (b"", FORM, "its end is missing"),
    "a long header": (form((f"file{'x' * LONGEST_HEADER}", b"1")), FORM, ""),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_what_is_no_form_with_a_file_is_refused(
    case: str, caller: httpx.AsyncClient, service: Service, log: io.StringIO
) -> None:
    body, content_type, text = REFUSED[case]
    answer = await sent(caller, body, content_type)
    assert answer.status_code == 400, answer.text
    assert error_of(answer)["Text"].startswith("The form cannot be read")
    assert text in error_of(answer)["Text"]
    assert error_of(answer)["Module"] == "DataModels"
    assert CANARY not in answer.text + log.getvalue() + generate_latest().decode()
    await nothing_is_kept(service)


@pytest.mark.parametrize("authorization", ["", "Bearer nonsense"])
async def test_without_a_token_there_is_no_upload(
    authorization: str, http: httpx.AsyncClient, service: Service
) -> None:
    answer = await http.post("/upload", files={"file": b"1"}, headers={"authorization": authorization})
    assert (answer.status_code, answer.text) == (401, "Invalid request")
    await nothing_is_kept(service)


async def test_a_client_that_may_not_push_cannot_upload(caller: httpx.AsyncClient, service: Service) -> None:
    await service.store.access.add_client(Client("asks", "key-asks", "hash", grants=(Grant("sandbox", query=True),)))
    token = await service.store.access.issue_token("access", "asks")
    answer = await sent(caller, form(("file", b"1")), authorization=f"Bearer {token.secret}")
    [error] = answer.json()["Meta"]["Errors"]
    assert (answer.status_code, error["Module"]) == (400, "Subscriptions")
    assert error["Text"] == "Only a client that may push can upload"
    await nothing_is_kept(service)


# --- how much ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "status"), [(LIMIT, 201), (LIMIT + 1, 413)])
async def test_a_file_above_the_limit_is_413(
    size: int,
    status: int,
    sender: httpx.AsyncClient,
    service: Service,
) -> None:
    answer = await sender.post("/upload", files={"file": b"x" * size})
    assert answer.status_code == status
    if status == 413:
        await nothing_is_kept(service)


async def test_a_body_far_above_the_limit_is_not_read_to_its_end(
    sender: httpx.AsyncClient,
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    most, hold = 0, Reservation.hold

    def held(self: Reservation, size: int) -> None:
        nonlocal most
        hold(self, size)
        most = max(most, self._held)

    async def long() -> AsyncIterator[bytes]:
        yield form(("file", b""), end=b"")[:-2]
        for _ in range(30):
            yield b"x" * 10_000

    monkeypatch.setattr(Reservation, "hold", held)
    answer = await sender.post("/upload", content=long(), headers={"content-type": FORM})
    assert answer.status_code == 413
    assert answer.headers["connection"] == "close"
    assert 0 < most <= LIMIT + 64 * 1024
    await nothing_is_kept(service)


@pytest.mark.parametrize("packed", [False, True])
async def test_what_stands_beside_the_file_has_a_limit_too(packed: bool, sender: httpx.AsyncClient) -> None:
    body = form(("note", b"x" * 2 * LIMIT), ("file", b"1"))
    headers = {"content-type": FORM} | ({"content-encoding": "gzip"} if packed else {})
    answer = await sender.post("/upload", content=gzip.compress(body) if packed else body, headers=headers)
    assert answer.status_code == 413


async def test_a_client_that_has_uploaded_too_much_waits_until_it_ends(
    caller: httpx.AsyncClient, service: Service
) -> None:
    statuses = [(await sent(caller, form(("file", b"x" * LIMIT)))).status_code for _ in range(4)]
    assert statuses == [201, 201, 201, 503]
    await service.store.uploads.end(datetime.now(UTC) + timedelta(seconds=1))
    assert (await sent(caller, form(("file", b"1")))).status_code == 201


def test_a_form_keeps_no_more_than_a_file_may_have() -> None:
    read = UploadForm(FORM, 10)
    read.take(form(("file", b"x" * 10), end=b""))
    with pytest.raises(BodyTooLarge):
        UploadForm(FORM, 10).take(form(("file", b"x" * 11), end=b""))
    with pytest.raises(FormUnfit):
        read.file()


async def test_a_header_without_an_end_is_refused() -> None:
    def give(*pieces: bytes) -> None:
        read = UploadForm(FORM, 10)
        for piece in pieces:
            read.take(piece)

    with pytest.raises(FormUnfit):
        give(b"--edge\r\nContent-Disposition: ", *[b"x" * 100] * 100)


# --- what is remembered -----------------------------------------------------------------------------------------------


async def test_an_upload_is_in_the_audit_and_the_metrics_without_a_name_or_a_byte(
    caller: httpx.AsyncClient, service: Service, log: io.StringIO
) -> None:
    before = REGISTRY.get_sample_value("data_on_demand_upload_bytes_total") or 0
    files = {"file": (f"{CANARY}.pdf", CANARY.encode(), f"application/{CANARY}")}
    answer = await caller.post("/upload", files=files)
    assert answer.status_code == 201
    assert REGISTRY.get_sample_value("data_on_demand_upload_bytes_total") == before + len(CANARY)
    [entry] = await service.store.database["audit"].find({"event": "upload"}).to_list()
    assert (entry["who"], entry["by"], entry["status"], entry["tenant"]) == ("sandbox", "client", 200, "-")
    assert entry["details"] == {"upload": answer.json()["URI"].rpartition("/")[2], "bytes": len(CANARY)}
    assert CANARY not in orjson.dumps(entry["details"]).decode() + log.getvalue() + generate_latest().decode()
    [line] = [line for line in map(orjson.loads, log.getvalue().splitlines()) if line.get("route") == "/upload"]
    assert (line["status"], line["caller"]) == (201, "sandbox")


async def test_a_refused_upload_is_in_the_audit(caller: httpx.AsyncClient, service: Service) -> None:
    await sent(caller, form())
    [entry] = await service.store.database["audit"].find({"event": "upload"}).to_list()
    assert entry["status"] == 400


async def test_who_hangs_up_in_the_middle_leaves_nothing(
    address: tuple[str, int],
    caller: httpx.AsyncClient,
    service: Service,
) -> None:
    _, writer = await asyncio.open_connection(*address)
    head = f"POST /upload HTTP/1.1\r\nHost: x\r\nAuthorization: {caller.headers['authorization']}\r\n"
    body = form(("file", b"x" * 1000))
    writer.write(f"{head}Content-Type: {FORM}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body[:-20])
    await writer.drain()
    await asyncio.sleep(0.1)
    writer.close()
    assert (await caller.get("/health/live")).status_code == 200
    await nothing_is_kept(service)
