"""Paths into FHIR resources, and their grammar; `store.search.reading` reads them.

A path names elements as FHIR does. An element that is a list stands for each of its members:

    name.family                              the family of each name
    name.given[0]                            the first given name of each name
    _status.extension                        the extensions that stand beside the status, which is a primitive
    identifier[system=urn:a].value           the value of each identifier of this system
    identifier[type.coding.code!=AN].value   the value of each identifier that no coding says to be of type AN
    participant[type.coding=urn:a|X].actor   the actor of each participant with a Coding of this system and code
    [active!=false].birthDate                the date of birth if the resource is not inactive
    actor->Location.name                     the name of the contained Location that the actor refers to
    actor->Location.partOf*->Location.name   the name of that Location, then of the Location it is part of, and so on

An element that is absent has no values; the reading of a path never fails because of what a resource leaves out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Member:
    """The step to an element of this name; if it is a list, to each of its members or to the member at a position."""

    name: str
    position: int | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """The step that keeps an element, or drops it, by the values at a path below it.

    If `is_equal`, the element stays if one of its values is in `wanted`; otherwise it stays if none of them is.
    """

    path: tuple[str, ...]
    wanted: tuple[Any, ...]
    """Texts, booleans, or pairs of the code and the system of a Coding."""
    is_equal: bool

    @property
    def is_token(self) -> bool:
        """Whether the values are Codings."""
        return isinstance(self.wanted[0], tuple)


@dataclass(frozen=True, slots=True)
class Target:
    """The step from a reference to the contained resource of this type."""

    type: str


@dataclass(frozen=True, slots=True)
class Chain:
    """The step to the same resource, to the contained resource that its element refers to, and so on."""

    name: str
    type: str


Step = Member | Filter | Target | Chain


class PathUnreadable(ValueError):
    """A path does not follow the grammar."""


_STEP = re.compile(r"(_?[a-zA-Z]\w*)(?:\[(\d+)\])?(?:(\*)?->([A-Z]\w*))?((?:\[[^\]]*\])?)(?:\.(?=.)|$)")
_FILTERS = re.compile(r"\[([^\]]*)\](?:\.(?=.)|$)")
_CONDITION = re.compile(r"([a-zA-Z]\w*(?:\.[a-zA-Z]\w*)*)(!?=)(.+)")
_LITERALS: Mapping[str, Any] = {"true": True, "false": False}


def steps(path: str) -> tuple[Step, ...]:
    """Return the steps of a path; raises PathUnreadable."""
    found: list[Step] = []
    end = 0
    if on_resource := _FILTERS.match(path):
        found += _filters(on_resource[1], path)
        end = on_resource.end()
    while end < len(path):
        step = _STEP.match(path, end)
        if step is None:
            raise PathUnreadable(path)
        name, position, star, target, filters = step.groups()
        if star:
            found.append(Chain(name, target))
        else:
            found.append(Member(name, int(position) if position else None))
            found += [Target(target)] if target else []
        found += _filters(filters[1:-1], path) if filters else []
        end = step.end()
    return tuple(found)


def _filters(text: str, path: str) -> Iterator[Filter]:
    """Yield the filters between two brackets; several `!=` at the same path make one filter."""
    refused: dict[tuple[tuple[str, ...], bool], tuple[Any, ...]] = {}
    for condition in text.split(","):
        parts = _CONDITION.fullmatch(condition)
        if parts is None:
            raise PathUnreadable(path)
        names, wanted = tuple(parts[1].split(".")), _wanted(parts[3])
        if parts[2] == "=":
            yield Filter(names, (wanted,), is_equal=True)
        else:
            place = (names, isinstance(wanted, tuple))
            refused[place] = (*refused.get(place, ()), wanted)
    yield from (Filter(names, wanted, is_equal=False) for (names, _), wanted in refused.items())


def _wanted(text: str) -> Any:
    system, bar, code = text.rpartition("|")
    return (code, system) if bar else _LITERALS.get(text, text)
