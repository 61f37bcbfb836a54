"""Rules for the columns of a site's own report: their names, their dates and codes, and constants for the rest.

The rules are TOML: `[columns]` maps the report's names to paths, `[constants]` has values for paths without a column,
`[dates]` has the formats of all dates, and `empty` lists the words that stand for an empty cell.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mappings.redox.catalogue import Leaf

LONGEST = 64 * 1024
"""The most characters that a TOML text may have."""
LONGEST_LINE = 4096
"""The most characters of one of its lines: the cost to parse a dotted name grows with the square of its length."""


class ColumnsInvalidError(ValueError):
    """The columns cannot be understood; the message names the place in the TOML."""


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """The rule for one path: the columns that fill it, the text that joins them, their codes and their date format."""

    path: str
    sources: tuple[str, ...]
    joined_by: str = " "
    codes: Mapping[str, str] = field(default_factory=dict)
    format: str = ""


@dataclass(frozen=True, slots=True)
class Columns:
    """All rules of a site for its report."""

    rules: tuple[ColumnRule, ...] = ()
    constants: Mapping[str, str] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    empty: frozenset[str] = frozenset()
    date_format: str = ""
    date_time_format: str = ""
    delimiter: str = ""
    encoding: str = ""

    @property
    def sources(self) -> frozenset[str]:
        """The names of the report's columns that the rules mention."""
        return frozenset(source for rule in self.rules for source in rule.sources) | self.ignored

    def format_of(self, leaf: Leaf, own: str = "") -> str:
        """Return the strptime format of a leaf: its own, or that of all leaves of its type; empty if there is none."""
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
    """Return the rules of a TOML text; raises `ColumnsInvalidError`, which names the place of the fault."""
    if len(text) > LONGEST:
        raise ColumnsInvalidError(f"it is longer than {LONGEST:,} characters")
    if any(len(line) > LONGEST_LINE for line in text.split("\n")):
        raise ColumnsInvalidError(f"a line is longer than {LONGEST_LINE:,} characters; codes may be a table of lines")
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ColumnsInvalidError(f"not valid TOML: {error}") from None
    except RecursionError:
        raise ColumnsInvalidError("it is nested too deeply") from None
    _check(given, _MEMBERS, "")
    dates = given.get("dates", {})
    _check(dates, _OF_DATES, "dates.")
    _check_texts(given.get("constants", {}), "constants.")
    rules = tuple(_rule(source, said) for source, said in given.get("columns", {}).items())
    paths = [rule.path for rule in rules] + list(given.get("constants", {}))
    for path in paths:
        if paths.count(path) > 1:
            raise ColumnsInvalidError(f"{path} is filled twice")
    return Columns(
        rules=rules,
        constants=given.get("constants", {}),
        ignored=frozenset(map(str, given.get("ignored", ()))),
        empty=frozenset(map(str, given.get("empty", ()))),
        date_format=_format(dates.get("date", ""), "dates.date"),
        date_time_format=_format(dates.get("date-time", ""), "dates.date-time"),
        delimiter=_delimiter(given.get("delimiter", "")),
        encoding=given.get("encoding", ""),
    )


def _rule(source: str, said: Any) -> ColumnRule:
    place = f"columns.{source}"
    if isinstance(said, str):
        return ColumnRule(said, (source,))
    if not isinstance(said, dict) or not isinstance(said.get("path"), str):
        raise ColumnsInvalidError(f"{place} needs a path")
    _check(said, _OF_A_COLUMN, f"{place}.")
    codes = said.get("codes", {})
    _check_texts(codes, f"{place}.codes.")
    sources = (source, *map(str, said.get("join", ())))
    joined_by, written = said.get("with", " "), _format(said.get("format", ""), f"{place}.format")
    return ColumnRule(said["path"], sources, joined_by, codes, written)


def _check(given: Any, members: Mapping[str, type], above: str) -> None:
    for name, value in given.items():
        if name not in members:
            raise ColumnsInvalidError(f"{above}{name} is unknown")
        if not isinstance(value, members[name]):
            raise ColumnsInvalidError(f"{above}{name} has the wrong type")


def _check_texts(given: Mapping[str, Any], above: str) -> None:
    for name, value in given.items():
        if not isinstance(value, str):
            raise ColumnsInvalidError(f"{above}{name} must be a text")


def _delimiter(given: str) -> str:
    if given and (len(given) > 1 or given in '"\r\n \0'):
        raise ColumnsInvalidError("delimiter must be one character, but not a quote, a blank or a line break")
    return given


def _format(given: str, place: str) -> str:
    """Return a strptime format; raises ColumnsInvalidError if it does not read back the day that it wrote."""
    sample = datetime(2001, 12, 31)  # noqa: DTZ001 - a wall time
    if given:
        try:
            if datetime.strptime(sample.strftime(given), given).replace(tzinfo=None) != sample:  # noqa: DTZ007
                raise ValueError  # noqa: TRY301 - the same fault as a format that is none
        except (ValueError, re.error):  # what is said twice is no ValueError
            raise ColumnsInvalidError(f"{place} is not a format with day, month and year, such as %m/%d/%Y") from None
    return given
