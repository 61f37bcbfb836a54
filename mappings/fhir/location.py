"""Places: a bed in a room in a department of a facility.

Each level that the message has is a Location of its own and part of the next level. The facility is the Organization
that manages the department. A reference leads to the innermost level that the message has. The department has the
Extensions of the place, because Extensions make no bed of a place without one.
"""

from __future__ import annotations

from mappings.fhir.datatypes import ADDRESS, IDENTIFIER
from mappings.fhir.records import leaves_of
from mappings.fhir.values import ABSENT
from mappings.notation import FieldMap, const, each, field, one
from mappings.redox import parts

_ROOM = "partOf=>Location#room."
_DEPARTMENT = f"{_ROOM}partOf=>Location#department."
_FACILITY = f"{_DEPARTMENT}managingOrganization->Organization#facility."
_PHYSICAL_TYPE = "http://terminology.hl7.org/CodeSystem/location-physical-type"

LOCATION = FieldMap(
    "Location",
    leaves_of(parts.VisitLocation),
    field("Bed", "name"),
    const("physicalType", {"coding": [{"system": _PHYSICAL_TYPE, "code": "bd"}]}),
    field("Room", f"{_ROOM}name"),
    const(f"{_ROOM}physicalType", {"coding": [{"system": _PHYSICAL_TYPE, "code": "ro"}]}),
    field("Department", f"{_DEPARTMENT}name"),
    each("DepartmentIdentifiers[]", f"{_DEPARTMENT}identifier[]", IDENTIFIER),
    field("Type", f"{_DEPARTMENT}type.text"),
    one("Address", f"{_DEPARTMENT}address", ADDRESS),
    field("Facility", f"{_FACILITY}name"),
    each("FacilityIdentifiers[]", f"{_FACILITY}identifier[]", IDENTIFIER),
    const(f"{_FACILITY}_name", ABSENT, unless=("name", "identifier")),
    extensions_at=_DEPARTMENT,
)
