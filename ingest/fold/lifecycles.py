"""Lifecycles: what each event of each data model does, one row for each event. The number is its rank.

Among events of one moment the lower rank comes first: what makes a thing comes before what changes and ends it. Ranks
come from fixed bands with gaps, and a rank never changes once it is released: make 100, admit 200, change 300, miss
400, end 500, undo 600, move 700, merge 800, word about the person 900.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ingest.fold.verbs import (
    Attend,
    Book,
    Course,
    CourseStep,
    Ends,
    Lifecycle,
    Merge,
    Move,
    Replaces,
    Says,
    TakeBack,
    Undoing,
    Whole,
    on,
)
from mappings.kinds import ALLERGY, APPOINTMENT, ENCOUNTER, NOTE, PERSON, REPORT, RESULT, Kind

ALLERGIES = Whole(ALLERGY, at="Patient.Allergies[]")
_PLAN, _PRESENCE, _MOVE, _CHANGE, _DISCHARGE = "plan", "presence", "move", "change", "discharge"

PREADMIT = Attend(
    means="plans the visit",
    status="planned",
    admits=True,
    begins=True,
    undone_as=_PLAN,
    undoing=Undoing.OF_ONE_STATUS,
)
ADMIT = Attend(
    means="begins the visit",
    status="in-progress",
    admits=True,
    begins=True,
    undone_as=_PRESENCE,
    undoing=Undoing.EVERY,
    undone_with=frozenset({_MOVE, _DISCHARGE}),
)
TRANSFER = Attend(
    means="moves the patient, and begins the visit if nothing did",
    status="in-progress",
    admits=True,
    finishes_by_time=True,
    moves_booking=False,
    undone_as=_MOVE,
    undoing=Undoing.TO_ONE_PLACE,
    undone_status="in-progress",
    restores_location=True,
)
UPDATE = Attend(means="changes the visit", finishes_by_time=True, undone_as=_CHANGE)
DISCHARGE = Attend(
    means="finishes the visit",
    status="finished",
    undone_as=_DISCHARGE,
    undoing=Undoing.OF_ONE_STATUS,
    undone_status="in-progress",
    undone_leaves=frozenset({"DischargeDateTime", "DischargeStatus", "DischargeLocation"}),
)
TAKE_BACK = TakeBack(
    means="takes back the event that CanceledEvent names; without CanceledEvent it cancels the visit",
    named_at="Meta.CanceledEvent",
)
BOOK = Book(means="books the appointment", status="booked", reopens=True, first_stamps="ScheduledDateTime")
RESCHEDULE = Book(means="books the appointment at another time", status="booked", reopens=True, supersedes=True)
MODIFY = Book(means="changes the appointment, and books it if nothing did")
MISS = Book(means="marks the appointment as missed", status="noshow", ends=True)
CALL_OFF = Book(means="cancels the appointment", status="cancelled", ends=True)

LIFECYCLES: tuple[Lifecycle, ...] = (
    on("PatientAdmin", "NewPatient", 100, Says(PERSON), ALLERGIES, nulls_clear=True),
    on("PatientAdmin", "PreAdmit", 200, Says(PERSON), ALLERGIES, Course(PREADMIT)),
    on("PatientAdmin", "Registration", 210, Says(PERSON), ALLERGIES, Course(ADMIT)),
    on("PatientAdmin", "Arrival", 220, Says(PERSON), ALLERGIES, Course(ADMIT)),
    on("PatientAdmin", "Transfer", 300, Says(PERSON), ALLERGIES, Course(TRANSFER)),
    on("PatientAdmin", "VisitUpdate", 330, Says(PERSON), ALLERGIES, Course(UPDATE)),
    on("PatientAdmin", "Discharge", 500, Says(PERSON), ALLERGIES, Course(DISCHARGE)),
    on("PatientAdmin", "Cancel", 600, Says(PERSON), ALLERGIES, Course(TAKE_BACK)),
    on(
        "PatientAdmin", "VisitMerge", 700, Says(PERSON), ALLERGIES, Course(Move(means="moves the visit to this person"))
    ),
    on(
        "PatientAdmin",
        "PatientMerge",
        800,
        Says(PERSON),
        ALLERGIES,
        Course(Merge(means="ends the record of PreviousIdentifiers in this person's")),
    ),
    # The word about the person comes last: the other events of a moment repeat what is known of whom they are about.
    on("PatientAdmin", "PatientUpdate", 900, Says(PERSON), ALLERGIES, nulls_clear=True),
    on("Notes", "New", 100, ALLERGIES, Says(NOTE, at="Note")),
    on(
        "Notes",
        "Replace",
        320,
        ALLERGIES,
        Says(NOTE, at="Note", is_whole=True),
        Replaces(NOTE, at="Note", old="OriginalDocumentID", word="Replace"),
    ),
    on("Notes", "Delete", 520, ALLERGIES, Ends(NOTE, "Delete", at="Note", is_final=True)),
    on("Results", "New", 100, ALLERGIES, Says(REPORT, at="Orders[]"), Says(RESULT, at="Orders[].Results[]")),
    on("Results", "NewUnsolicited", 110, ALLERGIES, Says(REPORT, at="Orders[]"), Says(RESULT, at="Orders[].Results[]")),
    on("Scheduling", "New", 110, Says(PERSON), ALLERGIES, Course(BOOK)),
    on("Scheduling", "Reschedule", 310, Says(PERSON), ALLERGIES, Course(RESCHEDULE)),
    on("Scheduling", "Modification", 320, Says(PERSON), ALLERGIES, Course(MODIFY)),
    on("Scheduling", "NoShow", 400, Says(PERSON), ALLERGIES, Course(MISS)),
    on("Scheduling", "Cancel", 600, Says(PERSON), ALLERGIES, Course(CALL_OFF)),
)
"""Every event that is folded. An event that is not here is kept in the journal as unmapped."""

NOT_FOLDED = 999
"""The rank of an event that has no row: after all others of its moment."""

WHOLES = {whole.member: whole.kind for row in LIFECYCLES for whole in row.wholes}
"""The kinds whose records are the elements of a list that is replaced whole, by the member of the owner's block."""

_BY_NAME = {(row.data_model, row.event_type): row for row in LIFECYCLES}
_BY_WORD = {(row.data_model, "".join(row.event_type.lower().split())): row for row in LIFECYCLES}


def lifecycle(data_model: str, event_type: str) -> Lifecycle | None:
    """Return the row of an event, or None if the event is not folded."""
    return _BY_NAME.get((data_model, event_type))


_COURSE_OF: Mapping[type[CourseStep], Kind] = {
    Attend: ENCOUNTER,
    TakeBack: ENCOUNTER,
    Move: ENCOUNTER,
    Book: APPOINTMENT,
    Merge: PERSON,
}
"""The kind whose course each sort of step is part of."""


def homes_of(row: Lifecycle) -> Iterator[tuple[str, Kind]]:
    """Give the kinds that an event's words go to: the path that leads to the words, and the kind.

    Of the paths that fit a leaf the first one counts. A kind that keeps members from beside its own block has an empty
    path: its table knows these members by their own names.
    """
    for whole in row.wholes:
        yield f"{whole.at}.", whole.kind
    for outer, inner in row.composed:
        yield f"{inner.at}.", inner.kind
        yield f"{outer.at}.", outer.kind
    for item in row.items:
        yield f"{item.at or row.owner.path}.", item.kind
    yield f"{row.owner.path}.", PERSON
    for item in (*row.items, *(outer for outer, _ in row.composed)):
        yield "", item.kind
    course = _COURSE_OF.get(type(row.course)) if row.course is not None else None
    if course is not None and course is not PERSON:
        yield "Visit.", course
        yield "", course


UNKNOWN_EVENT, NOT_OF_A_VISIT = "CanceledEventUnknown", "CancelNotOfAVisit"
"""The issues of a Cancel that takes nothing back: it names no event that can be taken back, or one of no visit."""


def named_in(row: Lifecycle, word: str) -> tuple[Attend | None, str | None]:
    """Return the step of the event that a Cancel names, in any case, or else the code of the issue."""
    found = _BY_WORD.get((row.data_model, "".join(word.lower().split())))
    if found is None or isinstance(found.course, TakeBack):
        return None, UNKNOWN_EVENT
    return (found.course, None) if isinstance(found.course, Attend) else (None, NOT_OF_A_VISIT)
