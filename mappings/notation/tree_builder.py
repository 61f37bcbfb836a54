"""From paths to a tree: every step is checked against FHIR, and every place is given away once."""

from __future__ import annotations

from mappings.notation import r4
from mappings.notation.errors import DoubleHome, UnfitHome, UnknownHome
from mappings.notation.iso import SAME
from mappings.notation.paths import Link, Step, fhir_path
from mappings.notation.rows import Const, Subject
from mappings.notation.tree import (
    Branch,
    Constant,
    ContainedLink,
    Inner,
    Leaf,
    Node,
    Occupant,
    RedoxList,
    element_of_pick,
)

_HOLDS: dict[str, frozenset[str]] = {
    "Text": frozenset({"string", "markdown"}),
    "Code": frozenset({"string", "markdown"}),
    "Number": frozenset({"decimal"}),
    "Flag": frozenset({"boolean"}),
    "Date": frozenset({"date", "dateTime"}),
    "DateTime": frozenset({"dateTime"}),
    "Instant": frozenset({"instant", "dateTime"}),
    "Id": frozenset({"id"}),
    "Status": frozenset({"code"}),
}
"""By the type of a Redox leaf, the FHIR types that can hold each of its values unchanged."""


def grow(root: Node, path: str, occupant: Occupant, leaf_type: str | None = None) -> None:
    """Put an occupant at the end of a path.

    Raises:
        BrokenTable: there is no such place, it has an occupant, or it cannot hold a leaf of this type unchanged.
    """
    *above, last = fhir_path(path)
    _settle(walk(root, above, path), last, occupant, leaf_type, path)


def grow_list(root: Node, path: str, occupant: Occupant, listed: RedoxList, leaf_type: str | None = None) -> None:
    """Put a Redox list at the step of a path that has `[]`.

    Raises:
        BrokenTable: as `grow`, or no step has `[]`, or contained resources would share ids.
    """
    steps = fhir_path(path)
    marked = next((position for position, step in enumerate(steps) if step.is_list), None)
    if marked is None:
        raise UnfitHome(path)
    node, step, rest = walk(root, steps[:marked], path), steps[marked], list(steps[marked + 1 :])
    member = r4.member(node.type, step.name)
    if not member.many or (step.pick and step.link):
        raise UnfitHome(path)
    if rest:
        element = Node(member.type)
        _settle(walk(element, rest[:-1], path), rest[-1], occupant, leaf_type, path)
        occupant = element
    else:
        occupant = _linked(step.link, member, occupant, path)
        _check(member, occupant, leaf_type, path)
    element_of_pick(member.type, step.pick)
    node.branch(step.name, Branch(step.pick, occupant, listed))


def grow_const(root: Node, row: Const) -> None:
    """Put a constant into an object that has other members.

    Raises:
        BrokenTable: there is no such place, or its object never has another member.
    """
    *above, last = fhir_path(row.fhir)
    node = walk(root, above, row.fhir, is_made=False)
    member = r4.member(node.type, last.name)
    if isinstance(row.value, list) != member.many or (isinstance(row.value, Subject) and member.type != "Reference"):
        raise UnfitHome(row.fhir)
    if member.codes and isinstance(row.value, str) and row.value not in member.codes:
        raise UnfitHome(row.fhir)
    if any(const.name == last.name for const in node.consts):
        raise DoubleHome(row.fhir)
    for name in row.unless:
        r4.member(node.type, name)
    node.consts.append(Constant(last.name, row.value, row.unless))


def walk(node: Node, steps: list[Step] | tuple[Step, ...], path: str, *, is_made: bool = True) -> Node:
    """Return the object at the end of some steps, and make it if `is_made`.

    Raises:
        BrokenTable: there is no such object.
    """
    for step in steps:
        node = _step(node, step, path, is_made=is_made)
    return node


def _step(node: Node, step: Step, path: str, *, is_made: bool) -> Node:
    """Return the object that a step leads to, and make it if `is_made`."""
    member = r4.member(node.type, step.name)
    if step.is_list or member.is_primitive:
        raise UnfitHome(path)
    if step.link and step.link.near_side_gives_way:
        node.onward = step.name
    known = _known(node, step)
    if known is None:
        if not is_made:
            raise UnknownHome(path)
        below = Node(step.link.type if step.link else member.type)
        _settle(node, step, below, None, path)
        return below
    inside = known.content if isinstance(known, ContainedLink) else known
    if not isinstance(inside, Node) or (isinstance(known, ContainedLink) and known.link != step.link):
        raise DoubleHome(path)
    return inside


def _known(node: Node, step: Step) -> Occupant | None:
    if step.name in node.places:
        return node.places[step.name]
    branches = node.lists.get(step.name, ())
    return next((branch.occupant for branch in branches if not branch.redox_list and _is_meant(branch, step)), None)


def _is_meant(branch: Branch, step: Step) -> bool:
    """Whether a step leads to a branch; contained resources are told apart by their links alone."""
    if step.name == "contained":
        return isinstance(branch.occupant, ContainedLink) and branch.occupant.link == step.link
    return branch.pick == step.pick


def _settle(node: Node, step: Step, occupant: Occupant, leaf_type: str | None, path: str) -> None:
    """Put an occupant at the last step of a path."""
    member = r4.member(node.type, step.name)
    if step.link and step.link.near_side_gives_way:
        node.onward = step.name
    occupant = _linked(step.link, member, occupant, path)
    if member.many and not step.is_list:
        element_of_pick(member.type, step.pick)
        _check(member, occupant, leaf_type, path)
        node.branch(step.name, Branch(step.pick, occupant))
        return
    if step.pick or (step.is_list and not member.many):
        raise UnfitHome(path)
    if not step.is_list:
        _check(member, occupant, leaf_type, path)
    node.claim(step.name, occupant)


def _linked(link: Link | None, member: r4.Member, occupant: Occupant, path: str) -> Occupant:
    if link is None:
        return occupant
    is_reachable = member.name == "contained" or (
        member.type == "Reference" and (not member.targets or member.targets & {link.type, "Resource"})
    )
    if not is_reachable or not isinstance(occupant, Node | Inner):
        raise UnfitHome(path)
    r4.model(link.type)
    return ContainedLink(link, occupant)


def _check(member: r4.Member, occupant: Occupant, leaf_type: str | None, path: str) -> None:
    """Raise UnfitHome if an occupant does not fit the member's type."""
    match occupant:
        case Leaf(iso=iso):
            fits = iso is not SAME or leaf_type is None or member.type in _HOLDS[leaf_type]
        case Inner(table=table):
            fits = table.type == member.type
        case Node(type=type_name):
            fits = type_name == member.type
        case ContainedLink(link=link, content=Inner(table=table)):
            fits = table.type == link.type
        case _:
            fits = True
    if not fits:
        raise UnfitHome(f"{path} ({member.type})")
