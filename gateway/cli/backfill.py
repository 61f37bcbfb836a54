"""`backfill`: loads a file of rows or events, and can be run again."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from gateway.cli.output import say_json
from gateway.cli.running import (
    FAILED,
    WRONG_USAGE,
    AsJson,
    DataDir,
    MongodbUri,
    TenantName,
    err,
    opened,
    run,
    tenant_named,
    wrong_usage,
)
from ingest.backfill.errors import ColumnsUnfit, EncodingUnknown
from ingest.backfill.loading import Load
from ingest.backfill.opening import KINDS, moment_in, rows_of
from ingest.backfill.rejects import Rejects
from ingest.backfill.sources import Source, digest_of
from ingest.backfill.sources import opened as opened_file
from ingest.backfill.summary import Summary
from ingest.intake import now
from ingest.ordering import CLOCK_TOLERANCE
from mappings.columns import Columns, ColumnsInvalidError, columns_in
from mappings.times import utc_text
from store.jobs import Jobs
from store.mongo import Store
from store.partition import Partition

NOW = "now"
PLAIN_EVERY = timedelta(seconds=10)
"""Time between two lines, where there is no terminal to show a bar that moves."""
MOST_NAMED = 20
"""Rejected rows that are named one by one; the file of rejects has them all."""


@dataclass(frozen=True)
class Wish:
    """What a backfill was called with."""

    kind: str
    file: str
    tenant: str
    extracted_at: str | None
    rejects: Path | None
    columns: Columns
    encoding: str
    is_dry: bool
    ignores_unknown: bool
    is_json: bool


def backfill(
    kind: Annotated[str, typer.Argument(metavar=f"[{'|'.join(KINDS)}]", help="What each row is.")],
    file: Annotated[str, typer.Argument(help="CSV file of a template, or for events one JSON message a line; - reads.")],
    tenant: TenantName,
    extracted_at: Annotated[
        str | None,
        typer.Option(help="When the rows were true, not when the file was made: 2026-01-31T08:00:00Z, or now."),
    ] = None,
    rejects: Annotated[Path | None, typer.Option(help="File for the rows that did not go in, to be mended.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    columns: Annotated[
        Path | None, typer.Option(help="TOML file: the report's own names, formats, codes and constants.")
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="Encoding, where it is not UTF-8: windows-1252.")] = None,
    ignore_unknown: Annotated[
        bool, typer.Option("--ignore-unknown", help="Pass over columns that no path is known for.")
    ] = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    mongodb_uri: MongodbUri = None,
) -> None:
    """Load a file: each row or line is an event, journalled and folded like one that was pushed."""
    told = _columns(columns)
    wish = Wish(
        kind=kind,
        file=file,
        tenant=tenant,
        extracted_at=extracted_at,
        rejects=rejects,
        columns=told,
        encoding=encoding or told.encoding,
        is_dry=dry_run,
        ignores_unknown=ignore_unknown,
        is_json=as_json,
    )
    _check(wish)

    async def work() -> Summary:
        with opened_file(wish.file, wish.encoding) as source:
            async with opened(data_dir, mongodb_uri) as store:
                return await _loaded(store, source, wish)

    try:
        summary = run(work)
    except (ColumnsUnfit, EncodingUnknown) as error:
        err.print(str(error), style="red", markup=False, highlight=False)
        raise typer.Exit(WRONG_USAGE) from None
    _say(summary, wish)
    raise typer.Exit(0 if summary.is_clean else FAILED)


def _columns(path: Path | None) -> Columns:
    if path is None:
        return Columns()
    try:
        return columns_in(path.read_text())
    except OSError as error:
        wrong_usage(f"--columns cannot be read: {error.strerror}")
    except (ColumnsInvalidError, UnicodeDecodeError) as error:
        wrong_usage(f"--columns: {error if isinstance(error, ColumnsInvalidError) else 'not in UTF-8'}")


def _check(wish: Wish) -> None:
    if wish.kind not in KINDS:
        wrong_usage(f"What is loaded is one of {', '.join(KINDS)}.")
    if wish.file != "-" and (not Path(wish.file).exists() or Path(wish.file).is_dir()):
        wrong_usage(f"There is no file {wish.file}.")
    if wish.rejects and wish.rejects.exists() and wish.file != "-" and wish.rejects.samefile(wish.file):
        wrong_usage("--rejects is the file that is read; name another one.")
    if wish.extracted_at and wish.extracted_at != NOW:
        try:
            datetime.fromisoformat(wish.extracted_at)
        except ValueError:
            wrong_usage("--extracted-at is a time such as 2026-01-31T08:00:00Z, or now.")


async def _loaded(store: Store, source: Source, wish: Wish) -> Summary:
    partition = store.partition(await tenant_named(store, wish.tenant))
    received = now()
    extracted_at = await _extracted_at(store, partition, wish, received)
    rows = rows_of(
        wish.kind, source, partition, received, extracted_at, wish.columns, ignores_unknown=wish.ignores_unknown
    )
    summary = Summary(wish.kind, utc_text(extracted_at) if extracted_at else "", is_dry=wish.is_dry)
    with _stoppable() as is_stopped, _progress(source) as tell:
        load = Load(
            store,
            partition,
            rows,
            summary,
            Rejects(wish.rejects, rows, source.encoding),
            "backfill",
            received,
            tell,
            is_stopped,
        )
        return await load.run()


async def _extracted_at(store: Store, partition: Partition, wish: Wish, received: datetime) -> datetime | None:
    """When the file was true. `now` is remembered with the file: the same file is the same news when run again."""
    if wish.extracted_at is None:
        return None
    if wish.extracted_at == NOW:
        file = digest_of(wish.file)
        if file is None or wish.is_dry:
            return received
        return await Jobs(store.database).moment_of(partition.tenant.name, f"{wish.kind}|{file}", received)
    said = moment_in(wish.extracted_at, partition)
    if said > received + CLOCK_TOLERANCE:
        wrong_usage("--extracted-at lies in the future.")
    return said.astimezone(UTC)


@contextmanager
def _stoppable() -> Iterator[Callable[[], bool]]:
    """Lets the first Ctrl-C end a backfill where it stands, what is under way being finished; the second at once."""
    asked: list[int] = []

    def ask(number: int, _frame: object) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    before: dict[int, object] = {}
    with suppress(ValueError):  # signals come to the main thread alone
        before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]


@contextmanager
def _progress(source: Source) -> Iterator[Callable[[Summary], None]]:
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


def _say(summary: Summary, wish: Wish) -> None:
    for each in summary.shown[:MOST_NAMED]:
        err.print(f"line {each['line']}: {each['path']}: {each['reason']}".replace(": : ", ": "), style="red", markup=False)
    if summary.rejected > MOST_NAMED:
        err.print(f"and {summary.rejected - MOST_NAMED} more rejected rows", style="red")
    for each in summary.doubts[:MOST_NAMED]:
        err.print(f"line {each['line']}: {each['path']}: {each['reason']}", style="yellow", markup=False)
    if wish.is_json:
        say_json(summary.to_json() | {"rejects": summary.shown, "doubted": summary.doubts})
        return
    typer.echo(escape("\n".join(_lines(summary, wish))))


def _lines(summary: Summary, wish: Wish) -> Iterator[str]:
    applied = "would be applied" if summary.is_dry else "applied"
    yield (
        f"{summary.read:,} read, {summary.applied:,} {applied}, {summary.already_there:,} already there,"
        f" {summary.rejected:,} rejected, in {summary.seconds:.1f} s"
    )
    for what, counts in (("rejected", summary.reasons), ("kept and not folded", summary.unfolded)):
        yield from (f"  {what}: {count:,} {reason}" for reason, count in counts.most_common())
    yield from (f"  found: {count:,} {code}" for code, count in summary.findings.most_common())
    yield from (f"  doubtful: {count:,} {reason}" for reason, count in summary.doubted.most_common())
    yield from (f"  {note}" for note in summary.notes)
    if summary.rejected and wish.rejects:
        yield f"The rejected rows are in {wish.rejects}: mend them there and load that file."
    if summary.state == "interrupted":
        yield f"Stopped. {_again(summary, wish)}"
    if summary.state == "failed":
        yield f"Failed: {summary.failure}. {_again(summary, wish)}"


def _again(summary: Summary, wish: Wish) -> str:
    what = "The same command" if wish.extracted_at != NOW or wish.file != "-" else "--extracted-at "
    if what.startswith("--"):
        return f"What is in stays in; with {what}{summary.extracted_at} the rest is loaded."
    return f"What is in stays in; {what[0].lower()}{what[1:]} goes on."
