"""Apart: no call, id, cursor, identifier or token of one tenant shows, counts or changes anything of another."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.app import attach, create_app
from gateway.service import assembled
from gateway.settings import Settings
from ingest.as_of import AsOf
from ingest.intake import Intake
from ingest.replays import replay
from store.access.tenant import Tenant
from store.database import Store
from tests.feed import Json, everything, new_partition, push, resources
from tests.gateway.commands import Command
from tests.lives import PEOPLE, START, lives, moment

PAIRS = [pair for pairs in PEOPLE for pair in pairs]


async def kept_of(store: Store, tenant: str) -> dict[str, list[Any]]:
    """All that the database holds of a tenant, in whatever collection."""
    found = {}
    for name in await store.database.list_collection_names():
        mine = {"$or": [{"tenant": tenant}, {"tenants": tenant}, {"_id": {"$gt": f"{tenant}|", "$lt": f"{tenant}|~"}}]}
        found[name] = await store.database[name].find(mine).sort("_id", 1).to_list()
    return {name: documents for name, documents in found.items() if documents}


@given(mine=lives(most=6), theirs=lives(most=6), luck=st.randoms(use_true_random=False))
async def test_what_comes_for_one_tenant_is_nothing_to_another(
    store: Store, mine: list[Json], theirs: list[Json], luck: Random
) -> None:
    """Of equal people, identifiers and visit numbers: answers, resources and all that is kept."""
    alone, beside, other = [await new_partition(store) for _ in range(3)]
    intake = Intake(store)
    await push(intake, alone, mine)
    both = [(beside, message) for message in mine] + [(other, message) for message in theirs]
    luck.shuffle(both)
    await asyncio.gather(*(push(intake, partition, [message]) for partition, message in both))
    assert await everything(beside, PAIRS) == await everything(alone, PAIRS)
    assert await resources(beside) == await resources(alone)
    assert await beside.journal.count() == await alone.journal.count()

    before = await kept_of(store, other.tenant.name)
    await replay.replay_tenant(store, beside)
    await replay.replay_person(store, beside, PAIRS[0])
    await everything(AsOf(beside, START + timedelta(minutes=30)), PAIRS)
    await push(intake, beside, theirs)
    assert await kept_of(store, other.tenant.name) == before


# --- a sweep of everything that can be called -------------------------------------------------------------------------

HERE = Tenant("here", "0b7c6a52-6a0e-4d0f-9d7b-1f3a5c7e9b01", source_ids=("0b7c6a52-6a0e-4d0f-9d7b-1f3a5c7e9bf1",))
THERE = Tenant("there", "0b7c6a52-6a0e-4d0f-9d7b-1f3a5c7e9b02", source_ids=("0b7c6a52-6a0e-4d0f-9d7b-1f3a5c7e9bf2",))
MARK = "Therezhina"
"""What is said of the other tenant's people and visits, and nowhere else."""


def story(word: str) -> list[Json]:
    """People and visits that are equal in both tenants but for a word."""
    who = {"FirstName": "Ada", "LastName": "Quill", "DOB": "1980-02-03", "SSN": "101-01-0001"}
    patient = {"Identifiers": [{"IDType": "MR", "ID": "m1"}], "Demographics": who | {"MiddleName": word}}
    place = {"Facility": "Main", "Department": "3N", "Room": word}
    stay = {"VisitNumber": "v1", "PatientClass": "Inpatient", "VisitDateTime": moment(0), "Location": place}
    carer = {"ID": "4", "IDType": "NPI", "LastName": word}
    booking = stay | {"VisitNumber": "b1", "Duration": 15, "Reason": "cough", "AttendingProvider": carer}
    del booking["PatientClass"]

    note = {"ContentType": "Plain Text", "DocumentType": "Letter", "DocumentID": "n1", "Provider": carer}
    note |= {"FileContents": f"{word} " * 1000}
    result = {"Code": "Na", "Value": word, "ValueType": "String", "RelatedGroupID": "g1"}
    report = {"ID": "o1", "Procedure": {"Code": "BMP"}, "ResultsStatus": "Final", "CompletionDateTime": moment(4)}
    report |= {"Status": "Resulted", "Results": [result]}

    def said(model: str, event: str, minute: int, **content: Json) -> Json:
        return {"Meta": {"DataModel": model, "EventType": event, "EventDateTime": moment(minute)}, **content}

    return [
        said("PatientAdmin", "Arrival", 0, Patient=patient, Visit=stay),
        said("Scheduling", "New", 1, Patient=patient, Visit=booking),
        said("PatientAdmin", "PatientUpdate", 2, Patient=patient | {"Contacts": [{"LastName": word}]}),
        said("Notes", "New", 3, Patient=patient, Visit=stay, Note=note),
        said("Results", "New", 4, Patient=patient, Visit=stay, Orders=[report]),
    ]


def questions() -> list[Json]:
    """Every question, by every filter that finds somebody."""
    pair = [{"IDType": "MR", "ID": "m1"}]
    named = {"FirstName": "Ada", "LastName": "Quill", "DOB": "1980-02-03", "SSN": "101-01-0001"}
    since, patients = {"StartDateTime": "1900-01-01"}, [{"Identifiers": pair}]
    carer = {"ID": "4", "IDType": "NPI"}
    asked: list[tuple[str, str, Json]] = [
        ("PatientSearch", "Query", {"Patient": {"Identifiers": pair}}),
        ("PatientSearch", "Query", {"Patient": {"Demographics": named}}),
        ("PatientAdmin", "CensusQuery", {}),
        (
            "PatientAdmin",
            "CensusQuery",
            {"Departments": ["3N"], "Facilities": ["Main"], "PatientClasses": ["Inpatient"]},
        ),
        ("PatientAdmin", "VisitQuery", {}),
        ("PatientAdmin", "VisitQuery", {"VisitNumbers": ["v1"], "Patients": patients}),
        ("Scheduling", "Booked", since),
        ("Scheduling", "Booked", since | {"Visit": {"VisitNumber": "b1", "Reason": "cough"}}),
        ("Scheduling", "Booked", since | {"Visit": {"Patients": patients, "AttendingProviders": [carer]}}),
        ("Notes", "Query", {"Patients": patients, "VisitNumbers": ["v1"], "DocumentTypes": ["Letter"]}),
        ("Notes", "Query", {"DocumentIDs": ["n1"]}),
        ("Results", "Query", {"Patients": patients, "Completion": since, "ResultStatuses": ["Final"]}),
        ("Results", "Query", {"OrderIDs": ["o1"], "Procedures": [{"Code": "BMP"}], "RelatedGroupIDs": ["g1"]}),
        ("Results", "Query", {"Location": {"Department": "3N"}, "LastUpdated": since}),
    ]
    whole = [{"Meta": {"DataModel": model, "EventType": event}, **content} for model, event, content in asked]
    as_of = {"AsOf": moment(60), "Whole": True}
    return whole + [question | {"Meta": question["Meta"] | as_of} for question in whole]


def to(tenant: Tenant, message: Json) -> Json:
    """A message with its destination."""
    return message | {"Meta": message["Meta"] | {"Destinations": [{"ID": tenant.destination_id}]}}


@pytest.fixture
async def two(store: Store) -> Store:
    """A database of two tenants whose people are equal but for a word."""
    for tenant, word in ((HERE, "Herefordia"), (THERE, MARK)):
        await store.tenants.add(tenant)
        await push(Intake(store), store.partition(tenant), story(word))
    return store


@pytest.fixture
async def http(two: Store) -> AsyncIterator[httpx.AsyncClient]:
    """A service on that database."""
    async with assembled(Settings(), two) as service:
        app = create_app(service)
        attach(app, service)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client:
            yield client


async def token(command: Command, http: httpx.AsyncClient, tenant: Tenant) -> Json:
    """What a client of one tenant, made by the command line, shows at the doors."""
    added = await command("client", "add", f"of-{tenant.name}", "--tenant", tenant.name, "--push", "--query", "--json")
    made = json.loads(added.out)
    answer = await http.post("/auth/authenticate", json={"apiKey": made["apiKey"], "secret": made["secret"]})
    return {"Authorization": f"Bearer {answer.json()['accessToken']}"}


async def test_a_client_of_one_tenant_learns_nothing_of_another_by_any_route(
    two: Store, http: httpx.AsyncClient, command: Command
) -> None:
    here, there = await token(command, http, HERE), await token(command, http, THERE)
    body = ("\n".join(json.dumps(message) for message in story(MARK))).encode()
    as_of = {"tenant": THERE.destination_id, "extracted_at": moment(0)}
    loaded = await http.post("/backfill/events", content=gzip.compress(body), params=as_of, headers=there)
    job = loaded.headers["location"]
    while (await http.get(job, headers=there)).json()["State"] in {"waiting", "running"}:  # noqa: ASYNC110 - it is HTTP
        await asyncio.sleep(0.02)
    uri = (await http.post("/upload", files={"file": MARK.encode()}, headers=there)).json()["URI"]
    before = await kept_of(two, THERE.name)
    for question in questions():
        for route in ("/query", "/endpoint"):
            mine = await http.post(route, json=to(HERE, question), headers=here)
            theirs = await http.post(route, json=to(THERE, question), headers=here)
            assert mine.status_code == 200
            assert "Herefordia" in mine.text
            assert MARK not in mine.text
            assert theirs.status_code == 400
            assert MARK not in theirs.text
    for message in story("Herefordia"):
        assert (await http.post("/endpoint", json=to(HERE, message), headers=here)).status_code == 200
        assert (await http.post("/endpoint", json=to(THERE, message), headers=here)).status_code == 400
    refused = await http.post("/backfill/events", content=body, params=as_of, headers=here)
    assert 400 <= refused.status_code < 500
    assert (await http.get(job, headers=here)).status_code == 404
    assert (await http.get(uri, headers=here)).status_code == 404
    held = await two.database["files"].count_documents({"tenant": HERE.name})
    named = {"Meta": {"DataModel": "Media", "EventType": "New"}, "Media": {"FileContents": uri}}
    await http.post("/endpoint", json=to(HERE, named), headers=here)
    assert await two.database["files"].count_documents({"tenant": HERE.name}) == held
    after = await kept_of(two, THERE.name)
    # Who tried is remembered by the tenant that was asked for; that is all that is new there.
    assert {name: kept for name, kept in after.items() if name != "audit"} == {
        name: kept for name, kept in before.items() if name != "audit"
    }


def texts_under(directory: Path) -> list[str]:
    """What stands in all files."""
    return [path.read_text() for path in directory.rglob("*") if path.is_file()]


async def test_no_command_of_one_tenant_shows_or_changes_another(two: Store, command: Command, tmp_path: Path) -> None:
    rows = tmp_path / "events.ndjson"
    rows.write_text("\n".join(json.dumps(message) for message in story("Herefordia")))
    of_here = ("--tenant", HERE.name)
    before = await kept_of(two, THERE.name)
    said = [
        await command(*arguments, *of_here)
        for arguments in (
            ("journal",),
            ("journal", "--json", "--issues"),
            ("audit",),
            ("audit", "--json"),
            ("audit", "--fhir", str(tmp_path / "audit")),
            ("export", str(tmp_path / "export")),
            ("replay",),
            ("replay", "--verify"),
            ("replay", "--person", "MR:m1"),
            ("backfill", "events", str(rows), "--extracted-at", moment(0)),
            ("synth", "--patients", "3"),
        )
    ]
    entry = json.loads((await command("journal", "--json", *of_here)).out.splitlines()[0])
    said.append(await command("journal", "--show", entry["id"], *of_here))
    assert [outcome.status for outcome in said] == [0] * len(said)
    [theirs, *_] = await two.database["journal"].find({"tenant": THERE.name}).to_list()
    stolen = await command("journal", "--show", theirs["_id"].partition("|")[2], *of_here)
    assert stolen.status in {0, 1}
    shown = "".join(outcome.out + outcome.err for outcome in (*said, stolen))
    written = "".join(texts_under(tmp_path))
    assert "Herefordia" in written
    assert MARK not in shown + written
    assert await kept_of(two, THERE.name) == before
