"""Which element of a table has the Extensions of each block: the innermost one that has all words of the block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile

from mappings.notation import r4
from mappings.notation.blocks import Layout
from mappings.notation.errors import DoubleHome, UnfitHome
from mappings.notation.paths import Step, fhir_path
from mappings.notation.rest import OF_BLOCK, Rest
from mappings.notation.rows import Each, Field, One, Row
from mappings.notation.tree import Node
from mappings.notation.tree_builder import walk

Steps = tuple[Step, ...]


def give_rest(root: Node, layout: Layout, rows: Sequence[Row], at: str) -> dict[str, str]:
    """Give each block's Extensions to an element of the tree, and return the FHIR path of each by the block's path.

    Raises:
        UnfitHome: the element cannot have extensions, or values kept as sent would stand outside of the root.
        DoubleHome: a row has the whole list of extensions.
    """
    own = fhir_path(at.removesuffix(".")) if at else ()
    if own and layout.as_sent:
        raise UnfitHome(at)
    homes: dict[Steps, dict[int, str]] = {own: {0: ""}}
    for path, number in layout.paths.items():
        if not path:
            continue
        steps = _innermost(rows, f"{path}.")
        if not steps or steps in homes or any(step.link and step.link.near_side_gives_way for step in steps):
            homes[own][number] = path
        else:
            homes[steps] = {number: ""}
    for steps, names in homes.items():
        _settle(walk(root, steps, at, is_made=False), names)
    paths = {number: path for path, number in layout.paths.items()}
    return {paths[number]: _text(steps, name) for steps, names in homes.items() for number, name in names.items()}


def _settle(node: Node, names: dict[int, str]) -> None:
    r4.member(node.type, "extension")
    if "extension" in node.places or any(not branch.pick for branch in node.lists.get("extension", ())):
        raise DoubleHome(f"{node.type}.extension")
    node.rest = Rest(names)


def _innermost(rows: Sequence[Row], above: str) -> Steps:
    """Return the steps that all FHIR paths of a block have in common; none if the block has a single word."""
    found = [_above(path) for row in rows if _is_of(row, above) for path in _paths(row)]
    if len(found) < 2:
        return ()
    return tuple(together[0] for together in takewhile(_are_one, zip(*found, strict=False)))


def _are_one(steps: tuple[Step, ...]) -> bool:
    return len(set(steps)) == 1


def _is_of(row: Row, above: str) -> bool:
    match row:
        case Field():
            return any(path.startswith(above) for path in row.redox)
        case One() | Each():
            return row.redox.startswith(above)
        case _:
            return False


def _paths(row: Row) -> Iterator[str]:
    match row:
        case Field():
            yield from row.fhir
        case One() | Each():
            yield row.fhir


def _above(path: str) -> Steps:
    """Return the steps to the object that a path's value stands in, outside of lists."""
    return tuple(takewhile(lambda step: not step.is_list, fhir_path(path)))[: len(fhir_path(path)) - 1]


def _text(steps: Steps, name: str) -> str:
    inside = "".join(f"{step.name}." for step in steps)
    return f"{inside}extension[url={OF_BLOCK}{name}].extension" if name else f"{inside}extension"
