"""The page of the documentation that says what each event does, printed from the lifecycle rows."""

from __future__ import annotations

from collections.abc import Iterator

from ingest.fold.lifecycles import LIFECYCLES
from ingest.fold.verbs import NO_CLASS, Attend, Course, Ends, Lifecycle, Says, Verb, Whole
from mappings.kinds import PERSON

_HEAD = """# What each event does

Every event that is folded is a row here. An event of any other data model is kept in the journal as unmapped, and
folded once a version has a row for it. The page is printed from `ingest/fold/lifecycles.py`; a test compares the two.

Events are folded in the order of their effective time. Among events of one moment the lower rank comes first: what
makes a thing comes before what changes and ends it. A rank never changes once it is released.

*Status* is the `Encounter.status` of a visit, or the `Appointment.status` of a booking, that the event gives; without
one the status stays. A Cancel with a `CanceledEvent` counts the events of that class, or the newest such event, as
unsaid.

| rank | event | what it does | status | taken back with |
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
    """Return the events that one Cancel takes back together with an event; empty if it is not a step of a visit."""
    if not isinstance(row.course, Attend):
        return ""
    alike = [other.event_type for other in LIFECYCLES if other.course == row.course]
    return ", ".join(alike) if row.course.undone_as != NO_CLASS else "the newest alone"


def _sentences(row: Lifecycle) -> Iterator[str]:
    if row.nulls_clear:
        yield "updates the patient, where null and `[]` clear if the tenant chose `person-updates = replace`"
    for verb in row.verbs:
        if not (row.nulls_clear and isinstance(verb, Says) and verb.kind is PERSON):
            yield _sentence(verb)


def _sentence(verb: Verb) -> str:
    match verb:
        case Says(kind, reopens=reopens):
            opened = ", and opens it again if it ended" if reopens else ""
            return f"updates the {kind.name}{opened}"
        case Whole():
            return f"replaces the patient's `{verb.member}`"
        case Ends(kind):
            return f"ends the {kind.name}"
        case Course(step):
            return step.means
