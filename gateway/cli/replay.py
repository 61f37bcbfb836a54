"""`replay`: fold events of the journal again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import reduce
from typing import Annotated

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn

from gateway.audit import command
from gateway.cli.support.session import DataDir, MongodbUri, err, opened, run, tenant_named, wrong_usage
from ingest.intake import UNROUTED
from ingest.replays import replay as journal
from ingest.replays.replay_progress import Progress as Tell
from ingest.replays.replay_progress import Summary
from store.database import Store

PLAIN_EVERY = 10_000
"""The number of events between two lines of progress if standard error is not a terminal."""


def replay(
    *,
    tenant: Annotated[str | None, typer.Option(help="Tenant whose events are folded again.")] = None,
    person: Annotated[str | None, typer.Option(metavar="TYPE:ID", help="Only events connected with this.")] = None,
    unrouted: Annotated[bool, typer.Option("--unrouted", help="Bring in events that waited for a tenant.")] = False,
    every: Annotated[bool, typer.Option("--all", help="The events of every tenant.")] = False,
    verify: Annotated[bool, typer.Option("--verify", help="Write nothing; say what differs, with status 1.")] = False,
    data_dir: DataDir = None,
    mongodb_uri: MongodbUri = None,
) -> None:
    """Fold events again from the journal: of one person, of a tenant, or those that waited for a tenant."""
    pair = _pair(person) if person else None
    if unrouted:
        if person or verify or every:
            wrong_usage("--unrouted goes with neither --person nor --verify nor --all.")
    elif (tenant is None) != every:
        wrong_usage("Say one of --tenant, --all and --unrouted.")
    elif every and person:
        wrong_usage("--person goes with --tenant.")

    async def work() -> Summary:
        async with opened(data_dir, mongodb_uri) as store:
            if every:
                found = [await _replayed(store, each.name, None, is_dry=verify) for each in await store.tenants.all()]
                return reduce(Summary.plus, found, Summary())
            if unrouted:
                async with command(store, "replay", [UNROUTED.name]):
                    return await journal.route(store)
            return await _replayed(store, tenant or "", pair, is_dry=verify)

    done = run(work)
    typer.echo(_told(done, is_dry=verify))
    if verify and done.differs:
        raise typer.Exit(1)


async def _replayed(store: Store, tenant: str, pair: tuple[str, str] | None, *, is_dry: bool) -> Summary:
    partition = store.partition(await tenant_named(store, tenant))
    async with command(store, "replay", [tenant], person=bool(pair), verify=is_dry) as outcome:
        if pair:
            done = await journal.replay_person(store, partition, pair, is_dry=is_dry)
        else:
            with _progress() as progress:
                done = await journal.replay_tenant(store, partition, is_dry=is_dry, progress=progress)
        outcome.update(asdict(done))
    return done


def _pair(person: str) -> tuple[str, str]:
    kind, _, number = person.partition(":")
    if not kind or not number:
        wrong_usage("--person is TYPE:ID, for example MR:HP-100204")
    return kind, number


@contextmanager
def _progress() -> Iterator[Tell]:
    """Give a function that shows the progress of a replay: a moving count on a terminal, lines elsewhere."""
    if err.is_terminal:
        with Progress(SpinnerColumn(), TextColumn("{task.description}"), console=err, transient=True) as bar:
            task = bar.add_task("")
            yield lambda done: bar.update(task, description=_told(done, is_dry=False))
        return
    told = 0

    def tell(done: Summary) -> None:
        nonlocal told
        if (done.understood + done.events) // PLAIN_EVERY > told:
            told = (done.understood + done.events) // PLAIN_EVERY
            err.print(_told(done, is_dry=False), highlight=False)

    yield tell


def _told(done: Summary, *, is_dry: bool) -> str:
    changed = "differ" if is_dry else "changed"
    otherwise = f"{done.understood} events understood otherwise"
    parts = [
        *([otherwise] if done.understood else []),
        f"{done.events} events folded again",
        f"{done.documents} documents {changed}",
        f"{done.taken_up} taken up",
        f"{done.still_open} still open",
    ]
    return ", ".join(parts)
