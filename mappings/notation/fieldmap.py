"""A table: its rows are checked once, and both directions are made from them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from mappings.notation.blocks import Layout, Place, turns_together
from mappings.notation.errors import DoubleHome, Homeless, UnknownHome
from mappings.notation.iso import Iso
from mappings.notation.reader_source import Reader
from mappings.notation.rest import EXTENSIONS
from mappings.notation.rest_builder import give_rest
from mappings.notation.rows import Const, Each, Field, Omission, One, Row
from mappings.notation.source import Source
from mappings.notation.subtree import IsWanted, elements, prune
from mappings.notation.tree import ELEMENT, SLOT, Inner, Json, Leaf, Node, RedoxList
from mappings.notation.tree_builder import grow, grow_const, grow_list
from mappings.notation.writer_source import Writer

_NOBODY: Json = {}


@dataclass(frozen=True, slots=True)
class Home:
    """The place of a leaf in FHIR, as paths; without paths, the reason why FHIR does not have it."""

    fhir: tuple[str, ...]
    because: str = ""


class FieldMap:
    """A table: how a Redox object turns into an element or a resource of FHIR, and back.

    `leaves` are all Redox paths of the object, each with the type of its leaf; each path must have exactly one row.
    `about` gives, from a record, the reference that replaces SUBJECT in the resource. `extensions_at` is the path of
    the element that has the object's Extensions; without it, the element or the resource itself has them.

    Raises:
        BrokenTable: a path is misspelt, a leaf has no row, or a place has two rows or cannot hold its value.
    """

    def __init__(
        self,
        type_name: str,
        leaves: Mapping[str, str],
        *rows: Row,
        about: Callable[[Json], Json] = lambda _record: _NOBODY,
        extensions_at: str = "",
    ) -> None:
        self.type = type_name
        self.leaves = leaves
        self.home_of = dict(_account(type_name, leaves, rows))
        self._about = about
        self._layout = Layout(rows, leaves)
        self.root = _grown(type_name, leaves, rows, self._layout)
        self.extension_homes = give_rest(self.root, self._layout, rows, extensions_at)
        """The element that has the Extensions of each block, as a path, by the block's own path."""
        source = Source()
        Writer(source, self._layout).functions(self.root)
        Reader(source, self._layout).functions(self.root)
        made = source.functions(type_name)
        self.source = source.text
        self.content, self.settle = made["content"], made["settle"]
        self.read, self.read_linked = made["read"], made["read_linked"]

    def to_fhir(self, record: Json) -> Json:
        """Return the FHIR resource of a record."""
        contained: list[Json] = []
        subject = self._about(record)
        resource = {"resourceType": self.type, **self.content(record, "", contained.append, subject)}
        self.settle(resource, subject)
        if contained:
            resource["contained"] = contained
        return resource

    def to_redox(self, resource: Json) -> Json:
        """Return the record that a resource was written from."""
        record: Json = self.read(resource, "", _contained(resource))
        return record

    def reading(self, *members: str) -> Callable[[Json], Json]:
        """Return a `to_redox` that reads only these members of the record and is therefore quicker.

        Raises:
            UnknownHome: the record has no such member.
        """
        is_wanted = self._wanted(members)
        source = Source()
        Reader(source, self._layout, is_wanted).functions(prune(self.root, is_wanted))
        read = source.functions(f"{self.type}: {', '.join(members)}")["read"]
        return lambda resource: read(resource, "", _contained(resource))

    def elements(self, *members: str) -> tuple[str, ...]:
        """Return the names of the resource's elements that a `reading` of these members needs.

        Raises:
            UnknownHome: the record has no such member.
        """
        return elements(prune(self.root, self._wanted(members)))

    @cached_property
    def members(self) -> tuple[str, ...]:
        """The names of the record's members, Extensions among them."""
        names = (path.partition(".")[0].removesuffix("[]") for path in self.leaves)
        return tuple(dict.fromkeys([*names, EXTENSIONS]))

    def _wanted(self, members: Collection[str]) -> IsWanted:
        unknown = set(members).difference(self.members)
        if unknown:
            raise UnknownHome(f"{self.type}: {', '.join(sorted(unknown))}")

        of_slots = {slot: turn.redox for turn in self._layout.turns for slot in turn.slots}

        def is_wanted(place: Place) -> bool:
            if place[0] == SLOT:
                return any(map(is_wanted, of_slots[place[1]]))
            return self._layout.member(place) in members

        return is_wanted

    def homes(self) -> dict[str, str]:
        """Return every Redox leaf with its places in FHIR as text, or with the reason why it has none."""
        return {path: self._home_text(self.home_of[path]) for path in self.leaves}

    def _home_text(self, home: Home) -> str:
        return ", ".join(f"{self.type}.{place}" for place in home.fhir) or f"not kept: {home.because}"


def _contained(resource: Json) -> dict[str, Json]:
    return {f"#{inside['id']}": inside for inside in resource.get("contained", ()) if "id" in inside}


def _grown(type_name: str, leaves: Mapping[str, str], rows: tuple[Row, ...], layout: Layout) -> Node:
    root = Node(type_name)
    for row in rows:
        match row:
            case Field() if turns_together(row):
                for path in row.fhir:
                    grow(root, path, Leaf(SLOT, path))
            case Field(fhir=[path], redox=[said], iso=iso):
                grow(root, path, Leaf(*layout.place(said), iso), leaves[said])
            case One(table=FieldMap() as table):
                grow(root, row.fhir, Inner(*layout.place(row.redox), table))
            case Each(of=Iso() | FieldMap() as of):
                listed = RedoxList(*layout.place(row.redox), row.called)
                inside = Leaf(ELEMENT, "", of) if isinstance(of, Iso) else Inner(ELEMENT, "", of)
                grow_list(root, row.fhir, inside, listed, leaves.get(row.redox))
    for row in rows:
        if isinstance(row, Const):
            grow_const(root, row)
    return root


def _account(type_name: str, leaves: Mapping[str, str], rows: tuple[Row, ...]) -> Iterator[tuple[str, Home]]:
    """Give every leaf with its home, each once; raises if the leaves and the rows do not match."""
    open_leaves = dict.fromkeys(leaves)
    for row in rows:
        for path, home in _homes_of(row, leaves):
            if path not in leaves:
                raise UnknownHome(f"{type_name}: {path}")
            if path not in open_leaves:
                raise DoubleHome(f"{type_name}: {path}")
            del open_leaves[path]
            yield path, home
    if open_leaves:
        raise Homeless(f"{type_name}: {', '.join(open_leaves)}")


def _homes_of(row: Row, leaves: Mapping[str, str]) -> Iterator[tuple[str, Home]]:
    """Give the Redox leaves of a row, each with its home."""
    match row:
        case Field():
            yield from ((path, Home(row.fhir)) for path in row.redox)
        case One(redox=above, table=FieldMap() as inside) | Each(redox=above, of=FieldMap() as inside):
            yield from _homes_inside(above, row.fhir, inside, leaves)
        case Each():
            yield row.redox, Home((row.fhir,))
        case Omission():
            yield row.redox, Home((), row.because)


def _homes_inside(above: str, fhir: str, table: FieldMap, leaves: Mapping[str, str]) -> Iterator[tuple[str, Home]]:
    """Give the leaves of an object that another table turns; that table may have more leaves than are here."""
    below = {path: path.removeprefix(f"{above}.") for path in leaves if path.startswith(f"{above}.")}
    for path, inside in below.items():
        if inside not in table.home_of:
            raise Homeless(path)
        home = table.home_of[inside]
        yield path, Home(tuple(f"{fhir}.{place}" for place in home.fhir), home.because)
    if not below:
        raise UnknownHome(above)
