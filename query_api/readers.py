"""Readers of resources for an answer: they read the members that the answer has or is sorted by, and no others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mappings.fhir.encounter import ENCOUNTER
from mappings.fhir.patient import PATIENT
from mappings.notation import EXTENSIONS, FieldMap
from mappings.redox.leaves import members
from mappings.redox.listings import RecordPatient
from query_api.question import Json

if TYPE_CHECKING:
    from pydantic import BaseModel

_OF_A_PERSON = ("id", "Identifiers", "Demographics")
"""The members by which people are recognised and sorted, whether an answer has them or not."""
_OF_A_VISIT = ("id", "patient", "status", "VisitNumber", "VisitDateTime")


@dataclass(frozen=True, slots=True, eq=False)
class Reader:
    """A function from the resources of a kind to the members of their records that an answer needs."""

    read: Callable[[Json], Json]
    elements: tuple[str, ...]
    """The elements of a resource that the function reads."""


@dataclass(frozen=True, slots=True)
class Readers:
    """The readers of the visits and of the people that a search finds."""

    visit: Reader
    person: Reader
    is_whole: bool = False
    """Whether they read everything, and the allergies of people are wanted, too."""


def readers(visit: FieldMap, told: type[BaseModel], person: type[BaseModel]) -> Readers:
    """Return the readers for an answer with these blocks of a visit and of a person."""
    return Readers(_reader(visit, told, _OF_A_VISIT), _reader(PATIENT, person, _OF_A_PERSON))


def _reader(table: FieldMap, told: type[BaseModel], needed: tuple[str, ...]) -> Reader:
    named = dict.fromkeys((*needed, *(member.name for member in members(told)), EXTENSIONS))
    wanted = [name for name in named if name in table.members]
    return Reader(table.reading(*wanted), table.elements(*wanted))


WHOLE_PEOPLE = Reader(PATIENT.to_redox, ())
"""The reader of all that is known of people."""

PEOPLE = _reader(PATIENT, RecordPatient, _OF_A_PERSON)
"""The reader of people for an answer that has only their identifiers."""


def block_of(model: type[BaseModel], name: str) -> type[BaseModel]:
    """Return the model of the block that a member of a response has; raises TypeError if it has none."""
    found = next(member.block for member in members(model) if member.name == name)
    if found is None:
        raise TypeError(name)
    return found


def whole_readers(visit: FieldMap) -> Readers:
    """Return the readers of everything that was said of visits and of people."""
    return Readers(Reader(visit.to_redox, ()), WHOLE_PEOPLE, is_whole=True)


def stays(patient: type[BaseModel]) -> Readers:
    """Return the readers for an answer of patients with visits."""
    return readers(ENCOUNTER, block_of(patient, "Visits"), patient)
