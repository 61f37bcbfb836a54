"""Towards FHIR: a tree of places becomes the source of Python functions that write a resource."""

from __future__ import annotations

from collections.abc import Callable

from mappings.as_sent import AsSent
from mappings.notation import r4
from mappings.notation.blocks import Layout, Place
from mappings.notation.iso import SAME
from mappings.notation.literals import any_said, constant, literal, there
from mappings.notation.rest import Rest, add_extensions, as_sent_url, kept_with
from mappings.notation.source import Source
from mappings.notation.tree import (
    ELEMENT,
    SLOT,
    Branch,
    Constant,
    ContainedLink,
    Inner,
    Json,
    Leaf,
    Node,
    Occupant,
    RedoxList,
    element_of_pick,
    only_leaf,
)

_NOTHING: Json = {}

Put = Callable[[str], None]
"""Adds the line of source that puts an expression in its place."""


class Writer:
    """Adds the functions `content` and `settle` of a table to a source."""

    def __init__(self, source: Source, layout: Layout) -> None:
        self._source = source
        self._layout = layout
        self._slots: dict[str, str] = {}
        self._element = ""
        self._at = "at"

    def functions(self, root: Node) -> None:
        """Add both functions for the tree below `root`."""
        line, block = self._source.line, self._source.block
        with block("def content(b0, at, add, subject):"):
            for number, (above, name) in enumerate(self._layout.inside, 1):
                line(f"b{number} = b{above}.get({name!r}, {self._source.bind(_NOTHING, 'nothing')})")
            if self._layout.as_sent:
                line("kept = None")
            self._turn_together()
            line("made = {}")
            self._members(root, "made")
            if self._layout.as_sent:
                with block("if kept is not None:"):
                    line("made.setdefault('extension', []).extend(kept)")
            line("return made")
        with block("def settle(made, subject):"):
            self._constants(root.consts, "made")
            line("return")

    def _turn_together(self) -> None:
        for turn in self._layout.turns:
            said = [self._source.name("v") for _ in turn.redox]
            for name, (block, key) in zip(said, turn.redox, strict=True):
                self._source.line(f"{name} = b{block}.get({key!r})")
                self._as_sent((block, key), name)
            slots = [self._source.name("s") for _ in turn.slots]
            self._slots |= dict(zip(turn.slots, slots, strict=True))
            with self._source.block(f"if {any_said(said)}:"):
                to_fhir = self._source.bind(turn.iso.to_fhir, "to_fhir")
                self._source.line(f"{', '.join(slots)} = {to_fhir}({', '.join(said)})")
            with self._source.block("else:"):
                self._source.line(f"{' = '.join(slots)} = None")

    def _members(self, node: Node, made: str) -> None:
        for name, occupant in node.places.items():
            self._occupant(occupant, self._into(f"{made}[{name!r}]"))
        for name, branches in node.lists.items():
            self._list(r4.member(node.type, name).type, name, branches, made)
        if node.rest:
            self._rest(node.rest, made)

    def _rest(self, rest: Rest, made: str) -> None:
        """Add the lines that put the Extensions of blocks into an object."""
        for number, name in rest.names.items():
            with self._source.block(f"if 'Extensions' in b{number}:"):
                add = self._source.bind(add_extensions, "add_extensions")
                self._source.line(f"{add}({made}, b{number}['Extensions'], {name!r})")

    def _into(self, place: str) -> Put:
        return lambda value: self._source.line(f"{place} = {value}")

    def _occupant(self, occupant: Occupant, put: Put) -> None:
        match occupant:
            case Leaf():
                self._said(occupant, lambda value: put(self._turned(occupant, value)))
            case Inner():
                self._inner(occupant, put)
            case Node():
                self._node(occupant, {}, put)
            case _:
                self._linked(occupant, put)

    def _said(self, leaf: Leaf | Inner, use: Put) -> None:
        """Add the lines that use a value if it is there."""
        if leaf.block == ELEMENT:
            use(self._element)
            return
        if leaf.block == SLOT:
            name = self._slots[leaf.key]
            is_said = f"{name} is not None"
        else:
            name = self._source.name("v")
            is_said = there(f"b{leaf.block}", leaf.key, name)
        with self._source.block(f"if {is_said}:"):
            if (leaf.block, leaf.key) in self._layout.as_sent:
                self._as_sent((leaf.block, leaf.key), name)
                with self._source.block(f"if {name} is not None:"):
                    use(name)
            else:
                use(name)

    def _as_sent(self, place: Place, name: str) -> None:
        """Add the lines that keep a value as it was sent, if it is one, and leave None in its place."""
        if place not in self._layout.as_sent:
            return
        with self._source.block(f"if {name}.__class__ is {self._source.bind(AsSent, 'AsSent')}:"):
            keep = self._source.bind(kept_with, "kept_with")
            self._source.line(f"kept = {keep}(kept, {as_sent_url(self._layout.path(place))!r}, {name})")
            self._source.line(f"{name} = None")

    def _turned(self, leaf: Leaf, value: str) -> str:
        return value if leaf.iso is SAME else f"{self._source.bind(leaf.iso.to_fhir, 'to_fhir')}({value})"

    def _inner(self, inner: Inner, put: Put) -> None:
        content = self._source.bind(inner.table.content, "content")
        settle = self._source.bind(inner.table.settle, "settle") if inner.table.root.consts else None

        def use(value: str) -> None:
            made = self._source.name("n")
            self._source.line(f"{made} = {content}({value}, {self._at}, add, subject)")
            with self._source.block(f"if {made}:"):
                if settle:
                    self._source.line(f"{settle}({made}, subject)")
                put(made)

        self._said(inner, use)

    def _node(self, node: Node, constants: Json, put: Put) -> None:
        """Add the lines that make an object, with the constants of its pick."""
        short = only_leaf(node)
        if short:
            name, leaf = short
            self._said(leaf, lambda value: put(literal(constants, (name, self._turned(leaf, value)))))
            return
        made = self._source.name("n")
        self._source.line(f"{made} = {{}}")
        self._members(node, made)
        with self._source.block(f"if {made}:"):
            self._constants(node.consts, made)
            put(f"{literal(constants)[:-1]}, **{made}}}" if constants else made)

    def _linked(self, linked: ContainedLink, put: Put) -> None:
        """Add the lines that make a contained resource and a reference to it."""
        link, content = linked.link, linked.content
        own_id = f'f"{{{self._at}}}{link.suffix}"' if link.suffix else f"{self._at}[:-1]"
        if isinstance(content, Node):
            made = self._source.name("n")
            self._source.line(f"{made} = {{}}")
            self._members(content, made)
            self._refer(linked, content, made, own_id, lambda: self._constants(content.consts, made), put)
            return
        write = self._source.bind(content.table.content, "content")
        settle = self._source.bind(content.table.settle, "settle")

        def use(value: str) -> None:
            made, name = self._source.name("n"), self._source.name("id")
            self._source.line(f"{name} = {own_id}")
            self._source.line(f'{made} = {write}({value}, f"{{{name}}}-", add, subject)')
            add_constants = lambda: self._source.line(f"{settle}({made}, subject)")  # noqa: E731
            self._refer(linked, content.table.root, made, name, add_constants, put)

        self._said(content, use)

    def _refer(
        self, linked: ContainedLink, node: Node, made: str, own_id: str, add_constants: Callable[[], None], put: Put
    ) -> None:
        line, type_name = self._source.line, linked.link.type
        if node.onward:
            with self._source.block(f"if len({made}) == 1 and {node.onward!r} in {made}:"):
                put(f"{made}[{node.onward!r}]")
        with self._source.block(f"{'elif' if node.onward else 'if'} {made}:"):
            add_constants()
            name = self._source.name("id")
            line(f"{name} = {own_id}")
            line(f'add({{"resourceType": {type_name!r}, "id": {name}, **{made}}})')
            reference = f'{{"reference": f"#{{{name}}}"}}'
            if type_name in r4.KNOWN_BY_IDENTIFIER and ("identifier" in node.lists):
                line(f"{made} = {made}.get('identifier')")
                identified = f'{{"reference": f"#{{{name}}}", "identifier": {made}[0].copy()}}'
                reference = f"{identified} if {made} else {reference}"
            put(reference)

    def _list(self, type_here: str, name: str, branches: list[Branch], made: str) -> None:
        if len(branches) == 1 and not branches[0].redox_list and name != "contained":
            self._element_of(type_here, branches[0], lambda value: self._source.line(f"{made}[{name!r}] = [{value}]"))
            return
        listed = self._source.name("l")
        self._source.line(f"{listed} = []")
        append: Put = lambda value: self._source.line(f"{listed}.append({value})")  # noqa: E731
        for branch in branches:
            if branch.redox_list:
                self._each(type_here, branch, branch.redox_list, append)
            else:
                self._element_of(type_here, branch, append)
        if name == "contained":
            return
        with self._source.block(f"if {listed}:"):
            self._source.line(f"{made}[{name!r}] = {listed}")

    def _each(self, type_here: str, branch: Branch, listed: RedoxList, put: Put) -> None:
        outer, value, position = (self._element, self._at), self._source.name("x"), self._source.name("i")
        values = f"b{listed.block}[{listed.key!r}]"
        each = f"{position}, {value} in enumerate({values}, 1)" if listed.called else f"{value} in {values}"
        with self._source.block(f"if {listed.key!r} in b{listed.block}:"), self._source.block(f"for {each}:"):
            self._element = value
            if listed.called:
                self._at = self._source.name("at")
                self._source.line(f'{self._at} = f"{{{outer[1]}}}{listed.called}-{{{position}}}-"')
            self._element_of(type_here, branch, put)
        self._element, self._at = outer

    def _element_of(self, type_here: str, branch: Branch, put: Put) -> None:
        constants = element_of_pick(type_here, branch.pick)
        if isinstance(branch.occupant, Node):
            self._node(branch.occupant, constants, put)
        elif constants:
            self._occupant(branch.occupant, lambda value: put(f"{literal(constants)[:-1]}, **({value})}}"))
        else:
            self._occupant(branch.occupant, put)

    def _constants(self, constants: list[Constant], made: str) -> None:
        for const in constants:
            absent = " and ".join(f"{name!r} not in {made}" for name in (const.name, *const.unless))
            with self._source.block(f"if {absent}:"):
                self._source.line(f"{made}[{const.name!r}] = {constant(const.value)}")
