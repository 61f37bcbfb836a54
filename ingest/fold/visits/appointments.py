"""Appointments: their state after the Scheduling steps of a thread and the steps of its encounter."""

from __future__ import annotations

from dataclasses import dataclass, field

from ingest.fold.events import Json
from ingest.fold.overlay import overlay
from ingest.fold.verbs import Attend, Book
from ingest.fold.visits.steps import Step
from mappings.fhir.appointment import PATIENT_WITHOUT_IDENTIFIERS

ENDED = frozenset({"cancelled", "noshow", "entered-in-error"})
"""The statuses of a booking that ended: no word gives it another status than one of these."""
CALLED_OFF = frozenset({"cancelled", "entered-in-error"})
"""The statuses of a booking that is no more: a hold with one of these is nobody's for good."""
_ABOUT_THE_END = frozenset({"CancelReason", "CancelDateTime", "NoShowReason"})
_REOPENED_BY = {"noshow": frozenset({"arrived"})}
"""The statuses that the encounter gives an appointment although it ended: a missed patient may come after all."""
STATUS_WORDS = {
    "pending": "pending", "waitlist": "waitlist", "booked": "booked", "scheduled": "booked", "overbook": "booked",
    "blocked": "booked", "started": "checked-in", "arrived": "arrived", "complete": "fulfilled",
    "completed": "fulfilled", "cancelled": "cancelled", "canceled": "cancelled", "discontinued": "cancelled",
    "dc": "cancelled", "deleted": "entered-in-error", "noshow": "noshow", "no show": "noshow",
}  # fmt: skip
"""Words of HL7 table 0278 and of answers; such a word in Visit.Status sets Appointment.status for every event."""


@dataclass(frozen=True, slots=True)
class Appointment:
    """One booking."""

    words: Json = field(default_factory=dict)
    """The leaves of Visit; AppointmentInfo, CancelDateTime, ScheduledDateTime, LastUpdated; the Patient of a hold."""
    status: str = "booked"


def after_booking_step(appointment: Appointment | None, step: Step, book: Book) -> Appointment:
    """Return the appointment after one step of the booking."""
    event = step.event
    before = appointment or Appointment()
    word = event.visit.get("Status")
    named = _status_word(word)
    status = _status_after(before.status, named, book)
    known = _without_end(before.words) if book.reopens else _turned(before, status)
    words = {name: value for name, value in event.visit.items() if name != "Status"}
    if word is not None and (named == status or not (named or book.ends)):
        words["Status"] = word
    said = overlay(known, words | _beside_the_visit(step))
    if status == "cancelled" and (book.status is not None or before.status != status):
        said["CancelDateTime"] = event.effective
    if book.first_stamps:
        said.setdefault(book.first_stamps, event.effective)
    said["LastUpdated"] = max(before.words.get("LastUpdated", ""), event.effective)
    return Appointment(said, status)


def _status_after(before: str, named: str | None, book: Book) -> str:
    """Return the status after a step whose word names a status, or none: a word neither reopens nor hinders an end."""
    given = book.status or before
    if named is None or book.ends or (given in ENDED and named not in ENDED):
        return given
    return named


def _turned(appointment: Appointment, status: str) -> Json:
    """Return what is known of an appointment that gets a status: the word for a former one goes, and why it ended."""
    if appointment.status == status:
        return appointment.words
    if appointment.status in ENDED:
        return _without_end(appointment.words)
    return {name: value for name, value in appointment.words.items() if name != "Status"}


def _without_end(words: Json) -> Json:
    return {name: value for name, value in words.items() if name != "Status" and name not in _ABOUT_THE_END}


def _status_word(word: str | None) -> str | None:
    return STATUS_WORDS.get(" ".join(word.lower().replace("-", " ").split())) if word else None


def _beside_the_visit(step: Step) -> Json:
    """Return AppointmentInfo, and the Patient block if the booking is of nobody."""
    event = step.event
    info = {"AppointmentInfo": event.message["AppointmentInfo"]} if "AppointmentInfo" in event.message else {}
    nameless = {name: event.patient[name] for name in PATIENT_WITHOUT_IDENTIFIERS.members if name in event.patient}
    return info | ({"Patient": nameless} if nameless and step.is_of_nobody else {})


def after_superseding(appointment: Appointment | None, step: Step) -> Appointment | None:
    """Return the appointment after it was rescheduled to another number: it is cancelled. None if there is none."""
    if appointment is None:
        return None
    updated = {"CancelDateTime": step.event.effective, "LastUpdated": step.event.effective}
    return Appointment(_turned(appointment, "cancelled") | updated, "cancelled")


_FOLLOWING = {"in-progress": "arrived", "finished": "fulfilled"}


def after_encounter_step(appointment: Appointment | None, given: str | None, step: Step) -> Appointment | None:
    """Return the appointment after a step of its encounter that gave the status `given`; None if there is none.

    An appointment that ended keeps its status, because only a new booking reopens it. A missed patient may come late.
    """
    if appointment is None:
        return None
    course = step.event.lifecycle.course
    moves = isinstance(course, Attend) and course.moves_booking
    status = _FOLLOWING.get(given or "") if moves or given == "finished" else None
    if status is None or (appointment.status in ENDED and status not in _REOPENED_BY.get(appointment.status, ())):
        status = appointment.status
    updated = {"LastUpdated": max(appointment.words["LastUpdated"], step.event.effective)}
    return Appointment(_turned(appointment, status) | updated, status)
