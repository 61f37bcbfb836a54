"""Columns of one's own: what a site's report calls things, how it writes dates and codes, and what it leaves unsaid.

They are told in TOML: `[columns]` from the report's names to paths, `[constants]` for paths that no column fills,
`[dates]` for how dates are written everywhere, `empty` for words that stand for nothing.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any

from mappings.redox.catalogue import Event, Leaf
from mappings.sheet import Cells, Column, Fault
from mappings.templates import leaf_of

OUTSIDE_CODES = "none of the codes given for this column"
OTHER_FORMAT = "not in the format given for this column"


class ColumnsInvalidError(ValueError):
    """The columns cannot be understood; the message names the place in the TOML."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of one path: the columns that fill it, joined by a text, their codes and their format."""

    path: str
    sources: tuple[str, ...]
    joined_by: str = " "
    codes: Mapping[str, str] = field(default_factory=dict)
    format: str = ""


@dataclass(frozen=True, slots=True)
class Columns:
    """All that a site tells of its report."""

    told: tuple[Told, ...] = ()
    constants: Mapping[str, str] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    empty: frozenset[str] = frozenset()
    date_format: str = ""
    date_time_format: str = ""
    delimiter: str = ""
    encoding: str = ""

    @property
    def sources(self) -> frozenset[str]:
        """The names of the report's columns that are spoken of."""
        return frozenset(source for told in self.told for source in told.sources) | self.ignored

    def format_of(self, leaf: Leaf, own: str = "") -> str:
        """How the dates of a leaf are written, where that is told."""
        return own or {"Date": self.date_format, "DateTime": self.date_time_format}.get(leaf.type, "")


_MEMBERS: Mapping[str, type] = {
    "columns": dict,
    "constants": dict,
    "dates": dict,
    "ignored": list,
    "empty": list,
    "delimiter": str,
    "encoding": str,
}
_OF_A_COLUMN: Mapping[str, type] = {"path": str, "join": list, "with": str, "codes": dict, "format": str}
_OF_DATES: Mapping[str, type] = {"date": str, "date-time": str}


def columns_in(text: str) -> Columns:
    """What a TOML text tells; raises `ColumnsInvalidError` naming the place."""
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ColumnsInvalidError(f"no TOML: {error}") from None
    _check(given, _MEMBERS, "")
    dates = given.get("dates", {})
    _check(dates, _OF_DATES, "dates.")
    _check_texts(given.get("constants", {}), "constants.")
    told = tuple(_told(source, said) for source, said in given.get("columns", {}).items())
    paths = [each.path for each in told] + list(given.get("constants", {}))
    for path in paths:
        if paths.count(path) > 1:
            raise ColumnsInvalidError(f"{path} is filled twice")
    return Columns(
        told=told,
        constants=given.get("constants", {}),
        ignored=frozenset(map(str, given.get("ignored", ()))),
        empty=frozenset(map(str, given.get("empty", ()))),
        date_format=_format(dates.get("date", ""), "dates.date"),
        date_time_format=_format(dates.get("date-time", ""), "dates.date-time"),
        delimiter=given.get("delimiter", ""),
        encoding=given.get("encoding", ""),
    )


def _told(source: str, said: Any) -> Told:
    place = f"columns.{source}"
    if isinstance(said, str):
        return Told(said, (source,))
    if not isinstance(said, dict) or not isinstance(said.get("path"), str):
        raise ColumnsInvalidError(f"{place} needs a path")
    _check(said, _OF_A_COLUMN, f"{place}.")
    codes = said.get("codes", {})
    _check_texts(codes, f"{place}.codes.")
    sources = (source, *map(str, said.get("join", ())))
    joined_by, written = said.get("with", " "), _format(said.get("format", ""), f"{place}.format")
    return Told(said["path"], sources, joined_by, codes, written)


def _check(given: Any, members: Mapping[str, type], above: str) -> None:
    for name, value in given.items():
        if name not in members:
            raise ColumnsInvalidError(f"{above}{name} is not known here")
        if not isinstance(value, members[name]):
            raise ColumnsInvalidError(f"{above}{name} has the wrong type")


def _check_texts(given: Mapping[str, Any], above: str) -> None:
    for name, value in given.items():
        if not isinstance(value, str):
            raise ColumnsInvalidError(f"{above}{name} is to be a text")


def _format(given: str, place: str) -> str:
    """A format that gives back the moment it wrote, day by day."""
    sample = datetime(2001, 12, 31)  # noqa: DTZ001 - a wall time
    if given:
        try:
            if datetime.strptime(sample.strftime(given), given).replace(tzinfo=None) != sample:  # noqa: DTZ007
                raise ValueError  # noqa: TRY301 - the same fault as a format that is none
        except ValueError:
            raise ColumnsInvalidError(f"{place} is no format with day, month and year, such as %m/%d/%Y") from None
    return given


def arranged(known: Event, columns: Columns, positions: Mapping[str, int]) -> tuple[list[Column], list[str]]:
    """The columns that are told of, on a file whose names stand at these positions; and what cannot be, as places."""
    made: list[Column] = []
    wrong: list[str] = []
    for told in columns.told:
        leaf = leaf_of(known, told.path)
        if leaf is None:
            wrong.append(f"{told.path} is no path of {known.data_model}.{known.event_type}")
        elif "%y" in columns.format_of(leaf, told.format) and told.path.endswith("DOB"):
            wrong.append(f"{told.path}: a year of two digits does not tell 1926 from 2026, a birth date needs %Y")
        elif not any(source not in positions for source in told.sources):
            made.append(Column(told.path, leaf, " + ".join(told.sources), _value(told, leaf, columns, positions)))
    for path, text in columns.constants.items():
        leaf = leaf_of(known, path)
        if leaf is None:
            wrong.append(f"{path} is no path of {known.data_model}.{known.event_type}")
        else:
            made.append(Column(path, leaf, "a constant", _constant(text), is_constant=True))
    return made, wrong


def of_a_path(known: Event, columns: Columns, path: str, position: int) -> Column | None:
    """A column that the file itself names by a path, with the formats that are told for all."""
    leaf = leaf_of(known, path)
    if leaf is None:
        return None
    return Column(path, leaf, path, _value(Told(path, (path,)), leaf, columns, {path: position}))


def _constant(text: str) -> Callable[[Cells], str]:
    return lambda _: text


def _value(told: Told, leaf: Leaf, columns: Columns, positions: Mapping[str, int]) -> Callable[[Cells], str | Fault]:
    """How a row's cells become the text of a path."""
    at = tuple(positions[source] for source in told.sources)
    written = columns.format_of(leaf, told.format)
    turns = [turn for turn in (_coding(told, leaf), _dating(told, leaf, written)) if turn]
    if len(at) == 1 and not turns and not columns.empty:
        return itemgetter(at[0])

    def value(cells: Cells) -> str | Fault:
        text = told.joined_by.join(cell for cell in (cells[each] for each in at) if cell and cell not in columns.empty)
        for turn in turns:
            turned = turn(text)
            if isinstance(turned, Fault):
                return turned
            text = turned
        return text

    return value


def _coding(told: Told, leaf: Leaf) -> Callable[[str], str | Fault] | None:
    if not told.codes:
        return None
    words: Sequence[str] = leaf.value_set.words if leaf.value_set else ()

    def turn(text: str) -> str | Fault:
        if text in told.codes:
            return told.codes[text]
        return text if not text or text in words else Fault(told.path, OUTSIDE_CODES)

    return turn


def _dating(told: Told, leaf: Leaf, written: str) -> Callable[[str], str | Fault] | None:
    if not written:
        return None
    has_time = leaf.type == "DateTime" and any(mark in written for mark in ("%H", "%I", "%X", "%c", "%T"))
    has_zone = "%z" in written

    def turn(text: str) -> str | Fault:
        if not text:
            return text
        try:
            moment = datetime.strptime(text, written)  # noqa: DTZ007 - a wall time of the tenant's zone, or with %z
        except ValueError:
            return Fault(told.path, OTHER_FORMAT)
        if has_time or has_zone:
            return moment.isoformat(timespec="milliseconds")
        return moment.date().isoformat()

    return turn
