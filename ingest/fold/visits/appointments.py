"""Appointments: their state after the Scheduling steps of a thread and the steps of its encounter."""

from __future__ import annotations

from dataclasses import dataclass, field

from ingest.fold.events import Event, Json
from ingest.fold.overlay import overlay
from ingest.fold.verbs import Attend, Book
from ingest.fold.visits.steps import Step
from mappings.fhir.appointment import PATIENT_WITHOUT_IDENTIFIERS

MISSED = frozenset({"cancelled", "noshow"})
ENDINGS = ("CancelReason", "CancelDateTime", "NoShowReason")
STATUS_WORDS = {
    "pending": "pending", "waitlist": "waitlist", "booked": "booked", "scheduled": "booked", "overbook": "booked",
    "blocked": "booked", "started": "checked-in", "arrived": "arrived", "complete": "fulfilled",
    "completed": "fulfilled", "cancelled": "cancelled", "canceled": "cancelled", "discontinued": "cancelled",
    "deleted": "entered-in-error", "noshow": "noshow", "no show": "noshow",
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
    words = {name: value for name, value in event.visit.items() if name != "Status"}
    known = dict(before.words)
    word = event.visit.get("Status")
    if word is not None or book.status is not None:
        known.pop("Status", None)
    if book.reopens:
        known = {name: value for name, value in known.items() if name not in ENDINGS}
    said = overlay(known, words | ({"Status": word} if word is not None else {}) | _beside_the_visit(event))
    if book.stamps:
        said[book.stamps] = event.effective
    if book.first_stamps:
        said.setdefault(book.first_stamps, event.effective)
    said["LastUpdated"] = max(before.words.get("LastUpdated", ""), event.effective)
    return Appointment(said, _status_word(word) or book.status or before.status)


def _status_word(word: str | None) -> str | None:
    return STATUS_WORDS.get(" ".join(word.lower().replace("-", " ").split())) if word else None


def _beside_the_visit(event: Event) -> Json:
    """Return AppointmentInfo, and the Patient block if the event has no identifiers."""
    info = {"AppointmentInfo": event.message["AppointmentInfo"]} if "AppointmentInfo" in event.message else {}
    nameless = {name: event.patient[name] for name in PATIENT_WITHOUT_IDENTIFIERS.members if name in event.patient}
    return info | ({"Patient": nameless} if nameless and not event.identifying else {})


def after_superseding(appointment: Appointment | None, step: Step) -> Appointment | None:
    """Return the appointment after it was rescheduled to another number: it is cancelled. None if there is none."""
    if appointment is None:
        return None
    known = {name: value for name, value in appointment.words.items() if name != "Status"}
    updated = {"CancelDateTime": step.event.effective, "LastUpdated": step.event.effective}
    return Appointment(known | updated, "cancelled")


_FOLLOWING = {"in-progress": "arrived", "finished": "fulfilled"}


def after_encounter_step(appointment: Appointment | None, given: str | None, step: Step) -> Appointment | None:
    """Return the appointment after a step of its encounter that gave the status `given`; None if there is none.

    A cancelled or missed appointment keeps its status, because only a new booking reopens it.
    """
    if appointment is None:
        return None
    updated = {**appointment.words, "LastUpdated": max(appointment.words["LastUpdated"], step.event.effective)}
    course = step.event.lifecycle.course
    moves = isinstance(course, Attend) and course.moves_booking
    status = _FOLLOWING.get(given or "") if moves or given == "finished" else None
    if status is None or appointment.status in MISSED:
        return Appointment(updated, appointment.status)
    updated.pop("Status", None)
    return Appointment(updated, status)
