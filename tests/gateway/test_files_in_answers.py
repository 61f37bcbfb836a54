"""Contents of notes and results: large ones lie beside the records, and are answered as they were sent."""

from __future__ import annotations

import base64
import random
from typing import Any

import httpx
import pytest

from gateway.sandbox import well_known
from gateway.service import Service
from gateway.settings import Settings
from ingest.replays.replay import replay_tenant
from tests.gateway.calls import SANDBOX, message

Json = dict[str, Any]
_MIB = 1024 * 1024


@pytest.fixture
def settings() -> Settings:
    return Settings(sandbox="empty")


def _bytes(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)  # noqa: S311 - the same bytes each time


def _note(number: str, contents: str, **said: Any) -> Json:
    note = {
        "ContentType": "Base64 Encoded",
        "FileType": "PDF",
        "DocumentType": "Scan",
        "DocumentID": number,
        "Provider": {"ID": "p"},
        "FileContents": contents,
    }
    patient = {"Identifiers": [{"ID": "f1", "IDType": "MR"}]}
    return message("Notes", "New", SANDBOX, Patient=patient, Note={**note, **said})


async def _push(caller: httpx.AsyncClient, pushed: Json) -> None:
    answer = await caller.post("/endpoint", json=pushed)
    assert answer.status_code == 200, answer.text[:300]


async def _contents(caller: httpx.AsyncClient, number: str) -> str:
    answer = await caller.post("/query", json=message("Notes", "Query", SANDBOX, DocumentIDs=[number]))
    assert answer.status_code == 200, answer.text[:300]
    [note] = answer.json()["Notes"]
    found: str = note["FileContents"]
    return found


async def test_a_file_of_30_mb_by_upload_is_answered_as_base64(caller: httpx.AsyncClient) -> None:
    data = _bytes(30 * _MIB)
    uploaded = await caller.post("/upload", files={"file": ("scan.pdf", data, "application/pdf")})
    assert uploaded.status_code == 201
    await _push(caller, _note("n1", uploaded.json()["URI"]))
    assert base64.b64decode(await _contents(caller, "n1")) == data


async def test_two_files_of_10_mb_in_one_message(caller: httpx.AsyncClient, service: Service) -> None:
    values = [base64.b64encode(_bytes(10 * _MIB, seed)).decode() for seed in (1, 2)]
    results = [
        {"Code": code, "Value": value, "ValueType": "Encapsulated Data", "FileType": "PDF"}
        for code, value in zip("ab", values, strict=True)
    ]
    order = {"ID": "o1", "Status": "Resulted", "Results": results}
    patient = {"Identifiers": [{"ID": "f1", "IDType": "MR"}]}
    await _push(caller, message("Results", "New", SANDBOX, Patient=patient, Orders=[order]))
    answer = await caller.post("/query", json=message("Results", "Query", SANDBOX, OrderIDs=["o1"]))
    [found] = answer.json()["Orders"]
    assert [each["Value"] for each in found["Results"]] == values
    for kind in ("DiagnosticReport", "Observation"):
        async for document in service.store.partition(well_known.TENANTS[0]).each(kind):
            assert len(str(document.resource)) < 5_000


@pytest.mark.parametrize(
    "contents",
    [
        "é plain text, and no base64 at all. " * 1_000,
        base64.encodebytes(_bytes(20_000)).decode(),
        base64.b64encode(_bytes(20_000)).decode() + "=",
        "short",
        "https://files.example.org/another/client",
        "https://files.example.org/upload/0b7c6a52-6a0e-4d0f-9d7b-1f3a5c7e9b01",
    ],
    ids=["text", "line breaks", "not canonical", "short", "a URI of another client", "an upload of nobody"],
)
async def test_contents_come_back_as_they_were_sent(caller: httpx.AsyncClient, contents: str) -> None:
    await _push(caller, _note("n1", contents))
    assert await _contents(caller, "n1") == contents


async def test_the_same_contents_are_stored_once_a_tenant(caller: httpx.AsyncClient, service: Service) -> None:
    contents = base64.b64encode(_bytes(50_000)).decode()
    for number in range(30):
        await _push(caller, _note(f"n{number}", contents))
    assert await service.store.database["files"].count_documents({}) == 1
    assert not (await replay_tenant(service.store, service.store.partition(well_known.TENANTS[0]), is_dry=True)).differs


async def test_an_answer_has_as_many_contents_as_it_may(caller: httpx.AsyncClient, service: Service) -> None:
    """The newest notes are kept, and the answer says that it is incomplete."""
    object.__setattr__(service.settings, "answer_limit", 2 * _MIB + _MIB // 2)
    for number in range(5):
        contents = base64.b64encode(_bytes(750_000, number)).decode()
        await _push(caller, _note(f"n{number}", contents, ServiceDateTime=f"2026-03-0{number + 1}T08:00:00.000Z"))
    answer = (await caller.post("/query", json=message("Notes", "Query", SANDBOX))).json()
    assert [note["DocumentID"] for note in answer["Notes"]] == ["n4", "n3"]
    assert answer["Meta"]["IsIncomplete"] is True
