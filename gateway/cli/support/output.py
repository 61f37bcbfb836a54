"""The output of commands: a table for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
import typer
from rich.markup import escape
from rich.table import Table

from gateway.cli.support.session import out


def say_json(thing: Any) -> None:
    """Print one JSON value, indented."""
    typer.echo(orjson.dumps(thing, option=orjson.OPT_INDENT_2, default=str).decode())


def json_line(thing: Any) -> str:
    """Return a JSON value as text on one line."""
    return orjson.dumps(thing, default=str).decode()


def say_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under headings: as a table on a terminal, otherwise with one line for each row, of any length."""
    cells = [[_cell(each) for each in row] for row in rows]
    if out.is_terminal:
        table = Table(*headings, box=None, pad_edge=False, header_style="bold")
        for row in cells:
            table.add_row(*map(escape, row))
        out.print(table)
        return
    widths = [max(map(len, column)) for column in zip(headings, *cells, strict=True)]
    for row in [list(headings), *cells]:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _cell(thing: object) -> str:
    if isinstance(thing, list | tuple):
        return ", ".join(map(str, thing))
    return "" if thing is None else str(thing)
