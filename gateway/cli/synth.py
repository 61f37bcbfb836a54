"""`synth`: make a tenant of invented people, of any size."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, BinaryIO, cast

import orjson
import typer

from gateway.audit import LOCAL, OPERATOR, command, loaded, operator
from gateway.cli.support.output import say_json
from gateway.cli.support.progress import progress, say
from gateway.cli.support.session import (
    FAILED,
    AsJson,
    CommandFailedError,
    DataDir,
    MongodbUri,
    err,
    opened,
    run,
    tenant_named,
    wrong_usage,
)
from ingest.backfill.loader import Load
from ingest.backfill.opening import EVENTS, wanted_of
from ingest.backfill.rejects import Rejects
from ingest.backfill.summary import Summary
from ingest.intake import now
from ingest.synth.lives import IN_TURN, Population, addressed
from ingest.synth.rows import Lives
from store.access.tenant import Tenant
from store.database import Store

_MANY = 10_000
"""The number of messages after which the number of written messages is printed again."""


def synth(
    patients: Annotated[int, typer.Option(min=1, help="How many people.")],
    *,
    tenant: Annotated[str | None, typer.Option(help="Tenant that they come to; with --to it may be left out.")] = None,
    visits_per_patient: Annotated[int, typer.Option(min=0, help="How many visits one has on average.")] = 3,
    seed: Annotated[int, typer.Option(help="Another seed, other people.")] = 1,
    today: Annotated[
        str | None, typer.Option(metavar="DATE", help="The day about which all happens.", show_default="today")
    ] = None,
    to: Annotated[
        str | None, typer.Option(metavar="FILE", help="A file for the events, .gz too, or - ; none goes to the tenant.")
    ] = None,
    interleaved: Annotated[
        bool, typer.Option("--interleaved", help="In the file, events of one person far apart, as a feed has them.")
    ] = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    mongodb_uri: MongodbUri = None,
) -> None:
    """Make a tenant of invented people: loaded like a file of events, or written to one."""
    if tenant is None and to is None:
        wrong_usage("Say the --tenant that they come to, or --to which file.")
    if interleaved and to is None:
        wrong_usage("--interleaved goes with --to.")
    in_turn = IN_TURN if interleaved else 1
    wanted = Population(patients, _day(today), seed, visits_per_patient)

    async def work() -> Summary | None:
        if tenant is None:
            _write(wanted if today else replace(wanted, today=datetime.now(UTC).date()), to or "-", in_turn)
            return None
        async with opened(data_dir, mongodb_uri) as store:
            found = await tenant_named(store, tenant)
            population = _of(wanted, found, is_of_this_day=today is None)
            if to is None and found.environment == "Production":
                raise CommandFailedError(f"The tenant {found.name} is of Production: nobody invented goes there.")
            if to is None:
                return await _load(store, population, found)
            _write(population, to, in_turn)
            return None

    summary = run(work)
    if summary is None:
        return
    if as_json:
        say_json(summary.to_json())
    else:
        say(summary, None, "the same command goes on, with --today where it began on another day.")
    raise typer.Exit(0 if summary.is_clean else FAILED)


def _day(text: str | None) -> date:
    try:
        return date.fromisoformat(text) if text else date.min
    except ValueError:
        wrong_usage("--today is a date such as 2026-01-31.")


def _of(wanted: Population, tenant: Tenant, *, is_of_this_day: bool) -> Population:
    """Return the population for a tenant: in its zone, with its Meta, and as of today in this zone if asked.

    Raises typer.BadParameter if the day lies in the future.
    """
    today = datetime.now(tenant.zone).date()
    day = today if is_of_this_day else wanted.today
    if day > today:
        wrong_usage("--today lies in the future: what is told then has not happened.")
    return replace(wanted, today=day, zone=tenant.zone, meta=addressed(tenant))


async def _load(store: Store, population: Population, tenant: Tenant) -> Summary:
    partition, received = store.partition(tenant), now()
    lives = Lives(population, wanted_of(partition, received, None))
    begun = datetime.combine(population.today, datetime.min.time(), tenant.zone)
    with progress(lives) as tell:
        load = Load(
            store,
            partition,
            lives,
            Summary(EVENTS),
            Rejects(None, lives, "utf-8"),
            "synth",
            received,
            begun,
            tell,
            details={"by": OPERATOR, "from": LOCAL, "user": operator()},
            at_once=1,  # a batch may begin with the last person of the batch before, so two at a time would conflict
        )
        async with command(store, "synth", [tenant.name], patients=population.patients) as outcome:
            summary = await load.run()
            outcome.update(loaded(summary))
        return summary


def _write(population: Population, to: str, in_turn: int) -> None:
    written = 0
    with _opened(to) as file:
        for written, message in enumerate(population.messages(in_turn=in_turn), 1):
            file.write(orjson.dumps(message, option=orjson.OPT_APPEND_NEWLINE))
            if written % _MANY == 0 and err.is_terminal:
                err.print(f"{written:,} events", end="\r", highlight=False)
    err.print(f"{written:,} events of {population.patients:,} people, as of {population.today}", highlight=False)


@contextmanager
def _opened(to: str) -> Iterator[BinaryIO]:
    """Give a file to write to, which gets its name once it is complete, or standard output for `-`.

    A file whose name ends in `.gz` is packed.
    """
    if to == "-":
        yield sys.stdout.buffer
        sys.stdout.flush()
        return
    path = Path(to)
    growing = path.with_name(f".{path.name}.part")
    try:
        with growing.open("wb") as file:
            if path.suffix == ".gz":
                # Without a name and a time in the gzip header, so that the same events give the same bytes.
                with gzip.GzipFile("", "wb", 6, file, 0) as packed:
                    yield cast("BinaryIO", packed)
            else:
                yield file
        growing.replace(path)
    finally:
        growing.unlink(missing_ok=True)
