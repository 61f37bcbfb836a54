"""The kinds of record that events make, one row a kind: its name, its FHIR table, its key.

Whatever must know all kinds (loading, the fold, `fields`, the law Account) reads these rows.
Adding a kind is adding a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mappings.fhir.allergy import ALLERGY as ALLERGY_TABLE
from mappings.fhir.appointment import APPOINTMENT as APPOINTMENT_TABLE
from mappings.fhir.diagnostic_report import DIAGNOSTIC_REPORT
from mappings.fhir.document_reference import NOTE as NOTE_TABLE
from mappings.fhir.encounter import ENCOUNTER as ENCOUNTER_TABLE
from mappings.fhir.observation import OBSERVATION
from mappings.fhir.patient import PATIENT as PATIENT_TABLE
from mappings.notation import FieldMap

Json = dict[str, Any]

EVENT, PLACE = "<event>", "<place>"
"""Tokens in a key: the identity of the event that says the record, and the record's place in the event's list."""


@dataclass(frozen=True, slots=True)
class At:
    """An owner by the path of its block in a message, such as `Patient` or `Subscribers[].Patients[]`.

    A path with a list makes the message fall into parts: one part for each element that the path leads to.
    """

    path: str

    def blocks(self, message: Json) -> Iterator[tuple[Json, Json]]:
        """Give, for each owner, the part of the message that speaks of this owner, and the owner's own block.

        Within a part every list on the path has one element, so what stands above the block is still there. A message
        without such a block gives nothing.
        """
        if "." in self.path or self.has_list:
            yield from _narrowed(message, self.path.split("."))
        elif isinstance(block := message.get(self.path), dict):  # as of nearly every event
            yield message, block

    @property
    def has_list(self) -> bool:
        """Whether one message may name several owners."""
        return "[]" in self.path


def _narrowed(message: Json, steps: list[str]) -> Iterator[tuple[Json, Json]]:
    name, *rest = steps
    member = name.removesuffix("[]")
    found = message.get(member)
    for inner in found if isinstance(found, list) else [found]:
        if not isinstance(inner, dict):
            continue
        for part, block in _narrowed(inner, rest) if rest else [(inner, inner)]:
            yield {**message, member: [part] if name != member else part}, block


PATIENT = At("Patient")
"""The owner of most kinds of record: the person of the message's Patient block."""


@dataclass(frozen=True, slots=True)
class Alias:
    """Two numbers of one thing. The first decides which thing it is.

    The second finds a thing only for those who do not say the first, and only if exactly one thing of the owner has it.
    """

    number: str
    other: str


@dataclass(frozen=True, slots=True)
class Provisional:
    """An order of words that is not time: provisional words come before all final ones.

    Only words that were completed later than the newest final word come after it.
    """

    leaf: str
    """The leaf whose word tells whether the words are provisional."""
    words: frozenset[str]
    later: str
    """The leaf with the time of completion."""


Alternatives = tuple[tuple[str, ...], ...]
"""The keys that a record may have inside its owner, best first. A key is a list of paths: the first key of which a
block has every path names the record."""


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """One kind of record that events make."""

    name: str
    """Its name in documents and journal keys; it never changes once data are stored."""
    table: FieldMap
    """How a record of the kind becomes a FHIR resource, and is read back."""
    named_by: Alternatives = ()
    """Paths inside the record's block, or EVENT or PLACE; a path that ends in `?` may be absent. A block that has none
    of the alternatives makes a record of its own event and place. Empty for kinds that are no items: people are told
    apart by identifiers, visits by number, elements of a list by their place."""
    beside: tuple[str, ...] = ()
    """Members of the message that are kept with the record, next to the words of its own block."""
    alias: Alias | None = None
    """In place of `named_by`: the numbers of the order that a record belongs to. Such a record follows from all
    statements about its order; see `ingest.fold.composition`."""
    last: tuple[str, ...] = ()
    """The leaves that tell the records of one order apart. A block without them means the only or the newest record."""
    within: str = ""
    """The name of the kind whose records hold the records of this kind."""
    paired_by: str = ""
    """The leaf by which records of one name inside one record are told apart, before their place."""
    precedence: Provisional | None = None
    hides: tuple[str, str] | None = None
    """A leaf and the word with which a record inside another is not answered."""
    lifts: tuple[tuple[str, str], ...] = ()
    """Leaves of a record that have the values of a leaf of all records inside it, so that it is found by them: its own
    leaf, and the leaf of the records inside; hidden records are left out."""
    asked_by: tuple[tuple[str, ...], ...] = ()
    """Paths of leaves that questions look records up by, and that may change; in groups, of which a question compares
    the leaves together. What was ever said of them is kept, so that questions about the past find the record."""

    type: str = field(init=False)
    """The FHIR type of its resources, which is the name of their collection."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "type", self.table.type)

    @property
    def is_item(self) -> bool:
        """Whether events name the records of the kind by a key inside their owner."""
        return bool(self.named_by or self.alias)

    def __reduce__(self) -> tuple[Callable[[str], Kind], tuple[str]]:
        """Pickle a kind by its name, because each process has one object for each kind."""
        return kind_named, (self.name,)


def kind_named(name: str) -> Kind:
    """Return the kind that has this name; raises KeyError if there is none."""
    return _BY_NAME[name]


_NAME, _BORN, _SSN = ("Demographics.FirstName", "Demographics.LastName"), "Demographics.DOB", "Demographics.SSN"
_PLACE = (("Location.Department",), ("Location.Facility",))
_PROVIDERS = tuple(
    (f"{provider}.{leaf}",) for provider in ("AttendingProvider", "VisitProvider") for leaf in ("ID", "LastName")
)

PERSON = Kind("patient", PATIENT_TABLE, asked_by=((*_NAME, _BORN), (_SSN, _BORN), (_SSN,)))
ENCOUNTER = Kind("encounter", ENCOUNTER_TABLE, asked_by=(("PatientClass",), *_PLACE))
APPOINTMENT = Kind("appointment", APPOINTMENT_TABLE, asked_by=(("VisitDateTime",), ("Reason",), *_PLACE, *_PROVIDERS))
ALLERGY = Kind("allergy", ALLERGY_TABLE)
_COMPLETED = "CompletionDateTime"
_PROVISIONAL = frozenset({"Preliminary", "In Process", "Incomplete"})
REPORT = Kind(
    "report",
    DIAGNOSTIC_REPORT,
    alias=Alias("ID", "ApplicationOrderID"),
    last=("Procedure.Code", "Procedure.Codeset"),
    beside=("Visit",),
    precedence=Provisional("ResultsStatus", _PROVISIONAL, later=_COMPLETED),
    asked_by=(
        ("ID",),
        ("ApplicationOrderID",),
        ("ResultsStatus",),
        (_COMPLETED,),
        ("Procedure.Code", "Procedure.Codeset"),
        ("Visit.Location.Department",),
    ),
    lifts=(("groups", "RelatedGroupID"),),
)
RESULT = Kind(
    "result",
    OBSERVATION,
    within="report",
    named_by=(("Code", "Codeset?", "RelatedGroupID?", "Specimen.ID?"),),
    paired_by=_COMPLETED,
    precedence=Provisional("Status", _PROVISIONAL, later=_COMPLETED),
    hides=("Status", "Deleted"),
)
NOTE = Kind("note", NOTE_TABLE, named_by=(("DocumentID",),), beside=("Visit", "Orders"))

KINDS: tuple[Kind, ...] = (
    PERSON,
    ENCOUNTER,
    APPOINTMENT,
    ALLERGY,
    NOTE,
    REPORT,
    RESULT,
)
"""Every kind, in the order in which documentation and export list them."""

VISITS: tuple[Kind, ...] = (ENCOUNTER, APPOINTMENT)
"""The kinds whose status follows from a course of events, in the order in which the store reads them."""


_BY_NAME: Mapping[str, Kind] = {kind.name: kind for kind in KINDS}
