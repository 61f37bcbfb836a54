"""From FHIR: the closures that read a tree back."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from mappings.notation import r4
from mappings.notation.paths import Link, Pick
from mappings.notation.tree import (
    Blocks,
    Branch,
    Contained,
    Inner,
    Json,
    Leaf,
    Linked,
    Listed,
    Node,
    Occupant,
    resource_id,
)

Read = Callable[[Any, Blocks, str, Contained], None]
"""From a value, and what the ids of contained resources begin with, into blocks."""

_Key = Callable[[Json], Any]


def reader(occupant: Occupant) -> Read:
    """What reads a place."""
    match occupant:
        case Leaf():
            return _leaf_reader(occupant)
        case Inner():
            return _inner_reader(occupant)
        case Node():
            return node_reader(occupant)
        case Linked():
            return _linked_reader(occupant)


def _leaf_reader(leaf: Leaf) -> Read:
    block, key, to_redox = leaf.block, leaf.key, leaf.iso.to_redox

    def read(value: Any, blocks: Blocks, _at: str, _contained: Contained) -> None:
        turned = to_redox(value)
        if turned is not None:
            blocks[block][key] = turned

    return read


def _inner_reader(inner: Inner) -> Read:
    block, key, read_inside = inner.block, inner.key, inner.table.read

    def read(value: Json, blocks: Blocks, at: str, contained: Contained) -> None:
        inside = read_inside(value, at, contained)
        if inside:
            blocks[block][key] = inside

    return read


def _linked_reader(linked: Linked) -> Read:
    suffix = linked.link.suffix
    if isinstance(linked.content, Node):
        read_node = linked_node_reader(linked.content)

        def read(value: Json, blocks: Blocks, at: str, contained: Contained) -> None:
            read_node(value, resource_id(at, suffix), blocks, at, contained)

        return read

    block, key, read_linked = linked.content.block, linked.content.key, linked.content.table.read_linked

    def read_inside(value: Json, blocks: Blocks, at: str, contained: Contained) -> None:
        inside = read_linked(value, resource_id(at, suffix), contained)
        if inside:
            blocks[block][key] = inside

    return read_inside


def linked_node_reader(node: Node) -> Callable[[Json, str, Blocks, str, Contained], None]:
    """What reads the resource behind a reference, or what it gave way to."""
    read_node = node_reader(node)
    read_onward = reader(node.places[node.onward]) if node.onward else None

    def read(value: Json, own_id: str, blocks: Blocks, at: str, contained: Contained) -> None:
        reference = value.get("reference", "")
        if read_onward and reference != f"#{own_id}":
            read_onward(value, blocks, at, contained)
        elif reference in contained:
            read_node(contained[reference], blocks, at, contained)

    return read


def node_reader(node: Node) -> Read:
    """What reads an object."""
    readers = {name: reader(occupant) for name, occupant in node.places.items()}
    readers |= {name: _list_reader(node, name) for name in node.lists}

    def read(element: Json, blocks: Blocks, at: str, contained: Contained) -> None:
        for name, value in element.items():
            read_member = readers.get(name)
            if read_member is not None:
                read_member(value, blocks, at, contained)

    return read


def _list_reader(node: Node, name: str) -> Read:
    branches = node.lists[name]
    if name == "contained":
        return _contained_reader(branches)
    type_here = r4.member(node.type, name).type
    rest = next((_element_reader(branch) for branch in branches if not branch.pick), _pass_over)
    picks = _picks(type_here, [branch for branch in branches if branch.pick])
    if not picks:
        return _run_reader(rest)
    if len(picks) == 1:
        return _picking_reader(*picks[0], rest)

    def read(elements: list[Json], blocks: Blocks, at: str, contained: Contained) -> None:
        for element in elements:
            found = (readers.get(key(element)) for key, readers in picks)
            read_element = next((read_picked for read_picked in found if read_picked), rest)
            read_element(element, blocks, at, contained)

    return read


def _run_reader(read_element: Read) -> Read:
    def read(elements: list[Any], blocks: Blocks, at: str, contained: Contained) -> None:
        for element in elements:
            read_element(element, blocks, at, contained)

    return read


def _picking_reader(key: _Key, readers: dict[Any, Read], rest: Read) -> Read:
    def read(elements: list[Json], blocks: Blocks, at: str, contained: Contained) -> None:
        for element in elements:
            readers.get(key(element), rest)(element, blocks, at, contained)

    return read


def _pass_over(_element: Any, _blocks: Blocks, _at: str, _contained: Contained) -> None:
    """What no row speaks of is not read."""


def _picks(type_here: str, branches: list[Branch]) -> list[tuple[_Key, dict[Any, Read]]]:
    """What tells the elements of a list apart, and who reads them; those that ask for most come first."""
    by_members: dict[tuple[str, ...], dict[Any, Read]] = {}
    for branch in branches:
        members, values = _sides(branch.pick)
        by_members.setdefault(members, {})[values] = _element_reader(branch)
    return [
        (_key(type_here, members), readers)
        for members, readers in sorted(by_members.items(), key=lambda found: len(found[0]), reverse=True)
    ]


def _sides(pick: Pick) -> tuple[tuple[str, ...], Any]:
    members, values = zip(*sorted(pick), strict=True)
    return members, values if len(values) > 1 else values[0]


def _key(type_here: str, members: tuple[str, ...]) -> _Key:
    """What gives the members of an element that a pick asks for; one alone is not wrapped."""
    keys = [_member_of(type_here, member) for member in members]
    if len(keys) == 1:
        return keys[0]
    return lambda element: tuple([key(element) for key in keys])


def _member_of(type_here: str, path: str) -> _Key:
    *above, last = path.split(".")
    steps: list[str | int] = []
    for name in above:
        member = r4.member(type_here, name)
        steps += [name, 0] if member.many else [name]
        type_here = member.type
    if not steps:
        return lambda element: element.get(last)

    def deep(element: Any) -> Any:
        try:
            for step in steps:
                element = element[step]
            return element[last]
        except (KeyError, IndexError, TypeError):
            return None

    return deep


def _element_reader(branch: Branch) -> Read:
    if branch.listed:
        return _each_reader(reader(branch.occupant), branch.listed)
    short = branch.short_leaf()
    if not short:
        return reader(branch.occupant)
    name, leaf = short
    block, key, to_redox = leaf.block, leaf.key, leaf.iso.to_redox

    def read(element: Json, blocks: Blocks, _at: str, _contained: Contained) -> None:
        if name in element:
            blocks[block][key] = to_redox(element[name])

    return read


def _each_reader(read_element: Read, listed: Listed) -> Read:
    block, key, called = listed.block, listed.key, listed.called

    def read(element: Any, blocks: Blocks, at: str, contained: Contained) -> None:
        inside: Json = {}
        within = f"{at}{called}-{len(blocks[block].get(key, ())) + 1}-" if called else at
        read_element(element, (inside,), within, contained)
        if "" in inside:
            blocks[block].setdefault(key, []).append(inside[""])

    return read


def _contained_reader(branches: list[Branch]) -> Read:
    """What reads contained resources that nothing refers to: by their ids."""
    finders = [_finder(branch) for branch in branches]

    def read(_resources: Any, blocks: Blocks, at: str, contained: Contained) -> None:
        for find in finders:
            find(blocks, at, contained)

    return read


def _finder(branch: Branch) -> Callable[[Blocks, str, Contained], None]:
    read_element, link, listed = _element_reader(branch), _link(branch), branch.listed

    def find(blocks: Blocks, at: str, contained: Contained) -> None:
        for position in count(1):
            within = f"{at}{listed.called}-{position}-" if listed else at
            reference = f"#{resource_id(within, link.suffix)}"
            if reference not in contained:
                return
            read_element({"reference": reference}, blocks, at, contained)
            if not listed:
                return

    return find


def _link(branch: Branch) -> Link:
    if not isinstance(branch.occupant, Linked):
        raise TypeError("a contained resource is reached by a link")
    return branch.occupant.link
