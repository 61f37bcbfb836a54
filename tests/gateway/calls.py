"""Messages that the gateway's tests send."""

from typing import Any
from uuid import UUID

import httpx

Json = dict[str, Any]

SANDBOX = "5a4d0b0e-0000-4000-8000-000000000001"
SANDBOX_TWO = "5a4d0b0e-0000-4000-8000-000000000002"
SOURCE = "5a4d0b0e-0000-4000-8000-0000000000f0"

CANARY = "Zebulonova-Quux"
"""A value that may stand in no answer to a refusal, in no log line and in no metric."""


def message(data_model: str, event_type: str, *destinations: str, **content: Any) -> Json:
    """A message to some destinations."""
    meta: Json = {"DataModel": data_model, "EventType": event_type}
    if destinations:
        meta["Destinations"] = [{"ID": destination} for destination in destinations]
    return {"Meta": {**meta, **content.pop("Meta", {})}, **content}


def new_patient(number: str = "N-1", last_name: str = "Farrow", **more: Any) -> Json:
    """An event that everybody may push to the sandbox."""
    patient = {
        "Identifiers": [{"ID": number, "IDType": "MR"}],
        "Demographics": {"FirstName": "Idris", "LastName": last_name, "DOB": "1970-02-03"},
    }
    return message("PatientAdmin", "NewPatient", SANDBOX, Patient=patient, **more)


def who_is(number: str = "N-1", destination: str = SANDBOX) -> Json:
    """The question for one record number."""
    return message("PatientSearch", "Query", destination, Patient={"Identifiers": [{"ID": number, "IDType": "MR"}]})


def booking(**visit: Any) -> Json:
    """A booking without a patient, which has all that is required."""
    whole = {
        "VisitNumber": "B-1",
        "VisitDateTime": "2031-05-06T07:30:00.000Z",
        "Duration": 20,
        "Location": {"Department": "Dermatology"},
    }
    return message("Scheduling", "New", SANDBOX, Visit={**whole, **visit})


def error_of(answer: httpx.Response) -> Json:
    """The only error of an answer, after its form was looked at."""
    body = answer.json()
    assert set(body) == {"Meta"}
    [error] = body["Meta"]["Errors"]
    assert set(error) == {"ID", "Text", "Type", "Module"}
    assert isinstance(error["ID"], int)
    assert is_uuid(body["Meta"]["Logs"][0]["ID"])
    assert is_uuid(body["Meta"]["Logs"][0]["AttemptID"])
    assert set(body["Meta"]["Source"]) == {"ID", "Name"}
    found: Json = error
    return found


def is_uuid(text: str) -> bool:
    """Whether a text is a UUID in its usual spelling."""
    return str(UUID(text)) == text


def error_text(answer: httpx.Response) -> str:
    """What the only error of an answer says, whoever called."""
    [error] = answer.json()["Meta"]["Errors"]
    text: str = error["Text"]
    return text
