"""Validation of FHIR R4 resources: for tests, for FHIR from elsewhere, and behind a setting.

`fhir.resources` checks types and cardinalities. It accepts any text as a code and empty lists as absent, and it has no
invariants; this module checks these too. A fault is a path and the name of the rule, never a value.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from pydantic import ValidationError

from mappings.fhir.invariants import broken_invariants, is_bound
from mappings.notation import r4
from mappings.notation.errors import UnknownHome

Json = dict[str, Any]


def faults(resource: Json) -> list[str]:
    """Return the faults of a resource and of its contained resources, such as `Patient.contact[0]: pat-1`."""
    type_name = resource.get("resourceType")
    if not isinstance(type_name, str):
        return ["resourceType: missing"]
    try:
        model = r4.model(type_name)
    except UnknownHome:
        return ["resourceType: unknown"]
    return list(dict.fromkeys([*_of_model(model, type_name, resource), *_of_resource(type_name, resource)]))


def _of_model(model: Any, type_name: str, resource: Json) -> Iterator[str]:
    try:
        model.model_validate(resource)
    except ValidationError as refused:
        for error in refused.errors(include_url=False, include_context=False, include_input=False):
            steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in error["loc"])
            yield f"{type_name}{''.join(steps)}: {error['type']}"


def _of_resource(type_name: str, resource: Json) -> Iterator[str]:
    contained = [inside for inside in resource.get("contained", ()) if isinstance(inside, dict)]
    types = {f"#{inside.get('id')}": str(inside.get("resourceType")) for inside in contained}
    yield from _of_object(type_name, resource, type_name, types)
    if len(types) != len(contained):
        yield f"{type_name}.contained: ids repeat"
    referred = [reference for _, reference in _references(resource)]
    for position, inside in enumerate(contained):
        place = f"{type_name}.contained[{position}]"
        meta = inside.get("meta", {})
        if "contained" in inside:
            yield f"{place}: dom-2"
        if f"#{inside.get('id')}" not in referred and "#" not in [reference for _, reference in _references(inside)]:
            yield f"{place}: dom-3"
        if "versionId" in meta or "lastUpdated" in meta:
            yield f"{place}: dom-4"
        if "security" in meta:
            yield f"{place}: dom-5"


def _references(value: Any) -> Iterator[tuple[str, str]]:
    """Give every reference in a value, with the name of the member that holds it."""
    if isinstance(value, list):
        for inside in value:
            yield from _references(inside)
    elif isinstance(value, dict):
        for name, inside in value.items():
            if name == "reference" and isinstance(inside, str):
                yield name, inside
            yield from _references(inside)


Types = dict[str, str]
"""The types of contained resources, by the references to them."""


def _of_object(type_name: str, element: Json, place: str, types: Types) -> Iterator[str]:
    if not element or element.keys() <= {"id"}:
        yield f"{place}: ele-1"
        return
    known = r4.members(type_name)
    for name, value in element.items():
        if name == "resourceType":
            continue
        if name not in known:
            yield f"{place}: unknown member"
            continue
        yield from _of_member(type_name, known[name], value, element, f"{place}.{name}", types)
    for name, member in known.items():
        if member.required and name not in element and f"_{name}" not in element:
            yield f"{place}.{name}: required"
    yield from (f"{place}: {name}" for name in broken_invariants(type_name, element))
    yield from _of_choices(type_name, element, place)


def _of_choices(type_name: str, element: Json, place: str) -> Iterator[str]:
    chosen = [member.choice for name, member in r4.members(type_name).items() if member.choice and name in element]
    yield from (f"{place}.{choice}[x]: more than one" for choice in dict.fromkeys(chosen) if chosen.count(choice) > 1)


def _of_member(type_name: str, member: r4.Member, value: Any, element: Json, place: str, types: Types) -> Iterator[str]:
    if member.many != isinstance(value, list):
        yield f"{place}: {'no list' if member.many else 'a list'}"
        return
    if not member.many:
        yield from _of_value(type_name, member, value, place, types)
        return
    if not value:
        yield f"{place}: empty"
    for position, inside in enumerate(value):
        if inside is not None:
            yield from _of_value(type_name, member, inside, f"{place}[{position}]", types)
        elif not _stands_beside(element, member, position):
            yield f"{place}[{position}]: null"


def _stands_beside(element: Json, member: r4.Member, position: int) -> bool:
    """Whether a null in a list of primitives has its counterpart: the extensions of a value, or their value."""
    other = element.get(member.name.removeprefix("_") if member.name.startswith("_") else f"_{member.name}")
    return isinstance(other, list) and len(other) > position and other[position] is not None


def _of_value(type_name: str, member: r4.Member, value: Any, place: str, types: Types) -> Iterator[str]:
    if member.is_primitive:
        if not _is_primitive(member.type, value):
            yield f"{place}: no {member.type}"
        elif member.codes and value not in member.codes:
            yield f"{place}: outside required binding"
        return
    if not isinstance(value, dict):
        yield f"{place}: no object"
        return
    inside = str(value.get("resourceType")) if member.type == "Resource" else member.type
    yield from _of_object(inside, value, place, types)
    if member.type == "Reference":
        yield from _of_reference(member, value, place, types)
    if not is_bound(type_name, member.name, value):
        yield f"{place}: outside required binding"


def _of_reference(member: r4.Member, value: Json, place: str, types: Types) -> Iterator[str]:
    reference = value.get("reference")
    if not isinstance(reference, str) or reference == "#":
        return
    is_local = reference.startswith("#")
    if is_local and reference not in types:
        yield f"{place}: ref-1"
        return
    target = types[reference] if is_local else reference.partition("/")[0]
    if member.targets and target not in member.targets and "Resource" not in member.targets:
        yield f"{place}: refers to another type"


_WHOLE = {"integer": -(2**31), "unsignedInt": 0, "positiveInt": 1}
"""The least value of each type of whole number."""


def _is_primitive(type_name: str, value: Any) -> bool:
    if type_name == "boolean":
        return isinstance(value, bool)
    if type_name in _WHOLE:
        return isinstance(value, int) and not isinstance(value, bool) and _WHOLE[type_name] <= value < 2**31
    if type_name == "decimal":
        return isinstance(value, int | float) and not isinstance(value, bool)
    wanted = r4.FORMATS.get(type_name)
    if not isinstance(value, str) or not value.strip() or (wanted and not wanted.fullmatch(value)):
        return False
    return type_name not in {"date", "dateTime", "instant"} or _is_day(value[:10])


def _is_day(text: str) -> bool:
    """Whether a text in the form of a date is a date of the calendar."""
    try:
        date.fromisoformat(f"{text}-01-01"[:10] if len(text) == 4 else f"{text}-01"[:10])
    except ValueError:
        return False
    return True
