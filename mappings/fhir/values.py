"""Values that take more than a code table to turn: each an `Iso` with its two functions beside it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote

from mappings.fhir.codes import ALLERGY_CATEGORIES, CODESETS, ETHNICITIES, PARTICIPATION, RACES, RELATIONSHIP, ROLE
from mappings.fhir.systems import identifier_system
from mappings.notation import Iso, either, matching

Json = dict[str, Any]

DATA_ABSENT: Json = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}
"""What stands where FHIR wants something that nobody said."""

ABSENT: Json = {"extension": [DATA_ABSENT]}

_is_code = matching(r"\S+( \S+)*")

CODE = either(_is_code)
"""A code where it is one for FHIR: no blanks around it, none doubled inside."""

LANGUAGE = either(matching(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?"))
"""A language where it is written as BCP 47 writes one."""

AMOUNT = either(lambda number: number >= 0)
"""A number that can be a length of time."""


def reference(type_name: str) -> Iso:
    """An id and the reference to it."""
    return Iso(lambda found: f"{type_name}/{found}", lambda said: said.rpartition("/")[2])


def patient_reference(visit: Json) -> Json:
    """A reference to the patient whose visit it is: by id, or contained where only described, or nobody known."""
    if "patient" in visit:
        return {"reference": f"Patient/{visit['patient']}"}
    return {"reference": "#patient"} if "Patient" in visit else {"extension": [DATA_ABSENT.copy()]}


# --- codes --------------------------------------------------------------------------------------------------------

CODESET_SYSTEM = "urn:redox:codeset:"
_is_uri = matching(r"https?://[!-~]+")
_first_words = {system: word for word, system in reversed(list(CODESETS.items()))}
_taken = {*_first_words, PARTICIPATION}


@lru_cache(maxsize=4096)
def _system(codeset: str) -> tuple[str, str | None]:
    system = CODESETS.get(codeset)
    if system is not None:
        return system, None if _first_words[system] == codeset else codeset
    if _is_uri(codeset) and codeset not in _taken:
        return codeset, None
    return CODESET_SYSTEM + quote(codeset, safe=""), None


def _codeset(system: str | None, said: str | None) -> str | None:
    if said is not None or system is None:
        return said
    if system.startswith(CODESET_SYSTEM):
        return unquote(system.removeprefix(CODESET_SYSTEM))
    return _first_words.get(system, system)


CODESET = Iso(_system, _codeset)
"""A code set: the system where it has one everybody knows or is one, else a URN; beside it the word, where it is not
the first of its system."""


def _allergy_type(code: str) -> tuple[str | None, str | None, list[str] | None]:
    category = ALLERGY_CATEGORIES.get(code)
    return *CODE.to_fhir(code), [category] if category else None


ALLERGY_TYPE = Iso(_allergy_type, lambda code, said, _category: CODE.to_redox(code, said))
"""The code of an allergy's type, and the category it stands for."""


# --- identifiers --------------------------------------------------------------------------------------------------

NPI_SYSTEM = "http://hl7.org/fhir/sid/us-npi"


_urn = lru_cache(maxsize=4096)(identifier_system)


def _of_provider(word: str) -> tuple[str, str]:
    return (NPI_SYSTEM if word == "NPI" else _urn(word)), word


ID_TYPE = Iso(lambda word: (_urn(word), word), lambda _system, word: word)
"""The type of an identifier: the system as a URN, and the word."""

PROVIDER_ID_TYPE = Iso(_of_provider, lambda _system, word: word)
"""The same for those who may have an NPI."""


# --- names --------------------------------------------------------------------------------------------------------


def _given(first: str | None, middle: str | None) -> tuple[list[str | None], list[Json | None] | None]:
    if middle is None:
        return [first], None
    return [first, middle], None if first is not None else [{"extension": [DATA_ABSENT.copy()]}, None]


def _first_and_middle(given: list[str | None] | None, _absent: Any) -> tuple[str | None, str | None]:
    first, middle, *_ = [*(given or []), None, None]
    return first, middle


GIVEN = Iso(_given, _first_and_middle)
"""First and middle name, and the given names; a middle name without a first keeps its place."""


# --- race and ethnicity -------------------------------------------------------------------------------------------


def _category(said: tuple[str, str, str] | None, word: str) -> list[Json]:
    text = {"url": "text", "valueString": word}
    if said is None:
        return [text]
    kind, system, code = said
    return [{"url": kind, "valueCoding": {"system": system, "code": code, "display": word}}, text]


def _text(extensions: list[Json]) -> str | None:
    return next((inside["valueString"] for inside in extensions if inside.get("url") == "text"), None)


RACE = Iso(lambda word: _category(RACES.get(word), word), _text)
"""A race as US Core says one: a category of the OMB where there is one, and the word."""

_HISPANIC = {True: "Hispanic or Latino", False: "Non Hispanic or Latino"}

ETHNICITY = Iso(
    lambda flag: _category(ETHNICITIES[flag], _HISPANIC[flag]),
    lambda extensions: _text(extensions) == _HISPANIC[True],
)
"""Whether somebody is Hispanic, as US Core says it."""


# --- people -------------------------------------------------------------------------------------------------------


def _deceased(is_deceased: bool | None, died: str | None) -> tuple[bool | None, str | None, bool | None]:  # noqa: FBT001
    return (is_deceased, None, None) if died is None else (None, died, is_deceased)


DECEASED = Iso(_deceased, lambda alone, died, beside: (beside if alone is None else alone, died))
"""Whether and when somebody died; FHIR takes one of them, so the flag goes beside the time."""


def _related(relation: str | None, roles: list[str] | None) -> list[Json]:
    said = [RELATIONSHIP.to_fhir(relation)] if relation is not None else []
    return [*said, *map(ROLE.to_fhir, roles or ())]


def _relation_and_roles(concepts: list[Json]) -> tuple[str | None, list[str] | None]:
    relations = [concept["text"] for concept in concepts if RELATIONSHIP.holds(concept)]
    roles = [concept["text"] for concept in concepts if not RELATIONSHIP.holds(concept)]
    return (relations or [None])[0], roles or None


RELATION_AND_ROLES = Iso(_related, _relation_and_roles)
"""What a contact is to the patient, and for what: FHIR has one list for both."""


def _citizen(word: str) -> Json:
    return {"coding": [{"system": "urn:iso:std:iso:3166", "code": word}]} if _is_country(word) else {"text": word}


_is_country = matching("[A-Z]{2}")

COUNTRY = Iso(_citizen, lambda concept: concept["text"] if "text" in concept else concept["coding"][0]["code"])
"""A country where it is written as ISO 3166 writes one."""


# --- insurance ----------------------------------------------------------------------------------------------------

_is_ordinal = matching("[1-9][0-9]{0,8}")


def _order(said: str) -> tuple[int | None, str | None]:
    return (int(said), None) if _is_ordinal(said) else (None, said)


PRIORITY = Iso(_order, lambda order, said: said if order is None else str(order))
"""The rank of an insurance where it is a positive integer."""


# --- appointments ---------------------------------------------------------------------------------------------------


def _cancelled(status: str | None, reason: str | None) -> tuple[str | None, str | None, str | None]:
    return (status, reason, None) if status == "cancelled" else (status, None, reason)


CANCELLATION = Iso(_cancelled, lambda status, reason, beside: (status, beside if reason is None else reason))
"""An appointment's status and why it was cancelled; FHIR takes the reason of a cancelled one alone."""
