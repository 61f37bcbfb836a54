"""The search parameters and indexes of appointments."""

from __future__ import annotations

from collections.abc import Iterator

from store.search.places import department, facility, room
from store.search.rows import (
    Row,
    code,
    identifier,
    identifier_words,
    moment,
    reference,
    text,
    words,
)
from store.search.search_type import SearchType, index

_ROLES = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
_PROVIDERS = ("ATND", "PPRF")


def _actor(role: str) -> str:
    return f"participant[type.coding={_ROLES}|{role}].actor"


def _provider(role: str) -> str:
    return f"{_actor(role)}->PractitionerRole.practitioner->Practitioner"


def _practitioner() -> Iterator[Row]:
    """Yield the rows by which providers are looked up: the values of their identifiers, and their family names."""
    for role in _PROVIDERS:
        yield words("practitioner", f"{_provider(role)}.identifier.value", role, "value", ignores_case=False)
        yield words("practitioner", f"{_provider(role)}.name.family", role, "family")


def _words() -> Iterator[Row]:
    """Yield the rows of other filters on providers and places; no index has these rows."""
    for role in _PROVIDERS:
        yield words("words", f"{_provider(role)}.identifier.system", role, "system", ignores_case=False)
        yield words("words", f"{_provider(role)}.name.given[0]", role, "given")
    yield words("words", f"{department(_PLACE)}.type.text", "department", "type")
    yield identifier_words("words", f"{department(_PLACE)}.identifier", "department", "identifier")
    yield identifier_words("words", f"{facility(_PLACE)}.identifier", "facility", "identifier")
    yield words("words", f"{room(_PLACE)}.name", "room")


_PLACE = _actor("LOC")

APPOINTMENT = SearchType(
    "Appointment",
    (
        identifier("identifier", "identifier[type.coding.code!=AN]"),
        identifier("account", "identifier[type.coding.code=AN]"),
        reference("patient", _actor("SBJ")),
        code("status", "status"),
        moment("date", "start"),
        text("reason", "reasonCode.text"),
        text("department", f"{department(_PLACE)}.name"),
        text("facility", f"{facility(_PLACE)}.name"),
        *_practitioner(),
        *_words(),
    ),
    indexes=(
        index("identifier"),
        index("account", is_partial=True),
        index("patient", "date"),
        index("date"),
        index("department", "date"),
        index("facility", "date"),
        index("reason", "date"),
        index("practitioner", "date"),
        index("former", is_partial=True),
        index("former-date", is_partial=True),
    ),
    newest="search.date",
    former=("date", "department", "facility", "reason", "practitioner"),
    lasting=("identifier",),
)
