"""The FHIR side of a table: a tree of places.

A place is where one value of a FHIR type stands. It is occupied by a value (`Leaf`), by an object that another table
turns (`Inner`), by an object of this table (`Node`), or by a reference to a contained resource (`ContainedLink`), whose
content is an `Inner` or a `Node`. On the Redox side values stand in *blocks*: the table's object, and the objects in
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
from mappings.notation.rest import Rest

Json = dict[str, Any]


Contained = Mapping[str, Json]
"""The contained resources of what is being read, by the references to them."""

Add = Callable[[Json], None]
"""Adds a resource to the contained resources of the resource that is being written."""


class Table(Protocol):
    """A table, as far as another table's tree needs it.

    The text among a function's arguments begins the ids of contained resources. The last argument of `content` and
    `settle` is the reference to the person whom the resource is about.
    """

    type: str
    root: Node
    content: Callable[[Json, str, Add, Json], Json]
    """Turns a Redox object into an element, without its constants."""
    settle: Callable[[Json, Json], None]
    """Adds the constants to an element."""
    read: Callable[[Json, str, Contained], Json]
    """Turns an element back into the Redox object."""
    read_linked: Callable[[Json, str, Contained], Json]
    """Turns the contained resource behind a reference back into the Redox object; the text is the resource's id."""


ELEMENT, SLOT = -1, -2
"""In the place of a block's number. ELEMENT: the value is an element of a Redox list. SLOT: the value turns together
with others, and waits in a variable."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value of a block."""

    block: int
    key: str
    iso: Iso = SAME


@dataclass(frozen=True, slots=True)
class Inner:
    """An object of a block; another table turns it."""

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
    """The member that replaces this object if the object has no other member."""
    rest: Rest | None = None
    """What its list `extension` may hold beside the rows."""

    def claim(self, name: str, occupant: Occupant) -> None:
        """Put an occupant at a member.

        Raises:
            DoubleHome: the member has an occupant already.
        """
        if name in self.places or name in self.lists:
            raise DoubleHome(f"{self.type}.{name}")
        self.places[name] = occupant

    def branch(self, name: str, branch: Branch) -> None:
        """Add a branch to a list.

        Raises:
            DoubleHome: an element could belong to two branches.
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
    """The Redox list that turns into a FHIR list; `called` names its elements in the ids of contained resources."""

    block: int
    key: str
    called: str


@dataclass(frozen=True, slots=True)
class Branch:
    """A part of a FHIR list: the one element of a pick, or the elements that a Redox list turns into."""

    pick: Pick
    occupant: Occupant
    redox_list: RedoxList | None = None


@dataclass(frozen=True, slots=True)
class Constant:
    """A member and its constant; the constant is left out if one of the members `unless` is there."""

    name: str
    value: Any
    unless: tuple[str, ...]


def element_of_pick(type_name: str, pick: Pick) -> Json:
    """Return the element that a pick makes.

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
    """Return the constants that tell a branch's elements from the others; for a contained resource it is the id."""
    if name == "contained" and isinstance(branch.occupant, ContainedLink):
        return (("id", branch.occupant.link.suffix or (branch.redox_list.called if branch.redox_list else "")),)
    return branch.pick


def _may_be_mixed_up(one: Pick, other: Pick) -> bool:
    """Whether one element can match both picks; a branch without a pick has the elements that match no other pick."""
    if not one or not other:
        return not one and not other
    mine, theirs = dict(one), dict(other)
    return all(mine[key] == theirs[key] for key in mine.keys() & theirs.keys())


def only_leaf(node: Node) -> tuple[str, Leaf] | None:
    """Return the only member of an object if that member is a value, as in most extensions and telephone numbers."""
    found = [(name, leaf) for name, leaf in node.places.items() if isinstance(leaf, Leaf)]
    is_short = len(found) == len(node.places) == 1 and not (node.lists or node.consts or node.rest)
    return found[0] if is_short else None
