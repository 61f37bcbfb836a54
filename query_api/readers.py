"""How records are read for an answer: of each resource only the members that the answer tells, or is ordered by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mappings.fhir.encounter import ENCOUNTER
from mappings.fhir.patient import PATIENT
from mappings.notation import EXTENSIONS, FieldMap
from mappings.redox.leaves import members
from mappings.redox.listings import RecordPatient
from query_api.asking import Json

if TYPE_CHECKING:
    from pydantic import BaseModel

_OF_A_PERSON = ("id", "Identifiers", "Demographics")
"""What a person is known and ordered by, whatever is told of them."""
_OF_A_VISIT = ("id", "patient", "status", "VisitNumber", "VisitDateTime")


@dataclass(frozen=True, slots=True, eq=False)
class Reader:
    """From the resources of a kind to the parts of their records that are needed."""

    read: Callable[[Json], Json]
    elements: tuple[str, ...]
    """What it looks at in a resource."""


@dataclass(frozen=True, slots=True)
class Readers:
    """From the resources that a search finds to records."""

    visit: Reader
    person: Reader


def readers(visit: FieldMap, told: type[BaseModel], person: type[BaseModel]) -> Readers:
    """Readers of visits of which a block is told, and of their people, of whom another is."""
    return Readers(_reader(visit, told, _OF_A_VISIT), _reader(PATIENT, person, _OF_A_PERSON))


def _reader(table: FieldMap, told: type[BaseModel], needed: tuple[str, ...]) -> Reader:
    named = dict.fromkeys((*needed, *(member.name for member in members(told)), EXTENSIONS))
    wanted = [name for name in named if name in table.members]
    return Reader(table.reading(*wanted), table.elements(*wanted))


PEOPLE = _reader(PATIENT, RecordPatient, _OF_A_PERSON)
"""The reader of people of whom nothing but identifiers is told."""


def block_of(model: type[BaseModel], name: str) -> type[BaseModel]:
    """The block under a member of a response."""
    found = next(member.block for member in members(model) if member.name == name)
    if found is None:
        raise TypeError(name)
    return found


def stays(patient: type[BaseModel]) -> Readers:
    """Readers for an answer of patients with their stays."""
    return readers(ENCOUNTER, block_of(patient, "Visits"), patient)
