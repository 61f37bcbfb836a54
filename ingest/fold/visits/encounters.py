"""Encounters: their state after the PatientAdmin steps of a thread, one for each occurrence of a visit number."""

from __future__ import annotations

from dataclasses import dataclass, field

from ingest.fold.events import Event, Json
from ingest.fold.overlay import fill, overlay
from ingest.fold.verbs import Attend, TakeBack
from ingest.fold.visits.steps import Setting, Step
from mappings.times import instant

AFTER_DISCHARGE = "AfterDischarge"
ISSUES = frozenset({AFTER_DISCHARGE})
"""The codes of the issues that depend on the other events of the visit."""


@dataclass(frozen=True, slots=True)
class Encounter:
    """One occurrence of a visit."""

    words: Json = field(default_factory=dict)
    status: str | None = None
    discharged: str | None = None
    """The discharge time, or else the effective time of the event that finished the encounter."""
    location_start: str | None = None
    locations: tuple[Json, ...] = ()
    last: str = ""
    """Effective time of its newest event."""


def after_step(
    encounters: tuple[Encounter, ...], step: Step, setting: Setting
) -> tuple[tuple[Encounter, ...], str | None]:
    """Return the encounters after one PatientAdmin step, and the status that the step gave, if it gave one."""
    current = encounters[-1] if encounters else Encounter()
    given = _status_given(step, setting)
    if current.status == "finished" and admits(step):
        if _comes_after(step.visit.get("VisitDateTime"), current.discharged, setting):
            return (*encounters, _after(Encounter(), step, given)), given
        setting.note(step.event, AFTER_DISCHARGE)
        given = None
    return (*encounters[:-1], _after(current, step, given)), given


def admits(step: Step) -> bool:
    """Whether a step admits the patient."""
    return isinstance(step.event.lifecycle.course, Attend) and step.event.lifecycle.course.admits


def _status_given(step: Step, setting: Setting) -> str | None:
    """Return the Encounter.status that a step gives, or None if the step leaves the status as it is."""
    course = step.event.lifecycle.course
    if isinstance(course, TakeBack):
        return None if step.undid else step.event.canceled.undone_status if step.event.canceled else course.status
    if not isinstance(course, Attend):
        return None
    discharge = step.visit.get("DischargeDateTime")
    if discharge and course.finishes_by_time and not _is_later(discharge, step.event, setting):
        return "finished"
    return course.status


def _is_later(discharge: str, event: Event, setting: Setting) -> bool:
    """Whether a discharge time lies after the receipt of its event."""
    moment, receipt = instant(discharge, setting.zone), instant(event.received, setting.zone)
    return moment is None or receipt is None or moment > receipt


def _comes_after(visit_time: str | None, discharged: str | None, setting: Setting) -> bool:
    """Whether there is a visit time and it lies after a discharge; a discharge date counts until its midnight."""
    start = instant(visit_time, setting.zone) if visit_time else None
    end = instant(discharged, setting.zone, end_of_day=True) if discharged else None
    return start is not None and (end is None or start > end)


def _after(encounter: Encounter, step: Step, given: str | None) -> Encounter:
    """Return an encounter after one step that gives the status `given`."""
    said = _laid(encounter.words, step)
    status = given or encounter.status or ("cancelled" if step.undid else None)
    discharged = encounter.discharged
    if status != "finished":
        discharged = None
    elif given == "finished" or "DischargeDateTime" in step.visit:
        discharged = said.get("DischargeDateTime", step.event.effective)
    moved = said.get("Location") != encounter.words.get("Location")
    return Encounter(
        words=said,
        status=status,
        discharged=discharged,
        location_start=(step.event.effective if "Location" in said else None) if moved else encounter.location_start,
        locations=(*encounter.locations, *_left(encounter, step)) if moved else encounter.locations,
        last=max(encounter.last, step.event.effective),
    )


def _laid(known: Json, step: Step) -> Json:
    """Return the words of an encounter after a step. The words of a Cancel only fill gaps, but for its Location."""
    if not step.event.lifecycle.only_fills:
        return overlay(known, step.visit, clears=step.event.clears)
    filled = fill(known, step.visit)
    canceled = step.event.canceled
    if canceled is not None and canceled.restores_location and "Location" in step.visit:
        return overlay(filled, {"Location": step.visit["Location"]})
    return filled


def _left(encounter: Encounter, step: Step) -> tuple[Json, ...]:
    """Return the location that the patient leaves with a step, with its period; empty if there is none."""
    if "Location" not in encounter.words:
        return ()
    start = {"start": encounter.location_start} if encounter.location_start else {}
    return ({"Location": encounter.words["Location"], **start, "end": step.event.effective},)
