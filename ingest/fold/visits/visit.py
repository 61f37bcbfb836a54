"""A visit: the state after the events of one visit number of one person.

A thread is the sequence of these events. It may have an appointment (Scheduling) and encounters (PatientAdmin), several
if a recurring series keeps one number. Steps that a Cancel takes back are removed before the others are folded.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ingest.fold.verbs import Book
from ingest.fold.visits.appointments import Appointment, after_booking_step, after_encounter_step, after_superseding
from ingest.fold.visits.encounters import Encounter, after_step
from ingest.fold.visits.steps import Setting, Step
from ingest.fold.visits.undoing import after_undo


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
        if step.event.canceled is not None:
            standing = after_undo(standing, step, step.event.canceled, setting)
        else:
            standing.append(step)
    return standing


def undoes(step: Step) -> bool:
    """Whether a step takes back earlier steps."""
    return step.event.canceled is not None


def advance(visit: Visit, step: Step, setting: Setting) -> Visit:
    """Return a visit after one more step that stands."""
    if step.superseded:
        return replace(visit, appointment=after_superseding(visit.appointment, step))
    course = step.event.lifecycle.course
    if isinstance(course, Book):
        return replace(visit, appointment=after_booking_step(visit.appointment, step, course))
    encounters, effect = after_step(visit.encounters, step, setting)
    return Visit(encounters, after_encounter_step(visit.appointment, effect, step))
