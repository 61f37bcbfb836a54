"""A table: its rows, checked once, and the two directions made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from mappings.notation.blocks import Layout
from mappings.notation.errors import DoubleHome, Homeless, UnknownHome
from mappings.notation.growing import grow, grow_const, grow_list
from mappings.notation.iso import Iso
from mappings.notation.reading import linked_node_reader, node_reader
from mappings.notation.rows import Const, Dropped, Each, Field, One, Row
from mappings.notation.tree import Contained, Inner, Json, Leaf, Listed, Node, Whole
from mappings.notation.writing import node_content, node_settle

_NOBODY: Json = {}


@dataclass(frozen=True, slots=True)
class Home:
    """Where a leaf stands in FHIR, as paths; without any, the reason."""

    fhir: tuple[str, ...]
    because: str = ""


class FieldMap:
    """How a Redox object and an element or a resource of FHIR turn into each other, said once.

    `leaves` are the Redox paths there are, each with the type of its leaf; every one must have a row and every row must
    be of one. `about` gives the reference that stands for SUBJECT in what a whole resource contains.

    Raises:
        BrokenTable: a path is misspelt, a leaf has no home, a place is taken twice or cannot hold what it is to hold.
    """

    def __init__(
        self,
        type_name: str,
        leaves: Mapping[str, str],
        *rows: Row,
        about: Callable[[Json], Json] = lambda _record: _NOBODY,
    ) -> None:
        self.type = type_name
        self.leaves = leaves
        self._rows = rows
        self._about = about
        self.known = dict(self._account())
        self._layout = Layout(rows)
        self.root = self._grown()
        self._content = node_content(self.root)
        self._read = node_reader(self.root)
        self._read_linked = linked_node_reader(self.root)
        self.settle = node_settle(self.root)

    def to_fhir(self, record: Json) -> Json:
        """The resource that says what a record says."""
        whole = Whole([], self._about(record))
        resource = {"resourceType": self.type, **self.content(record, "", whole)}
        self.settle(resource, whole)
        if whole.contained:
            resource["contained"] = whole.contained
        return resource

    def to_redox(self, resource: Json) -> Json:
        """The record that a resource was written from."""
        contained = {f"#{inside['id']}": inside for inside in resource.get("contained", ()) if "id" in inside}
        return self.read(resource, "", contained)

    def homes(self) -> dict[str, str]:
        """Every Redox leaf with its place in FHIR, or the reason why it has none."""
        return {path: self._told(self.known[path]) for path in self.leaves}

    def _told(self, home: Home) -> str:
        return ", ".join(f"{self.type}.{place}" for place in home.fhir) or f"not kept: {home.because}"

    def content(self, block: Json, at: str, whole: Whole) -> Json:
        """What the table says of a Redox object, without constants; ids of what is contained begin with `at`."""
        return self._content(self._layout.blocks(block), at, whole)

    def read(self, element: Json, at: str, contained: Contained) -> Json:
        """The Redox object that an element was written from."""
        blocks = self._layout.blank()
        self._read(element, blocks, at, contained)
        return self._layout.block(blocks)

    def read_linked(self, reference: Json, own_id: str, contained: Contained) -> Json:
        """The Redox object that the resource behind a reference was written from."""
        blocks = self._layout.blank()
        self._read_linked(reference, own_id, blocks, f"{own_id}-", contained)
        return self._layout.block(blocks)

    def _grown(self) -> Node:
        root, layout = Node(self.type), self._layout
        for row in self._rows:
            match row:
                case Field(fhir=[path], redox=[said], iso=iso):
                    grow(root, path, Leaf(*layout.place(said), iso), self._leaf_type(said))
                case Field():
                    for path, place in layout.slots(row):
                        grow(root, path, Leaf(*place))
                case One():
                    grow(root, row.fhir, Inner(*layout.place(row.redox), row.table))
                case Each():
                    listed = Listed(*layout.place(row.redox), row.called)
                    inside = Leaf(0, "", row.of) if isinstance(row.of, Iso) else Inner(0, "", row.of)
                    grow_list(root, row.fhir, inside, listed, self._leaf_type(row.redox))
        for row in self._rows:
            if isinstance(row, Const):
                grow_const(root, row)
        return root

    def _leaf_type(self, path: str) -> str | None:
        return self.leaves.get(path)

    def _account(self) -> Iterator[tuple[str, Home]]:
        """Every leaf with its home, each once."""
        open_leaves = dict.fromkeys(self.leaves)
        for row in self._rows:
            for path, home in _homes_of(row, self.leaves):
                if path not in self.leaves:
                    raise UnknownHome(f"{self.type}: {path}")
                if path not in open_leaves:
                    raise DoubleHome(f"{self.type}: {path}")
                del open_leaves[path]
                yield path, home
        if open_leaves:
            raise Homeless(f"{self.type}: {', '.join(open_leaves)}")


def _homes_of(row: Row, leaves: Mapping[str, str]) -> Iterator[tuple[str, Home]]:
    """The Redox leaves a row speaks of, each with its home."""
    match row:
        case Field():
            yield from ((path, Home(row.fhir)) for path in row.redox)
        case One(redox=above, table=inside) | Each(redox=above, of=FieldMap() as inside):
            yield from _homes_inside(above, row.fhir, inside, leaves)
        case Each():
            yield row.redox, Home((row.fhir,))
        case Dropped():
            yield row.redox, Home((), row.because)


def _homes_inside(above: str, fhir: str, table: FieldMap, leaves: Mapping[str, str]) -> Iterator[tuple[str, Home]]:
    """The leaves of another table's object; that table may know of more than are here."""
    below = {path: path.removeprefix(f"{above}.") for path in leaves if path.startswith(f"{above}.")}
    for path, inside in below.items():
        if inside not in table.known:
            raise Homeless(path)
        home = table.known[inside]
        yield path, Home(tuple(f"{fhir}.{place}" for place in home.fhir), home.because)
    if not below:
        raise UnknownHome(above)
