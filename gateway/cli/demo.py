"""`demo`: run the service with invented people, and explain each step to a newcomer."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from rich.json import JSON
from rich.rule import Rule

from gateway.cli.support.session import CommandFailedError, out
from gateway.docs import addressed
from gateway.sandbox import API_KEY, FACILITY, SECRET, messages, moment

Json = dict[str, Any]

READY = "data-on-demand ready on "
STOP_WITHIN = 60


def demo() -> None:
    """Start the service on a free port, push events of invented people, ask three questions, stop."""
    today = datetime.now(UTC).date()
    _step("1. The service starts, on a database of its own in a temporary directory")
    with tempfile.TemporaryDirectory(prefix="data-on-demand-demo-") as directory, _running(Path(directory)) as url:
        out.print(f"It answers at {url}")
        with httpx.Client(base_url=url, timeout=30) as service:
            _step("2. A client shows its key and gets a token: POST /auth/authenticate")
            given = _posted(service, "/auth/authenticate", {"apiKey": API_KEY, "secret": SECRET})
            service.headers["Authorization"] = f"Bearer {given['accessToken']}"
            out.print(f"The token is good until {given['expires']}.")
            _push(service, messages(today))
            _ask_who(service)
            _ask_booked(service, moment(today, 1, "00:00"), moment(today, 8, "00:00"))
            _ask_census(service)
        _step("7. The service stops")
    out.print("All that it answered was kept as FHIR resources in MongoDB, and turned back into Redox's words.")
    out.print("Next: data-on-demand serve --sandbox, and http://127.0.0.1:8080/docs")


def _push(service: httpx.Client, events: list[Json]) -> None:
    _step("3. A hospital pushes what happens: POST /endpoint, one event at a time")
    out.print("The first one, as it is sent:")
    _show(addressed(events[0]))
    for index, event in enumerate(events):
        accepted = _posted(service, "/endpoint", addressed(event))
        if index == 0:
            out.print("and as it is acknowledged. It is on disk now, and in every answer from now on:")
            _show(accepted)
            out.print("The others:")
        else:
            meta = event["Meta"]
            out.print(f"  {meta['DataModel']}.{meta['EventType']}: {_whom(event)}", highlight=False)


def _ask_who(service: httpx.Client) -> None:
    _step("4. An application asks: who has this record number? PatientSearch.Query")
    answer = _asked(
        service, {"Patient": {"Identifiers": [{"ID": "HP-100204", "IDType": "MR"}]}}, "PatientSearch", "Query"
    )
    patient = answer["Patient"]
    contact = patient["Contacts"][0]
    out.print(
        f"It is {_name(patient)}, born {patient['Demographics']['DOB']}; in an emergency call"
        f" {contact['FirstName']} {contact['LastName']} ({contact['RelationToPatient']})."
    )


def _ask_booked(service: httpx.Client, start: str, end: str) -> None:
    _step("5. Which visits are booked in the coming week? Scheduling.Booked")
    answer = _asked(service, {"StartDateTime": start, "EndDateTime": end}, "Scheduling", "Booked")
    for visit in answer["Visits"]:
        who = _name(visit["Patient"]) if visit["Patient"].get("Demographics") else "nobody: the time is kept free"
        told = (visit["VisitDateTime"], visit["Location"]["Department"], visit["Reason"], visit["Status"], who)
        out.print("  " + "  ".join(told), highlight=False)


def _ask_census(service: httpx.Client) -> None:
    _step("6. Who lies in the hospital right now? PatientAdmin.CensusQuery")
    answer = _asked(service, {"Facilities": [FACILITY]}, "PatientAdmin", "CensusQuery")
    for patient in answer["Patients"]:
        for visit in patient["Visits"]:
            place = visit["Location"]
            out.print(
                f"  {place['Department']}, room {place['Room']}, bed {place['Bed']}: {_name(patient)}"
                f", since {visit['VisitDateTime']}",
                highlight=False,
            )


def _asked(service: httpx.Client, question: Json, data_model: str, event_type: str) -> Json:
    whole = addressed({"Meta": {"DataModel": data_model, "EventType": event_type}, **question})
    out.print("The question, as it is sent:")
    _show(whole)
    answer = _posted(service, "/endpoint", whole)
    shown, left_out = _shortened(answer)
    out.print(f"The answer, without {left_out} more of its kind:" if left_out else "The answer:")
    _show(shown)
    out.print("In words:")
    return answer


def _shortened(answer: Json) -> tuple[Json, int]:
    """Return an answer with one item in each list, and the number of items that were left out."""
    lists = {name: each for name, each in answer.items() if isinstance(each, list)}
    left_out = sum(len(each) - 1 for each in lists.values() if each)
    return {**answer, **{name: each[:1] for name, each in lists.items()}}, left_out


def _posted(service: httpx.Client, path: str, body: Json) -> Json:
    reply = service.post(path, json=body)
    if reply.status_code != httpx.codes.OK:
        raise CommandFailedError(f"{path} answered {reply.status_code}: {reply.text}")
    said: Json = reply.json()
    return said


@contextmanager
def _running(directory: Path) -> Iterator[str]:
    """Start the service in a process of its own, give its URL, and stop the process at the end.

    Raises CommandFailedError if the service does not start.
    """
    command = [sys.executable, "-m", "gateway", "serve", "--sandbox=empty", "--port", "0", "--data-dir", str(directory)]
    log = directory / "service.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)  # noqa: S603 - our own
    try:
        line = process.stdout.readline() if process.stdout else ""
        if not line.startswith(READY):
            raise CommandFailedError(f"The service did not start:\n{log.read_text(errors='replace')[-2000:]}")
        yield line.removeprefix(READY).strip()
    finally:
        process.terminate()
        process.wait(STOP_WITHIN)
        if process.stdout:
            process.stdout.close()


def _step(heading: str) -> None:
    out.print()
    out.print(Rule(heading, align="left"))


def _show(thing: Json) -> None:
    out.print(JSON.from_data(thing), soft_wrap=True)


def _name(patient: Json) -> str:
    return f"{patient['Demographics']['FirstName']} {patient['Demographics']['LastName']}"


def _whom(event: Json) -> str:
    patient = event.get("Patient", {})
    if patient.get("Demographics"):
        return _name(patient)
    numbers = ", ".join(each["ID"] for each in patient.get("Identifiers", ()))
    return f"record {numbers}" if numbers else "a time that is kept free"
