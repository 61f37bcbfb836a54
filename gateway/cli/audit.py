"""`audit`: list who pushed or asked for what, and when."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import orjson
import typer

from gateway.audit import audit_event, remember_act
from gateway.cli.support.options import moment
from gateway.cli.support.output import json_line
from gateway.cli.support.session import DataDir, MongodbUri, opened, run, tenant_named, wrong_usage
from ingest.intake import UNROUTED, now
from mappings.times import utc_text
from store.audit.audit_entry import NO_TENANT, Remembered
from store.database import Store

Json = dict[str, Any]
FILE = "AuditEvent.ndjson"


def audit(
    *,
    tenant: Annotated[str | None, typer.Option(help="Tenant whose doors are asked about.")] = None,
    no_tenant: Annotated[bool, typer.Option("--no-tenant", help="What concerned no tenant, or none known.")] = False,
    since: Annotated[str | None, typer.Option(help="Only from this time on.")] = None,
    until: Annotated[str | None, typer.Option(help="Only before this time.")] = None,
    client: Annotated[str | None, typer.Option(help="Only of this client, webhook or user.")] = None,
    event: Annotated[str | None, typer.Option(help="Only these acts: push, question, login, export ...")] = None,
    resource: Annotated[str | None, typer.Option(help="Only where this was shown: Patient/...")] = None,
    fhir: Annotated[
        str | None, typer.Option(help="Write FHIR AuditEvents as NDJSON into a directory; - writes them here.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")] = False,
    data_dir: DataDir = None,
    mongodb_uri: MongodbUri = None,
) -> None:
    """Show who came in, newest first: pushes, questions, logins, exports, and what operators did."""
    if (tenant is None) != no_tenant:
        wrong_usage("Say one of --tenant and --no-tenant.")
    if fhir and as_json:
        wrong_usage("--fhir is JSON already.")
    start, end = (moment(given, name) if given else None for given, name in ((since, "--since"), (until, "--until")))

    def is_wanted(entry: Remembered) -> bool:
        return (
            (client is None or entry.who == client)
            and (event is None or entry.event == event or entry.event.startswith(f"{event}."))
            and (resource is None or resource in entry.resources)
        )

    async def work() -> int:
        async with opened(data_dir, mongodb_uri) as store:
            name, asked = await _name(store, tenant), now()
            await remember_act(store, "audit", [name])
            count = 0
            with _written(fhir, as_json=as_json) as write:
                async for entry in entries(store, name, start, end or asked):
                    if is_wanted(entry):
                        write(entry)
                        count += 1
            return count

    count = run(work)
    if fhir and fhir != "-":
        typer.echo(f"{Path(fhir) / FILE}: {count}")


async def entries(
    store: Store, tenant: str, since: datetime | None = None, until: datetime | None = None
) -> AsyncIterator[Remembered]:
    """Give the audit entries of a tenant and the pushes in its journal, newest first, and stream both.

    `since` and `until` bound their times.
    """
    sources = [store.audit.newest(tenant, since, until), store.audit.pushes(tenant, since, until)]
    heads = [await anext(source, None) for source in sources]
    while any(heads):
        newest = max((each.at, place) for place, each in enumerate(heads) if each and each.at)[1]
        head = heads[newest]
        if head:
            yield head
        heads[newest] = await anext(sources[newest], None)


async def _name(store: Store, tenant: str | None) -> str:
    if tenant is None:
        return NO_TENANT
    return tenant if tenant == UNROUTED.name else (await tenant_named(store, tenant)).name


@contextmanager
def _written(fhir: str | None, *, as_json: bool) -> Iterator[Callable[[Remembered], None]]:
    """Give a function that writes one entry: a line, or a FHIR resource to standard output or to a file.

    The file gets its name once it is complete.
    """
    if fhir is None:
        yield lambda entry: typer.echo(json_line(_described(entry)) if as_json else _line(entry))
    elif fhir == "-":
        yield lambda entry: _put(sys.stdout.buffer, entry)
        sys.stdout.buffer.flush()
    else:
        Path(fhir).mkdir(parents=True, exist_ok=True)
        growing = Path(fhir) / f".{FILE}.part"
        with growing.open("wb") as file:
            yield lambda entry: _put(file, entry)
        growing.replace(Path(fhir) / FILE)


def _put(file: BinaryIO, entry: Remembered) -> None:
    file.write(orjson.dumps(audit_event(entry), option=orjson.OPT_APPEND_NEWLINE))


def _described(entry: Remembered) -> Json:
    return {
        "id": entry.id,
        "at": utc_text(entry.at) if entry.at else "",
        "event": entry.event,
        "who": entry.who,
        "by": entry.by,
        "from": entry.peer,
        "tenant": entry.tenant,
        "dataModel": entry.model,
        "eventType": entry.type,
        "log": entry.log_id,
        "status": entry.status,
        "results": entry.count,
        "resources": list(entry.resources),
        "details": entry.details,
    }


def _line(entry: Remembered) -> str:
    named = f"{entry.model}.{entry.type}" if entry.model else ""
    results = "" if entry.count is None else f"{entry.count} results"
    details = ", ".join(f"{name} {value}" for name, value in entry.details.items())
    who = f"{entry.by} {entry.who}".strip() or "somebody"
    shown = [f"{entry.at:%Y-%m-%d %H:%M:%S}Z", entry.event, named, who, f"from {entry.peer}" if entry.peer else ""]
    return "  ".join(filter(None, [*shown, str(entry.status), results, f"log {entry.log_id}", details]))
