"""People in questions and answers: who is meant by identifiers, and the identifiers and the order that answers have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from mappings.fhir.patient import PATIENT
from mappings.redox.identifier_types import type_of
from mappings.redox.no_identifier import names_nobody
from query_api.errors import PatientUnidentified
from query_api.question import Json, Key, Question
from store import search
from store.conditions import Condition, is_any

SSN = "SSN"
"""The type of an identifier that is a social security number."""


@dataclass(frozen=True, slots=True)
class PatientCriterion:
    """A patient of a question: a person is meant who has all of these identifiers."""

    identifiers: list[Json]
    first: Json
    """The first identifier that a search can use; the search looks the patient up by it."""
    identifying_types: Sequence[str] = ()
    """The types that the tenant lists; if it lists none, spellings of one type, such as MR and MRN, are one type."""


PatientCriteria = tuple[PatientCriterion, ...]
"""The patients of a question: a person is meant whom one of them means."""


def patients_asked_for(asked: Question, patients: Iterable[Json], place: str) -> PatientCriteria:
    """Return the criteria of a list of patients; raises PatientUnidentified if one has no identifier that can be used.

    `place`: the path of the list in the question, for the error.
    """
    return tuple(_sought(asked, patient, f"{place}[{position}]") for position, patient in enumerate(patients))


def _sought(asked: Question, patient: Json, place: str) -> PatientCriterion:
    identifiers = patient.get("Identifiers", [])
    known = usable(asked, identifiers)
    if not known:
        raise PatientUnidentified(f"{place}.Identifiers")
    return PatientCriterion(identifiers, known[0], asked.identifying_types)


def usable(asked: Question, identifiers: Iterable[Json]) -> list[Json]:
    """Return the identifiers that a search can use: they have a type, and an ID that is no word such as `UNKNOWN`."""
    return [each for each in identifiers if "IDType" in each and "ID" in each and is_named(asked, each["ID"])]


def is_named(asked: Question, number: str) -> bool:
    """Return whether a number, such as the ID of an identifier, identifies anybody at all."""
    return not names_nobody(number, asked.no_identifier)


def may_be(people: PatientCriteria, key: Key) -> Condition:
    """Return the condition that a person has the first usable identifier of one of these; `is_meant` then decides."""
    return is_any("identifier", [token for sought in people for token in tokens(sought.first, key)])


def is_meant(person: Json, people: PatientCriteria) -> bool:
    """Return whether a person has all identifiers of one of these."""
    return any(holds(person, sought.identifiers, sought.identifying_types) for sought in people)


def holds(person: Json, identifiers: Iterable[Json], identifying_types: Sequence[str] = ()) -> bool:
    """Return whether a person has all of these identifiers. Ended identifiers and the SSN count.

    Spellings of one type, such as MR and MRN, are one type, unless the tenant named its types.
    """
    ssn = person.get("Demographics", {}).get("SSN")
    listed = tuple(identifying_types)
    known: set[Pair] = {(SSN, ssn)} if ssn else set()
    known.update(_pair(one, listed) for one in person.get("Identifiers", ()))
    # An identifier may be asked for by its type or its ID alone.
    known.update([part for id_type, value in known for part in ((id_type, None), (None, value), (None, None))])
    return all(_pair(asked, listed) in known for asked in identifiers)


Pair = tuple[str | None, str | None]
"""The name of an identifier's type and its ID; None if the question leaves it out."""


def _pair(identifier: Json, listed: tuple[str, ...]) -> Pair:
    id_type, value = identifier.get("IDType"), identifier.get("ID")
    return type_of(id_type.strip(), listed).name if id_type else None, value.strip() if value else None


def tokens(identifier: Json, key: Key) -> list[str]:
    """Return the search tokens of an identifier, of which a person has one: an SSN may be a leaf or an identifier."""
    known: list[Json] = [{"Identifiers": [identifier]}]
    if identifier["IDType"] == SSN:
        known.append({"Demographics": {"SSN": identifier["ID"]}})
    return [token for person in known for token in search.parameters(PATIENT.to_fhir(person), key)["identifier"]]


def without_ended_identifiers(person: Json) -> Json:
    """Return a person without the identifiers that ended in a merge, as answers have it."""
    current = [identifier for identifier in person.get("Identifiers", ()) if not identifier.get("ended")]
    return {**person, "Identifiers": current}


def by_name(person: Json) -> tuple[Any, ...]:
    """Return the sort key of a person: name, date of birth, identifiers."""
    who = person.get("Demographics", {})
    name = [search.comparable(who.get(part, "")) for part in ("LastName", "FirstName", "MiddleName")]
    held = [(identifier.get("IDType", ""), identifier.get("ID", "")) for identifier in person.get("Identifiers", ())]
    return (*name, who.get("DOB", ""), held)
