"""The FHIR side of a table: a tree of places.

A place is where one value of a FHIR type stands. It is occupied by a value (`Leaf`), by an object that another table
turns (`Inner`), by an object of this table (`Node`), or by a reference to a contained resource (`ContainedLink`), whose
content is an `Inner` or a `Node`. On the Redox side values stand in *blocks*: the table's object, and the objects inside
it that have no table of their own. Each block has a number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from mappings.notation import r4
from mappings.notation.errors import DoubleHome, UnfitHome
from mappings.notation.iso import SAME, Iso
from mappings.notation.paths import Link, Pick

Json = dict[str, Any]


Contained = Mapping[str, Json]
"""The contained resources of what is being read, by the references to them."""

Add = Callable[[Json], None]
"""Puts a resource among those that the one being written contains."""


class Table(Protocol):
    """A table as the tree of another sees it.

    `at` is what the ids of contained resources begin with, `subject` a reference to whom the whole is about.
    """

    type: str
    root: Node
    content: Callable[[Json, str, Add, Json], Json]
    """What the table says of a Redox object, without constants."""
    settle: Callable[[Json, Json], None]
    """Adds the constants."""
    read: Callable[[Json, str, Contained], Json]
    """The Redox object that an element was written from."""
    read_linked: Callable[[Json, str, Contained], Json]
    """The Redox object that the resource behind a reference, of this id, was written from."""


ELEMENT, SLOT = -1, -2
"""Instead of a block: the element of a Redox list, and what stands meanwhile for a value that turns with others."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value of a block."""

    block: int
    key: str
    iso: Iso = SAME


@dataclass(frozen=True, slots=True)
class Inner:
    """An object of a block that another table turns."""

    block: int
    key: str
    table: Table


@dataclass(slots=True)
class Node:
    """An object of a FHIR type."""

    type: str
    places: dict[str, Occupant] = field(default_factory=dict)
    lists: dict[str, list[Branch]] = field(default_factory=dict)
    consts: list[Constant] = field(default_factory=list)
    onward: str | None = None
    """The member for whose sake this object gives way where it says nothing else."""

    def claim(self, name: str, occupant: Occupant) -> None:
        """Let something stand at a member.

        Raises:
            DoubleHome: something else does.
        """
        if name in self.places or name in self.lists:
            raise DoubleHome(f"{self.type}.{name}")
        self.places[name] = occupant

    def branch(self, name: str, branch: Branch) -> None:
        """Let something stand in a list.

        Raises:
            DoubleHome: an element could be taken for another's.
        """
        branches = self.lists.setdefault(name, [])
        mine = _mark(name, branch)
        if name in self.places or any(_may_be_mixed_up(mine, _mark(name, other)) for other in branches):
            raise DoubleHome(f"{self.type}.{name}{list(branch.pick) or ''}")
        branches.append(branch)


@dataclass(frozen=True, slots=True)
class ContainedLink:
    """A reference to a contained resource."""

    link: Link
    content: Node | Inner


Occupant: TypeAlias = Leaf | Inner | Node | ContainedLink


@dataclass(frozen=True, slots=True)
class RedoxList:
    """The Redox list beside a FHIR list, and what its elements are called."""

    block: int
    key: str
    called: str


@dataclass(frozen=True, slots=True)
class Branch:
    """What stands in a list: one element, or the elements beside a Redox list."""

    pick: Pick
    occupant: Occupant
    redox_list: RedoxList | None = None


@dataclass(frozen=True, slots=True)
class Constant:
    """A member with its constant, needless where one of `unless` is there."""

    name: str
    value: Any
    unless: tuple[str, ...]


def element_of_pick(type_name: str, pick: Pick) -> Json:
    """The element that a pick makes.

    Raises:
        UnknownHome: the type has no such member.
        UnfitHome: the member cannot hold such a constant.
    """
    made: Json = {}
    for key, value in pick:
        inside, type_here = made, type_name
        *above, last = key.split(".")
        for name in above:
            member = r4.member(type_here, name)
            step = inside.setdefault(name, [{}] if member.many else {})
            inside, type_here = (step[0] if member.many else step), member.type
        member = r4.member(type_here, last)
        if not member.is_primitive or (member.codes and value not in member.codes):
            raise UnfitHome(f"{type_here}.{last}")
        inside[last] = value
    return made


def _mark(name: str, branch: Branch) -> Pick:
    """What tells an element from its siblings; of a contained resource it is the id."""
    if name == "contained" and isinstance(branch.occupant, ContainedLink):
        return (("id", branch.occupant.link.suffix or (branch.redox_list.called if branch.redox_list else "")),)
    return branch.pick


def _may_be_mixed_up(one: Pick, other: Pick) -> bool:
    """Whether an element can meet both picks; without a pick it is whatever the others leave."""
    if not one or not other:
        return not one and not other
    mine, theirs = dict(one), dict(other)
    return all(mine[key] == theirs[key] for key in mine.keys() & theirs.keys())
