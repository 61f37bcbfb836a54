"""The events of the invented people of the sandbox, relative to one day, and questions about them.

With these people a question of each kind can find one person, several people or nobody, and each mapped event occurs.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any

from gateway.sandbox import records
from gateway.sandbox.patients import (
    ADEYEMI,
    BERTRAM,
    BRANDT,
    FACILITY,
    GUARANTOR,
    IMANI,
    INSURANCE,
    JUN,
    MARISOL,
    OTHER_JUN,
    SOLIS,
    SUNNIVA,
    SUNNIVA_MOVED,
    SUNNIVA_TWICE,
    TEODOR,
    bed,
    clinic,
)

Json = dict[str, Any]


def moment(today: date, days: int, clock: str) -> str:
    """Return a time of day in UTC, `days` days after today, in the format of a message."""
    hour, minute = map(int, clock.split(":"))
    return f"{datetime.combine(today + timedelta(days=days), time(hour, minute)):%Y-%m-%dT%H:%M:%S}.000Z"


def _known(person: Json) -> Json:
    """Return a person as later events name them: identifiers and demographics."""
    return {"Identifiers": person["Identifiers"], "Demographics": person["Demographics"]}


def _stay(number: str, started: str, patient_class: str, location: Json, provider: Json, **more: Any) -> Json:
    return {
        "VisitNumber": number,
        "PatientClass": patient_class,
        "VisitDateTime": started,
        "AttendingProvider": provider,
        "Location": location,
        **more,
    }


def _booking(number: str, start: str, minutes: int, reason: str, location: Json, **more: Any) -> Json:
    return {
        "VisitNumber": number,
        "VisitDateTime": start,
        "PatientClass": "Outpatient",
        "Duration": minutes,
        "Reason": reason,
        "AttendingProvider": BRANDT,
        "VisitProvider": BRANDT,
        "Location": location,
        **more,
    }


def _new_people() -> Iterator[tuple[str, Json]]:
    yield "NewPatient", {"Patient": {**MARISOL, "Guarantor": GUARANTOR, "Insurances": [INSURANCE]}}
    for person in (TEODOR, IMANI, BERTRAM, JUN, OTHER_JUN, SUNNIVA, SUNNIVA_TWICE):
        yield "NewPatient", {"Patient": person}
    yield "PatientUpdate", {"Patient": SUNNIVA_MOVED}
    merge = {"Identifiers": SUNNIVA["Identifiers"], "PreviousIdentifiers": SUNNIVA_TWICE["Identifiers"]}
    yield "PatientMerge", {"Patient": merge}


def _stays(today: date) -> Iterator[tuple[str, Json]]:
    emergency, ward = bed("Emergency", "ED-3", "A"), bed("4 North", "412", "B")
    came = _stay("V-50011", moment(today, -1, "21:40"), "Inpatient", emergency, ADEYEMI, Reason="Chest pain")
    yield "Registration", {"Patient": _known(MARISOL), "Visit": came}
    yield "Transfer", {"Patient": _known(MARISOL), "Visit": {**came, "Location": ward, "PreviousLocation": emergency}}

    second = bed("4 North", "415", "A")
    hip = _stay("V-50012", moment(today, -3, "08:15"), "Inpatient", second, ADEYEMI, Reason="Hip replacement")
    yield "Arrival", {"Patient": _known(TEODOR), "Visit": hip}
    yield "VisitUpdate", {"Patient": _known(TEODOR), "Visit": {**hip, "Duration": 7200}}

    child = bed("Pediatrics", "P-2", "A")
    asthma = _stay("V-50013", moment(today, -1, "17:05"), "Inpatient", child, SOLIS, Reason="Asthma")
    yield "Arrival", {"Patient": _known(IMANI), "Visit": asthma}

    gone = _stay("V-50014", moment(today, -6, "10:00"), "Inpatient", bed("4 North", "409", "A"), ADEYEMI)
    yield "Arrival", {"Patient": _known(BERTRAM), "Visit": gone}
    left = {
        "DischargeDateTime": moment(today, -2, "11:30"),
        "DischargeStatus": {"Code": "01", "Codeset": "UB-04", "Description": "Home"},
    }
    yield "Discharge", {"Patient": _known(BERTRAM), "Visit": {**gone, **left}}

    knee = _stay("V-50015", moment(today, 9, "07:00"), "Inpatient", bed("4 North", "401", "A"), ADEYEMI)
    yield "PreAdmit", {"Patient": _known(JUN), "Visit": knee}

    # The visit is opened for the wrong one of two men of the same name, and then moved to the right one.
    x_ray = _stay("V-50016", moment(today, -1, "13:20"), "Outpatient", clinic("Radiology", "R-1"), BRANDT)
    yield "Arrival", {"Patient": _known(JUN), "Visit": x_ray}
    moved = {"Identifiers": OTHER_JUN["Identifiers"], "PreviousIdentifiers": JUN["Identifiers"]}
    yield "VisitMerge", {"Patient": moved, "Visit": {"VisitNumber": "V-50016"}}

    mistake = _stay("V-50017", moment(today, -1, "09:00"), "Outpatient", clinic("Radiology", "R-2"), BRANDT)
    yield "Arrival", {"Patient": _known(BERTRAM), "Visit": mistake}
    yield "Cancel", {"Patient": _known(BERTRAM), "Visit": mistake, "Meta": {"CanceledEvent": "Arrival"}}


def _bookings(today: date) -> Iterator[tuple[str, Json]]:
    room = clinic("Cardiology Clinic", "C-7")
    first = _booking("A-90001", moment(today, 1, "09:00"), 30, "Follow-up", room)
    yield "New", {"Patient": _known(SUNNIVA_MOVED), "Visit": first}
    yield (
        "Modification",
        {"Patient": _known(SUNNIVA_MOVED), "Visit": {**first, "Instructions": ["Bring the list of medicines"]}},
    )

    second = _booking("A-90002", moment(today, 1, "10:00"), 45, "Stress test", room)
    yield "New", {"Patient": _known(TEODOR), "Visit": second}

    third = _booking("A-90003", moment(today, 3, "14:30"), 20, "Consultation", room)
    yield "New", {"Patient": _known(OTHER_JUN), "Visit": third}
    later = {**third, "VisitDateTime": moment(today, 8, "14:30"), "OldDateTime": third["VisitDateTime"]}
    yield "Reschedule", {"Patient": _known(OTHER_JUN), "Visit": {**later, "OldVisitNumber": "A-90003"}}

    fourth = _booking("A-90004", moment(today, 2, "11:00"), 30, "Follow-up", room)
    yield "New", {"Patient": _known(BERTRAM), "Visit": fourth}
    yield "Cancel", {"Patient": _known(BERTRAM), "Visit": {**fourth, "CancelReason": "Patient asked"}}

    missed = _booking("A-90005", moment(today, -2, "15:00"), 30, "Vaccination", clinic("Pediatrics", "P-9"))
    yield "New", {"Patient": _known(IMANI), "Visit": missed}
    yield "NoShow", {"Patient": _known(IMANI), "Visit": {**missed, "NoShowReason": "Did not come"}}

    # The clinic reserves an hour without a patient.
    yield "New", {"Visit": _booking("A-90006", moment(today, 4, "12:00"), 60, "Team meeting", room)}


def messages(today: date) -> list[Json]:
    """Return all events of the invented people in their order; for the same day they are always the same."""
    story = [
        *(("PatientAdmin", *each) for each in _new_people()),
        *(("Scheduling", *each) for each in _bookings(today)),
        *(("PatientAdmin", *each) for each in _stays(today)),
        *(("Notes", *each) for each in records.notes(partial(moment, today))),
        *(("Results", *each) for each in records.results(partial(moment, today))),
    ]
    return [_message(today, index, *each) for index, each in enumerate(story)]


def _message(today: date, index: int, data_model: str, event_type: str, content: Json) -> Json:
    midnight = datetime.combine(today, time.min, UTC)
    told = f"{midnight + timedelta(seconds=index):%Y-%m-%dT%H:%M:%S}.000Z"
    meta = {"DataModel": data_model, "EventType": event_type, "EventDateTime": told, **content.get("Meta", {})}
    return {"Meta": meta, **{name: part for name, part in content.items() if name != "Meta"}}


def questions(today: date) -> dict[str, Json]:
    """Return one question of each kind, by a text that describes it; each finds people in the sandbox."""
    patient_search = {"DataModel": "PatientSearch", "EventType": "Query"}
    jun = {"FirstName": "Jun", "LastName": "Halvorsen", "DOB": "1990-07-21", "Address": {"ZIP": "04998"}}
    return {
        "Who has this record number": {
            "Meta": patient_search,
            "Patient": {"Identifiers": [{"ID": "HP-100204", "IDType": "MR"}]},
        },
        "Who has this name, birthday and ZIP code": {"Meta": patient_search, "Patient": {"Demographics": jun}},
        "What is booked with Dr. Brandt in the next two days": {
            "Meta": {"DataModel": "Scheduling", "EventType": "Booked"},
            "StartDateTime": moment(today, 1, "00:00"),
            "EndDateTime": moment(today, 3, "00:00"),
            "Visit": {"VisitProvider": {"ID": BRANDT["ID"], "IDType": "NPI"}},
        },
        "Who is admitted on 4 North": {
            "Meta": {"DataModel": "PatientAdmin", "EventType": "CensusQuery"},
            "PatientClasses": ["Inpatient"],
            "Departments": ["4 North"],
            "Facilities": [FACILITY],
        },
        "Which inpatient stays are planned or finished": {
            "Meta": {"DataModel": "PatientAdmin", "EventType": "VisitQuery"},
            "PatientClasses": ["Inpatient"],
            "VisitStatuses": ["Planned", "Finished"],
        },
        "Which progress notes does Marisol Okonkwo have": {
            "Meta": {"DataModel": "Notes", "EventType": "Query"},
            "Patients": [{"Identifiers": MARISOL["Identifiers"][:1]}],
            "DocumentTypes": ["Progress note"],
        },
        "What came back from the laboratory for 4 North": {
            "Meta": {"DataModel": "Results", "EventType": "Query"},
            "Location": {"Department": "4 North"},
            "Completion": {"StartDateTime": moment(today, -2, "00:00")},
        },
    }
