"""A part of a tree: only the places that a reader wants."""

from __future__ import annotations

from collections.abc import Callable

from mappings.notation.blocks import Place
from mappings.notation.tree import ELEMENT, Branch, ContainedLink, Inner, Leaf, Node, Occupant

IsWanted = Callable[[Place], bool]


def prune(node: Node, is_wanted: IsWanted) -> Node:
    """Return a tree without the places that are not wanted; the picks that tell elements apart stay."""
    result = Node(node.type, onward=node.onward, rest=node.rest)
    for name, occupant in node.places.items():
        left = _prune(occupant, is_wanted)
        if left is not None:
            result.places[name] = left
    for name, branches in node.lists.items():
        left_of = [_prune_branch(branch, is_wanted) for branch in branches]
        if any(not is_bare(branch.occupant) for branch in left_of):
            result.lists[name] = left_of
    return result


def _prune(occupant: Occupant, is_wanted: IsWanted) -> Occupant | None:
    match occupant:
        case Leaf() | Inner():
            return occupant if occupant.block == ELEMENT or is_wanted((occupant.block, occupant.key)) else None
        case Node():
            left = prune(occupant, is_wanted)
            return None if is_bare(left) else left
        case _:
            inside = _prune(occupant.content, is_wanted)
            return ContainedLink(occupant.link, inside) if isinstance(inside, Node | Inner) else None


def _prune_branch(branch: Branch, is_wanted: IsWanted) -> Branch:
    if branch.redox_list and not is_wanted((branch.redox_list.block, branch.redox_list.key)):
        return Branch(branch.pick, Node(""))
    return Branch(branch.pick, _prune(branch.occupant, is_wanted) or Node(""), branch.redox_list)


def elements(root: Node) -> tuple[str, ...]:
    """Return the names of the elements that a tree reads; `contained` is one if a place is in a contained resource."""
    own = dict.fromkeys((*root.places, *root.lists, *(("extension",) if root.rest else ())))
    return tuple(own | {"contained": None}) if _is_linked(root) else tuple(own)


def _is_linked(occupant: Occupant) -> bool:
    """Whether a place of an occupant stands in a contained resource."""
    match occupant:
        case Leaf():
            return False
        case Inner():
            return _is_linked(occupant.table.root)
        case Node():
            inside = [branch.occupant for branches in occupant.lists.values() for branch in branches]
            return any(map(_is_linked, [*occupant.places.values(), *inside]))
        case _:
            return True


def is_bare(occupant: Occupant) -> bool:
    """Whether an occupant is an object without places."""
    return isinstance(occupant, Node) and not occupant.places and not occupant.lists
