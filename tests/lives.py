"""Lives: the messages that a feed may send of a few people, with shared, partial and contradicting identifiers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

Json = dict[str, Any]

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
PEOPLE: tuple[tuple[tuple[str, str], ...], ...] = (
    (("MR", "m1"), ("EPI", "e1"), ("NIST", "n1"), ("FIN", "f1")),
    (("MR", "m2"), ("EPI", "e2"), ("DL", "d1")),
    (("MR", "m3"), ("EPI", "e1")),
    (("MR", "m4"), ("DL", "d1"), ("FIN", "f1")),
    (("ECW", "w1"), ("DL", "d2")),
    (("ECW", "w2"), ("DL", "d2"), ("EPI", "e2")),
)
"""Six people. The third has an identifier of the first, as a newborn's record has the mother's; others share a licence or
an account; the last two have no number that is surely of a person, or one of somebody else."""
NUMBERS = ("v1", "v2", "v3")
DEPARTMENTS = ("3N", "ICU", "ER")
VISIT_EVENTS = ("PreAdmit", "Arrival", "Registration", "Transfer", "VisitUpdate", "Discharge", "Cancel")
SCHEDULING_EVENTS = ("New", "Reschedule", "Modification", "Cancel", "NoShow")
CANCELED = (None, "Arrival", "Registration", "Discharge", "Transfer", "PreAdmit", "VisitUpdate")


def moment(minutes: int) -> str:
    """A time some minutes into the story, as Redox says it."""
    return (START + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


@st.composite
def people(draw: st.DrawFn) -> tuple[tuple[str, str], ...]:
    """Some of one person's identifiers."""
    whole = draw(st.sampled_from(PEOPLE))
    kept = draw(st.lists(st.sampled_from(whole), min_size=1, max_size=len(whole), unique=True))
    return tuple(kept)


@st.composite
def patients(draw: st.DrawFn) -> Json:
    """A Patient block with few leaves, so that newer words meet older ones."""
    said = {
        "FirstName": draw(st.sampled_from(["Ada", "Bo", None])),
        "LastName": draw(st.sampled_from(["Quill", "Reed", None])),
        "DOB": draw(st.sampled_from(["1980-02-03", "1991-11-30", None])),
        "IsDeceased": draw(st.sampled_from([None, True, False])),
        "PhoneNumber": {"Home": draw(st.sampled_from(["+15550001", "+15550002", '""', None]))},
        "Address": {"City": draw(st.sampled_from(["Lund", "Visby", None])), "ZIP": draw(st.sampled_from(["1", None]))},
    }
    notes = draw(st.sampled_from([[], ["tall"], ["kind", "tall"]]))
    identifiers = [{"IDType": id_type, "ID": value} for id_type, value in draw(people())]
    return {"Identifiers": identifiers, "Demographics": said, "Notes": notes}


@st.composite
def visits(draw: st.DrawFn) -> Json:
    """A Visit block."""
    return {
        "VisitNumber": draw(st.sampled_from(NUMBERS)),
        "VisitDateTime": moment(draw(st.sampled_from([0, 60, 3000]))),
        "Reason": draw(st.sampled_from(["cough", "fall", None])),
        "Location": {"Department": draw(st.sampled_from(DEPARTMENTS)), "Bed": draw(st.sampled_from(["1", None]))},
        "AccountNumber": draw(st.sampled_from([None, None, "a1", "a2"])),
    }


@st.composite
def visit_events(draw: st.DrawFn) -> Json:
    """One PatientAdmin event of a visit."""
    event = draw(st.sampled_from(VISIT_EVENTS))
    visit = draw(visits())
    meta: Json = {"DataModel": "PatientAdmin", "EventType": event}
    if event == "Cancel":
        meta["CanceledEvent"] = draw(st.sampled_from(CANCELED))
    if event in {"Discharge", "VisitUpdate", "Transfer"}:
        visit["DischargeDateTime"] = draw(st.sampled_from([None, moment(90), moment(4000)]))
    if draw(st.integers(0, 9)) == 0:
        visit.pop("VisitNumber")
    return {"Meta": meta, "Patient": draw(patients()), "Visit": visit}


@st.composite
def scheduling_events(draw: st.DrawFn) -> Json:
    """One Scheduling event; a few are of nobody."""
    event = draw(st.sampled_from(SCHEDULING_EVENTS))
    visit = draw(visits()) | {
        "Duration": draw(st.sampled_from([15, 30])),
        "Status": draw(st.sampled_from([None, "Roomed", "Booked"])),
    }
    del visit["Location"]["Bed"]
    if event == "Reschedule":
        visit["OldVisitNumber"] = draw(st.sampled_from([None, *NUMBERS]))
    patient = draw(patients())
    if draw(st.integers(0, 9)) == 0:
        patient = {}
    return {"Meta": {"DataModel": "Scheduling", "EventType": event}, "Patient": patient, "Visit": visit}


@st.composite
def person_events(draw: st.DrawFn) -> Json:
    """One event of a person, a merge among them."""
    event = draw(st.sampled_from(["NewPatient", "PatientUpdate", "PatientMerge", "VisitMerge"]))
    patient = draw(patients())
    message: Json = {"Meta": {"DataModel": "PatientAdmin", "EventType": event}, "Patient": patient}
    if event == "PatientMerge":
        patient["PreviousIdentifiers"] = [{"IDType": t, "ID": i} for t, i in draw(people())]
    if event == "VisitMerge":
        message["Visit"] = {"VisitNumber": draw(st.sampled_from(NUMBERS))}
    if event in {"NewPatient", "PatientUpdate"}:
        patient["Insurances"] = draw(st.sampled_from([[], [{"Plan": {"Name": "Blue"}}], [{"Plan": {"Name": "Red"}}]]))
    return message


def timed(messages: Iterable[Json], minutes: Sequence[int]) -> list[Json]:
    """The messages, each at its own minute."""
    return [
        message | {"Meta": message["Meta"] | {"EventDateTime": moment(minute)}}
        for message, minute in zip(messages, minutes, strict=True)
    ]


@st.composite
def lives(draw: st.DrawFn, *, most: int = 12) -> list[Json]:
    """Messages in the order of their times, which are distinct."""
    event = st.one_of(visit_events(), visit_events(), scheduling_events(), person_events())
    messages = draw(st.lists(event, min_size=1, max_size=most))
    return timed(messages, range(0, 10 * len(messages), 10))
