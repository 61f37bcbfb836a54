"""Undo: the steps of a visit that a Cancel takes back. The class of a step and how far a Cancel reaches are rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ingest.fold.events import Json
from ingest.fold.overlay import overlay
from ingest.fold.verbs import Attend, TakeBack, Undoing
from ingest.fold.visits.encounters import Encounter, after_step
from ingest.fold.visits.steps import Setting, Step


def after_undo(standing: Sequence[Step], cancel: Step, canceled: Attend, setting: Setting) -> list[Step]:
    """Return the steps that stand after a Cancel, the Cancel itself as the last of them.

    `canceled`: the step that the Cancel names. Only the newest occurrence is looked at.
    """
    start, given = _occurrence(standing, setting)
    taken = set(_run(standing, given, start, canceled))
    if taken:
        after = range(min(taken), len(standing))
        taken.update(index for index in after if _class(standing[index]) in canceled.undone_with)
    kept = [
        replace(step, unsaid=step.unsaid | canceled.undone_leaves) if index >= start else step
        for index, step in enumerate(standing)
        if index not in taken
    ]
    return [*kept, replace(cancel, undid=bool(taken), unsaid=canceled.undone_leaves)]


def _occurrence(standing: Sequence[Step], setting: Setting) -> tuple[int, list[str | None]]:
    """Return the index of the first step of the newest occurrence, and the status that each step gave."""
    start, encounters, without_findings = 0, tuple[Encounter, ...](), Setting(setting.zone)
    given: list[str | None] = []
    for index, step in enumerate(standing):
        if not _is_of_the_stay(step):
            given.append(None)
            continue
        count = len(encounters)
        encounters, status = after_step(encounters, step, without_findings)
        given.append(status)
        if len(encounters) > max(count, 1):
            start = index
    return start, given


def _run(standing: Sequence[Step], given: Sequence[str | None], start: int, canceled: Attend) -> Iterator[int]:
    """Give the indices of the steps of the class that a Cancel takes back, the newest first."""
    newest: Step | None = None
    for index in reversed(range(start, len(standing))):
        step = standing[index]
        if _undid(step, canceled) or (newest is not None and _ends_run(step, given[index], newest, canceled)):
            return
        if _class(step) == canceled.undone_as:
            newest = newest or step
            yield index


def _undid(step: Step, canceled: Attend) -> bool:
    """Whether a step is an earlier Cancel that took steps of the same class back, all that there were."""
    before = step.event.canceled
    is_whole = canceled.undoing in {Undoing.EVERY, Undoing.OF_ONE_STATUS}
    return is_whole and step.undid and before is not None and before.undone_as == canceled.undone_as


def _ends_run(step: Step, given: str | None, newest: Step, canceled: Attend) -> bool:
    """Whether the steps that a Cancel takes back, of which one is known, begin after this step."""
    is_alike = _class(step) == canceled.undone_as
    match canceled.undoing:
        case Undoing.EVERY:
            return False
        case Undoing.NEWEST:
            return True
        case Undoing.OF_ONE_STATUS:
            return _counts(step) and not is_alike and given not in {None, canceled.status}
        case Undoing.TO_ONE_PLACE:
            return _counts(step) and not (is_alike and _place(step) == _place(newest))


def _counts(step: Step) -> bool:
    """Whether a step is more than a change of the visit, or of its booking, between others."""
    course = step.event.lifecycle.course
    return _is_of_the_stay(step) and not (isinstance(course, Attend) and course.status is None)


def _is_of_the_stay(step: Step) -> bool:
    return not step.superseded and isinstance(step.event.lifecycle.course, Attend | TakeBack)


def _class(step: Step) -> str | None:
    course = step.event.lifecycle.course
    return course.undone_as if isinstance(course, Attend) else None


def _place(step: Step) -> Json:
    """Return the Location that a step says, without the leaves that it clears."""
    return overlay({}, {"Location": step.visit.get("Location", {})})
