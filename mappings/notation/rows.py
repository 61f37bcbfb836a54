"""The six kinds of row of a table. A row is a Redox home, a FHIR home, and the way that the value turns.

A *home* is the path of a place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from mappings.notation.iso import SAME, Iso

OURS = "urn:data-on-demand:"
"""The beginning of the url of every extension of ours."""

Homes = str | tuple[str, ...]


class Subject:
    """Stands in a `const` for the reference to the person whom the resource is about."""


SUBJECT = Subject()


class Table(Protocol):
    """A table of rows that turns an object inside another object: a `mappings.notation.FieldMap`."""

    @property
    def type(self) -> str:
        """The FHIR type of what it turns the object into."""
        ...


@dataclass(frozen=True)
class Field:
    """A value, or a few values that turn together, on each side."""

    redox: tuple[str, ...]
    fhir: tuple[str, ...]
    iso: Iso


@dataclass(frozen=True)
class One:
    """An object inside the object, with a table of its own."""

    redox: str
    fhir: str
    table: Table


@dataclass(frozen=True)
class Each:
    """A list on each side; the FHIR elements are those that no pick of another row matches."""

    redox: str
    fhir: str
    of: Table | Iso
    called: str


@dataclass(frozen=True)
class Const:
    """A constant that FHIR requires and Redox never has; left out if a row gives the member, or one of `unless`."""

    fhir: str
    value: Any
    unless: tuple[str, ...]


@dataclass(frozen=True)
class Omission:
    """A leaf that has no place in FHIR and is absent from answers."""

    redox: str
    because: str


Row = Field | One | Each | Const | Omission


def field(redox: Homes, fhir: Homes, iso: Iso = SAME) -> Field:
    """Return the row of a value; several homes on one side stand in a tuple."""
    return Field(_all(redox), _all(fhir), iso)


def one(redox: str, fhir: str, table: Table) -> One:
    """Return the row of an object that a table of its own turns."""
    return One(redox, fhir, table)


def each(redox: str, fhir: str, of: Table | Iso = SAME, *, called: str = "") -> Each:
    """Return the row of a list; `called` names the elements, if their contained resources need ids."""
    return Each(redox, fhir, of, called)


def const(fhir: str, value: Any, *, unless: Homes = ()) -> Const:
    """Return the row of a constant that FHIR requires; `unless` names members that make it needless."""
    return Const(fhir, value, _all(unless))


def extension(redox: str, name: str, value: str, *, at: str = "") -> Field | Each:
    """Return the row of a value, or of a list of values, that an extension of ours holds.

    `name` ends the url of the extension, `value` is the member with the value (`valueString`), and `at` is the path of
    the element that has the extension; it is empty or ends in a dot.
    """
    if redox.endswith("[]"):
        return Each(redox, f"{at}extension[url={OURS}{name}][].{value}", SAME, "")
    return Field((redox,), (f"{at}extension[url={OURS}{name}].{value}",), SAME)


def omission(redox: str, *, because: str) -> Omission:
    """Return the row of a leaf that is not kept, with the reason."""
    return Omission(redox, because)


def _all(homes: Homes) -> tuple[str, ...]:
    return (homes,) if isinstance(homes, str) else homes
