"""The documentation page about the effect of each event, made from the lifecycle rows."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ingest.fold.lifecycles import LIFECYCLES
from ingest.fold.verbs import Attend, Course, Ends, Lifecycle, Replaces, Says, Verb, Whole
from mappings.kinds import PERSON

_HEAD = """# What each event does

Every event that is folded is a row here. An event of any other data model is kept in the journal as unmapped, and
folded once a version has a row for it. The page is printed from `ingest/fold/lifecycles.py`; a test compares the two.

Events are folded in the order of their effective time. Among events of one moment the lower rank comes first: what
makes a thing comes before what changes and ends it. A rank never changes once it is released.

*Status* is the `Encounter.status` of a visit, or the `Appointment.status` of a booking, that the event gives; without
one the status stays.

A Cancel with a `CanceledEvent` counts the events of the last column as unsaid: of the newest occurrence of the visit,
those since the last Cancel of them. VisitUpdates between them do not count. A word that names no event that can be
taken back cancels nothing, and is an issue.

| rank | event | what it does | status | taken back by its Cancel |
|---|---|---|---|---|
"""


def page() -> str:
    """Return the page as Markdown."""
    return _HEAD + "".join(_row(row) for row in sorted(LIFECYCLES, key=lambda row: (row.rank, row.data_model)))


def _row(row: Lifecycle) -> str:
    does = "; ".join(_sentences(row))
    status = getattr(row.course, "status", None) or ""
    return f"| {row.rank} | {row.data_model}.{row.event_type} | {does} | {status} | {_taken_back_with(row)} |\n"


def _taken_back_with(row: Lifecycle) -> str:
    """Return the events that a Cancel of an event takes back; empty if the event is not a step of a visit."""
    if not isinstance(row.course, Attend):
        return ""
    also = f"; later {_of_classes(row.course.undone_with)}" if row.course.undone_with else ""
    return f"{_of_classes({row.course.undone_as})}: {row.course.undoing.value}{also}"


def _of_classes(classes: Collection[str]) -> str:
    """Return the types of the events whose steps are of these classes."""
    rows = (row for row in LIFECYCLES if isinstance(row.course, Attend) and row.course.undone_as in classes)
    return ", ".join(row.event_type for row in rows)


def _sentences(row: Lifecycle) -> Iterator[str]:
    if row.nulls_clear:
        yield "updates the patient, where null and `[]` clear if the tenant chose `person-updates = replace`"
    for verb in row.verbs:
        if not (row.nulls_clear and isinstance(verb, Says) and verb.kind is PERSON):
            yield _sentence(verb)


def _sentence(verb: Verb) -> str:
    match verb:
        case Says(kind, reopens=reopens, is_whole=is_whole):
            opened = ", and opens it again if it ended" if reopens else ""
            return f"{'says all of' if is_whole else 'updates'} the {kind.name}{opened}"
        case Whole():
            return f"replaces the patient's `{verb.member}`"
        case Ends(kind, is_final=is_final):
            return f"ends the {kind.name}{' for good' if is_final else ''}"
        case Replaces(kind, old=old):
            return f"ends the {kind.name} that `{verb.at}.{old}` names, and has its place"
        case Course(step):
            return step.means
