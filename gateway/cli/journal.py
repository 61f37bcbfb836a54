"""`journal`: list the events of a tenant with their issues."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any

import typer

from gateway.audit import remember_act
from gateway.cli.support.options import data_model, moment
from gateway.cli.support.output import json_line
from gateway.cli.support.session import (
    CommandFailedError,
    DataDir,
    MongodbUri,
    TenantName,
    opened,
    run,
    tenant_named,
)
from ingest.content_files import exact_body
from ingest.finding_codes import rows_of
from ingest.intake import UNROUTED
from store.database import Store
from store.entries import Entry
from store.partition import Partition


def journal(
    *,
    tenant: TenantName,
    issues: Annotated[bool, typer.Option("--issues", help="Only events with an issue.")] = False,
    since: Annotated[str | None, typer.Option(help="Only what came from this time on.")] = None,
    model: Annotated[str | None, typer.Option(help="Only this data model.")] = None,
    event: Annotated[str | None, typer.Option(help="Only this event type.")] = None,
    show: Annotated[str | None, typer.Option(help="Show one event as it came, values and all.", metavar="ID")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")] = False,
    data_dir: DataDir = None,
    mongodb_uri: MongodbUri = None,
) -> None:
    """Show a tenant's events, newest first, and what was wrong; the tenant `unrouted` has those that wait for one."""
    start = moment(since, "--since") if since else None
    model = data_model(model, "--model") if model else None

    async def work() -> None:
        async with opened(data_dir, mongodb_uri) as store:
            partition = store.partition(UNROUTED if tenant == UNROUTED.name else await tenant_named(store, tenant))
            if show:
                await _show(store, partition, show)
                return
            codes = set[str]()
            async for entry in _wanted(partition, start, model, event):
                if not issues or entry.issues or entry.findings or entry.open:
                    typer.echo(json_line(_described(entry)) if as_json else _line(entry))
                    codes.update(entry.findings, entry.open_reasons)
            if not as_json:
                _explain(codes)

    run(work)


def _explain(codes: set[str]) -> None:
    """Print the meaning of each code that was shown, and its remedy."""
    for each in rows_of(codes):
        typer.echo(f"\n{each.code}: {each.means}\n    To do: {each.remedy}")


async def _wanted(
    partition: Partition, start: datetime | None, model: str | None, event: str | None
) -> AsyncIterator[Entry]:
    named = {"model": model, "event": event}
    async for entry in partition.journal.newest({name: value for name, value in named.items() if value}):
        if start and entry.received < start:
            return
        yield entry


async def _show(store: Store, partition: Partition, entry_id: str) -> None:
    entry = await partition.journal.one(entry_id)
    if entry is None:
        raise CommandFailedError("There is no event of this id in the journal of the tenant.")
    body = await exact_body(partition, entry)
    await remember_act(store, "journal.show", [partition.tenant.name], entry=entry.id)
    typer.echo(body.decode(errors="replace"))


def _described(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "received": entry.received.isoformat(),
        "effective": entry.effective.isoformat(),
        "dataModel": entry.model,
        "eventType": entry.event,
        "source": entry.source,
        "log": entry.log_id,
        "attempt": entry.attempt_id,
        "open": ", ".join(entry.open_reasons) or None,
        "issues": list(entry.issues),
        "findings": list(entry.findings),
    }


def _line(entry: Entry) -> str:
    name = f"{entry.model}.{entry.event}" if entry.model else "(no event)"
    faults = [f"{issue['path']} ({issue['reason']})" for issue in entry.issues] + list(entry.findings)
    state = [f"not folded: {', '.join(entry.open_reasons)}"] if entry.open else []
    return "  ".join(
        [f"{entry.received:%Y-%m-%d %H:%M:%S}Z", entry.id, name, entry.source, *state, "; ".join(faults)]
    ).rstrip()
