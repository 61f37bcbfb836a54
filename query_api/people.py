"""People in questions and answers: who is meant by identifiers, what is told of them, and in which order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mappings.fhir.patient import PATIENT
from query_api.asking import Json, Key
from query_api.comparing import matches
from query_api.errors import PatientUnidentified
from store import search
from store.conditions import Condition, is_any

SSN = "SSN"
"""The type of an identifier that is a social security number."""

Wanted = tuple[list[Json], ...]
"""Patients, any of whom is meant, each by all of some identifiers."""


def wanted(patients: Iterable[Json], place: str) -> Wanted:
    """The identifiers of the patients asked for; raises PatientUnidentified where a patient has no whole one."""
    listed = tuple(patient.get("Identifiers", []) for patient in patients)
    for position, identifiers in enumerate(listed):
        if not whole(identifiers):
            raise PatientUnidentified(f"{place}[{position}].Identifiers")
    return listed


def whole(identifiers: Iterable[Json]) -> list[Json]:
    """The identifiers with both an ID and a type, by which a search can go."""
    return [identifier for identifier in identifiers if "ID" in identifier and "IDType" in identifier]


def may_be(people: Wanted, key: Key) -> Condition:
    """Finds whoever holds the first whole identifier of any of these; `is_meant` decides."""
    return is_any("identifier", [token for known in people for token in tokens(whole(known)[0], key)])


def is_meant(person: Json, people: Wanted) -> bool:
    """Whether a person holds all identifiers of one of these."""
    return any(holds(person, identifiers) for identifiers in people)


def holds(person: Json, identifiers: list[Json]) -> bool:
    """Whether all of these identifiers are the person's: those that have ended too, and the SSN."""
    ssn = person.get("Demographics", {}).get("SSN")
    return matches(identifiers, [*person.get("Identifiers", ()), *([{"ID": ssn, "IDType": SSN}] if ssn else ())])


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
    name = [who.get(part, "").casefold() for part in ("LastName", "FirstName", "MiddleName")]
    held = [(identifier.get("IDType", ""), identifier.get("ID", "")) for identifier in person.get("Identifiers", ())]
    return (*name, who.get("DOB", ""), held)
