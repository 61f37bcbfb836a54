"""`template`: the CSV header for the author of a report of a hospital."""

from __future__ import annotations

import csv
import sys
from typing import Annotated

import typer

from gateway.cli.support.session import wrong_usage
from mappings.csv.samples import examples
from mappings.csv.templates import TEMPLATES, full_columns


def template(
    kind: Annotated[str, typer.Argument(metavar=f"[{'|'.join(TEMPLATES)}]", help="What the rows are.")],
    full: Annotated[bool, typer.Option("--full", help="Every column there is.")] = False,
    example: Annotated[bool, typer.Option("--example", help="With rows of invented people.")] = False,
) -> None:
    """Print the CSV header of a report that `backfill` loads; any of its columns in any order will do."""
    if kind not in TEMPLATES:
        wrong_usage(f"There are templates for {', '.join(TEMPLATES)}.")
    wanted = TEMPLATES[kind]
    columns = full_columns(wanted) if full else wanted.columns
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    if example:
        writer.writerows(examples(wanted, columns))
