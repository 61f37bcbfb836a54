"""The Redox side of a table: which blocks its rows speak of, and the values that turn together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mappings.notation.errors import DoubleHome
from mappings.notation.paths import redox_path
from mappings.notation.rows import Each, Field, One, Row
from mappings.notation.tree import Blocks, Json

Place = tuple[int, str]
"""A block by its number, and a name in it."""

_NOTHING: Json = {}


@dataclass(frozen=True, slots=True)
class Turn:
    """Values that turn together, between places of blocks and slots that stand for places in FHIR."""

    redox: tuple[Place, ...]
    slots: tuple[str, ...]
    to_fhir: Callable[..., Any]
    to_redox: Callable[..., Any]


class Layout:
    """The blocks of a table: 0 is its object, others are objects inside, the last holds what turned together."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._numbers = {"": 0}
        self._inside: list[tuple[int, str, int]] = []
        fields = [row for row in rows if isinstance(row, Field)]
        places = [self.place(path) for path in _redox_paths(rows)]
        owned = {self.place(row.redox) for row in rows if isinstance(row, One | Each)}
        shared = owned & {(above, name) for above, name, _ in self._inside}
        if shared or len(places) != len(set(places)):
            raise DoubleHome(", ".join(name for _, name in shared) or str(places))
        self._slots = len(self._numbers)
        self._turns = [self._turn(row) for row in fields if _turns_together(row)]

    def place(self, path: str) -> Place:
        """Where a Redox path stands."""
        above, name = redox_path(path)
        return self._number(above), name

    def slots(self, row: Field) -> Iterator[tuple[str, Place]]:
        """The FHIR paths of a row with several homes, and where their values stand meanwhile."""
        return ((path, (self._slots, path)) for path in row.fhir)

    def blocks(self, block: Json) -> Blocks:
        """The blocks of a Redox object, with what turned together."""
        blocks = [block]
        for above, name, _ in self._inside:
            blocks.append(blocks[above].get(name, _NOTHING))
        if self._turns:
            slots: Json = {}
            for turn in self._turns:
                said = [blocks[number].get(name) for number, name in turn.redox]
                if any(value is not None for value in said):
                    _fill(slots, turn.slots, turn.to_fhir(*said))
            blocks.append(slots)
        return blocks

    def blank(self) -> Blocks:
        """Empty blocks to be read into."""
        return [{} for _ in range(self._slots + 1)]

    def block(self, blocks: Blocks) -> Json:
        """The Redox object of blocks that were read into."""
        slots = blocks[self._slots]
        if slots:
            for turn in self._turns:
                said = [slots.get(slot) for slot in turn.slots]
                if any(value is not None for value in said):
                    for (number, name), value in zip(turn.redox, turn.to_redox(*said), strict=True):
                        if value is not None:
                            blocks[number][name] = value
        for above, name, number in reversed(self._inside):
            if blocks[number]:
                blocks[above][name] = blocks[number]
        return blocks[0]

    def _number(self, path: str) -> int:
        if path not in self._numbers:
            above, _, name = path.rpartition(".")
            number = self._number(above)
            self._numbers[path] = len(self._numbers)
            self._inside.append((number, name, self._numbers[path]))
        return self._numbers[path]

    def _turn(self, row: Field) -> Turn:
        to_fhir = row.iso.to_fhir if len(row.fhir) > 1 else _wrapped(row.iso.to_fhir)
        to_redox = row.iso.to_redox if len(row.redox) > 1 else _wrapped(row.iso.to_redox)
        return Turn(tuple(self.place(path) for path in row.redox), row.fhir, to_fhir, to_redox)


def _fill(slots: Json, names: Sequence[str], values: Sequence[Any]) -> None:
    for name, value in zip(names, values, strict=True):
        if value is not None:
            slots[name] = value


def _turns_together(row: Field) -> bool:
    return len(row.redox) > 1 or len(row.fhir) > 1


def _wrapped(turn: Callable[..., Any]) -> Callable[..., tuple[Any]]:
    return lambda *values: (turn(*values),)


def _redox_paths(rows: Sequence[Row]) -> Iterator[str]:
    for row in rows:
        match row:
            case Field():
                yield from row.redox
            case One() | Each():
                yield row.redox
