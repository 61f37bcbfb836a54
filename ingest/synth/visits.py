"""Visits of invented people: hospital stays, emergencies and appointments, each as the steps that events report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from random import Random
from typing import Any

from ingest.synth import places, words
from mappings.times import utc_text

Json = dict[str, Any]

Step = tuple[datetime, str, str, Json]
"""One event: its moment, its data model, its event type, and its Visit."""

ADMIN, SCHEDULING = "PatientAdmin", "Scheduling"
DAY = timedelta(days=1)
LONGEST = 21
"""The largest number of days of a past stay."""


@dataclass(frozen=True, slots=True)
class Course:
    """The input for the steps of one person: the random generator, the insurances, and the treating facilities."""

    chance: Random
    tag: str
    zone: tzinfo
    today: date
    number: int
    ward_facility: int
    clinic_facility: int
    insurances: list[Json]

    @property
    def midnight(self) -> datetime:
        """Return the beginning of today; all events happened before it."""
        return self.at(self.today, 0)

    def at(self, day: date, minute: int) -> datetime:
        """Return a minute of a day in the zone of the tenant, as a time in UTC."""
        return datetime.combine(day, time(minute // 60, minute % 60), self.zone).astimezone(UTC)

    def between(self, start: datetime, end: datetime) -> datetime:
        """Return a random time from `start` to `end`, a whole number of seconds after `start`."""
        return start + timedelta(seconds=int((end - start).total_seconds() * self.chance.random()))

    def likely(self, share: float) -> bool:
        """Return True with the probability `share`, from 0 to 1."""
        return self.chance.random() < share


def past(course: Course, number: str, start: datetime, end: datetime) -> Iterator[Step]:
    """Give the steps of a past visit between `start` and `end`: an appointment, an emergency or a stay."""
    lot = course.chance.random()
    if lot < 0.66:
        yield from _past_appointment(course, number, start, end)
    elif lot < 0.86:
        came = course.between(start, end - (end - start) / 2)
        left = came + min(timedelta(minutes=course.chance.randrange(90, 600)), (end - came) / 2)
        reason = words.REASONS_FOR_EMERGENCY.draw(course.chance)
        told = _told(course, number, "Emergency", came, reason, places.emergency(course.ward_facility))
        yield came, ADMIN, "Arrival", told
        yield left, ADMIN, "Discharge", _over(course, told, left)
    else:
        yield from _past_stay(course, number, start, end)


def current(course: Course, number: str, bed: int, born: datetime) -> Iterator[Step]:
    """Give the steps of a stay in a bed that has not ended."""
    since = timedelta(seconds=int(min(course.chance.expovariate(1 / 4), 12.0) * 86_400), hours=2)
    came = max(course.midnight - since, born + DAY)
    reason = words.REASONS_TO_STAY.draw(course.chance)
    here = _told(course, number, "Inpatient", came, reason, places.bed(bed))
    if course.likely(0.2):
        elsewhere = places.bed(course.chance.randrange(places.BEDS) + bed // places.BEDS * places.BEDS)
        yield came, ADMIN, "Arrival", {**here, "Location": elsewhere}
        yield course.between(came, course.midnight), ADMIN, "Transfer", here
    else:
        yield came, ADMIN, "Arrival", here


def coming(course: Course, number: str, hour: int, born: datetime) -> Iterator[Step]:
    """Give the steps of an appointment today or later; some appointments were moved, and some are already cancelled."""
    clinic, day, minute = places.hour(hour)
    start = course.at(places.working_day(course.today, day), minute)
    made = course.between(max(course.midnight - 60 * DAY, born + DAY), course.midnight - timedelta(hours=12))
    booked = _booked(course, number, start, places.clinic(clinic))
    later = course.between(made, course.midnight)
    lot = course.chance.random()
    if lot < 0.1:
        before = start + course.chance.choice((-1, 1)) * course.chance.randrange(1, 8) * DAY
        yield made, SCHEDULING, "New", {**booked, "VisitDateTime": utc_text(before)}
        yield later, SCHEDULING, "Reschedule", {**booked, "OldDateTime": utc_text(before)}
        return
    yield made, SCHEDULING, "New", booked
    if lot < 0.18:
        yield later, SCHEDULING, "Cancel", _cancelled(course, booked)
    elif lot < 0.35:
        yield later, SCHEDULING, "Modification", {**booked, "Status": "Confirmed"}


def _past_appointment(course: Course, number: str, start: datetime, end: datetime) -> Iterator[Step]:
    came = course.between(start + (end - start) / 3, end - (end - start) / 3)
    day = came.astimezone(course.zone).date()
    if day.weekday() > 4 and end - start > 7 * DAY:
        day -= (day.weekday() - 4) * DAY  # clinics are closed at weekends
    due = course.at(day, 8 * 60 + 20 * course.chance.randrange(26))
    made = course.between(start, start + (min(due, end) - start) * 0.9) if due > start else due - timedelta(minutes=5)
    at = places.clinic(course.clinic_facility * places.CLINICS + course.chance.randrange(places.CLINICS))
    booked = _booked(course, number, due, at)
    later = course.between(made, due)
    lot = course.chance.random()
    if lot < 0.12:
        yield made, SCHEDULING, "New", booked
        yield later, SCHEDULING, "Cancel", _cancelled(course, booked)
        return
    if lot < 0.2:
        missed = {"Status": "No Show", "NoShowReason": words.REASONS_TO_MISS.draw(course.chance)}
        yield made, SCHEDULING, "New", booked
        yield due + timedelta(minutes=30), SCHEDULING, "NoShow", {**booked, **missed}
        return
    if lot < 0.3:
        before = due + course.chance.randrange(1, 8) * DAY
        yield made, SCHEDULING, "New", {**booked, "VisitDateTime": utc_text(before)}
        yield later, SCHEDULING, "Reschedule", {**booked, "OldDateTime": utc_text(before)}
    else:
        yield made, SCHEDULING, "New", booked
    told = _told(course, number, "Outpatient", due, booked["Reason"], at)
    told["AttendingProvider"] = booked["AttendingProvider"]
    yield due - timedelta(minutes=course.chance.randrange(1, 15)), ADMIN, "Arrival", told
    left = due + timedelta(minutes=course.chance.randrange(20, 80))
    yield left, ADMIN, "Discharge", _over(course, told, left)


def _past_stay(course: Course, number: str, start: datetime, end: datetime) -> Iterator[Step]:
    ward = course.ward_facility * places.WARDS + course.chance.randrange(places.WARDS)
    bed = ward * places.BEDS + course.chance.randrange(places.BEDS)
    came = course.between(start + (end - start) / 4, start + (end - start) / 2)
    days = min(0.4 + course.chance.expovariate(1 / 4), LONGEST)
    left = came + min(timedelta(seconds=int(days * 86_400)), (end - came) / 2)
    told = _told(course, number, "Inpatient", came, words.REASONS_TO_STAY.draw(course.chance), places.bed(bed))
    if course.likely(0.15):
        yield course.between(start, came), ADMIN, "PreAdmit", told
    yield came, ADMIN, "Arrival", told
    if course.likely(0.2):
        told = {**told, "Location": places.bed(ward * places.BEDS + course.chance.randrange(places.BEDS))}
        yield course.between(came, left), ADMIN, "Transfer", told
    yield left, ADMIN, "Discharge", _over(course, told, left)


def _told(course: Course, number: str, patient_class: str, came: datetime, reason: str, at: Json) -> Json:
    """Return the Visit of a stay or a visit in the words of PatientAdmin."""
    return {
        "VisitNumber": number,
        "PatientClass": patient_class,
        "VisitDateTime": utc_text(came),
        "Reason": reason,
        "AttendingProvider": places.provider(course.tag, at["Department"], course.chance.randrange(100)),
        "Location": at,
        **({"Insurances": course.insurances} if course.insurances else {}),
    }


def _over(course: Course, told: Json, left: datetime) -> Json:
    code, words_for_it = words.LEFT_FOR.draw(course.chance)
    status = {"Code": code, "Codeset": "UB-04", "Description": words_for_it}
    return {**told, "DischargeDateTime": utc_text(left), "DischargeStatus": status}


def _booked(course: Course, number: str, start: datetime, at: Json) -> Json:
    """Return the Visit of an appointment in the words of Scheduling."""
    who = places.provider(course.tag, at["Department"], course.chance.randrange(100))
    return {
        "VisitNumber": number,
        "VisitDateTime": utc_text(start),
        "PatientClass": "Outpatient",
        "Status": "Scheduled",
        "Duration": places.MINUTES,
        "Reason": words.REASONS_TO_COME.draw(course.chance),
        "AttendingProvider": who,
        "VisitProvider": who,
        "Location": {**at, "Room": f"{1 + course.chance.randrange(9)}"},
    }


def _cancelled(course: Course, booked: Json) -> Json:
    return {**booked, "Status": "Cancelled", "CancelReason": words.REASONS_TO_CANCEL.draw(course.chance)}
