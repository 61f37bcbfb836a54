"""FHIR search parameters: from a resource to the keys it is found by, and the indexes over them.

Every text that a search may compare is kept as a keyed hash: neither an index nor a slow-query log shows a value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any, cast

from pymongo import ASCENDING, IndexModel

Json = dict[str, Any]
Key = Callable[..., str]
"""A tenant's keyed hash of texts."""

SSN = "http://hl7.org/fhir/sid/us-ssn"


def _index(*parameters: str, only_where_said: bool = False) -> IndexModel:
    fields = [f"search.{parameter}" for parameter in parameters]
    partial = {"partialFilterExpression": {fields[0]: {"$exists": True}}} if only_where_said else {}
    return IndexModel([(name, ASCENDING) for name in ("tenant", *fields)], name="_".join(parameters), **partial)


INDEXES: dict[str, list[IndexModel]] = {
    "Patient": [
        IndexModel([("tenant", ASCENDING), ("fold.newest", ASCENDING)], name="newest"),
        _index("identifier"),
        _index("name-birthdate", only_where_said=True),
        _index("ssn-birthdate", only_where_said=True),
    ],
    "Encounter": [  # what narrows down most first: of those that do equally well in its trial MongoDB takes the first
        _index("identifier"),
        _index("account", only_where_said=True),
        _index("patient", "date"),
        _index("status", "department", "date"),
        _index("status", "class", "facility", "date"),
        _index("status", "facility", "date"),
        _index("status", "class", "date"),
        _index("status", "date"),
    ],
    "Appointment": [
        _index("identifier"),
        _index("account", only_where_said=True),
        _index("patient", "date"),
        _index("date"),
        _index("department", "date"),
        _index("facility", "date"),
        _index("reason", "date"),
        _index("practitioner", "date"),
    ],
    "AllergyIntolerance": [_index("patient")],
}
"""The indexes of each collection. Those of visits end in the date that answers are cut by, so that nothing is sorted.

Stays are looked up within a status: a census's lie apart from the past.
"""

TOKENS = ("identifier", "practitioner", "department", "facility", "reason", "words")
"""What an appointment may be asked for by, beside its time and its patient; `words` are in no index."""


def identifier_token(system: str, value: str, key: Key) -> str:
    """The token of an identifier; its case matters."""
    return key("identifier", system, value)


def birth_token(parameter: str, birthdate: str, texts: Iterable[str], key: Key) -> str:
    """The token of somebody of a date of birth, by other texts whose case does not matter."""
    return key(parameter, birthdate, *(text.casefold() for text in texts))


def text_token(parameter: str, text: str, key: Key) -> str:
    """The token of a text whose case does not matter."""
    return key(parameter, text.casefold())


# --- from a resource --------------------------------------------------------------------------------------------------

Said = Iterator[tuple[str, Any]]
Contained = Mapping[str, Json]
"""Contained resources by the references to them."""


def parameters(resource: Json, key: Key, zone: tzinfo = UTC) -> Json:
    """The search parameters of a resource of which something is said; a date without a time begins in `zone`."""
    contained = {f"#{inside['id']}": inside for inside in resource.get("contained", ())}
    said = _OF_TYPE[resource["resourceType"]](resource, contained, key, zone)
    return {name: value for name, value in said if value is not None and value != []}


def _patient(patient: Json, _contained: Contained, key: Key, _zone: tzinfo) -> Said:
    """Whoever has ended in another record is not found any more."""
    if patient.get("active") is False:
        yield from (("active", False), ("link", [_id(link.get("other")) for link in patient.get("link", ())]))
        return
    identifiers = [one for one in patient.get("identifier", ()) if "value" in one]
    yield "active", True
    yield "identifier", _identifiers(identifiers, key)
    if born := patient.get("birthDate"):
        names = [(one["given"][0], one["family"]) for one in patient.get("name", ()) if _is_whole(one)]
        ssns = dict.fromkeys(one["value"] for one in identifiers if one.get("system") == SSN)
        yield "name-birthdate", [birth_token("name-birthdate", born, name, key) for name in names]
        yield "ssn-birthdate", [birth_token("ssn-birthdate", born, [ssn], key) for ssn in ssns]


def _encounter(encounter: Json, contained: Contained, key: Key, zone: tzinfo) -> Said:
    here = [stay.get("location") for stay in encounter.get("location", ()) if stay.get("status") == "active"]
    yield from _numbers(encounter, key)
    yield "patient", _id(encounter.get("subject"))
    yield "appointment", _id(_first(encounter, "appointment"))
    yield "status", encounter.get("status")
    yield "class", _text("class", encounter.get("class", {}).get("display"), key)
    yield "date", _moment(encounter.get("period", {}).get("start"), zone)
    yield from _department_and_facility(_place(here[0] if here else None, contained), key)


def _appointment(appointment: Json, contained: Contained, key: Key, zone: tzinfo) -> Said:
    actors = {_role(one): one.get("actor") for one in appointment.get("participant", ())}
    place = _place(actors.get("LOC"), contained)
    carers = {role: _practitioner(actors[role], contained) for role in ("ATND", "PPRF") if role in actors}
    yield from _numbers(appointment, key)
    yield "patient", _id(actors.get("SBJ"))
    yield "status", appointment.get("status")
    yield "date", _moment(appointment.get("start"), zone)
    yield "reason", _text("reason", _first(appointment, "reasonCode").get("text"), key)
    yield from _department_and_facility(place, key)
    yield "practitioner", [token for role, carer in carers.items() for token in _looked_up(role, carer, key)]
    compared = [token for role, carer in carers.items() for token in _compared(role, carer, key)]
    yield "words", [*compared, *_words_of_place(place, key)]


def _allergy(allergy: Json, _contained: Contained, _key: Key, _zone: tzinfo) -> Said:
    yield "patient", _id(allergy.get("patient"))


_OF_TYPE: Mapping[str, Callable[[Json, Contained, Key, tzinfo], Said]] = {
    "Patient": _patient,
    "Encounter": _encounter,
    "Appointment": _appointment,
    "AllergyIntolerance": _allergy,
}


def listed(value: str | list[str]) -> list[str]:
    """The tokens of a parameter, whether it has one or several."""
    return [value] if isinstance(value, str) else value


# --- from its elements ------------------------------------------------------------------------------------------------


def _identifiers(identifiers: Iterable[Json], key: Key) -> list[str]:
    return list(dict.fromkeys(identifier_token(one.get("system", ""), one["value"], key) for one in identifiers))


def _numbers(visit: Json, key: Key) -> Said:
    """A visit's own identifiers, and apart from them the number of its account."""
    identifiers = [one for one in visit.get("identifier", ()) if "value" in one]
    accounts = [one for one in identifiers if _code(one.get("type", {})) == "AN"]
    yield "identifier", _identifiers([one for one in identifiers if one not in accounts], key)
    yield "account", _identifiers(accounts, key)


def _is_whole(name: Json) -> bool:
    """Whether a first and a last name are said; a first name that is not may have its place kept."""
    return bool("family" in name and name.get("given") and name["given"][0])


def _looked_up(role: str, carer: Json, key: Key) -> Iterator[str]:
    yield from (key(role, "value", one["value"]) for one in _listed(carer, "identifier", "value"))
    yield from (key(role, "family", one["family"].casefold()) for one in _listed(carer, "name", "family"))


def _compared(role: str, carer: Json, key: Key) -> Iterator[str]:
    yield from (key(role, "system", one["system"]) for one in _listed(carer, "identifier", "system"))
    yield from (key(role, "given", one["given"][0].casefold()) for one in _listed(carer, "name", "given"))


def _words_of_place(place: Mapping[str, Json], key: Key) -> Iterator[str]:
    for level, one in place.items():
        yield from (key(level, "type", kind["text"].casefold()) for kind in _listed(one, "type", "text"))
        for identifier in one.get("identifier", ()):
            system, value = identifier.get("system", ""), identifier.get("value", "")
            halves = dict.fromkeys(((system, ""), ("", value), (system, value)))
            yield from (key(level, "identifier", *known) for known in halves if any(known))
    if "name" in place.get("room", {}):
        yield key("room", place["room"]["name"].casefold())


def _department_and_facility(place: Mapping[str, Json], key: Key) -> Said:
    for level in ("department", "facility"):
        yield level, _text(level, place.get(level, {}).get("name"), key)


def _place(reference: Json | None, contained: Contained) -> dict[str, Json]:
    """The levels of a place, from the one referred to outwards: bed, room, department, facility."""
    levels: dict[str, Json] = {}
    while reference and (one := contained.get(reference.get("reference", ""))):
        levels[_LEVELS.get(_code(one.get("physicalType", {})) or "", "department")] = one
        if "managingOrganization" in one:
            levels["facility"] = contained.get(one["managingOrganization"].get("reference", ""), {})
        reference = one.get("partOf")
    return levels


_LEVELS = {"bd": "bed", "ro": "room"}


def _practitioner(reference: Json | None, contained: Contained) -> Json:
    role = contained.get((reference or {}).get("reference", ""), {})
    return contained.get(role.get("practitioner", {}).get("reference", ""), {})


def _role(participant: Json) -> str | None:
    return _code(_first(participant, "type"))


def _code(concept: Json) -> str | None:
    return cast("str | None", _first(concept, "coding").get("code"))


def _first(element: Json, name: str) -> Json:
    found: Json = next(iter(element.get(name, ())), {})
    return found


def _listed(element: Json, name: str, member: str) -> list[Json]:
    return [one for one in element.get(name, ()) if member in one]


def _text(parameter: str, text: str | None, key: Key) -> str | None:
    return text_token(parameter, text, key) if text else None


def _id(reference: Json | None) -> str | None:
    kind, slash, found = (reference or {}).get("reference", "").partition("/")
    return found if kind and slash else None


def _moment(text: str | None, zone: tzinfo) -> datetime | None:
    """The moment of a time, or of the beginning of a date; None of a text that is neither."""
    try:
        if text and len(text) > len("YYYY-MM-DD"):
            return datetime.fromisoformat(text)
        return datetime.combine(date.fromisoformat(text), time(), zone).astimezone(UTC) if text else None
    except (ValueError, OverflowError):
        return None
