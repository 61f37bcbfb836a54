"""Where the levels of a place lie: a contained Location is part of the next, an Organization manages the outermost."""

from __future__ import annotations

_OUTWARDS = "->Location.partOf*->Location"


def room(place: str) -> str:
    """The path of the room, from the path of a Reference to a place."""
    return f"{place}{_OUTWARDS}[physicalType.coding.code=ro]"


def department(place: str) -> str:
    """The path of the department: the level that is neither a bed nor a room."""
    return f"{place}{_OUTWARDS}[physicalType.coding.code!=bd,physicalType.coding.code!=ro]"


def facility(place: str) -> str:
    """The path of the organization that manages a level of the place."""
    return f"{place}{_OUTWARDS}.managingOrganization->Organization"
