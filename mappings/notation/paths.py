"""Paths: the places of Redox messages and FHIR resources, by the names that their JSON has.

A Redox path joins names with dots; a list has `[]`: `Demographics.PhoneNumber.Home`, `Contacts[]`.

A FHIR path has three more signs. A *pick* finds the element of a list that has these constants, and makes that element
when it is written: `telecom[system=phone,use=home].value`. `[]` is the list itself: `each` turns its elements one by
one, `field` turns it as a whole. A *link* steps from a reference into the contained resource that it names:
`practitioner->Practitioner#practitioner.name`. The text after `#` ends the id of that resource; without `#` the
resource has the id of the list element that it is in. `=>` is a link whose near resource gives way: if nothing else of
the near resource is known, the near resource is left out, and the reference leads to the far resource instead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mappings.notation.errors import UnreadablePath

Pick = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A step through a reference into a contained resource of this type; `suffix` ends the id of the resource."""

    type: str
    suffix: str = ""
    near_side_gives_way: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One name of a FHIR path, with its pick, its `[]` and its link."""

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
    """Return the steps of a FHIR path.

    Raises:
        UnreadablePath: the text does not follow the grammar.
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
    """Return a Redox path in two parts: the path of the block (empty for the top), and the last name without `[]`.

    Raises:
        UnreadablePath: the text does not follow the grammar.
    """
    if not _REDOX.fullmatch(text):
        raise UnreadablePath(text)
    above, _, name = text.removesuffix("[]").rpartition(".")
    return above, name
