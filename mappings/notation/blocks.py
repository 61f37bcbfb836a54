"""The Redox side of a table: the blocks that its rows name, and the values that turn together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mappings.notation.iso import Iso
from mappings.notation.paths import redox_path
from mappings.notation.rows import Each, Field, One, Row

_READ = frozenset({"Date", "DateTime", "Number", "Flag"})
"""The types of leaves whose values are not simply texts."""

Place = tuple[int, str]
"""A block by its number, and a name in it."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Values that turn together: their places in blocks, and the slots, one for each of their FHIR paths."""

    redox: tuple[Place, ...]
    slots: tuple[str, ...]
    iso: Iso


class Layout:
    """The blocks of a table. Block 0 is its object; the others are objects inside it without a table of their own."""

    def __init__(self, rows: Sequence[Row], leaves: Mapping[str, str]) -> None:
        self._numbers = {"": 0}
        self.inside: list[tuple[int, str]] = []
        """For each block after block 0: the number of the block that holds it, and its name in that block."""
        for path in _redox_paths(rows):
            self.place(path)
        self.as_sent = frozenset(
            self.place(path) for path, kind in leaves.items() if kind in _READ and self._is_own(path)
        )
        """The places of values that may be kept as they were sent."""
        self.turns = [
            Turn(tuple(self.place(path) for path in row.redox), row.fhir, row.iso)
            for row in rows
            if isinstance(row, Field) and turns_together(row)
        ]

    def place(self, path: str) -> Place:
        """Return the place of a Redox path; raises UnreadablePath."""
        above, name = redox_path(path)
        return self._number(above), name

    @property
    def paths(self) -> dict[str, int]:
        """The numbers of the blocks by their paths; the path of block 0 is empty."""
        return self._numbers

    def path(self, place: Place) -> str:
        """Return the Redox path of a place."""
        block, path = place
        while block:
            block, name = self.inside[block - 1]
            path = f"{name}.{path}"
        return path

    def _is_own(self, path: str) -> bool:
        """Whether a leaf of the message stands in a block of this table, and neither in a list nor in another table."""
        above, _, name = path.rpartition(".")
        return above in self._numbers and "[]" not in path and name[0].isupper()

    def member(self, place: Place) -> str:
        """Return the name of the table's own member that holds a place."""
        block, name = place
        while block:
            block, name = self.inside[block - 1]
        return name

    def _number(self, path: str) -> int:
        if path not in self._numbers:
            above, _, name = path.rpartition(".")
            number = self._number(above)
            self.inside.append((number, name))
            self._numbers[path] = len(self.inside)
        return self._numbers[path]


def turns_together(row: Field) -> bool:
    """Whether a row has several homes on a side."""
    return len(row.redox) > 1 or len(row.fhir) > 1


def _redox_paths(rows: Sequence[Row]) -> Iterator[str]:
    for row in rows:
        match row:
            case Field():
                yield from row.redox
            case One() | Each():
                yield row.redox
