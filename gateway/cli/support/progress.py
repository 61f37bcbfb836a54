"""The progress of a backfill while it runs, and its result at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from gateway.cli.support.session import err
from ingest.backfill.summary import Summary

PLAIN_EVERY = timedelta(seconds=10)
"""The time between two lines of progress if standard error is not a terminal."""
MOST_NAMED = 20
"""The number of rejected rows that are printed one by one; the file of rejects has all of them."""


class Measured(Protocol):
    """A piece of work whose progress is known."""

    @property
    def done(self) -> float | None:
        """Return the share of the work that is done, from 0 to 1; None if its size is not known."""


@contextmanager
def progress(source: Measured) -> Iterator[Callable[[Summary], None]]:
    """Give a function that shows the progress of a backfill: a bar on a terminal, a line every 10 seconds elsewhere."""
    began = datetime.now(UTC)
    if err.is_terminal:
        columns = (
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.description}"),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=err, transient=True) as bar:
            task = bar.add_task("", total=None if source.done is None else 1.0)
            yield lambda summary: bar.update(task, completed=source.done or 0, description=_rate(summary, began))
        return
    last = began

    def tell(summary: Summary) -> None:
        nonlocal last
        if datetime.now(UTC) - last >= PLAIN_EVERY:
            last = datetime.now(UTC)
            share = "" if source.done is None else f", {source.done:.0%} of the file"
            err.print(f"{_rate(summary, began)}{share}", highlight=False)

    yield tell


def _rate(summary: Summary, began: datetime) -> str:
    seconds = max((datetime.now(UTC) - began).total_seconds(), 0.001)
    return f"{summary.read:,} read, {summary.rejected:,} rejected, {summary.read / seconds:,.0f}/s"


def say(summary: Summary, rejects: Path | None, again: str) -> None:
    """Print the result: lines on standard output, and the rejected and doubtful rows on standard error.

    `again` completes the sentence that names the way to continue a load that was interrupted or failed.
    """
    say_rows(summary)
    for line in _lines(summary, rejects, again):
        typer.echo(line)


def say_rows(summary: Summary) -> None:
    """Print the first rejected and the first doubtful rows on standard error, MOST_NAMED of each at most."""
    for each in summary.shown[:MOST_NAMED]:
        place = f"line {each['line']}: {each['path']}" if each["path"] else f"line {each['line']}"
        err.print(f"{place}: {each['reason']}", style="red", markup=False, highlight=False)
    if summary.rejected > MOST_NAMED:
        err.print(f"and {summary.rejected - MOST_NAMED:,} more rejected rows", style="red", highlight=False)
    for each in summary.doubts[:MOST_NAMED]:
        said = f"line {each['line']}: {each['path']}: {each['reason']}"
        err.print(said, style="yellow", markup=False, highlight=False)


def _lines(summary: Summary, rejects: Path | None, again: str) -> Iterator[str]:
    applied = "would be applied" if summary.is_dry else "applied"
    yield (
        f"{summary.read:,} read, {summary.applied:,} {applied}, {summary.already_there:,} already there,"
        f" {summary.rejected:,} rejected, in {summary.seconds:.1f} s"
    )
    counted = {
        "rejected": summary.reasons,
        "kept and not folded": summary.unfolded,
        "found": summary.findings,
        "doubtful": summary.doubted,
    }
    for what, counts in counted.items():
        yield from (f"  {what}: {count:,} {reason}" for reason, count in counts.most_common())
    yield from (f"  {note}" for note in summary.notes)
    if summary.rejected and rejects:
        yield f"The rejected rows are in {rejects}: mend them there and load that file."
    if summary.state == "interrupted":
        yield f"Stopped. What is in stays in, {again}"
    if summary.state == "failed":
        yield f"{summary.failure}. What is in stays in, {again}"
