"""What is refused at the door is refused with a place, and leaves no trace: nothing kept, no value logged or echoed."""

import io
from typing import Any

import httpx
import orjson
import pytest
from prometheus_client import generate_latest

from gateway.service import Service
from ingest.intake import UNROUTED
from tests.gateway.calls import CANARY, SANDBOX, SANDBOX_TWO, booking, error_of, message, new_patient, who_is

NO_SUBSCRIPTION = "No subscriptions. Meta.Destinations needs to contain a destination from existing subscriptions"
UNKNOWN = "5a4d0b0e-0000-4000-8000-00000000dead"

REFUSED: dict[str, tuple[str, Any, str, str, str]] = {
    "no JSON": ("/endpoint", b'{"Meta": ' + CANARY.encode(), "The body is not JSON", "message", "DataModels"),
    "no bytes": ("/endpoint", b"", "The body is not JSON", "message", "DataModels"),
    "a list": ("/endpoint", [new_patient()], "The body is not a JSON object", "message", "DataModels"),
    "a text": ("/endpoint", CANARY, "The body is not a JSON object", "message", "DataModels"),
    "a megabyte of lists": (
        "/endpoint",
        b'{"Meta":' + b"[" * 1_000_000,
        "The body is not JSON",
        "message",
        "DataModels",
    ),
    "a megabyte of objects": ("/endpoint", b'{"a":' * 200_000, "The body is not JSON", "message", "DataModels"),
    "a deep object": (
        "/endpoint",
        b'{"Meta":' + b'{"a":' * 500 + b"1" + b"}" * 501,
        "The body is nested too deeply",
        "message",
        "DataModels",
    ),
    "no Meta": (
        "/endpoint",
        {"Patient": CANARY},
        "Required field missing - Meta.DataModel in message",
        "message",
        "DataModels",
    ),
    "no DataModel": (
        "/endpoint",
        {"Meta": {"EventType": CANARY}},
        "Required field missing - Meta.DataModel in message",
        "message",
        "DataModels",
    ),
    "no EventType": (
        "/endpoint",
        {"Meta": {"DataModel": "PatientAdmin"}},
        "Required field missing - Meta.EventType in PatientAdmin",
        "message",
        "DataModels",
    ),
    "Meta is a list": (
        "/endpoint",
        {"Meta": [1]},
        "Field has the wrong type - Meta in message",
        "message",
        "DataModels",
    ),
    "DataModel is an operator": (
        "/endpoint",
        {"Meta": {"DataModel": {"$ne": ""}, "EventType": "New"}},
        "Field has the wrong type - Meta.DataModel in message",
        "message",
        "DataModels",
    ),
    "an unknown data model": (
        "/endpoint",
        message(CANARY, "New", SANDBOX),
        "Data model is not known - Meta.DataModel",
        "message",
        "DataModels",
    ),
    "an unknown event type": (
        "/endpoint",
        message("Scheduling", CANARY, SANDBOX),
        "Event type is not known - Meta.EventType in Scheduling",
        "message",
        "DataModels",
    ),
    "a response": (
        "/endpoint",
        message("PatientSearch", "Response", SANDBOX),
        "A response answers a question and cannot be sent - Meta.EventType in PatientSearch:Response",
        "message",
        "DataModels",
    ),
    "a push to /query": (
        "/query",
        new_patient(),
        "Only questions are answered here, an event goes to /endpoint - Meta.EventType in PatientAdmin:NewPatient",
        "message",
        "DataModels",
    ),
    "a question nobody answers": (
        "/endpoint",
        message("Media", "Query", SANDBOX),
        "This question is not answered - Media:Query",
        "transmission",
        "Send",
    ),
    "no destination": (
        "/endpoint",
        {**new_patient(), "Meta": {"DataModel": "PatientAdmin", "EventType": "NewPatient"}},
        f"{NO_SUBSCRIPTION} in PatientAdmin:NewPatient",
        "message",
        "Subscriptions",
    ),
    "no destination in the list": (
        "/endpoint",
        new_patient(Meta={"Destinations": []}),
        f"{NO_SUBSCRIPTION} in PatientAdmin:NewPatient",
        "message",
        "Subscriptions",
    ),
    "an unknown destination": (
        "/endpoint",
        new_patient(Meta={"Destinations": [{"ID": SANDBOX}, {"ID": UNKNOWN}]}),
        f"{NO_SUBSCRIPTION} - Meta.Destinations[1].ID in PatientAdmin:NewPatient",
        "message",
        "Subscriptions",
    ),
    "a destination that is no UUID": (
        "/endpoint",
        new_patient(Meta={"Destinations": [{"ID": CANARY}]}),
        f"{NO_SUBSCRIPTION} - Meta.Destinations[0].ID in PatientAdmin:NewPatient",
        "message",
        "Subscriptions",
    ),
    "Destinations is an object": (
        "/endpoint",
        new_patient(Meta={"Destinations": {"ID": SANDBOX}}),
        "Field has the wrong type - Meta.Destinations in PatientAdmin:NewPatient",
        "message",
        "DataModels",
    ),
    "a destination is a text": (
        "/endpoint",
        new_patient(Meta={"Destinations": [SANDBOX]}),
        "Field has the wrong type - Meta.Destinations[0] in PatientAdmin:NewPatient",
        "message",
        "DataModels",
    ),
    "a destination is an operator": (
        "/endpoint",
        new_patient(Meta={"Destinations": [{"ID": {"$ne": ""}}]}),
        "Field has the wrong type - Meta.Destinations[0].ID in PatientAdmin:NewPatient",
        "message",
        "DataModels",
    ),
    "two destinations for a question": (
        "/endpoint",
        {**who_is(), "Meta": {**who_is()["Meta"], "Destinations": [{"ID": SANDBOX}, {"ID": SANDBOX_TWO}]}},
        "A question takes exactly one destination - Meta.Destinations in PatientSearch:Query",
        "message",
        "Subscriptions",
    ),
    "a name that is an operator": (
        "/endpoint",
        message("PatientSearch", "Query", SANDBOX, Patient={"Demographics": {"LastName": {"$ne": ""}}}),
        "Field has the wrong type - Patient.Demographics.LastName in PatientSearch:Query",
        "message",
        "DataModels",
    ),
    "a pushed name that is an operator": (
        "/endpoint",
        {**new_patient(), "Patient": {"Identifiers": [{"ID": {"$gt": ""}, "IDType": "MR"}]}},
        "Field has the wrong type - Patient.Identifiers[0].ID in PatientAdmin:NewPatient",
        "message",
        "DataModels",
    ),
    "a list where an object is due": (
        "/endpoint",
        {**new_patient(), "Patient": [CANARY]},
        "Field has the wrong type - Patient in PatientAdmin:NewPatient",
        "message",
        "DataModels",
    ),
    "a NUL in a text": (
        "/endpoint",
        new_patient(last_name=f"{CANARY}\0"),
        "Field has the wrong type - Patient.Demographics.LastName in PatientAdmin:NewPatient",
        "message",
        "DataModels",
    ),
    "a control character in a question": (
        "/endpoint",
        who_is(f"{CANARY}\x1f"),
        "Field cannot be read - Patient.Identifiers[0].ID in PatientSearch:Query",
        "message",
        "DataModels",
    ),
    "a required field missing": (
        "/endpoint",
        booking(VisitNumber=None, Reason=CANARY),
        "Required field missing - Visit.VisitNumber in Scheduling:New",
        "message",
        "DataModels",
    ),
    "a required field blank": (
        "/endpoint",
        booking(VisitNumber="   "),
        "Required field missing - Visit.VisitNumber in Scheduling:New",
        "message",
        "DataModels",
    ),
    "a required field that cannot be read": (
        "/endpoint",
        booking(VisitDateTime=CANARY),
        "Required field missing - Visit.VisitDateTime in Scheduling:New",
        "message",
        "DataModels",
    ),
    "an identifier beyond all exact numbers": (
        "/endpoint",
        {**new_patient(), "Patient": {"Identifiers": [{"ID": 2.0**70, "IDType": "MR"}]}},
        "Required field missing - Patient.Identifiers[0].ID in PatientAdmin:NewPatient",
        "message",
        "DataModels",
    ),
    "a required block of which nothing can be read": (
        "/endpoint",
        booking(Location={"Department": True}),
        "Required field missing - Visit.Location.Department in Scheduling:New",
        "message",
        "DataModels",
    ),
    "a Meta that is half of a character": (
        "/endpoint",
        b'{"Meta": "\\ud800"}',
        "Field has the wrong type - Meta in message",
        "message",
        "DataModels",
    ),
    "a constant that is no JSON": ("/endpoint", b'{"Meta": NaN}', "The body is not JSON", "message", "DataModels"),
    "no time to start from": (
        "/endpoint",
        message("Scheduling", "Booked", SANDBOX),
        "Required field missing - StartDateTime in Scheduling:Booked",
        "message",
        "DataModels",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_a_refusal_names_the_place_and_leaves_no_trace(
    case: str, caller: httpx.AsyncClient, service: Service, log: io.StringIO
) -> None:
    path, sent, text, kind, module = REFUSED[case]
    answer = await caller.post(path, content=sent if isinstance(sent, bytes) else orjson.dumps(sent))
    assert answer.status_code == 400, answer.text
    error = error_of(answer)
    assert (error["Text"], error["Type"], error["Module"]) == (text, kind, module)
    await _nothing_is_left(answer, service, log)


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer nonsense", "Basic c2FuZGJveDpzYW5kYm94LXNlY3JldA=="])
@pytest.mark.parametrize("path", ["/endpoint", "/query"])
async def test_without_a_good_token_there_is_only_invalid_request(
    authorization: str, path: str, http: httpx.AsyncClient, service: Service, log: io.StringIO
) -> None:
    answer = await http.post(path, json=new_patient(last_name=CANARY), headers={"authorization": authorization})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.text == "Invalid request"
    await _nothing_is_left(answer, service, log)


async def test_all_faults_of_a_message_are_told_together(caller: httpx.AsyncClient) -> None:
    sent = booking(VisitNumber=None, Location=[], Reason={})
    answer = await caller.post("/endpoint", json=sent)
    texts = {error["Text"] for error in answer.json()["Meta"]["Errors"]}
    assert answer.status_code == 400
    assert texts == {
        "Required field missing - Visit.VisitNumber in Scheduling:New",
        "Field has the wrong type - Visit.Location in Scheduling:New",
        "Field has the wrong type - Visit.Reason in Scheduling:New",
    }


async def test_a_million_faults_are_answered_with_the_first_of_them(caller: httpx.AsyncClient) -> None:
    sent = new_patient()
    sent["Patient"]["Identifiers"] = [{"ID": "1"}] * 5_000
    answer = await caller.post("/endpoint", json=sent)
    assert answer.status_code == 400
    assert len(answer.json()["Meta"]["Errors"]) == 50


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/endpoint", 403),
        ("PUT", "/query", 403),
        ("POST", "/docs", 403),
        ("POST", "/nowhere", 404),
        ("GET", "/", 404),
    ],
)
async def test_a_wrong_verb_is_forbidden_and_a_wrong_path_not_found(
    method: str, path: str, status: int, caller: httpx.AsyncClient
) -> None:
    answer = await caller.request(method, path)
    assert answer.status_code == status
    assert answer.json()["Meta"]["Errors"][0]["Module"] == "Endpoint"


async def test_an_error_of_ours_says_nothing_but_that(
    caller: httpx.AsyncClient, service: Service, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> None:
        raise RuntimeError(CANARY)

    monkeypatch.setattr("gateway.redox.endpoint.event_of", breaks)
    answer = await caller.post("/endpoint", json=new_patient())
    assert answer.status_code == 500
    assert error_of(answer)["Text"] == "Something went wrong here, not with the message."
    assert "builtins.RuntimeError" in log.getvalue()
    await _nothing_is_left(answer, service, log)


async def _nothing_is_left(answer: httpx.Response, service: Service, log: io.StringIO) -> None:
    assert CANARY not in answer.text
    assert CANARY not in log.getvalue()
    assert CANARY not in generate_latest().decode()
    tenants = [*await service.store.tenants.all(), UNROUTED]
    assert [await service.store.partition(tenant).journal.count() for tenant in tenants] == [0, 0, 0]
