"""Visits: what the events of one visit number of one person come to.

A thread is the sequence of those events. It may hold an appointment (Scheduling) and encounters (PatientAdmin), several
where a recurring series keeps one number. Undone steps are taken out before the rest is folded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import tzinfo

from ingest.fold.events import Event, Json
from ingest.fold.overlay import fill, overlay
from mappings.times import instant

ADMITTING = frozenset({"PreAdmit", "Registration", "Arrival", "Transfer"})
STATUS_GIVEN = {
    "PreAdmit": "planned",
    "Registration": "in-progress",
    "Arrival": "in-progress",
    "Transfer": "in-progress",
}
"""Encounter.status by event; a Discharge, and a discharge time that is past, give `finished`."""
CLASSES = {"Arrival": frozenset({"Arrival", "Registration"}), "Registration": frozenset({"Arrival", "Registration"})}
"""Events that one Cancel takes back together; any other is a class of its own."""
NOTHING_TO_UNDO = {"Discharge": "in-progress", "Transfer": "in-progress"}
"""Encounter.status after a Cancel that finds nothing of its class; else cancelled."""
DISCHARGE_LEAVES = ("DischargeDateTime", "DischargeStatus", "DischargeLocation")

APPOINTMENT_GIVEN = {"New": "booked", "Reschedule": "booked", "Cancel": "cancelled", "NoShow": "noshow"}
"""Appointment.status by Scheduling event; a Modification leaves it, or books where it is the first."""
MISSED = frozenset({"cancelled", "noshow"})
ENDINGS = ("CancelReason", "CancelDateTime", "NoShowReason")
STATUS_WORDS = {
    "pending": "pending", "waitlist": "waitlist", "booked": "booked", "scheduled": "booked", "overbook": "booked",
    "blocked": "booked", "started": "checked-in", "arrived": "arrived", "complete": "fulfilled",
    "completed": "fulfilled", "cancelled": "cancelled", "canceled": "cancelled", "discontinued": "cancelled",
    "deleted": "entered-in-error", "noshow": "noshow", "no show": "noshow",
}  # fmt: skip
"""Words of HL7 table 0278, and those that answers use, that set Appointment.status whatever the event."""


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a thread. `superseded`: the visit was rescheduled to another number."""

    event: Event
    superseded: bool = False
    undid: bool = False
    """A Cancel that found what it takes back."""
    stripped: bool = False
    """Its discharge leaves were taken back."""

    @property
    def visit(self) -> Json:
        """What it says of the visit."""
        if not self.stripped:
            return self.event.visit
        return {name: value for name, value in self.event.visit.items() if name not in DISCHARGE_LEAVES}


@dataclass(frozen=True, slots=True)
class Encounter:
    """One stay or attendance."""

    said: Json = field(default_factory=dict)
    status: str | None = None
    discharged: str | None = None
    """When it finished, as said, else the effective time of what finished it."""
    location_start: str | None = None
    locations: tuple[Json, ...] = ()
    last: str = ""
    """Effective time of its newest event."""


@dataclass(frozen=True, slots=True)
class Appointment:
    """One booking."""

    said: Json = field(default_factory=dict)
    """Visit leaves, and AppointmentInfo, CancelDateTime, ScheduledDateTime, LastUpdated, Patient of a hold."""
    status: str = "booked"


@dataclass(frozen=True, slots=True)
class Visit:
    """What a thread comes to."""

    encounters: tuple[Encounter, ...] = ()
    appointment: Appointment | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """What folding a visit needs besides its steps."""

    zone: tzinfo
    note: Callable[[Event, str], None] = lambda _event, _code: None
    """Told of an event's issue; by default nobody is."""


def run(steps: Iterable[Step], setting: Setting) -> Visit:
    """What a sequence of steps comes to, those undone left out."""
    visit = Visit()
    for step in settled(steps, setting):
        visit = advance(visit, step, setting)
    return visit


def settled(steps: Iterable[Step], setting: Setting) -> list[Step]:
    """The steps that stand: each undoing Cancel has taken out what it takes back."""
    standing: list[Step] = []
    for step in steps:
        if undoes(step):
            standing, undid = _undo(standing, step, setting)
            standing.append(replace(step, undid=undid))
        else:
            standing.append(step)
    return standing


def undoes(step: Step) -> bool:
    """Whether a step takes back earlier ones."""
    return step.event.data_model == "PatientAdmin" and step.event.canceled_event is not None


def _undo(standing: list[Step], cancel: Step, setting: Setting) -> tuple[list[Step], bool]:
    """Take out what a Cancel takes back within the current occurrence; whether there was anything."""
    kind = _kind(cancel.event.canceled_event or "")
    of_class = CLASSES.get(kind, frozenset({kind}))
    start = _start_of_occurrence(standing, setting)
    targets = [
        index
        for index, step in enumerate(standing)
        if index >= start and step.event.data_model == "PatientAdmin" and step.event.event_type in of_class
    ]
    taken = set(targets if kind in CLASSES else targets[-1:])
    kept = [
        replace(step, stripped=True) if kind == "Discharge" and index >= start else step
        for index, step in enumerate(standing)
        if index not in taken
    ]
    return kept, bool(taken)


def _kind(canceled: str) -> str:
    """The event type that a CanceledEvent names, whatever its case."""
    named = {"".join(canceled.lower().split())}
    return next((kind for kind in _KINDS if kind.lower() in named), canceled)


_KINDS = (*STATUS_GIVEN, "Discharge", "VisitUpdate")


def _start_of_occurrence(standing: list[Step], setting: Setting) -> int:
    """Index of the first step of the newest occurrence."""
    start, count, visit = 0, 0, Visit()
    quiet = Setting(setting.zone)
    for index, step in enumerate(standing):
        visit = advance(visit, step, quiet)
        if len(visit.encounters) > max(count, 1):
            start = index
        count = len(visit.encounters)
    return start


def advance(visit: Visit, step: Step, setting: Setting) -> Visit:
    """One standing step further."""
    if step.superseded:
        return replace(visit, appointment=_superseded(visit.appointment, step))
    if step.event.data_model == "Scheduling":
        return replace(visit, appointment=_scheduled(visit.appointment, step))
    encounters, effect = _admitted(visit.encounters, step, setting)
    return Visit(encounters, _followed(visit.appointment, effect, step))


# --- encounters -------------------------------------------------------------------------------------------------------


def _admitted(
    encounters: tuple[Encounter, ...], step: Step, setting: Setting
) -> tuple[tuple[Encounter, ...], str | None]:
    """The encounters after one PatientAdmin step, and the status it gave, for the appointment to follow."""
    current = encounters[-1] if encounters else Encounter()
    given = _status_given(step, setting)
    if current.status == "finished" and step.event.event_type in ADMITTING:
        if _comes_after(step.visit.get("VisitDateTime"), current.discharged, setting):
            return (*encounters, _after(Encounter(), step, given)), given
        setting.note(step.event, "AfterDischarge")
        given = None
    return (*encounters[:-1], _after(current, step, given)), given


def _status_given(step: Step, setting: Setting) -> str | None:
    """Encounter.status that a step gives, or None where it leaves it."""
    event = step.event
    if event.event_type == "Discharge":
        return "finished"
    if event.event_type == "Cancel":
        if step.undid:
            return None
        return NOTHING_TO_UNDO.get(_kind(event.canceled_event or ""), "cancelled")
    discharge = step.visit.get("DischargeDateTime")
    if discharge and event.event_type in {"VisitUpdate", "Transfer"} and not _is_later(discharge, event, setting):
        return "finished"
    return STATUS_GIVEN.get(event.event_type)


def _is_later(discharge: str, event: Event, setting: Setting) -> bool:
    """Whether a discharge time lies after the receipt of the event that said it."""
    moment, receipt = instant(discharge, setting.zone), instant(event.received, setting.zone)
    return moment is None or receipt is None or moment > receipt


def _comes_after(visit_time: str | None, discharged: str | None, setting: Setting) -> bool:
    """Whether a visit time is said and lies after a discharge; a discharge date counts until its midnight."""
    start = instant(visit_time, setting.zone) if visit_time else None
    end = instant(discharged, setting.zone, end_of_day=True) if discharged else None
    return start is not None and (end is None or start > end)


def _after(encounter: Encounter, step: Step, given: str | None) -> Encounter:
    """An encounter after one step that gives `given`."""
    said = _laid(encounter.said, step)
    status = given or encounter.status or ("cancelled" if step.undid else None)
    discharged = encounter.discharged
    if status != "finished":
        discharged = None
    elif given == "finished" or "DischargeDateTime" in step.visit:
        discharged = said.get("DischargeDateTime", step.event.effective)
    moved = said.get("Location") != encounter.said.get("Location")
    return Encounter(
        said=said,
        status=status,
        discharged=discharged,
        location_start=(step.event.effective if "Location" in said else None) if moved else encounter.location_start,
        locations=(*encounter.locations, *_left(encounter, step)) if moved else encounter.locations,
        last=max(encounter.last, step.event.effective),
    )


def _laid(known: Json, step: Step) -> Json:
    """A step's words over what is known; a Cancel's fill, but the Location it returns to counts."""
    if step.event.event_type != "Cancel":
        return overlay(known, step.visit)
    filled = fill(known, step.visit)
    if _kind(step.event.canceled_event or "") == "Transfer" and "Location" in step.visit:
        return overlay(filled, {"Location": step.visit["Location"]})
    return filled


def _left(encounter: Encounter, step: Step) -> tuple[Json, ...]:
    """The location that a step moves the patient from, with its times."""
    if "Location" not in encounter.said:
        return ()
    start = {"start": encounter.location_start} if encounter.location_start else {}
    return ({"Location": encounter.said["Location"], **start, "end": step.event.effective},)


# --- appointments -----------------------------------------------------------------------------------------------------


def _scheduled(appointment: Appointment | None, step: Step) -> Appointment:
    """The appointment after one Scheduling step."""
    event = step.event
    before = appointment or Appointment()
    words = {name: value for name, value in event.visit.items() if name != "Status"}
    known = dict(before.said)
    given = APPOINTMENT_GIVEN.get(event.event_type)
    word = event.visit.get("Status")
    if word is not None or given is not None:
        known.pop("Status", None)
    if event.event_type in {"New", "Reschedule"}:
        known = {name: value for name, value in known.items() if name not in ENDINGS}
    said = overlay(known, words | ({"Status": word} if word is not None else {}) | _beside_the_visit(event))
    if event.event_type == "Cancel":
        said["CancelDateTime"] = event.effective
    if event.event_type == "New":
        said.setdefault("ScheduledDateTime", event.effective)
    said["LastUpdated"] = max(before.said.get("LastUpdated", ""), event.effective)
    return Appointment(said, _status_word(word) or given or before.status)


def _status_word(word: str | None) -> str | None:
    return STATUS_WORDS.get(" ".join(word.lower().replace("-", " ").split())) if word else None


def _beside_the_visit(event: Event) -> Json:
    """AppointmentInfo, and of an event without identifiers what it says of a patient."""
    info = {"AppointmentInfo": event.message["AppointmentInfo"]} if "AppointmentInfo" in event.message else {}
    nameless = {name: event.patient[name] for name in ("Demographics", "Notes") if name in event.patient}
    return info | ({"Patient": nameless} if nameless and not event.identifying else {})


def _superseded(appointment: Appointment | None, step: Step) -> Appointment | None:
    """The appointment after it was rescheduled to another number."""
    if appointment is None:
        return None
    known = {name: value for name, value in appointment.said.items() if name != "Status"}
    updated = {"CancelDateTime": step.event.effective, "LastUpdated": step.event.effective}
    return Appointment(known | updated, "cancelled")


_FOLLOWING = {"in-progress": "arrived", "finished": "fulfilled"}


def _followed(appointment: Appointment | None, given: str | None, step: Step) -> Appointment | None:
    """The appointment after a step of its encounter. Only a new booking reopens a cancelled or missed one."""
    if appointment is None:
        return None
    updated = {**appointment.said, "LastUpdated": max(appointment.said["LastUpdated"], step.event.effective)}
    status = (
        _FOLLOWING.get(given or "")
        if step.event.event_type not in {"Transfer", "Cancel"} or given == "finished"
        else None
    )
    if status is None or appointment.status in MISSED:
        return Appointment(updated, appointment.status)
    updated.pop("Status", None)
    return Appointment(updated, status)
