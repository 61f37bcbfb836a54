"""`tenant`: whose documents there are."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from gateway.cli.given import choice
from gateway.cli.output import say_json, say_table
from gateway.cli.running import AsJson, DataDir, MongodbUri, opened, run, tenant_named, wrong_usage
from ingest.intake import UNROUTED
from store.tenants import Environment, PersonUpdates, Tenant

app = typer.Typer(help="Add and show tenants: the partitions that events are kept in.", no_args_is_help=True)


def _hours(given: list[str]) -> dict[str, float]:
    pairs = [each.rpartition("=") for each in given]
    try:
        hours = {patient_class: float(number) for patient_class, _, number in pairs}
    except ValueError:
        hours = {"": 0.0}
    if "" in hours:
        wrong_usage("--census-hours is CLASS=N, for example Outpatient=36")
    return hours


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="Its name: letters, digits, dots, dashes.")],
    *,
    destination_id: Annotated[str, typer.Option(help="UUID that senders put into Meta.Destinations.")],
    environment: Annotated[str, typer.Option(help="Development, Staging or Production.")] = "Development",
    time_zone: Annotated[str, typer.Option(help="IANA zone of times that come without an offset.")] = "UTC",
    source_id: Annotated[list[str] | None, typer.Option(help="Meta.Source.ID that feeds it by webhook.")] = None,
    identifying_type: Annotated[list[str] | None, typer.Option(help="ID type that identifies a person.")] = None,
    census_hours: Annotated[list[str] | None, typer.Option(help="CLASS=N: after N hours off the census.")] = None,
    person_updates: Annotated[str, typer.Option(help="keep, or replace: then null and [] clear too.")] = "keep",
    data_dir: DataDir = None,
    mongodb_uri: MongodbUri = None,
    as_json: AsJson = False,
) -> None:
    """Add a tenant."""
    if name == UNROUTED.name:
        wrong_usage(f"The name {name} is kept for events that belong to no tenant.")
    tenant = Tenant(
        name=name,
        destination_id=destination_id,
        environment=choice(Environment, environment, "--environment"),
        time_zone=time_zone,
        source_ids=tuple(source_id or ()),
        identifying_types=tuple(identifying_type or ()),
        census_hours=_hours(census_hours or []),
        person_updates=choice(PersonUpdates, person_updates, "--person-updates"),
    )

    async def work() -> None:
        async with opened(data_dir, mongodb_uri) as store:
            await store.tenants.add(tenant)

    run(work)
    _show(tenant, as_json=as_json)


@app.command("list")
def list_all(data_dir: DataDir = None, mongodb_uri: MongodbUri = None, as_json: AsJson = False) -> None:
    """Show every tenant."""

    async def work() -> list[Tenant]:
        async with opened(data_dir, mongodb_uri) as store:
            return await store.tenants.all()

    tenants = run(work)
    if as_json:
        say_json([_described(tenant) for tenant in tenants])
    else:
        rows = ((each.name, each.environment, each.destination_id, each.time_zone) for each in tenants)
        say_table(("name", "environment", "destination id", "time zone"), rows)


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(help="Its name.")],
    data_dir: DataDir = None,
    mongodb_uri: MongodbUri = None,
    as_json: AsJson = False,
) -> None:
    """Show one tenant."""

    async def work() -> Tenant:
        async with opened(data_dir, mongodb_uri) as store:
            return await tenant_named(store, name)

    _show(run(work), as_json=as_json)


def _show(tenant: Tenant, *, as_json: bool) -> None:
    if as_json:
        say_json(_described(tenant))
    else:
        say_table(("tenant", tenant.name), ((key, _plain(value)) for key, value in _rest(tenant)))


def _rest(tenant: Tenant) -> list[tuple[str, Any]]:
    return [(key, value) for key, value in _described(tenant).items() if key != "name"]


def _plain(value: object) -> object:
    return [f"{key}={hours:g}" for key, hours in value.items()] if isinstance(value, dict) else value


def _described(tenant: Tenant) -> dict[str, Any]:
    return {
        "name": tenant.name,
        "destinationId": tenant.destination_id,
        "environment": tenant.environment,
        "timeZone": tenant.time_zone,
        "sourceIds": list(tenant.source_ids),
        "identifyingTypes": list(tenant.identifying_types),
        "censusHours": dict(tenant.census_hours),
        "personUpdates": tenant.person_updates,
    }
