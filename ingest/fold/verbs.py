"""Verbs: what an event may do to records. The lifecycle rows are written in them, and the fold acts on them alone.

The verbs are few and closed. An event of a new data model is a row of verbs that are here; the fold never learns its
name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from mappings.kinds import PATIENT, At, Kind


class CourseStep(Protocol):
    """A step in the course of people, visits or bookings: what a `Course` verb carries."""

    @property
    def means(self) -> str:
        """The effect of the step, as a phrase for the page of all events."""
        ...


@dataclass(frozen=True, slots=True)
class Says:
    """The words of a block go over the words of the record that the block names."""

    kind: Kind
    at: str = ""
    """The path of the block, or of the list of blocks, in the message; nothing for the owner's own block."""
    reopens: bool = False
    """A record that an `Ends` ended is open again, with the status that these words give."""
    is_whole: bool = False
    """The block is all that there is: the words of the record that it does not say are gone."""


@dataclass(frozen=True, slots=True)
class Whole:
    """The list is all that there is: it takes the place of every record of the kind that the owner has."""

    kind: Kind
    at: str
    """The path of the list in the message; it stands in the owner's own block."""

    member: str = field(init=False)
    """The name of the list in the owner's block."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "member", self.at.rpartition(".")[2].removesuffix("[]"))


@dataclass(frozen=True, slots=True)
class Ends:
    """The record that the block names ends; later words do not reopen it, unless their verb says so."""

    kind: Kind
    word: str
    """The value of the record's leaf `ended`; the table of the kind turns it into a FHIR status."""
    at: str = ""
    is_final: bool = False
    """Nothing reopens the record, no later word changes it, and a record that is not there is not made."""


@dataclass(frozen=True, slots=True)
class Replaces:
    """The record that the block names takes the place of another one, which ends.

    Of several replacements of one record the newest counts. A record that was replaced, and then takes the place of
    another one, is current again.
    """

    kind: Kind
    at: str
    """The path of the block in the message."""
    old: str
    """The leaf of the block that names the other record; the kind has a key of one leaf."""
    word: str
    """The value of the leaf `ended` of the other record."""


@dataclass(frozen=True, slots=True)
class Course:
    """The event is a step in the course of a visit, a booking or a person."""

    step: CourseStep


Verb = Says | Whole | Ends | Replaces | Course
ItemVerb = Says | Ends | Replaces
"""Verbs on records with a key."""


# --- steps ------------------------------------------------------------------------------------------------------------


class Undoing(Enum):
    """The steps of one class that a Cancel takes back, as a phrase for the page of all events."""

    EVERY = "all of them"
    OF_ONE_STATUS = "all since another status was given"
    TO_ONE_PLACE = "the newest, and those just before it to an equal Location"
    NEWEST = "the newest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attend:
    """A step of a stay or attendance."""

    means: str
    status: str | None = None
    """The Encounter.status that the step gives; None leaves the status as it is."""
    admits: bool = False
    """After a discharge the step begins another occurrence of the visit, if it is of a later time."""
    begins: bool = False
    """Without a VisitNumber the step begins a visit of its own day."""
    finishes_by_time: bool = False
    """A DischargeDateTime that is not after the receipt finishes the encounter, whatever `status` is."""
    moves_booking: bool = True
    """The linked appointment follows the status that the step gives."""
    undone_as: str = ""
    """The class of the step. A Cancel of one event takes back steps of its class, in the newest occurrence."""
    undoing: Undoing = Undoing.NEWEST
    """Which steps of the class."""
    undone_with: frozenset[str] = frozenset()
    """Classes whose later steps presuppose the step: they are taken back with it."""
    undone_status: str = "cancelled"
    """The Encounter.status after a Cancel that finds no such step."""
    undone_leaves: frozenset[str] = frozenset()
    """Leaves of the visit that count as absent up to the Cancel and in it, once a Cancel takes the step back."""
    restores_location: bool = False
    """The Location of the Cancel counts: it is the place where the patient is again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBack:
    """A step that takes an earlier event back, or cancels the visit. Its own words only fill gaps."""

    means: str
    named_at: str
    """The path of the leaf that names the event."""
    status: str = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """A step of a booking."""

    means: str
    status: str | None = None
    """The Appointment.status that the step gives; None leaves the status as it is."""
    reopens: bool = False
    """The step books anew: it gives an ended booking a status again, and removes the leaves about the end."""
    ends: bool = False
    """The step ends the booking, whatever status its own word names. The word is answered only if it names that end."""
    first_stamps: str | None = None
    """The leaf that is set to the time of the event, unless an earlier step set it."""
    supersedes: bool = False
    """The booking under `Visit.OldVisitNumber` ends, if that is another number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """The visit of the number moves to the person of the event."""

    means: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """The record of `Patient.PreviousIdentifiers` ends in the record of the event's person."""

    means: str


# --- rows -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """The effect of one event of one data model: the verbs, and the rank among events of one moment."""

    data_model: str
    event_type: str
    rank: int
    verbs: tuple[Verb, ...]
    nulls_clear: bool = False
    """Null and `[]` in the Patient block clear, if the tenant wants so."""
    owner: At = PATIENT
    course: CourseStep | None = None
    wholes: tuple[Whole, ...] = ()
    items: tuple[ItemVerb, ...] = ()
    """Verbs on records with a key: neither people, nor visits, nor lists that are replaced whole."""
    composed: tuple[tuple[Says, Says], ...] = ()
    """Verbs on records that follow from all statements about an order, each with the verb on what is inside them."""
    is_remembered: bool = False
    """Whether the event acts on records that may come after it: it replaces or finally ends them."""

    of_visit: bool = False
    """Whether the event makes or changes a visit or a booking."""
    of_booking: bool = False
    """Whether the event is a step of a booking, which may have no person."""
    only_fills: bool = False
    """Whether the event's own Visit says only what no other event said."""
    is_clinical: bool = False
    """Whether the event says of its person only what no event of another row says; see `ingest.fold.clinical`."""


def on(
    data_model: str, event_type: str, rank: int, *verbs: Verb, of: At = PATIENT, nulls_clear: bool = False
) -> Lifecycle:
    """Return the row of one event; raises ValueError if its verbs name several steps of a course.

    `of`: where the event names its person. A path with a list makes a part of each element.
    """
    steps = [verb.step for verb in verbs if isinstance(verb, Course)]
    if len(steps) > 1:
        raise ValueError(f"{data_model}.{event_type}")
    return Lifecycle(
        data_model,
        event_type,
        rank,
        verbs,
        nulls_clear,
        owner=of,
        course=steps[0] if steps else None,
        of_visit=any(isinstance(step, Attend | TakeBack | Book) for step in steps),
        of_booking=any(isinstance(step, Book) for step in steps),
        only_fills=any(isinstance(step, TakeBack) for step in steps),
        is_clinical=not any(isinstance(verb, Says) and not verb.kind.is_item for verb in verbs),
        wholes=tuple(verb for verb in verbs if isinstance(verb, Whole)),
        items=tuple(
            verb
            for verb in verbs
            if isinstance(verb, Says | Ends | Replaces) and verb.kind.named_by and not verb.kind.within
        ),
        composed=tuple(
            (outer, inner)
            for outer in verbs
            for inner in verbs
            if isinstance(outer, Says) and isinstance(inner, Says) and inner.kind.within == outer.kind.name
        ),
        is_remembered=any(isinstance(verb, Replaces) or (isinstance(verb, Ends) and verb.is_final) for verb in verbs),
    )
