"""Invented people with their stays and appointments, as the messages that tell of them and the questions about them.

Everything follows from a seed: two runs push the same bytes, and two seeds tell of different people.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.people import chance_of, insurance, patient, provider, record_number
from gateway.sandbox import DESTINATION_ID, SOURCE_ID

Json = dict[str, Any]

EVENTS_A_PERSON = 4
"""A stay begins, it ends, another one begins, and an appointment is made."""
ON_A_WARD = 50
ON_A_DAY = 20
DAYS = 30
BLOCK = 500
"""People whose events come in turn, so that two events of one person are never on their way together."""

FACILITY = "Harrow Vale Hospital"
_TOLD = datetime(2021, 1, 4, tzinfo=UTC)
_BOOKED = datetime(2031, 3, 3, tzinfo=UTC)
_SAID = {
    "PatientAdmin": ("Identifiers", "Demographics", "Contacts", "PCP"),
    "Scheduling": ("Identifiers", "Demographics"),
}
"""What messages say of a person."""
_REASONS = ("Shortness of breath", "Fall on stairs", "Fever", "Follow-up", "Abdominal pain")


def lives(seed: int, people: int) -> Iterator[Json]:
    """The messages of so many people's lives, in the order in which they happen."""
    moment = _TOLD
    for first in range(0, people, BLOCK):
        block = [(number, patient(seed, number)) for number in range(first, min(first + BLOCK, people))]
        for tell in (_admitted, _discharged, _admitted_again, _booked):
            for number, whose in block:
                data_model, event_type, visit = tell(seed, number, moment)
                content = {"Patient": {name: whose[name] for name in _SAID[data_model]}, "Visit": visit}
                yield _message(data_model, event_type, moment, content)
                moment += timedelta(seconds=1)


def who_is(seed: int, number: int) -> Json:
    """The question for one person by record number."""
    return _question(
        "PatientSearch", "Query", Patient={"Identifiers": [{"ID": record_number(seed, number), "IDType": "MR"}]}
    )


def census(ward: int) -> Json:
    """The question for everyone on a ward."""
    return _question("PatientAdmin", "CensusQuery", Departments=[_ward(ward)])


def booked(clinic: int, day: int) -> Json:
    """The question for the appointments of one day in a clinic."""
    begins = _BOOKED + timedelta(days=day)
    span = {"StartDateTime": _text(begins), "EndDateTime": _text(begins + timedelta(days=1))}
    return _question("Scheduling", "Booked", **span, Visit={"Location": {"Department": _clinic(clinic)}})


def wards(people: int) -> int:
    """How many wards so many people fill."""
    return people // ON_A_WARD


def clinic_days(people: int) -> list[tuple[int, int]]:
    """Clinics and their days that so many people fill."""
    return [divmod(one, DAYS) for one in range(people // ON_A_DAY)]


# --- events -----------------------------------------------------------------------------------------------------------

_Told = tuple[str, str, Json]


def _admitted(seed: int, number: int, moment: datetime) -> _Told:
    return "PatientAdmin", "Arrival", _stay(seed, number, f"{_visit(seed, number)}-1", moment)


def _discharged(seed: int, number: int, moment: datetime) -> _Told:
    began = moment - timedelta(seconds=BLOCK)
    left = {
        "DischargeDateTime": _text(moment),
        "DischargeStatus": {"Code": "01", "Codeset": "UB-04", "Description": "Home"},
    }
    return "PatientAdmin", "Discharge", {**_stay(seed, number, f"{_visit(seed, number)}-1", began), **left}


def _admitted_again(seed: int, number: int, moment: datetime) -> _Told:
    return "PatientAdmin", "Arrival", _stay(seed, number, f"{_visit(seed, number)}-2", moment)


def _booked(seed: int, number: int, _moment: datetime) -> _Told:
    slot, begins = number // ON_A_DAY, timedelta(hours=8, minutes=20 * (number % ON_A_DAY))
    clinic, day = divmod(slot, DAYS)
    visit = {
        "VisitNumber": f"{_visit(seed, number)}-3",
        "VisitDateTime": _text(_BOOKED + timedelta(days=day) + begins),
        "PatientClass": "Outpatient",
        "Duration": 20,
        "Reason": _REASONS[number % len(_REASONS)],
        "Instructions": ["Come ten minutes early", "Bring the list of medicines"],
        "AttendingProvider": provider(clinic),
        "VisitProvider": provider(clinic),
        "Location": {"Type": "Clinic", "Facility": FACILITY, "Department": _clinic(clinic), "Room": f"R{number % 9}"},
    }
    return "Scheduling", "New", visit


def _stay(seed: int, number: int, visit_number: str, began: datetime) -> Json:
    ward, place = divmod(number, ON_A_WARD)
    chance = chance_of(seed, number)
    return {
        "VisitNumber": visit_number,
        "VisitDateTime": _text(began),
        "PatientClass": "Inpatient",
        "Reason": chance.choice(_REASONS),
        "AttendingProvider": provider(ward),
        "Location": {
            "Type": "Inpatient",
            "Facility": FACILITY,
            "Department": _ward(ward),
            "Room": f"{place // 2 + 100}",
            "Bed": "AB"[place % 2],
        },
        "Insurances": [insurance(chance)],
    }


# --- words ------------------------------------------------------------------------------------------------------------


def _visit(seed: int, number: int) -> str:
    return f"V{seed}-{number:07}"


def _ward(number: int) -> str:
    return f"Ward {number}"


def _clinic(number: int) -> str:
    return f"Clinic {number}"


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"


def _question(data_model: str, event_type: str, **asked: Any) -> Json:
    destinations = [{"ID": DESTINATION_ID}]
    return {"Meta": {"DataModel": data_model, "EventType": event_type, "Destinations": destinations}, **asked}


def _message(data_model: str, event_type: str, moment: datetime, content: Json) -> Json:
    meta = {
        "DataModel": data_model,
        "EventType": event_type,
        "EventDateTime": _text(moment),
        "Test": False,
        "Source": {"ID": SOURCE_ID, "Name": "Harrow Vale ADT"},
        "Destinations": [{"ID": DESTINATION_ID, "Name": "sandbox"}],
    }
    return {"Meta": meta, **content}
