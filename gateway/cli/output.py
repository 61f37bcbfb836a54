"""How commands say what they found: a table for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
import typer
from rich.table import Table

from gateway.cli.running import out


def say_json(thing: Any) -> None:
    """One JSON value, indented."""
    typer.echo(orjson.dumps(thing, option=orjson.OPT_INDENT_2, default=str).decode())


def json_line(thing: Any) -> str:
    """A JSON value on one line."""
    return orjson.dumps(thing, default=str).decode()


def say_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Rows under headings."""
    table = Table(*headings, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(_cell(each) for each in row))
    out.print(table, markup=False)


def _cell(thing: object) -> str:
    if isinstance(thing, list | tuple):
        return ", ".join(map(str, thing))
    return "" if thing is None else str(thing)
