"""Towards FHIR: the closures that write a tree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mappings.notation import r4
from mappings.notation.iso import SAME
from mappings.notation.paths import Link
from mappings.notation.rows import Subject
from mappings.notation.tree import (
    Blocks,
    Branch,
    Inner,
    Json,
    Leaf,
    Linked,
    Listed,
    Node,
    Occupant,
    Whole,
    picked,
    resource_id,
)

Make = Callable[[Blocks, str, Whole], Any]
"""From blocks, and what the ids of contained resources begin with, to a value, or None where nothing is said."""

Content = Callable[[Blocks, str, Whole], Json]
"""From the same to what is said of an object, without its constants; maybe nothing."""

Settle = Callable[[Json, Whole], None]
"""Adds its constants to an object."""

_Add = Callable[[list[Any], Blocks, str, Whole], None]

_KNOWN_BY_IDENTIFIER = frozenset({"Practitioner", "Organization", "Location"})
"""What stands in a directory elsewhere: a reference to it names its identifier too."""


def maker(occupant: Occupant) -> Make:
    """What writes a place."""
    match occupant:
        case Leaf():
            return _leaf_maker(occupant)
        case Inner():
            return _inner_maker(occupant)
        case Node():
            return _node_maker(occupant)
        case Linked():
            return _linked_maker(occupant)


def _leaf_maker(leaf: Leaf) -> Make:
    block, key, to_fhir = leaf.block, leaf.key, leaf.iso.to_fhir

    def make(blocks: Blocks, _at: str, _whole: Whole) -> Any:
        value = blocks[block].get(key)
        return None if value is None else to_fhir(value)

    return make


def _inner_maker(inner: Inner) -> Make:
    block, key, content, add = inner.block, inner.key, inner.table.content, inner.table.settle

    def make(blocks: Blocks, at: str, whole: Whole) -> Json | None:
        inside = blocks[block].get(key)
        if inside is None:
            return None
        made = content(inside, at, whole)
        if not made:
            return None
        add(made, whole)
        return made

    return make


def _node_maker(node: Node) -> Make:
    write, add = node_content(node), node_settle(node)

    def make(blocks: Blocks, at: str, whole: Whole) -> Json | None:
        made = write(blocks, at, whole)
        if not made:
            return None
        add(made, whole)
        return made

    return make


def _linked_maker(linked: Linked) -> Make:
    link = linked.link
    if isinstance(linked.content, Node):
        write = node_content(linked.content)
        refer = _referrer(link, linked.content, node_settle(linked.content))

        def make(blocks: Blocks, at: str, whole: Whole) -> Json | None:
            made = write(blocks, at, whole)
            return refer(made, resource_id(at, link.suffix), whole) if made else None

        return make

    block, key, table = linked.content.block, linked.content.key, linked.content.table
    refer_inside = _referrer(link, table.root, table.settle)

    def make_inside(blocks: Blocks, at: str, whole: Whole) -> Json | None:
        inside = blocks[block].get(key)
        if inside is None:
            return None
        own_id = resource_id(at, link.suffix)
        made = table.content(inside, f"{own_id}-", whole)
        return refer_inside(made, own_id, whole) if made else None

    return make_inside


def _referrer(link: Link, node: Node, add: Settle) -> Callable[[Json, str, Whole], Json]:
    """What puts a resource among the contained ones and gives the reference to it."""
    resource_type, onward = link.type, node.onward
    names_identifier = resource_type in _KNOWN_BY_IDENTIFIER

    def refer(made: Json, own_id: str, whole: Whole) -> Json:
        if onward is not None and onward in made and len(made) == 1:
            reference: Json = made[onward]
            return reference
        add(made, whole)
        whole.contained.append({"resourceType": resource_type, "id": own_id, **made})
        if names_identifier and "identifier" in made:
            return {"reference": f"#{own_id}", "identifier": made["identifier"][0].copy()}
        return {"reference": f"#{own_id}"}

    return refer


def node_content(node: Node) -> Content:
    """What writes an object without its constants."""
    leaves = [(name, leaf) for name, leaf in node.places.items() if isinstance(leaf, Leaf)]
    plain = [(name, leaf.block, leaf.key) for name, leaf in leaves if leaf.iso is SAME]
    turned = [(name, leaf.block, leaf.key, leaf.iso.to_fhir) for name, leaf in leaves if leaf.iso is not SAME]
    parts = [(name, maker(part)) for name, part in node.places.items() if not isinstance(part, Leaf)]
    parts += [(name, _list_maker(node, name)) for name in node.lists]

    def write(blocks: Blocks, at: str, whole: Whole) -> Json:
        made: Json = {}
        for name, block, key in plain:
            value = blocks[block].get(key)
            if value is not None:
                made[name] = value
        for name, block, key, to_fhir in turned:
            value = blocks[block].get(key)
            if value is not None:
                made[name] = to_fhir(value)
        for name, make in parts:
            value = make(blocks, at, whole)
            if value is not None:
                made[name] = value
        return made

    return write


def node_settle(node: Node) -> Settle:
    """What adds an object's constants."""
    consts = [
        (const.name, (const.name, *const.unless), _constant(const.value)) for const in node.consts
    ]

    def add(made: Json, whole: Whole) -> None:
        for name, needless, make in consts:
            if made.keys().isdisjoint(needless):
                made[name] = make(whole)

    return add


def _constant(value: Any) -> Callable[[Whole], Any]:
    if isinstance(value, Subject):
        return lambda whole: whole.subject.copy()
    if isinstance(value, list) and any(isinstance(inside, Subject) for inside in value):
        return lambda whole: [whole.subject.copy()]
    make = _fresh(value)
    return lambda _whole: make()


def _list_maker(node: Node, name: str) -> Make:
    type_here, branches = r4.member(node.type, name).type, node.lists[name]
    singles = [
        (_fresh(picked(type_here, branch.pick)), short[0], short[1].block, short[1].key, short[1].iso.to_fhir)
        for branch in branches
        if (short := branch.short_leaf())
    ]
    adders = [_adder(type_here, branch) for branch in branches if not branch.short_leaf()]
    is_contained = name == "contained"

    def make(blocks: Blocks, at: str, whole: Whole) -> list[Any] | None:
        made: list[Any] = []
        for new, member, block, key, to_fhir in singles:
            value = blocks[block].get(key)
            if value is not None:
                element = new()
                element[member] = to_fhir(value)
                made.append(element)
        for add in adders:
            add(made, blocks, at, whole)
        # A link has put the resource in its place; what stands here is a reference nobody needs.
        return None if is_contained else made or None

    return make


def _adder(type_here: str, branch: Branch) -> _Add:
    make = _element_maker(type_here, branch)
    if branch.listed:
        return _each_adder(make, branch.listed)

    def add(made: list[Any], blocks: Blocks, at: str, whole: Whole) -> None:
        element = make(blocks, at, whole)
        if element is not None:
            made.append(element)

    return add


def _each_adder(make: Make, listed: Listed) -> _Add:
    block, key, called = listed.block, listed.key, listed.called

    def add(made: list[Any], blocks: Blocks, at: str, whole: Whole) -> None:
        for position, value in enumerate(blocks[block].get(key, ()), 1):
            within = f"{at}{called}-{position}-" if called else at
            element = make(({"": value},), within, whole)
            if element is not None:
                made.append(element)

    return add


def _element_maker(type_here: str, branch: Branch) -> Make:
    make = maker(branch.occupant)
    if not branch.pick:
        return make
    new = _fresh(picked(type_here, branch.pick))

    def make_picked(blocks: Blocks, at: str, whole: Whole) -> Json | None:
        inside = make(blocks, at, whole)
        if inside is None:
            return None
        element: Json = new()
        element.update(inside)
        return element

    return make_picked


def _fresh(value: Any) -> Callable[[], Any]:
    """What makes a new copy of a constant, so that no two documents share an object."""
    if isinstance(value, list):
        makers = [_fresh(inside) for inside in value]
        return lambda: [make() for make in makers]
    if not isinstance(value, dict):
        return lambda: value
    flat = {key: inside for key, inside in value.items() if not isinstance(inside, dict | list)}
    deep = [(key, _fresh(inside)) for key, inside in value.items() if isinstance(inside, dict | list)]
    if not deep:
        return flat.copy

    def make() -> Json:
        made = flat.copy()
        for key, copy in deep:
            made[key] = copy()
        return made

    return make
