"""Values that need more than a code table to turn: each is an `Iso`, with its two functions above it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote

from mappings.fhir.codes import (
    ALLERGY_CATEGORIES,
    ALLERGY_STATUS,
    CODESETS,
    ETHNICITIES,
    PARTICIPATION,
    RACES,
    RELATIONSHIP,
    ROLE,
    UNKNOWN_RELATION,
    UNKNOWN_STATUS,
)
from mappings.fhir.systems import identifier_system
from mappings.notation import Iso, either, matching

Json = dict[str, Any]

DATA_ABSENT: Json = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}
"""The extension data-absent-reason: it replaces a value that FHIR requires and the message does not have."""

ABSENT: Json = {"extension": [DATA_ABSENT]}

_is_code = matching(r"\S+( \S+)*")

CODE = either(_is_code)
"""A code. The first home takes a valid FHIR code (no blanks around it, no two blanks inside), the second any text."""

LANGUAGE = either(matching(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?"))
"""A language. The first home takes a BCP 47 code, the second any text."""

AMOUNT = either(lambda number: number >= 0)
"""A number. The first home takes a possible duration, the second a negative number."""


INSTANT = either(lambda moment: "T" in moment)
"""A moment or a date. The first home takes a moment, which has seconds and a zone, the second a date."""


def reference(type_name: str) -> Iso:
    """Return the Iso of an id and the reference to the resource of this type and id."""
    return Iso(lambda found: f"{type_name}/{found}", lambda said: said.rpartition("/")[2])


def patient_reference(visit: Json) -> Json:
    """Return the reference to the patient of a visit: by id, to the contained Patient, or with data-absent-reason."""
    if "patient" in visit:
        return {"reference": f"Patient/{visit['patient']}"}
    return {"reference": "#patient"} if "Patient" in visit else {"extension": [DATA_ABSENT.copy()]}


# --- codes --------------------------------------------------------------------------------------------------------

CODESET_SYSTEM = "urn:redox:codeset:"
_is_uri = matching(r"https?://[!-~]+")
_first_words = {system: word for word, system in reversed(list(CODESETS.items()))}
_systems = {word.casefold(): system for word, system in CODESETS.items()}
_taken = {*_first_words, PARTICIPATION}


@lru_cache(maxsize=4096)
def _system(codeset: str) -> tuple[str, str | None]:
    system = _systems.get(codeset.casefold())
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
"""A code set. FHIR: the system that belongs to the word in any case, the word itself if it is a URL, else a URN; and
beside it the word, if it is not the first word of its system."""


def _allergy_type(code: str) -> tuple[str | None, str | None, list[str] | None]:
    category = ALLERGY_CATEGORIES.get(code)
    return *CODE.to_fhir(code), [category] if category else None


ALLERGY_TYPE = Iso(_allergy_type, lambda code, said, _category: CODE.to_redox(code, said))
"""The code of an allergy's type. FHIR: the two homes of `CODE`, and the category that the code stands for."""


def _clinical_status(word: str) -> Json:
    concept: Json = ALLERGY_STATUS.to_fhir(word)
    return concept if "coding" in concept else {**absent_status(), **concept}


def absent_status() -> Json:
    """Return the clinical status of an allergy whose status is not known, as FHIR requires it."""
    return {"extension": [DATA_ABSENT.copy()], "coding": [UNKNOWN_STATUS.copy()]}


CLINICAL_STATUS = Iso(_clinical_status, ALLERGY_STATUS.to_redox)
"""The status of an allergy. FHIR: a code of its value set, and the word as text."""


# --- identifiers --------------------------------------------------------------------------------------------------

NPI_SYSTEM = "http://hl7.org/fhir/sid/us-npi"


def _of_provider(word: str) -> tuple[str, str]:
    return (NPI_SYSTEM if word == "NPI" else identifier_system(word)), word


ID_TYPE = Iso(lambda word: (identifier_system(word), word), lambda _system, word: word)
"""The type of an identifier. FHIR: the system as a URN, and the word."""

PROVIDER_ID_TYPE = Iso(_of_provider, lambda _system, word: word)
"""The type of a provider's identifier: as `ID_TYPE`, but the type NPI has the system of NPIs."""


# --- names --------------------------------------------------------------------------------------------------------


def _given(first: str | None, middle: str | None) -> tuple[list[str | None], list[Json | None] | None]:
    if middle is None:
        return [first], None
    return [first, middle], None if first is not None else [{"extension": [DATA_ABSENT.copy()]}, None]


def _first_and_middle(given: list[str | None] | None, _absent: Any) -> tuple[str | None, str | None]:
    first, middle, *_ = [*(given or []), None, None]
    return first, middle


GIVEN = Iso(_given, _first_and_middle)
"""First and middle name. FHIR: the given names, and their extensions, which hold the place of an absent first name."""


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
"""A race as the extensions of US Core: a category of the OMB if there is one, and the word as text."""

_HISPANIC = {True: "Hispanic or Latino", False: "Non Hispanic or Latino"}

ETHNICITY = Iso(
    lambda flag: _category(ETHNICITIES[flag], _HISPANIC[flag]),
    lambda extensions: _text(extensions) == _HISPANIC[True],
)
"""Whether a person is Hispanic, as the extensions of US Core."""


# --- people -------------------------------------------------------------------------------------------------------


def _deceased(is_deceased: bool | None, died: str | None) -> tuple[bool | None, str | None, bool | None]:  # noqa: FBT001
    return (is_deceased, None, None) if died is None else (None, died, is_deceased)


DECEASED = Iso(_deceased, lambda alone, died, beside: (beside if alone is None else alone, died))
"""Whether and when a person died. FHIR has one of both, so with a time the flag goes into a third home."""


def _relation(word: str) -> Json:
    concept: Json = RELATIONSHIP.to_fhir(word)
    return concept if "coding" in concept else {"coding": [UNKNOWN_RELATION.copy()], **concept}


def _related(relation: str | None, roles: list[str] | None) -> list[Json]:
    said = [_relation(relation)] if relation is not None else []
    return [*said, *map(ROLE.to_fhir, roles or ())]


def _relation_and_roles(concepts: list[Json]) -> tuple[str | None, list[str] | None]:
    relations = [concept["text"] for concept in concepts if RELATIONSHIP.holds(concept)]
    roles = [concept["text"] for concept in concepts if not RELATIONSHIP.holds(concept)]
    return (relations or [None])[0], roles or None


RELATION_AND_ROLES = Iso(_related, _relation_and_roles)
"""The relation of a contact to the patient, and the contact's roles. FHIR: one list for both."""


def _citizen(word: str) -> Json:
    return {"coding": [{"system": "urn:iso:std:iso:3166", "code": word}]} if _is_country(word) else {"text": word}


_is_country = matching("[A-Z]{2}")

COUNTRY = Iso(_citizen, lambda concept: concept["text"] if "text" in concept else concept["coding"][0]["code"])
"""A country. FHIR: a coding if the word is a code of ISO 3166, else a text."""


# --- insurance ----------------------------------------------------------------------------------------------------

_is_ordinal = matching("[1-9][0-9]{0,8}")


def _order(said: str) -> tuple[int | None, str | None]:
    return (int(said), None) if _is_ordinal(said) else (None, said)


PRIORITY = Iso(_order, lambda order, said: said if order is None else str(order))
"""The rank of an insurance. The first home takes a positive integer, the second any text."""


# --- appointments ---------------------------------------------------------------------------------------------------


def _cancelled(status: str | None, reason: str | None) -> tuple[str | None, str | None, str | None]:
    return (status, reason, None) if status == "cancelled" else (status, None, reason)


CANCELLATION = Iso(_cancelled, lambda status, reason, beside: (status, beside if reason is None else reason))
"""The status of an appointment and the reason of its cancellation. FHIR has the reason only if the status is cancelled;
otherwise the reason goes into a third home."""
