"""Sheets: the cells of a row become a message, and every fault is reported by its column and never by its value.

Cells are texts without blanks around them, and an empty cell says nothing. A type without the value that it belongs to
(an IDType without an ID) says nothing either, because reports fill such columns in every row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any

from mappings.reading import Issue, Reading
from mappings.reading.findings import NO_DATE, OUTSIDE_VALUE_SET, REPEATED_TIME, SKIPPED_TIME
from mappings.redox.catalogue import Event, Leaf

Json = dict[str, Any]
Cells = Sequence[str]

NO_DIGITS = "a spreadsheet wrote this number as a power of ten and lost its digits"
NO_DATE_HERE = "not a date such as 2008-01-31, and the column has no format"
REQUIRED = "required field missing"
SHORT_ZIP = "a ZIP of fewer than five digits: were leading zeros lost?"

_POWER = re.compile(r"[0-9](?:[.,][0-9]+)?[Ee]\+[0-9]{1,3}")
_SHORT_ZIP = re.compile(r"[0-9]{3,4}")
_NUMBERS_OF_THINGS = re.compile(r"(?:\bID|SSN|NPI|Number|Number\.\w+|\bCode|ZIP)(?:\[\d+\])?$")
"""Columns whose texts look like numbers, which a spreadsheet may have changed."""
_KINDS = frozenset({"IDType", "Codeset"})
"""Members that only say the type of another member."""
_STEP = re.compile(r"[^.\[\]]+")
_INDEX = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a row: the path, with lists numbered from 1 as in the header, and the reason."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Column:
    """One path of a sheet, and the column of the file that fills it."""

    path: str
    leaf: Leaf
    source: str
    """The name that the file has for the column."""
    value: Callable[[Cells], str | Fault]
    """From the cells of a row to the text of the path, or to a fault."""
    position: int | None = None
    """The position of the cell, if the text is a cell unchanged."""
    is_constant: bool = False


class Sheet:
    """The columns of a report; it turns the report's rows into messages of one event."""

    def __init__(self, event: Event, columns: Sequence[Column]) -> None:
        self.event = event
        self.columns = {column.path: column for column in columns}
        self._values = tuple(column.value for column in columns)
        positions = [column.position for column in columns if column.position is not None]
        self._is_plain = len(positions) == len(columns)
        """Whether each text is a cell unchanged, so that no text needs to be made."""
        placed = [*zip(positions if self._is_plain else range(len(columns)), columns, strict=True)]
        places = [(_STEP.findall(column.path), at) for at, column in placed]
        constants = frozenset(at for at, column in placed if column.is_constant)
        self._build = _block(places, Manner(constants))
        self._build_in_place = _block(places, Manner(constants, keeps_places=True))
        self._numbers = [(at, column.path) for at, column in placed if _NUMBERS_OF_THINGS.search(column.path)]
        self._zips = [(column.value, column.path) for column in columns if column.path.endswith("ZIP")]

    def read(self, cells: Cells) -> tuple[Json, list[Fault]]:
        """Return the message of a row without DataModel and EventType, and the faults that show before it is read."""
        texts, faults = self._texts(cells)
        for at, path in self._numbers:
            if "+" in texts[at] and _POWER.fullmatch(texts[at]):
                faults.append(Fault(path, NO_DIGITS))
        return self._build(texts) or {}, faults

    def faults(self, cells: Cells, read: Callable[[Json], Reading]) -> list[Fault]:
        """Return the faults that `read` finds in a row that is known to be bad, named by the columns."""
        texts, _ = self._texts(cells)
        reading = read(self._build_in_place(texts) or {})
        found = [Fault(_column(issue.path), self._reason(issue)) for issue in reading.issues if is_wrong(issue)]
        return found + [Fault(_column(path), REQUIRED) for path in reading.missing if not path.startswith("Meta.")]

    def _texts(self, cells: Cells) -> tuple[Cells, list[Fault]]:
        if self._is_plain:
            return cells, []
        values = [value(cells) for value in self._values]
        faults = [value for value in values if isinstance(value, Fault)]
        return [value if isinstance(value, str) else "" for value in values], faults

    def doubts(self, cells: Cells) -> list[Fault]:
        """Return the doubts about a row: it is accepted, though its values may not be meant so."""
        found = ((path, value(cells)) for value, path in self._zips)
        return [Fault(path, SHORT_ZIP) for path, text in found if isinstance(text, str) and _SHORT_ZIP.fullmatch(text)]

    def source(self, path: str) -> str:
        """Return the name that the file has for a path; empty if the name is the path itself."""
        column = self.columns.get(path)
        return column.source if column and column.source != path else ""

    def _reason(self, issue: Issue) -> str:
        if issue.reason == NO_DATE:
            return NO_DATE_HERE
        column = self.columns.get(_column(issue.path))
        if issue.reason == OUTSIDE_VALUE_SET and column and column.leaf.value_set:
            return f"not one of the words of {column.leaf.value_set.name}"
        return issue.reason


def is_wrong(issue: Issue) -> bool:
    """Whether a row with this issue is refused; one with a wall time that the zone skips or repeats is not."""
    return issue.reason not in (SKIPPED_TIME, REPEATED_TIME)


def _column(path: str) -> str:
    """Return the name in a header, whose lists count from 1, of a path in a reading, whose lists count from 0."""
    return _INDEX.sub(lambda found: f"[{int(found[1]) + 1}]", path)


Build = Callable[[Cells], Any]
"""From the texts of a row to a value, an object or a list; None if there is nothing to build."""
Places = Sequence[tuple[list[str], int]]
"""Paths as lists of their steps, each with the position of its text."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How rows are built: `constants` alone make no list element, and with `keeps_places` absent elements are null."""

    constants: frozenset[int]
    keeps_places: bool = False
    is_listed: bool = False


def _node(places: Places, manner: Manner) -> Build:
    if not places[0][0]:
        return itemgetter(places[0][1])
    is_list = places[0][0][0].isdigit()
    return _list(places, replace(manner, is_listed=True)) if is_list else _block(places, manner)


def _children(places: Places) -> dict[str, list[tuple[list[str], int]]]:
    children: dict[str, list[tuple[list[str], int]]] = {}
    for steps, position in places:
        children.setdefault(steps[0], []).append((steps[1:], position))
    return children


def _block(places: Places, manner: Manner) -> Build:
    children = _children(places)
    leaves = [(name, within[0][1]) for name, within in children.items() if not within[0][0]]
    blocks = [(name, _node(within, manner)) for name, within in children.items() if within[0][0]]
    constants = {
        name for name, within in children.items() if all(position in manner.constants for _, position in within)
    }
    idle = _KINDS | constants if manner.is_listed else _KINDS

    def build(texts: Cells) -> Json | None:
        said: Json = {}
        for name, position in leaves:
            if text := texts[position]:
                said[name] = text
        for name, block in blocks:
            if (value := block(texts)) is not None:
                said[name] = value
        return said if said and not said.keys() <= idle else None

    return build


def _list(places: Places, manner: Manner) -> Build:
    children = sorted(_children(places).items(), key=lambda each: int(each[0]))
    elements = [(int(number), _node(within, manner)) for number, within in children]

    def build(texts: Cells) -> list[Any] | None:
        said = [(number, value) for number, element in elements if (value := element(texts))]
        if not said:
            return None
        if not manner.keeps_places:
            return [value for _, value in said]
        by_number = dict(said)
        return [by_number.get(number) for number in range(1, said[-1][0] + 1)]

    return build
