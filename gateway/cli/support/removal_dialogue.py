"""The dialogue of `tenant remove`: the question, the progress, and the numbers of documents before and after."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn

from gateway.administration import remove_tenant
from gateway.cli.support.output import say_json, say_table
from gateway.cli.support.session import CommandFailedError, err, opened
from store.database import Store
from store.operations import removal
from store.operations.removal import Removal, Tell

PLAIN_EVERY = 100_000
"""The number of documents between two lines of progress if standard error is not a terminal."""


async def removed(name: str, data_dir: Path | None, mongodb_uri: str | None, *, is_sure: bool) -> Removal:
    """Ask for the name of the tenant, unless `is_sure`, and remove the tenant; return the numbers of documents.

    Raises TenantUnknown, and CommandFailedError if the typed name is wrong.
    """
    async with opened(data_dir, mongodb_uri) as store:
        if not is_sure:
            await _ask(store, name)
        with _progress() as tell:
            return await remove_tenant(store, name, tell)


def say(done: Removal, *, as_json: bool) -> None:
    """Print the numbers of documents of each collection before and after, and the clients and webhooks that changed."""
    if as_json:
        said = {"tenant": done.tenant, "before": done.before, "after": done.after}
        say_json({**said, "revoked": done.revoked, "changed": done.changed, "waiting": done.waiting})
        return
    names = sorted(done.before | done.after)
    rows = [(name, done.before.get(name, 0), done.after.get(name, 0)) for name in names]
    say_table(("collection", "before", "left"), [*rows, ("all", sum(done.before.values()), sum(done.after.values()))])
    for each in done.revoked:
        typer.echo(f"Revoked, for it reached nothing else: {each}.")
    for each in done.changed:
        typer.echo(f"Reaches its other tenants only: {each}.")
    if done.waiting:
        typer.echo(f"Deleted from what waits or waited for a route: {done.waiting} events.")
    typer.echo(f"Tenant {done.tenant} is removed. Backups and the database's own files may still hold what it had.")


async def _ask(store: Store, name: str) -> None:
    if await removal.known(store, name) is None and name not in await removal.unfinished(store):
        raise removal.TenantUnknown(name)
    found = {collection: count for collection, count in (await removal.counts(store, name)).items() if count}
    say_table(("collection", "documents"), found.items())
    if typer.prompt("All this is deleted for ever. Type the tenant's name") != name:
        raise CommandFailedError("That is not its name. Nothing was removed.")


@contextmanager
def _progress() -> Iterator[Tell]:
    if err.is_terminal:
        with Progress(SpinnerColumn(), TextColumn("{task.description}"), console=err, transient=True) as bar:
            task = bar.add_task("")
            yield lambda step, place, count: bar.update(task, description=f"{step} {place} {count:,}")
        return
    told: dict[str, int] = {}

    def tell(step: str, place: str, count: int) -> None:
        if count // PLAIN_EVERY > told.get(place, 0):
            told[place] = count // PLAIN_EVERY
            err.print(f"{step} {place} {count:,}", highlight=False)

    yield tell
