"""Paths to the levels of a place: each contained Location is part of the next, and an Organization manages the last."""

from __future__ import annotations

_OUTWARDS = "->Location.partOf*->Location"


def room(place: str) -> str:
    """Return the path of the room, from the path of a Reference to a place."""
    return f"{place}{_OUTWARDS}[physicalType.coding.code=ro]"


def department(place: str) -> str:
    """Return the path of the department, which is the level that is neither a bed nor a room."""
    return f"{place}{_OUTWARDS}[physicalType.coding.code!=bd,physicalType.coding.code!=ro]"


def facility(place: str) -> str:
    """Return the path of the facility, which is the organization that manages a level of the place."""
    return f"{place}{_OUTWARDS}.managingOrganization->Organization"
