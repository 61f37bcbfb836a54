"""The types of FHIR R4 and their members, read from the models of `fhir.resources.R4B`.

R4 and R4B agree on every type that the tables use.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from fhir.resources.R4B import fhirtypes
from fhir_core.constraints import FHIR_PRIMITIVES_MAPS
from fhir_core.fhirabstractmodel import FHIRAbstractModel
from fhir_core.types import FhirBase
from pydantic.fields import FieldInfo

from mappings.notation.errors import UnknownHome


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a FHIR type.

    `type` is the name of its type (`HumanName`, `string`, `PatientContact`), `choice` the name of the group of which
    only one may be there (`deceased`).
    """

    name: str
    type: str
    many: bool
    required: bool
    is_primitive: bool
    codes: frozenset[str]
    targets: frozenset[str]
    choice: str | None = None


@cache
def model(type_name: str) -> type[FHIRAbstractModel]:
    """Return the pydantic model of a FHIR type.

    Raises:
        UnknownHome: R4 has no such type.
    """
    named = getattr(fhirtypes, f"{type_name}Type", None)
    if not (isinstance(named, type) and issubclass(named, FhirBase)):
        raise UnknownHome(type_name)
    return named.get_model_klass()


@cache
def members(type_name: str) -> Mapping[str, Member]:
    """Return the members of a FHIR type by their names in JSON, with the `_name` beside each primitive."""
    fields = model(type_name).model_fields.values()
    return {field.alias: _member(type_name, field.alias, field) for field in fields if field.alias and _is_of_r4(field)}


def member(type_name: str, name: str) -> Member:
    """Return one member of a FHIR type.

    Raises:
        UnknownHome: the type has no member of this name.
    """
    found = members(type_name).get(name)
    if found is None:
        raise UnknownHome(f"{type_name}.{name}")
    return found


KNOWN_BY_IDENTIFIER = frozenset({"Practitioner", "Organization", "Location"})
"""Types that other systems keep in directories: a reference to one of them carries its identifier too."""

_ENCOUNTER_STATUS = frozenset(
    {"planned", "arrived", "triaged", "in-progress", "onleave", "finished", "cancelled", "entered-in-error", "unknown"}
)

_OBSERVATION_STATUS = frozenset(
    {"registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown"}
)

_UNABRIDGED: Mapping[tuple[str, str], frozenset[str]] = {
    ("Encounter", "status"): _ENCOUNTER_STATUS,
    ("EncounterStatusHistory", "status"): _ENCOUNTER_STATUS,
    ("Observation", "status"): _OBSERVATION_STATUS,
    ("DiagnosticReport", "status"): _OBSERVATION_STATUS | {"partial", "appended"},
    ("Quantity", "comparator"): frozenset({"<", "<=", ">=", ">"}),
    ("DeviceUdiCarrier", "entryType"): frozenset({"barcode", "rfid", "manual", "card", "self-reported", "unknown"}),
}
"""All codes of members for which the models list only some, or none."""


def _is_of_r4(field: FieldInfo) -> bool:
    return field.alias not in {"fhir_comments", "resource_type", "resourceType"}


def _member(of: str, name: str, field: FieldInfo) -> Member:
    annotation, many = _bare(field.annotation)
    said = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    type_name, is_primitive = _type(annotation, field)
    return Member(
        name,
        type_name,
        many,
        bool(said.get("element_required")) or field.is_required(),
        is_primitive,
        _UNABRIDGED.get((of, name), _texts(said.get("enum_values"))),
        _texts(said.get("enum_reference_types")),
        str(said["one_of_many"]) if "one_of_many" in said else None,
    )


def _texts(listed: Any) -> frozenset[str]:
    return frozenset(str(text) for text in listed or ())


def _bare(annotation: Any) -> tuple[Any, bool]:
    """Return an annotation without its None and its list, and whether it was a list."""
    if get_origin(annotation) in (Union, UnionType):
        return _bare(next(choice for choice in get_args(annotation) if choice is not type(None)))
    if get_origin(annotation) is list:
        return _bare(get_args(annotation)[0])[0], True
    return annotation, False


def _type(annotation: Any, field: FieldInfo) -> tuple[str, bool]:
    if isinstance(annotation, type) and issubclass(annotation, FhirBase):
        return annotation.__name__.removesuffix("Type"), False
    marks = annotation.__metadata__ if get_origin(annotation) is Annotated else field.metadata
    named = [str(mark.__visit_name__) for mark in marks if hasattr(mark, "__visit_name__")]
    return (named[0] if named else FHIR_PRIMITIVES_MAPS[annotation]), True


_DATE = r"([0-9]([0-9]([0-9][1-9]|[1-9]0)|[1-9]00)|[1-9]000)"
_DAY = r"-(0[1-9]|1[0-2])-(0[1-9]|[1-2][0-9]|3[0-1])"
_TIME = r"T([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?(Z|(\+|-)((0[0-9]|1[0-3]):[0-5][0-9]|14:00))"

FORMATS: Mapping[str, re.Pattern[str]] = {
    "string": re.compile(r"[^\x00-\x08\x0b\x0c\x0e-\x1f]+"),
    "markdown": re.compile(r"[^\x00-\x08\x0b\x0c\x0e-\x1f]+"),
    "code": re.compile(r"[^\s]+(\s[^\s]+)*"),
    "id": re.compile(r"[A-Za-z0-9\-.]{1,64}"),
    "uri": re.compile(r"\S+"),
    "url": re.compile(r"\S+"),
    "canonical": re.compile(r"\S+"),
    "date": re.compile(rf"{_DATE}(-(0[1-9]|1[0-2])|{_DAY})?"),
    "dateTime": re.compile(rf"{_DATE}(-(0[1-9]|1[0-2])|{_DAY}({_TIME})?)?"),
    "time": re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?"),
    "instant": re.compile(rf"{_DATE}{_DAY}{_TIME}"),
}
"""The format of each primitive's whole text, from the page on data types of FHIR 4.0.1."""
