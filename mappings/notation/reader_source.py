"""From FHIR: a tree of places becomes the source of Python functions that read a record back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mappings.notation import r4
from mappings.notation.blocks import Layout, Place, Turn
from mappings.notation.iso import SAME
from mappings.notation.literals import there
from mappings.notation.rest import Rest
from mappings.notation.rest_reader import RestReader
from mappings.notation.source import Source
from mappings.notation.subtree import IsWanted, is_bare
from mappings.notation.tree import ELEMENT, SLOT, Branch, ContainedLink, Inner, Leaf, Node, Occupant, RedoxList


class Reader:
    """Adds the functions `read` and `read_linked` of a table to a source, for all places or for the wanted ones."""

    def __init__(self, source: Source, layout: Layout, is_wanted: IsWanted = lambda _place: True) -> None:
        self._source = source
        self._layout = layout
        self._is_wanted = is_wanted
        self._slots: dict[str, str] = {}
        self._element = ""
        self._at = "at"

    def functions(self, root: Node) -> None:
        """Add both functions for the tree below `root`."""
        with self._source.block("def read(element, at, contained):"):
            self._body(lambda: self._members(root, "element"))
        with self._source.block("def read_linked(value, own_id, contained):"):
            if root.onward:
                self._source.line('at = f"{own_id}-"')
                self._body(lambda: self._resource(root, "value", 'f"#{own_id}"'))
            else:
                self._source.line("element = contained.get(value.get('reference'))")
                self._source.line('return {} if element is None else read(element, f"{own_id}-", contained)')

    def _body(self, read: Callable[[], None]) -> None:
        line = self._source.line
        line("; ".join(f"b{number} = {{}}" for number in range(len(self._layout.inside) + 1)))
        turns = [turn for turn in self._layout.turns if any(map(self._is_wanted, turn.redox))]
        self._slots = {slot: self._source.name("s") for turn in turns for slot in turn.slots}
        if self._slots:
            line(f"{' = '.join(self._slots.values())} = None")
        read()
        for turn in turns:
            self._turn_back(turn)
        for number, (above, name) in reversed(list(enumerate(self._layout.inside, 1))):
            with self._source.block(f"if b{number}:"):
                line(f"b{above}[{name!r}] = b{number}")
        line("return b0")

    def _turn_back(self, turn: Turn) -> None:
        slots = [self._slots[slot] for slot in turn.slots]
        said = [self._source.name("v") for _ in turn.redox]
        with self._source.block(f"if {' or '.join(f'{slot} is not None' for slot in slots)}:"):
            to_redox = self._source.bind(turn.iso.to_redox, "to_redox")
            self._source.line(f"{', '.join(said)} = {to_redox}({', '.join(slots)})")
            for name, place in zip(said, turn.redox, strict=True):
                if self._is_wanted(place):
                    self._put(place, name)

    def _put(self, place: Place, name: str) -> None:
        with self._source.block(f"if {name} is not None:"):
            self._source.line(f"b{place[0]}[{place[1]!r}] = {name}")

    def _members(self, node: Node, element: str, *, but: str | None = None) -> None:
        for name, occupant in node.places.items():
            if name == but:
                continue
            value = self._source.name("v")
            with self._source.block(f"if {there(element, name, value)}:"):
                self._occupant(occupant, value)
        for name, branches in node.lists.items():
            if name == "contained":
                self._contained(branches)
            else:
                rest = node.rest if name == "extension" else None
                with self._source.block(f"if {name!r} in {element}:"):
                    self._list(r4.member(node.type, name).type, f"{element}[{name!r}]", branches, rest)
        if node.rest and "extension" not in node.lists:
            inside = self._source.name("e")
            block = self._source.block
            with block(f"if 'extension' in {element}:"), block(f"for {inside} in {element}['extension']:"):
                self._rest(node.rest, inside)

    def _rest(self, rest: Rest, extension: str) -> None:
        """Add the line that reads an extension which no row has."""
        take = self._source.bind(RestReader(self._layout, rest, self._is_wanted).take, "take")
        blocks = ", ".join(f"b{number}" for number in range(len(self._layout.inside) + 1))
        self._source.line(f"{take}({extension}, ({blocks},))")

    def _occupant(self, occupant: Occupant, value: str) -> None:
        match occupant:
            case Leaf(iso=iso):
                is_same = iso is SAME
                turned = value if is_same else f"{self._source.bind(iso.to_redox, 'to_redox')}({value})"
                self._take(occupant, turned, is_sure=is_same)
            case Inner():
                read = self._source.bind(occupant.table.read, "read")
                self._take(occupant, f"{read}({value}, {self._at}, contained) or None")
            case Node():
                self._members(occupant, value)
            case _:
                self._linked(occupant, value)

    def _linked(self, linked: ContainedLink, value: str) -> None:
        own_id, content = self._own_id(linked), linked.content
        if isinstance(content, Node):
            self._resource(content, value, f'f"#{own_id}"')
            return
        read = self._source.bind(content.table.read_linked, "read_linked")
        self._take(content, f'{read}({value}, f"{own_id}", contained) or None')

    def _own_id(self, linked: ContainedLink) -> str:
        suffix = linked.link.suffix
        return f"{{{self._at}}}{suffix}" if suffix else f"{{{self._at}[:-1]}}"

    def _take(self, leaf: Leaf | Inner, value: str, *, is_sure: bool = False) -> None:
        """Add the lines that put a value into its block, its slot or its list element."""
        if leaf.block == ELEMENT:
            self._source.line(f"{self._element} = {value}")
        elif leaf.block == SLOT:
            self._source.line(f"{self._slots[leaf.key]} = {value}")
        elif is_sure:
            self._source.line(f"b{leaf.block}[{leaf.key!r}] = {value}")
        else:
            name = self._source.name("v")
            self._source.line(f"{name} = {value}")
            self._put((leaf.block, leaf.key), name)

    def _resource(self, node: Node, value: str, own_reference: str) -> None:
        """Add the lines that read the resource behind a reference, or the far resource that replaced it."""
        line, resource = self._source.line, self._source.name("r")
        if node.onward is None:
            line(f"{resource} = contained.get({value}.get('reference'))")
            with self._source.block(f"if {resource} is not None:"):
                self._members(node, resource)
            return
        onward = self._source.name("v")
        line(f"{onward} = {value}")
        with self._source.block(f"if {value}.get('reference') == {own_reference}:"):
            line(f"{resource} = contained.get({value}['reference'], {{}})")
            line(f"{onward} = {resource}.get({node.onward!r})")
            self._members(node, resource, but=node.onward)
        with self._source.block(f"if {onward} is not None:"):
            self._occupant(node.places[node.onward], onward)

    def _list(self, type_here: str, elements: str, branches: list[Branch], rest: Rest | None = None) -> None:
        names = {id(branch): self._source.name("l") for branch in branches if branch.redox_list}
        for name in names.values():
            self._source.line(f"{name} = []")
        element = self._source.name("e")
        with self._source.block(f"for {element} in {elements}:"):
            tests = self._tests(type_here, element, branches)
            ranked = sorted(branches, key=lambda branch: len(branch.pick), reverse=True)
            if len(ranked) == 1 and not ranked[0].pick:
                self._element_of(ranked[0], element, names.get(id(ranked[0]), ""))
                ranked = []
            for position, branch in enumerate(ranked):
                test = tests[id(branch)]
                with self._source.block(f"{'elif' if position else 'if'} {test}:" if test else "else:"):
                    if is_bare(branch.occupant):
                        self._source.line("pass")
                    self._element_of(branch, element, names.get(id(branch), ""))
            if rest:
                with self._source.block("else:"):
                    self._rest(rest, element)
        for branch in branches:
            if branch.redox_list:
                self._fill(branch.redox_list, names[id(branch)])

    def _tests(self, type_here: str, element: str, branches: list[Branch]) -> dict[int, str]:
        """Return, by the id of each branch, the expression that is true of the branch's elements."""
        keys: dict[str, str] = {}
        for path in dict.fromkeys(path for branch in branches for path, _ in branch.pick):
            keys[path] = self._source.name("k")
            getter = f"{element}.get({path!r})"
            if "." in path:
                getter = f"{self._source.bind(_deep(type_here, path), 'deep')}({element})"
            self._source.line(f"{keys[path]} = {getter}")
        return {
            id(branch): " and ".join(f"{keys[path]} == {value!r}" for path, value in branch.pick) for branch in branches
        }

    def _element_of(self, branch: Branch, element: str, listed: str) -> None:
        if not branch.redox_list:
            self._occupant(branch.occupant, element)
            return
        outer = self._element, self._at
        self._element = self._source.name("x")
        if branch.redox_list.called:
            self._at = self._source.name("at")
            self._source.line(f'{self._at} = f"{{{outer[1]}}}{branch.redox_list.called}-{{len({listed}) + 1}}-"')
        self._source.line(f"{self._element} = None")
        self._occupant(branch.occupant, element)
        with self._source.block(f"if {self._element} is not None:"):
            self._source.line(f"{listed}.append({self._element})")
        self._element, self._at = outer

    def _fill(self, listed: RedoxList, name: str) -> None:
        with self._source.block(f"if {name}:"):
            self._source.line(f"b{listed.block}[{listed.key!r}] = {name}")

    def _contained(self, branches: list[Branch]) -> None:
        """Add the lines that read contained resources to which nothing refers; they are found by their ids."""
        for branch in branches:
            match branch:
                case Branch(redox_list=RedoxList() as listed, occupant=ContainedLink(link=link)):
                    name, element = self._source.name("l"), self._source.name("e")
                    self._source.line(f"{name} = []")
                    own_id = f"{{at}}{listed.called}-{{len({name}) + 1}}{link.suffix and '-'}{link.suffix}"
                    with self._source.block(f'while (f"#{own_id}") in contained:'):
                        self._source.line(f'{element} = {{"reference": f"#{own_id}"}}')
                        self._element_of(branch, element, name)
                    self._fill(listed, name)
                case Branch(occupant=ContainedLink() as linked):
                    value = self._source.name("v")
                    self._source.line(f'{value} = {{"reference": f"#{self._own_id(linked)}"}}')
                    self._occupant(linked, value)


def _deep(type_here: str, path: str) -> Callable[[Any], Any]:
    """Return the function from an element to a member inside it, of a list the first; None if it is absent."""
    steps: list[str | int] = []
    for name in path.split("."):
        member = r4.member(type_here, name)
        steps += [name, 0] if member.many else [name]
        type_here = member.type

    def deep(element: Any) -> Any:
        try:
            for step in steps:
                element = element[step]
        except (KeyError, IndexError, TypeError):
            return None
        return element

    return deep
