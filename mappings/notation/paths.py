"""Paths: where something stands, in wire names.

A Redox path is names with dots, a list's with `[]`: `Demographics.PhoneNumber.Home`, `Contacts[]`.

A FHIR path adds three things. A *pick* finds, and when writing makes, the element with these constants:
`telecom[system=phone,use=home].value`. `[]` is the list itself: what `each` runs beside, what `field` takes whole.
A *link* steps from a reference into the contained resource it names: `practitioner->Practitioner#practitioner.name`;
behind `#` stands its name, without one it bears the name of the list's element it is in. `=>` is a link whose near side
gives way: said nothing of itself, it is left out and what it points to is referred to in its place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mappings.notation.errors import UnreadablePath

Pick = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A step through a reference into a contained resource; `suffix` ends the resource's id."""

    type: str
    suffix: str = ""
    near_side_gives_way: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One name of a FHIR path and what stands beside it."""

    name: str
    pick: Pick = ()
    is_list: bool = False
    link: Link | None = None


_STEP = re.compile(
    r"(?P<name>_?[A-Za-z][A-Za-z0-9]*)"
    r"(?:\[(?P<pick>[^\[\]]+)\])?"
    r"(?P<list>\[\])?"
    r"(?:(?P<arrow>->|=>)(?P<type>[A-Z][A-Za-z]*)(?:\#(?P<suffix>[a-z][a-z-]*))?)?"
    r"(?:\.(?=.)|$)"
)
_REDOX = re.compile(r"[A-Za-z]+(\.[A-Za-z]+)*(\[\])?")


def fhir_path(text: str) -> tuple[Step, ...]:
    """The steps of a FHIR path.

    Raises:
        UnreadablePath: the text is none.
    """
    steps = []
    at = 0
    while at < len(text):
        found = _STEP.match(text, at)
        if found is None:
            raise UnreadablePath(text)
        steps.append(_step(found, text))
        at = found.end()
    if not steps:
        raise UnreadablePath(text)
    return tuple(steps)


def _step(found: re.Match[str], text: str) -> Step:
    link = Link(found["type"], found["suffix"] or "", found["arrow"] == "=>") if found["arrow"] else None
    return Step(found["name"], _pick(found["pick"] or "", text), found["list"] is not None, link)


def _pick(said: str, text: str) -> Pick:
    pairs = [part.partition("=") for part in said.split(",")] if said else []
    if any(not key or not value for key, _, value in pairs):
        raise UnreadablePath(text)
    return tuple((key, value) for key, _, value in pairs)


def redox_path(text: str) -> tuple[str, str]:
    """What holds the last name of a Redox path (nothing for the top), and that name; a list's `[]` is left out.

    Raises:
        UnreadablePath: the text is none.
    """
    if not _REDOX.fullmatch(text):
        raise UnreadablePath(text)
    above, _, name = text.removesuffix("[]").rpartition(".")
    return above, name
