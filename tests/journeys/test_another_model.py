"""Another data model is rows and files of rows: an invented one, added to a copy of the tables, is pushed and asked for."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.another_model.product import copy
from tests.journeys.processes import Service, command, serving
from tests.lives import moment

Json = dict[str, Any]
DESTINATION = "5a4d0b0e-0000-4000-8000-000000000001"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data directory, and a product with one more data model in place of this one."""
    place = tmp_path_factory.mktemp("product")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(copy(place)))
        patch.setenv("PYTHONSAFEPATH", "1")  # the folder that the tests run in is not looked into before the copy
        yield tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def service(data: Path) -> Iterator[Service]:
    """Its service."""
    with serving(data, "--sandbox=empty") as running:
        yield running


@pytest.fixture
def client(service: Service) -> Iterator[httpx.Client]:
    with service.client() as asking:
        yield asking


def meta(model: str, event: str, minute: int | None = None) -> Json:
    at = {} if minute is None else {"EventDateTime": moment(minute)}
    return {"Meta": {"DataModel": model, "EventType": event, "Destinations": [{"ID": DESTINATION}], **at}}


def traveller(ids: str, *outings: Json, **demographics: str) -> Json:
    """One patient: `TYPE:ID TYPE:ID`, and where they go."""
    identifiers = [dict(zip(("IDType", "ID"), pair.split(":"), strict=True)) for pair in ids.split()]
    return {"Identifiers": identifiers, "Demographics": demographics, "Outings": list(outings)}


def excursion(event: str, minute: int, *travellers: Json) -> Json:
    return {**meta("Excursion", event, minute), "Travellers": list(travellers)}


def push(client: httpx.Client, message: Json) -> None:
    answer = client.post("/endpoint", json=message)
    assert answer.status_code == 200, answer.text


def ask(client: httpx.Client, **filters: Any) -> list[Json]:
    answer = client.post("/query", json={**meta("Excursion", "Query"), **filters})
    assert answer.status_code == 200, answer.text
    entries: list[Json] = answer.json()["Excursions"]
    return entries


def of(*ids: str) -> dict[str, list[Json]]:
    """The filter for these people."""
    return {
        "Patients": [traveller(each) for each in ids]
        and [{"Identifiers": traveller(each)["Identifiers"]} for each in ids]
    }


LAKE = {
    "ID": "o1",
    "Destination": "the lake",
    "DateTime": "2026-05-01T09:00:00.000Z",
    "Price": 12.5,
    "Status": "planned",
}
HILL = {"ID": "o2", "Destination": "the hill", "DateTime": "2026-06-01T09:00:00.000Z"}
UNNAMED = {"Destination": "the mill"}


def test_what_was_said_is_answered_leaf_by_leaf_newest_first(client: httpx.Client) -> None:
    push(client, excursion("New", 1, traveller("MR:a1", LAKE, HILL, UNNAMED, FirstName="Ada")))
    whose = {"Identifiers": [{"ID": "a1", "IDType": "MR"}]}
    assert ask(client, **of("MR:a1")) == [
        {"EventType": "New", "Patient": whose, "Outings": [outing]} for outing in (HILL, LAKE, UNNAMED)
    ]
    asked = client.post("/query", json={**meta("PatientSearch", "Query"), "Patient": whose}).json()
    assert asked["Patient"]["Demographics"] == {"FirstName": "Ada"}


def test_every_filter_alone_and_together(client: httpx.Client) -> None:
    push(client, excursion("New", 1, traveller("MR:f1", LAKE, HILL), traveller("MR:f2", LAKE)))

    def found(**filters: Any) -> list[str]:
        return [entry["Outings"][0]["ID"] for entry in ask(client, **of("MR:f1", "MR:f2"), **filters)]

    assert found() == ["o2", "o1", "o1"]
    assert found(IDs=["o2", "o9"]) == ["o2"]
    assert found(Statuses=["planned"]) == ["o1", "o1"]
    assert found(StartDateTime=HILL["DateTime"]) == ["o2"], "both ends of a span are in"
    assert found(EndDateTime=LAKE["DateTime"]) == ["o1", "o1"]
    assert found(IDs=["o1"], Statuses=["planned"], EndDateTime="2026-05-02") == ["o1", "o1"]
    assert found(IDs=["o2"], Statuses=["planned"]) == []
    assert ask(client, **of("MR:nobody")) == []


def test_words_and_ends_come_to_the_same_in_every_order(client: httpx.Client) -> None:
    story = [
        ("New", 1, {"ID": "o1", "Destination": "the lake", "Status": "planned"}),
        ("New", 3, {"ID": "o1", "Destination": "the sea"}),
        ("Cancel", 2, {"ID": "o1", "Price": 3}),
        ("Cancel", 4, {"ID": "o1"}),
    ]
    for place, order in enumerate(permutations(story)):
        for event, minute, outing in order:
            push(client, excursion(event, minute, traveller(f"MR:order-{place}", outing)))
        [entry] = ask(client, **of(f"MR:order-{place}"))
        assert entry["EventType"] == "Cancel"
        assert entry["Outings"] == [{"ID": "o1", "Destination": "the sea", "Price": 3, "Status": "planned"}]


def test_people_who_join_or_merge_keep_their_outings(client: httpx.Client) -> None:
    push(client, excursion("New", 1, traveller("MR:j1", LAKE)))
    push(client, excursion("New", 2, traveller("EPI:j2", HILL)))
    push(client, excursion("New", 3, traveller("MR:j1 EPI:j2")))
    assert [entry["Outings"][0]["ID"] for entry in ask(client, **of("EPI:j2"))] == ["o2", "o1"]
    push(client, excursion("New", 4, traveller("MR:j3", HILL)))
    merge = {**meta("PatientAdmin", "PatientMerge", 5), "Patient": traveller("MR:j1")}
    merge["Patient"] = {
        "Identifiers": merge["Patient"]["Identifiers"],
        "PreviousIdentifiers": traveller("MR:j3")["Identifiers"],
    }
    push(client, merge)
    both = [entry["Outings"][0]["ID"] for entry in ask(client, **of("MR:j3"))]
    assert both == ["o2", "o2", "o1"], "after a merge both records of one key stay"


def test_the_past_is_answered_too(client: httpx.Client) -> None:
    push(client, excursion("New", 1, traveller("MR:p1", {**LAKE, "Price": 1})))
    push(client, excursion("New", 60, traveller("MR:p1", {**LAKE, "Price": 2})))
    then = {**meta("Excursion", "Query"), **of("MR:p1")}
    then["Meta"] = {**then["Meta"], "AsOf": moment(30)}
    assert client.post("/query", json=then).json()["Excursions"][0]["Outings"][0]["Price"] == 1
    assert ask(client, **of("MR:p1"))[0]["Outings"][0]["Price"] == 2


def test_one_of_three_parts_waits_by_itself_until_its_cause_is_gone(client: httpx.Client, data: Path) -> None:
    """The third is known by an identifier that two people have who contradict each other."""
    push(client, excursion("New", 1, traveller("MR:w1 EPI:w")))
    push(client, excursion("New", 2, traveller("MR:w2 EPI:w")))
    push(client, excursion("New", 3, traveller("MR:w3", LAKE), traveller("MR:w4", LAKE), traveller("EPI:w", HILL)))
    assert [len(ask(client, **of(who))) for who in ("MR:w3", "MR:w4", "EPI:w")] == [1, 1, 0]
    said = command("journal", "--tenant", "sandbox", "--issues", "--json", "--data-dir", str(data))
    [entry] = [each for each in map(json.loads, said.stdout.splitlines()) if "IdentifierAmbiguous" in each["findings"]]
    assert entry["open"] == "IdentifierAmbiguous"
    # The mother's record and the child's were told apart by a type that one of them no longer has to share.
    merge = {"Identifiers": traveller("MR:w1")["Identifiers"], "PreviousIdentifiers": traveller("MR:w2")["Identifiers"]}
    push(client, {**meta("PatientAdmin", "PatientMerge", 0), "Patient": merge})
    assert [entry["Outings"][0]["ID"] for entry in ask(client, **of("EPI:w"))] == ["o2"]
    assert [len(ask(client, **of(who))) for who in ("MR:w3", "MR:w4")] == [1, 1]


def test_killed_in_between_all_parts_are_written_or_none(data: Path) -> None:
    batches = [[f"MR:k{number}-{part}" for part in range(3)] for number in range(60)]
    directory = data.with_name("killed")

    def pushed(client: httpx.Client, batch: list[str]) -> bool:
        try:
            return client.post(
                "/endpoint", json=excursion("New", 1, *(traveller(each, LAKE) for each in batch))
            ).is_success
        except httpx.TransportError:
            return False

    with serving(directory, "--sandbox=empty") as dying, dying.client() as client, ThreadPoolExecutor(8) as pool:
        acknowledged = []
        for done in pool.map(lambda batch: pushed(client, batch), batches):
            acknowledged.append(done)
            if len(acknowledged) == 12:
                os.kill(dying.process.pid, signal.SIGKILL)
                dying.process.wait()
    with serving(directory, "--sandbox=empty") as again, again.client() as client:
        there = [[len(ask(client, **of(each))) for each in batch] for batch in batches]
    assert all(each in ([0, 0, 0], [1, 1, 1]) for each in there)
    assert all(each == [1, 1, 1] for each, done in zip(there, acknowledged, strict=True) if done)
    assert sum(acknowledged) >= 12
    assert not all(acknowledged), "it was killed while batches were on their way"


@pytest.mark.parametrize("event", ["New", "Cancel", "Query", "QueryResponse"])
def test_every_leaf_has_a_home(event: str, data: Path) -> None:
    said = command("fields", f"Excursion.{event}", "--json")
    assert said.returncode == 0, said.stderr
    found = {each["path"]: each["fhir"] for each in json.loads(said.stdout)}
    assert all(found.values())
    if event == "New":
        assert found["Travellers[].Outings[].Price"] == "Basic.extension[url=urn:data-on-demand:price].valueDecimal"


def test_its_records_are_exported_with_the_others(client: httpx.Client, data: Path, tmp_path: Path) -> None:
    push(client, excursion("New", 1, traveller("MR:x1", LAKE)))
    said = command("export", "--tenant", "sandbox", "--type", "Basic", str(tmp_path), "--data-dir", str(data))
    assert said.returncode == 0, said.stderr
    outings = [json.loads(line) for line in (tmp_path / "Basic.ndjson").read_text().splitlines()]
    assert {each["resourceType"] for each in outings} == {"Basic"}


def test_a_replay_finds_nothing_to_mend(client: httpx.Client, data: Path) -> None:
    push(client, excursion("New", 1, traveller("MR:r1", LAKE), traveller("MR:r2", HILL)))
    said = command("replay", "--tenant", "sandbox", "--verify", "--data-dir", str(data))
    assert said.returncode == 0, said.stdout
