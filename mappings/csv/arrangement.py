"""From a site's column rules to the columns of a sheet: for each path a function from a row's cells to its text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter

from mappings.csv.columns import ColumnRule, Columns
from mappings.csv.sheet import Cells, Column, Fault
from mappings.csv.templates import leaf_of
from mappings.redox.catalogue import Event, Leaf

OUTSIDE_CODES = "not one of the codes of this column"
OTHER_FORMAT = "not in the format of this column"


def arrange(event: Event, columns: Columns, positions: Mapping[str, int]) -> tuple[list[Column], list[str]]:
    """Return the columns that follow from the rules and constants, and the faults of the rules as texts.

    `positions`: the position of each of the file's columns by its name. A rule is left out if the file lacks one of its
    columns.
    """
    made: list[Column] = []
    wrong: list[str] = []
    for rule in columns.rules:
        leaf = leaf_of(event, rule.path)
        if leaf is None:
            wrong.append(f"{rule.path} is not a path of {event.data_model}.{event.event_type}")
        elif "%y" in columns.format_of(leaf, rule.format) and rule.path.endswith("DOB"):
            wrong.append(f"{rule.path}: a year of two digits does not tell 1926 from 2026, a birth date needs %Y")
        elif not any(source not in positions for source in rule.sources):
            made.append(_column(rule, leaf, columns, positions))
    for path, text in columns.constants.items():
        leaf = leaf_of(event, path)
        if leaf is None:
            wrong.append(f"{path} is not a path of {event.data_model}.{event.event_type}")
        else:
            made.append(Column(path, leaf, "a constant", _constant(text), is_constant=True))
    return made, wrong


def column_of_path(event: Event, columns: Columns, path: str, position: int) -> Column | None:
    """Return the column of a file whose name is a path, with the formats of all columns; None if it is no path."""
    leaf = leaf_of(event, path)
    if leaf is None:
        return None
    return _column(ColumnRule(path, (path,)), leaf, columns, {path: position})


def _column(rule: ColumnRule, leaf: Leaf, columns: Columns, positions: Mapping[str, int]) -> Column:
    value = _value(rule, leaf, columns, positions)
    position = positions[rule.sources[0]] if isinstance(value, itemgetter) else None
    return Column(rule.path, leaf, " + ".join(rule.sources), value, position)


def _constant(text: str) -> Callable[[Cells], str]:
    return lambda _: text


def _value(
    rule: ColumnRule, leaf: Leaf, columns: Columns, positions: Mapping[str, int]
) -> Callable[[Cells], str | Fault]:
    """Return the function from a row's cells to the text of a path, or to a fault."""
    at = tuple(positions[source] for source in rule.sources)
    written = columns.format_of(leaf, rule.format)
    turns = [turn for turn in (_decoder(rule, leaf), _date_parser(rule, leaf, written)) if turn]
    if len(at) == 1 and not turns and not columns.empty:
        return itemgetter(at[0])

    def value(cells: Cells) -> str | Fault:
        text = rule.joined_by.join(cell for cell in (cells[each] for each in at) if cell and cell not in columns.empty)
        for turn in turns:
            turned = turn(text)
            if isinstance(turned, Fault):
                return turned
            text = turned
        return text

    return value


def _decoder(rule: ColumnRule, leaf: Leaf) -> Callable[[str], str | Fault] | None:
    if not rule.codes:
        return None
    words: Sequence[str] = leaf.value_set.words if leaf.value_set else ()

    def turn(text: str) -> str | Fault:
        if text in rule.codes:
            return rule.codes[text]
        return text if not text or text in words else Fault(rule.path, OUTSIDE_CODES)

    return turn


def _date_parser(rule: ColumnRule, leaf: Leaf, written: str) -> Callable[[str], str | Fault] | None:
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
            return Fault(rule.path, OTHER_FORMAT)
        if has_time or has_zone:
            return moment.isoformat(timespec="milliseconds")
        return moment.date().isoformat()

    return turn
