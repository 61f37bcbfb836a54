"""`backfill`: load a file of rows or events; the same command may be run again."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway.audit import LOCAL, OPERATOR, command, loaded, operator
from gateway.cli.support.output import say_json
from gateway.cli.support.progress import progress, say, say_rows
from gateway.cli.support.resources import seldom_cleaned, writers_for
from gateway.cli.support.session import (
    FAILED,
    WRONG_USAGE,
    AsJson,
    DataDir,
    MongodbUri,
    TenantName,
    err,
    opened,
    run,
    store_settings,
    tenant_named,
    wrong_usage,
)
from ingest.backfill.file_errors import ColumnsUnfit, EncodingUnknown
from ingest.backfill.loader import Load
from ingest.backfill.opening import EVENTS, KINDS, moment_in, name_of, rows_of, wanted_of
from ingest.backfill.rejects import Rejects
from ingest.backfill.sources import Source, digest_of
from ingest.backfill.sources import opened as opened_file
from ingest.backfill.summary import Summary
from ingest.intake import now
from ingest.ordering import CLOCK_TOLERANCE
from mappings.csv.columns import Columns, ColumnsInvalidError, columns_in
from mappings.times import utc_text
from store.database import Store
from store.partition import Partition
from store.settings import StoreSettings
from store.work.jobs import Jobs

NOW = "now"


@dataclass(frozen=True)
class Wish:
    """The arguments of a backfill."""

    kind: str
    file: str
    tenant: str
    extracted_at: str | None
    rejects: Path | None
    columns: Columns
    toml: str
    """The text of the TOML file of the columns, or an empty text."""
    encoding: str
    is_dry: bool
    ignores_unknown: bool
    is_json: bool


def backfill(
    kind: Annotated[str, typer.Argument(metavar=f"[{'|'.join(KINDS)}]", help="What each row is.")],
    file: Annotated[
        str, typer.Argument(help="CSV file of a template, or for events one JSON message a line; - reads.")
    ],
    *,
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
    toml = _text_of(columns)
    told = _columns(toml)
    wish = Wish(
        kind=kind,
        file=file,
        tenant=tenant,
        extracted_at=extracted_at,
        rejects=rejects,
        columns=told,
        toml=toml,
        encoding=encoding or told.encoding,
        is_dry=dry_run,
        ignores_unknown=ignore_unknown,
        is_json=as_json,
    )
    _check(wish)

    async def work() -> Summary:
        with opened_file(wish.file, wish.encoding) as source:
            async with opened(data_dir, mongodb_uri) as store:
                return await _loaded(store, source, wish, store_settings(data_dir, mongodb_uri))

    try:
        summary = run(work)
    except (ColumnsUnfit, EncodingUnknown) as error:
        err.print(str(error), style="red", markup=False, highlight=False)
        raise typer.Exit(WRONG_USAGE) from None
    if wish.is_json:
        say_rows(summary)
        say_json(summary.to_json() | {"rejects": summary.shown, "doubted": summary.doubts})
    else:
        say(summary, wish.rejects, _again(summary, wish))
    raise typer.Exit(0 if summary.is_clean else FAILED)


def _again(summary: Summary, wish: Wish) -> str:
    if wish.extracted_at == NOW and digest_of(wish.file) is None:
        return f"the same file with --extracted-at {summary.extracted_at} goes on."
    return "the same command goes on."


def _text_of(path: Path | None) -> str:
    try:
        return path.read_text("utf-8-sig") if path else ""
    except OSError as error:
        wrong_usage(f"--columns cannot be read: {error.strerror}")
    except UnicodeDecodeError:
        wrong_usage("--columns is not in UTF-8.")


def _columns(toml: str) -> Columns:
    try:
        return columns_in(toml)
    except ColumnsInvalidError as error:
        wrong_usage(f"--columns: {error}")


def _check(wish: Wish) -> None:
    if wish.kind not in KINDS:
        wrong_usage(f"What is loaded is one of {', '.join(KINDS)}.")
    if wish.kind == EVENTS and (wish.columns != Columns() or wish.ignores_unknown):
        wrong_usage("Events have no columns.")
    if wish.file != "-" and (not Path(wish.file).exists() or Path(wish.file).is_dir()):
        wrong_usage(f"There is no file {wish.file}.")
    if wish.rejects and wish.rejects.exists() and wish.file != "-" and wish.rejects.samefile(wish.file):
        wrong_usage("--rejects is the file that is read; name another one.")
    if wish.extracted_at and wish.extracted_at != NOW:
        try:
            datetime.fromisoformat(wish.extracted_at)
        except ValueError:
            wrong_usage("--extracted-at is a time such as 2026-01-31T08:00:00Z, or now.")


async def _loaded(store: Store, source: Source, wish: Wish, settings: StoreSettings) -> Summary:
    partition = store.partition(await tenant_named(store, wish.tenant))
    received = now()
    extracted_at = await _extracted_at(store, partition, wish, received)
    wanted = wanted_of(partition, received, extracted_at)
    rows = rows_of(wish.kind, source, wanted, wish.columns, ignores_unknown=wish.ignores_unknown)
    summary = Summary(wish.kind, utc_text(extracted_at) if extracted_at else "", is_dry=wish.is_dry)
    with (
        seldom_cleaned(),
        _stoppable() as is_stopped,
        progress(source) as tell,
        writers_for(partition.tenant, settings, is_dry=wish.is_dry) as writers,
    ):
        load = Load(
            store,
            partition,
            rows,
            summary,
            Rejects(wish.rejects, rows, source.encoding),
            "backfill",
            received,
            await _begun(store, partition, wish, received),
            tell,
            is_stopped,
            details={"by": OPERATOR, "from": LOCAL, "user": operator()},
            writers=writers,
        )
        async with command(store, "backfill", [partition.tenant.name], kind=wish.kind, dry=wish.is_dry) as outcome:
            await load.run()
            outcome.update(loaded(summary))
        return summary


async def _extracted_at(store: Store, partition: Partition, wish: Wish, received: datetime) -> datetime | None:
    """Return the moment of the rows, in UTC, or None if the rows name it themselves.

    For `now` it is the time of the first load of the file, so that a second load gives the same events; for a dry run
    or standard input it is `received`. Raises typer.BadParameter if the moment is in the future.
    """
    if wish.extracted_at is None:
        return None
    if wish.extracted_at == NOW:
        file = digest_of(wish.file)
        if file is None or wish.is_dry:
            return received
        return await Jobs(store.database).moment_of(partition.tenant.name, name_of(wish.kind, file), received)
    said = moment_in(wish.extracted_at, partition)
    if said > received + CLOCK_TOLERANCE:
        wrong_usage("--extracted-at lies in the future.")
    return said.astimezone(UTC)


async def _begun(store: Store, partition: Partition, wish: Wish, received: datetime) -> datetime:
    """Return the time of the first load of this file with these columns; `received` for a dry run or standard input."""
    file = digest_of(wish.file)
    if file is None or wish.is_dry:
        return received
    named = name_of(wish.kind, file, wish.toml)
    return await Jobs(store.database).moment_of(partition.tenant.name, named, received)


@contextmanager
def _stoppable() -> Iterator[Callable[[], bool]]:
    """Give a function that returns whether the load is asked to stop.

    The first Ctrl-C or SIGTERM lets the batches that are being committed finish; the second ends the load at once.
    """
    asked: list[int] = []

    def ask(number: int, _frame: object) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    before: dict[int, object] = {}
    with suppress(ValueError):  # only the main thread can set signal handlers
        before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
