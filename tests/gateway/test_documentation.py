"""The documentation describes every route and message, and its examples work."""

import gzip
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from gateway.app import ROUTES
from gateway.docs import examples, file_examples
from gateway.files.file_jobs import file_jobs_of
from ingest.backfill.opening import KINDS
from mappings.redox.catalogue import EVENTS

TODAY = datetime.now(UTC).date()
PUSHES = examples.pushes(TODAY)
QUESTIONS = examples.asked(TODAY)
FILES: dict[tuple[str, str], Any] = {
    (media_type, kind): example["value"]
    for media_type, content in file_examples.body(TODAY)["content"].items()
    for kind, example in content.get("examples", {}).items()
}


async def test_every_route_is_described(http: httpx.AsyncClient) -> None:
    described = (await http.get("/openapi.json")).json()
    assert described["openapi"].startswith("3.")
    found = {(method.upper(), path) for path, methods in described["paths"].items() for method in methods}
    assert found == {(method, path) for method, path, _ in ROUTES}


async def test_every_reference_leads_somewhere(http: httpx.AsyncClient) -> None:
    text = (await http.get("/openapi.json")).text
    schemas = (await http.get("/openapi.json")).json()["components"]["schemas"]
    named = {piece.split('"')[0] for piece in text.split("#/components/schemas/")[1:]}
    assert named
    assert named <= set(schemas)


def test_every_mapped_push_has_an_example() -> None:
    mapped = {f"{event.data_model}.{event.event_type}" for event in EVENTS if event.model and event.kind == "push"}
    assert set(PUSHES) == mapped


async def test_the_page_shows_every_example_and_asks_nobody_else(http: httpx.AsyncClient) -> None:
    page = await http.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    for name in (*PUSHES, *QUESTIONS, *examples.CREDENTIALS):
        assert f"<summary>{name}</summary>" in page.text
    for said in (*KINDS, "patients, in a report&#x27;s own words"):
        assert f"<summary>{said}</summary>" in page.text
    assert "--data-binary @file" in page.text
    assert "<script" not in page.text
    assert "http" + "s://" not in page.text


@pytest.mark.parametrize("name", PUSHES)
async def test_the_example_of_each_push_is_accepted_without_an_issue(
    name: str, caller: httpx.AsyncClient, app: FastAPI
) -> None:
    answer = await caller.post("/endpoint", json=PUSHES[name])
    assert answer.status_code == 200, answer.text
    service = app.state.service
    partition = service.store.partition(await service.store.tenants.by_name("sandbox"))
    [entry] = [entry async for entry in partition.journal.newest({})]
    assert entry.issues == ()


@pytest.mark.parametrize("name", QUESTIONS)
@pytest.mark.parametrize("path", ["/endpoint", "/query"])
async def test_the_example_of_each_question_is_answered(name: str, path: str, caller: httpx.AsyncClient) -> None:
    answer = await caller.post(path, json=QUESTIONS[name])
    assert answer.status_code == 200, answer.text


async def test_the_other_examples_work(http: httpx.AsyncClient) -> None:
    for credentials in examples.CREDENTIALS.values():
        assert (await http.post("/auth/authenticate", json=credentials)).status_code == 200
    headers = {"verification-token": "sandbox-token"}
    for delivery in examples.deliveries(TODAY).values():
        assert (await http.post("/webhook", json=delivery, headers=headers)).status_code == 200


def test_every_kind_of_file_has_an_example() -> None:
    assert {kind for _, kind in FILES} == set(KINDS)
    assert {media_type for media_type, _ in FILES} == {"text/csv", "application/x-ndjson", "multipart/form-data"}


async def test_the_example_of_an_upload_works_and_is_shown(caller: httpx.AsyncClient) -> None:
    [example] = file_examples.upload()["content"]["multipart/form-data"]["examples"].values()
    parts = {name: text.encode() for name, text in example["value"].items()}
    assert (await caller.post("/upload", files=parts)).status_code == 201
    assert f"<summary>{example['summary']}</summary>" in (await caller.get("/docs")).text
    described = (await caller.get("/openapi.json")).json()["paths"]["/upload"]["post"]
    assert set(described["responses"]) == {"201", "400", "401", "408", "413", "415", "429", "503"}


@pytest.mark.parametrize(("media_type", "kind"), FILES)
@pytest.mark.parametrize("is_packed", [False, True])
async def test_the_example_of_each_file_loads_whole(
    media_type: str, kind: str, is_packed: bool, caller: httpx.AsyncClient, app: FastAPI
) -> None:
    value = FILES[media_type, kind]
    path = f"/backfill/{kind}?{file_examples.QUERY}"
    parts = value if isinstance(value, dict) else {"file": value}
    file = gzip.compress(parts["file"].encode()) if is_packed else parts["file"].encode()
    if media_type == "multipart/form-data":
        answer = await caller.post(path, files={"file": file, "columns": parts["columns"].encode()})
    else:
        headers = {"content-type": "application/gzip" if is_packed else media_type}
        answer = await caller.post(path, content=file, headers=headers)
    assert answer.status_code == (202 if is_packed else 200), answer.text
    if is_packed:
        await file_jobs_of(app).rest()
        answer = await caller.get(answer.headers["location"])
    told = answer.json()
    assert (told["State"], told["Rejected"], told["Doubts"]) == ("done", 0, {})
    assert told["Applied"] == told["Read"] >= 2
