"""A question about a moment in the past, through HTTP."""

from typing import Any

import httpx

from tests.gateway.calls import SANDBOX, message

Json = dict[str, Any]
PATIENT = {"Identifiers": [{"ID": "N-1", "IDType": "MR"}]}


def stay(event_type: str, time: str, **visit: str) -> Json:
    """An event of one stay at a time."""
    return message(
        "PatientAdmin",
        event_type,
        SANDBOX,
        Meta={"EventDateTime": time},
        Patient=PATIENT,
        Visit={"VisitNumber": "V-1", **visit},
    )


async def admitted(caller: httpx.AsyncClient, as_of: str | None) -> list[str]:
    """The numbers of the visits that were in the census at a time."""
    question = message("PatientAdmin", "CensusQuery", SANDBOX, Meta={"AsOf": as_of} if as_of else {})
    answer = await caller.post("/query", json=question)
    assert answer.status_code == 200
    return [visit["VisitNumber"] for patient in answer.json()["Patients"] for visit in patient["Visits"]]


async def test_who_was_admitted_at_a_time(caller: httpx.AsyncClient) -> None:
    for event in (stay("Arrival", "2026-03-01T08:00:00Z"), stay("Discharge", "2026-03-02T08:00:00Z")):
        assert (await caller.post("/endpoint", json=event)).status_code == 200
    assert await admitted(caller, "2026-03-01T07:59:59.999Z") == []
    assert await admitted(caller, "2026-03-01T08:00:00.000Z") == ["V-1"]
    assert await admitted(caller, "2026-03-02T08:00:00.000Z") == []
    assert await admitted(caller, None) == []


async def test_a_time_that_is_none_is_refused(caller: httpx.AsyncClient) -> None:
    question = message("PatientAdmin", "CensusQuery", SANDBOX, Meta={"AsOf": "last Tuesday"})
    answer = await caller.post("/query", json=question)
    assert answer.status_code == 400
    assert "Meta.AsOf" in answer.json()["Meta"]["Errors"][0]["Text"]
    assert "Tuesday" not in answer.text
