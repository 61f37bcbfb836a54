"""Pushes and questions, and the form of their answers."""

import httpx
import orjson
import pytest

from gateway.service import Service
from gateway.settings import Settings
from ingest.errors import Unavailable
from tests.gateway.calls import SANDBOX, SANDBOX_TWO, SOURCE, booking, is_uuid, message, new_patient, who_is


async def test_a_push_is_answered_with_meta_alone(caller: httpx.AsyncClient) -> None:
    answer = await caller.post("/endpoint", json=new_patient())
    assert answer.status_code == 200
    assert set(answer.json()) == {"Meta"}
    meta = answer.json()["Meta"]
    assert set(meta) == {"DataModel", "EventType", "Logs", "Source", "Destinations"}
    assert (meta["DataModel"], meta["EventType"]) == ("PatientAdmin", "NewPatient")
    assert meta["Source"] == {"ID": SOURCE}
    assert meta["Destinations"] == [{"ID": SANDBOX, "Name": "sandbox"}]
    [log] = meta["Logs"]
    assert set(log) == {"ID", "AttemptID"}
    assert all(map(is_uuid, log.values()))


async def test_a_push_to_two_tenants_is_in_both_and_has_two_logs(caller: httpx.AsyncClient) -> None:
    sent = new_patient(Meta={"Destinations": [{"ID": SANDBOX.upper()}, {"ID": SANDBOX_TWO}, {"ID": SANDBOX}]})
    meta = (await caller.post("/endpoint", json=sent)).json()["Meta"]
    assert [destination["Name"] for destination in meta["Destinations"]] == ["sandbox", "sandbox-two"]
    assert len(meta["Logs"]) == 2
    for destination in (SANDBOX, SANDBOX_TWO):
        found = (await caller.post("/query", json=who_is(destination=destination))).json()
        assert found["Patient"]["Demographics"]["LastName"] == "Farrow"


async def test_what_one_tenant_holds_another_does_not_show(caller: httpx.AsyncClient) -> None:
    await caller.post("/endpoint", json=new_patient())
    answer = (await caller.post("/endpoint", json=who_is(destination=SANDBOX_TWO))).json()
    assert answer["Patient"] == {}


@pytest.mark.parametrize("path", ["/endpoint", "/query"])
async def test_an_answer_has_its_result_first_and_meta_last(path: str, caller: httpx.AsyncClient) -> None:
    await caller.post("/endpoint", json=new_patient())
    answer = await caller.post(path, json=who_is())
    assert list(answer.json()) == ["Patient", "Meta"]
    meta = answer.json()["Meta"]
    assert (meta["DataModel"], meta["EventType"]) == ("PatientSearch", "Query")
    assert "IsIncomplete" not in meta
    assert len(meta["Logs"]) == 1


async def test_a_redelivery_is_accepted_and_changes_nothing(caller: httpx.AsyncClient, service: Service) -> None:
    sent = new_patient(Meta={"EventDateTime": "2026-01-01T00:00:00.000Z"})
    answers = [await caller.post("/endpoint", json=sent) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    [tenant, _] = await service.store.tenants.all()
    assert await service.store.partition(tenant).journal.count() == 1


@pytest.mark.parametrize("data_model", ["ClinicalSummary", "Clinical Summary"])
async def test_an_event_that_is_not_mapped_is_accepted_and_kept(
    data_model: str, caller: httpx.AsyncClient, service: Service
) -> None:
    answer = await caller.post("/endpoint", json=message(data_model, "PatientPush", SANDBOX, Anything=[1]))
    assert answer.status_code == 200
    assert answer.json()["Meta"]["DataModel"] == "Clinical Summary"
    [tenant, _] = await service.store.tenants.all()
    [entry] = [entry async for entry in service.store.partition(tenant).journal.newest({})]
    assert entry.open == "unmapped"
    assert entry.log_id == answer.json()["Meta"]["Logs"][0]["ID"]


async def test_what_cannot_be_understood_does_not_refuse_the_rest(caller: httpx.AsyncClient) -> None:
    sent = new_patient()
    sent["Patient"]["Demographics"] |= {"DOB": "the ides of march", "Sex": "Klingon"}
    assert (await caller.post("/endpoint", json=sent)).status_code == 200
    found = (await caller.post("/endpoint", json=who_is())).json()["Patient"]["Demographics"]
    assert found == {"FirstName": "Idris", "LastName": "Farrow", "Sex": "Klingon"}


@pytest.mark.parametrize(("leaf", "value"), [("DOB", "01-01-01"), ("Sex", "Klingon")])
async def test_a_criterion_that_cannot_be_read_matches_nobody(leaf: str, value: str, caller: httpx.AsyncClient) -> None:
    await caller.post("/endpoint", json=new_patient())
    question = who_is()
    question["Patient"]["Demographics"] = {leaf: value}
    answer = await caller.post("/endpoint", json=question)
    assert (answer.status_code, answer.json()["Patient"]) == (200, {})


async def test_a_span_that_cannot_be_read_is_refused(caller: httpx.AsyncClient) -> None:
    question = message("Scheduling", "Booked", SANDBOX, StartDateTime="2020-01-01", EndDateTime="whenever")
    answer = await caller.post("/endpoint", json=question)
    assert answer.status_code == 400
    assert answer.json()["Meta"]["Errors"][0]["Text"] == "Field cannot be read - EndDateTime in Scheduling:Booked"


async def test_too_little_to_search_by_is_told_with_what_would_be_enough(caller: httpx.AsyncClient) -> None:
    question = message("PatientSearch", "Query", SANDBOX, Patient={"Demographics": {"LastName": "Farrow"}})
    answer = await caller.post("/endpoint", json=question)
    error = answer.json()["Meta"]["Errors"][0]
    assert (answer.status_code, error["Type"], error["Module"]) == (400, "transmission", "Send")
    assert "Identifiers" in error["Text"]
    assert "Farrow" not in answer.text


async def test_when_nothing_can_be_kept_the_sender_is_asked_to_send_again(
    caller: httpx.AsyncClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cannot(*_: object) -> None:
        raise Unavailable("queue")

    monkeypatch.setattr(type(service.intake), "push", cannot)
    answer = await caller.post("/endpoint", json=new_patient())
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0


async def test_a_hold_is_pushed_without_a_patient(caller: httpx.AsyncClient) -> None:
    assert (await caller.post("/endpoint", json=booking())).status_code == 200
    question = message("Scheduling", "Booked", SANDBOX, StartDateTime="2031-05-06T00:00:00Z")
    [visit] = (await caller.post("/endpoint", json=question)).json()["Visits"]
    assert visit["Patient"] == {"Identifiers": []}


async def test_an_answer_that_a_limit_cut_says_so(service: Service, caller: httpx.AsyncClient) -> None:
    for number in ("B-1", "B-2"):
        await caller.post("/endpoint", json=booking(VisitNumber=number))
    object.__setattr__(service, "settings", Settings(sandbox="empty", visits_limit=1))
    question = message("Scheduling", "Booked", SANDBOX, StartDateTime="2031-05-06T00:00:00Z")
    answer = (await caller.post("/endpoint", json=question)).json()
    assert len(answer["Visits"]) == 1
    assert answer["Meta"]["IsIncomplete"] is True


async def test_answers_keep_to_themselves(caller: httpx.AsyncClient) -> None:
    for answer in (await caller.post("/endpoint", json=who_is()), await caller.post("/nowhere", content=b"")):
        assert "no-store" in answer.headers["cache-control"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "server" not in answer.headers


async def test_a_text_beyond_ascii_comes_back_as_it_was(caller: httpx.AsyncClient) -> None:
    await caller.post("/endpoint", content=orjson.dumps(new_patient(last_name="Ångström-李")))
    assert (await caller.post("/endpoint", json=who_is())).json()["Patient"]["Demographics"][
        "LastName"
    ] == "Ångström-李"


@pytest.mark.parametrize("door", ["/endpoint", "/webhook"])
async def test_an_event_without_a_time_that_comes_again_after_another_counts_again(
    door: str, caller: httpx.AsyncClient
) -> None:
    def event(name: str, **meta: str) -> bytes:
        patient = {"Identifiers": [{"ID": "N-1", "IDType": "MR"}]}
        return orjson.dumps(
            message(
                "PatientAdmin",
                name,
                SANDBOX,
                Meta={"Source": {"ID": SOURCE}, **meta},
                Patient=patient,
                Visit={"VisitNumber": "V-1", "VisitDateTime": "2026-01-01T10:00:00Z"},
            )
        )

    arrival, cancel = event("Arrival"), event("Cancel", CanceledEvent="Arrival")
    who = [{"Identifiers": [{"ID": "N-1", "IDType": "MR"}]}]
    asked = message("PatientAdmin", "VisitQuery", SANDBOX, Patients=who, VisitStartDateTime="2020-01-01")
    statuses = []
    for body in (arrival, arrival, cancel, cancel, arrival, arrival):
        answer = await caller.post(door, content=body, headers={"verification-token": "sandbox-token"})
        assert answer.status_code == 200
        [found] = (await caller.post("/query", json=asked)).json()["Patients"]
        [visit] = found["Visits"]
        statuses.append(visit["Status"])
    assert statuses == ["Arrived", "Arrived", "Cancelled", "Cancelled", "Arrived", "Arrived"]
