"""A visit: the state after the events of one visit number of one person.

A thread is the sequence of these events. It may have an appointment (Scheduling) and encounters (PatientAdmin), several
if a recurring series keeps one number. Steps that a Cancel takes back are removed before the others are folded.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ingest.fold.verbs import NO_CLASS, Attend, Book
from ingest.fold.visits.appointments import Appointment, after_booking_step, after_encounter_step, after_superseding
from ingest.fold.visits.encounters import Encounter, after_step
from ingest.fold.visits.steps import Setting, Step


@dataclass(frozen=True, slots=True)
class Visit:
    """The state of a thread."""

    encounters: tuple[Encounter, ...] = ()
    appointment: Appointment | None = None


def run(steps: Iterable[Step], setting: Setting) -> Visit:
    """Return the visit after a sequence of steps, without the steps that a Cancel took back."""
    visit = Visit()
    for step in standing_steps(steps, setting):
        visit = advance(visit, step, setting)
    return visit


def standing_steps(steps: Iterable[Step], setting: Setting) -> list[Step]:
    """Return the steps that stand after each Cancel has removed the steps that it takes back."""
    standing: list[Step] = []
    for step in steps:
        if undoes(step):
            standing, undid = _undo(standing, step, setting)
            standing.append(replace(step, undid=undid))
        else:
            standing.append(step)
    return standing


def undoes(step: Step) -> bool:
    """Whether a step takes back earlier steps."""
    return step.event.canceled is not None


def _undo(standing: list[Step], cancel: Step, setting: Setting) -> tuple[list[Step], bool]:
    """Return the steps without those of the current occurrence that a Cancel takes back, and whether there were any."""
    canceled = cancel.event.canceled or Attend(means="")
    start = _start_of_occurrence(standing, setting)
    targets = [index for index, step in enumerate(standing) if index >= start and _is_of(canceled, step)]
    taken = set(targets if canceled.undone_as != NO_CLASS else targets[-1:])
    kept = [
        replace(step, unsaid=step.unsaid | canceled.undone_leaves) if index >= start else step
        for index, step in enumerate(standing)
        if index not in taken
    ]
    return kept, bool(taken)


def _is_of(canceled: Attend, step: Step) -> bool:
    """Whether a Cancel of one step takes back another: they are the same step of the course, or of one class."""
    course = step.event.lifecycle.course
    if not isinstance(course, Attend):
        return False
    return course == canceled or NO_CLASS != course.undone_as == canceled.undone_as


def _start_of_occurrence(standing: list[Step], setting: Setting) -> int:
    """Return the index of the first step of the newest occurrence."""
    start, count, visit = 0, 0, Visit()
    without_findings = Setting(setting.zone)
    for index, step in enumerate(standing):
        visit = advance(visit, step, without_findings)
        if len(visit.encounters) > max(count, 1):
            start = index
        count = len(visit.encounters)
    return start


def advance(visit: Visit, step: Step, setting: Setting) -> Visit:
    """Return a visit after one more step that stands."""
    if step.superseded:
        return replace(visit, appointment=after_superseding(visit.appointment, step))
    course = step.event.lifecycle.course
    if isinstance(course, Book):
        return replace(visit, appointment=after_booking_step(visit.appointment, step, course))
    encounters, effect = after_step(visit.encounters, step, setting)
    return Visit(encounters, after_encounter_step(visit.appointment, effect, step))
