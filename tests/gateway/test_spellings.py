"""Spellings that do not matter: blanks around identifiers, numbers and codes, and case and composition of texts."""

import unicodedata
from typing import Any

import httpx
import pytest

from tests.gateway.calls import SANDBOX, booking, message

Json = dict[str, Any]

NAME, DEPARTMENT, FACILITY, REASON, PROVIDER = "Zoë Ångström", "Área Súr", "Sjúkrahús", "Fiebré", "Ñández"
FORMS = ["NFC", "NFD"]


def spelled(form: str, value: Any) -> Any:
    """A value with each of its texts in a form of Unicode, and its names unchanged."""
    if isinstance(value, dict):
        return {name: spelled(form, inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [spelled(form, inner) for inner in value]
    return unicodedata.normalize(form, value) if isinstance(value, str) else value


def patient(**demographics: Any) -> Json:
    first, last = NAME.split()
    named = {"FirstName": first, "LastName": last, "DOB": "1980-02-03", "Address": {"ZIP": "53703"}}
    return {"Identifiers": [{"ID": "W100", "IDType": "MR"}], "Demographics": {**named, **demographics}}


PLACE = {"Department": DEPARTMENT, "Facility": FACILITY, "Room": "Süd"}
PUSHED = [
    message(
        "PatientAdmin",
        "Arrival",
        SANDBOX,
        Patient=patient(),
        Visit={"VisitNumber": "S-1", "PatientClass": "Ambulatório", "Location": PLACE},
    ),
    {
        **booking(Reason=REASON, Location=PLACE, AttendingProvider={"FirstName": "Íñigo", "LastName": PROVIDER}),
        "Patient": {"Identifiers": [{"ID": "W100", "IDType": "MR"}]},
    },
]

BOOKED = {"StartDateTime": "2030-01-01"}
ASKED: dict[str, Json] = {
    "a person by name": message("PatientSearch", "Query", SANDBOX, Patient={"Demographics": patient()["Demographics"]}),
    "the census by department": message("PatientAdmin", "CensusQuery", SANDBOX, Departments=[DEPARTMENT]),
    "the census by facility": message("PatientAdmin", "CensusQuery", SANDBOX, Facilities=[FACILITY]),
    "the census by class": message("PatientAdmin", "CensusQuery", SANDBOX, PatientClasses=["Ambulatório"]),
    **{
        f"appointments by {name}": message("Scheduling", "Booked", SANDBOX, **BOOKED, Visit=visit)
        for name, visit in {
            "reason": {"Reason": [REASON]},
            "department": {"Location": {"Department": DEPARTMENT}},
            "facility": {"Location": {"Facility": FACILITY}},
            "room": {"Location": {"Room": "Süd"}},
            "family name": {"AttendingProviders": [{"LastName": PROVIDER}]},
            "first name": {"AttendingProviders": [{"FirstName": "Íñigo"}]},
        }.items()
    },
}


async def push(caller: httpx.AsyncClient, *events: Json) -> None:
    for event in events:
        answer = await caller.post("/endpoint", json=event)
        assert answer.status_code == 200, answer.text


async def found(caller: httpx.AsyncClient, question: Json) -> list[Json]:
    """The entries of an answer; of a search for people the one person, or none."""
    answer = await caller.post("/query", json=question)
    assert answer.status_code == 200, answer.text
    [entries] = [value for name, value in answer.json().items() if name != "Meta"]
    return entries if isinstance(entries, list) else [entries] * bool(entries)


@pytest.mark.parametrize("sent", FORMS)
async def test_texts_are_found_however_they_are_composed_spaced_and_cased(sent: str, caller: httpx.AsyncClient) -> None:
    await push(caller, *spelled(sent, PUSHED))
    for name, question in ASKED.items():
        for form in (*FORMS, "NFKC", "NFKD"):
            assert len(await found(caller, spelled(form, question))) == 1, (name, form)
    loud = patient()["Demographics"] | {"FirstName": " ZOË\u00a0", "LastName": "ÅNGSTRÖM"}
    assert await found(caller, message("PatientSearch", "Query", SANDBOX, Patient={"Demographics": loud}))


@pytest.mark.parametrize("form", FORMS)
async def test_texts_are_answered_as_they_were_sent(form: str, caller: httpx.AsyncClient) -> None:
    await push(caller, *spelled(form, PUSHED))
    [person] = await found(caller, ASKED["the census by department"])
    sent = spelled(form, PUSHED[0])
    assert person["Demographics"].items() >= sent["Patient"]["Demographics"].items()
    assert person["Visits"][0]["Location"] == sent["Visit"]["Location"]


SPACED: dict[str, Json] = {
    "an identifier": {"Patient": {"Identifiers": [{"ID": "W100 ", "IDType": " MR\t"}]}},
    "a visit number": {"Visit": {"VisitNumber": "\u00a0S-1 ", "PatientClass": "Inpatient "}},
}


@pytest.mark.parametrize("spaced", SPACED)
async def test_blanks_around_identifiers_and_numbers_make_no_other_person_or_visit(
    spaced: str, caller: httpx.AsyncClient
) -> None:
    plain = {"Patient": patient(), "Visit": {"VisitNumber": "S-1", "PatientClass": "Inpatient"}}
    first = message("PatientAdmin", "Arrival", SANDBOX, **{**plain, **SPACED[spaced]})
    await push(caller, first, message("PatientAdmin", "VisitUpdate", SANDBOX, **plain))
    [person] = await found(caller, message("PatientAdmin", "VisitQuery", SANDBOX))
    assert person["Identifiers"] == [{"ID": "W100", "IDType": "MR"}]
    [visit] = person["Visits"]
    assert (visit["VisitNumber"], visit["PatientClass"]) == ("S-1", "Inpatient")


async def test_blanks_around_what_is_asked_do_not_matter(caller: httpx.AsyncClient) -> None:
    await push(caller, *PUSHED)
    spaced = [{"Identifiers": [{"ID": "\u2003W100 ", "IDType": " MR "}]}]
    for question in (
        message("PatientSearch", "Query", SANDBOX, Patient=spaced[0]),
        message("PatientAdmin", "VisitQuery", SANDBOX, Patients=spaced, VisitNumbers=[" S-1 "]),
        message("PatientAdmin", "CensusQuery", SANDBOX, PatientClasses=[" AMBULATÓRIO "], Facilities=[f" {FACILITY} "]),
        message("Scheduling", "Booked", SANDBOX, **BOOKED, Visit={"VisitNumber": " B-1\t", "Patients": spaced}),
    ):
        assert len(await found(caller, question)) == 1


async def test_the_case_of_an_identifier_matters(caller: httpx.AsyncClient) -> None:
    await push(caller, *PUSHED)
    identifier = {"ID": "w100", "IDType": "MR"}
    asked = message("PatientSearch", "Query", SANDBOX, Patient={"Identifiers": [identifier]})
    assert await found(caller, asked) == []
    assert await found(caller, message("PatientAdmin", "VisitQuery", SANDBOX, VisitNumbers=["s-1"])) == []
