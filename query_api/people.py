"""People in questions and answers: who is meant by identifiers, what is told of them, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from mappings.fhir.patient import PATIENT
from mappings.redox.identifier_types import type_of
from mappings.redox.no_identifier import names_nobody
from query_api.asking import Asked, Json, Key
from query_api.errors import PatientUnidentified
from store import search
from store.conditions import Condition, is_any

SSN = "SSN"
"""The type of an identifier that is a social security number."""


@dataclass(frozen=True, slots=True)
class Sought:
    """A patient asked for, by all of some identifiers."""

    identifiers: list[Json]
    first: Json
    """The first that is usable: a search looks the patient up by it."""
    identifying_types: Sequence[str] = ()
    """The types that the tenant named; if there are none, spellings of one type are one type."""


Wanted = tuple[Sought, ...]
"""Patients, any of whom is meant."""


def wanted(asked: Asked, patients: Iterable[Json], place: str) -> Wanted:
    """The patients asked for; raises PatientUnidentified where a patient has no usable identifier."""
    return tuple(_sought(asked, patient, f"{place}[{position}]") for position, patient in enumerate(patients))


def _sought(asked: Asked, patient: Json, place: str) -> Sought:
    identifiers = patient.get("Identifiers", [])
    known = usable(asked, identifiers)
    if not known:
        raise PatientUnidentified(f"{place}.Identifiers")
    return Sought(identifiers, known[0], asked.identifying_types)


def usable(asked: Asked, identifiers: Iterable[Json]) -> list[Json]:
    """The identifiers that a search can go by: those with a type and with an ID that is no word for none."""
    return [each for each in identifiers if "IDType" in each and "ID" in each and is_named(asked, each["ID"])]


def is_named(asked: Asked, number: str) -> bool:
    """Whether the ID of an identifier, or another number of somebody, names anybody at all."""
    return not names_nobody(number, asked.no_identifier)


def may_be(people: Wanted, key: Key) -> Condition:
    """Finds whoever holds the first usable identifier of any of these; `is_meant` decides."""
    return is_any("identifier", [token for sought in people for token in tokens(sought.first, key)])


def is_meant(person: Json, people: Wanted) -> bool:
    """Whether a person holds all identifiers of one of these."""
    return any(holds(person, sought.identifiers, sought.identifying_types) for sought in people)


def holds(person: Json, identifiers: Iterable[Json], identifying_types: Sequence[str] = ()) -> bool:
    """Whether all of these identifiers are the person's: those that have ended too, and the SSN.

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
"""The one name of an identifier's type, and its ID; None for what is not said."""


def _pair(identifier: Json, listed: tuple[str, ...]) -> Pair:
    id_type, value = identifier.get("IDType"), identifier.get("ID")
    return type_of(id_type.strip(), listed).name if id_type else None, value.strip() if value else None


def tokens(identifier: Json, key: Key) -> list[str]:
    """The search tokens of a whole identifier, one or the other: an SSN is known as such or by its type."""
    known: list[Json] = [{"Identifiers": [identifier]}]
    if identifier["IDType"] == SSN:
        known.append({"Demographics": {"SSN": identifier["ID"]}})
    return [token for person in known for token in search.parameters(PATIENT.to_fhir(person), key)["identifier"]]


def told(person: Json) -> Json:
    """A person as answers tell of one: identifiers that have ended are not said."""
    current = [identifier for identifier in person.get("Identifiers", ()) if not identifier.get("ended")]
    return {**person, "Identifiers": current}


def by_name(person: Json) -> tuple[Any, ...]:
    """The order of people: name, date of birth, identifiers."""
    who = person.get("Demographics", {})
    name = [search.comparable(who.get(part, "")) for part in ("LastName", "FirstName", "MiddleName")]
    held = [(identifier.get("IDType", ""), identifier.get("ID", "")) for identifier in person.get("Identifiers", ())]
    return (*name, who.get("DOB", ""), held)
