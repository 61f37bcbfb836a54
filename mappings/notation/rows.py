"""The six kinds of row a table is made of: Redox home - FHIR home - how the value turns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mappings.notation.iso import SAME, Iso

if TYPE_CHECKING:
    from mappings.notation.fieldmap import FieldMap

OURS = "urn:data-on-demand:"
"""What every extension of ours begins with."""

Homes = str | tuple[str, ...]


class Subject:
    """Stands in a `const` for a reference to whom the whole resource is about."""


SUBJECT = Subject()


@dataclass(frozen=True)
class Field:
    """A value, or a few that belong together, at each side."""

    redox: tuple[str, ...]
    fhir: tuple[str, ...]
    iso: Iso


@dataclass(frozen=True)
class One:
    """A thing inside a thing."""

    redox: str
    fhir: str
    table: FieldMap


@dataclass(frozen=True)
class Each:
    """A list beside a list; takes what sibling picks did not."""

    redox: str
    fhir: str
    of: FieldMap | Iso
    called: str


@dataclass(frozen=True)
class Const:
    """What FHIR requires and Redox never says: there where nothing else is said, and none of `unless` is."""

    fhir: str
    value: Any
    unless: tuple[str, ...]


@dataclass(frozen=True)
class Omission:
    """What has no place in FHIR and is not said again."""

    redox: str
    because: str


Row = Field | One | Each | Const | Omission


def field(redox: Homes, fhir: Homes, iso: Iso = SAME) -> Field:
    """A value here and there; several homes on a side stand in a tuple."""
    return Field(_all(redox), _all(fhir), iso)


def one(redox: str, fhir: str, table: FieldMap) -> One:
    """An object here and there, by a table of its own."""
    return One(redox, fhir, table)


def each(redox: str, fhir: str, of: FieldMap | Iso = SAME, *, called: str = "") -> Each:
    """A list here and there; `called` names the elements where their contained resources need ids."""
    return Each(redox, fhir, of, called)


def const(fhir: str, value: Any, *, unless: Homes = ()) -> Const:
    """A constant that FHIR requires; `unless` names members beside it that make it needless."""
    return Const(fhir, value, _all(unless))


def extension(redox: str, name: str, value: str, *, at: str = "") -> Field | Each:
    """A value, or a list of them, in an extension of ours.

    `name` ends its url, `value` is the member that holds the value, `at` leads to the element that it stands on.
    """
    if redox.endswith("[]"):
        return Each(redox, f"{at}extension[url={OURS}{name}][].{value}", SAME, "")
    return Field((redox,), (f"{at}extension[url={OURS}{name}].{value}",), SAME)


def omission(redox: str, *, because: str) -> Omission:
    """A value that is not said again, and why."""
    return Omission(redox, because)


def _all(homes: Homes) -> tuple[str, ...]:
    return (homes,) if isinstance(homes, str) else homes
