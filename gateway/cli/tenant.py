"""`tenant`: manage the tenants."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from gateway.administration import Administration, tenant_json
from gateway.cli.support.acts import managed
from gateway.cli.support.options import choice
from gateway.cli.support.output import say_json, say_table
from gateway.cli.support.removal_dialogue import removed
from gateway.cli.support.removal_dialogue import say as _show_removed
from gateway.cli.support.session import AsJson, DataDir, MongodbUri, run, wrong_usage
from store.access.tenant import Environment, PersonUpdates, Tenant

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


IdentifyingTypes = Annotated[
    list[str] | None,
    typer.Option(help="Type of identifiers that tells people apart, the strongest first; no other type does then."),
]
NoIdentifier = Annotated[list[str] | None, typer.Option(help="Word that stands for an ID and names nobody.")]


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="Its name: letters, digits, dots, dashes.")],
    *,
    destination_id: Annotated[str, typer.Option(help="UUID that senders put into Meta.Destinations.")],
    environment: Annotated[str, typer.Option(help="Development, Staging or Production.")] = "Development",
    time_zone: Annotated[str, typer.Option(help="IANA zone of times that come without an offset.")] = "UTC",
    source_id: Annotated[list[str] | None, typer.Option(help="Meta.Source.ID that feeds it by webhook.")] = None,
    identifying_type: IdentifyingTypes = None,
    no_identifier: NoIdentifier = None,
    census_hours: Annotated[list[str] | None, typer.Option(help="CLASS=N: after N hours off the census.")] = None,
    person_updates: Annotated[str, typer.Option(help="keep, or replace: then null and [] clear too.")] = "keep",
    data_dir: DataDir = None,
    mongodb_uri: MongodbUri = None,
    as_json: AsJson = False,
) -> None:
    """Add a tenant."""
    tenant = Tenant(
        name=name,
        destination_id=destination_id,
        environment=choice(Environment, environment, "--environment"),
        time_zone=time_zone,
        source_ids=tuple(source_id or ()),
        identifying_types=tuple(identifying_type or ()),
        no_identifier=tuple(no_identifier or ()),
        census_hours=_hours(census_hours or []),
        person_updates=choice(PersonUpdates, person_updates, "--person-updates"),
    )
    managed(data_dir, mongodb_uri, lambda by: by.add_tenant(tenant))
    _show(tenant, as_json=as_json)


@app.command("change")
def change(
    name: Annotated[str, typer.Argument(help="Its name.")],
    *,
    time_zone: Annotated[str | None, typer.Option(help="IANA zone of times that come without an offset.")] = None,
    source_id: Annotated[list[str] | None, typer.Option(help="Meta.Source.ID to add.")] = None,
    remove_source_id: Annotated[list[str] | None, typer.Option(help="Meta.Source.ID to remove.")] = None,
    identifying_type: IdentifyingTypes = None,
    no_identifier: NoIdentifier = None,
    census_hours: Annotated[list[str] | None, typer.Option(help="CLASS=N: after N hours off the census.")] = None,
    person_updates: Annotated[str | None, typer.Option(help="keep, or replace: then null and [] clear too.")] = None,
    data_dir: DataDir = None,
    mongodb_uri: MongodbUri = None,
    as_json: AsJson = False,
) -> None:
    """Change settings of a tenant, and say whether a replay is due.

    A setting that is not named stays. Options that may be repeated replace the whole list; an empty text empties it.
    """
    said = {
        "time_zone": time_zone,
        "identifying_types": _listed(identifying_type),
        "no_identifier": _listed(no_identifier),
        "census_hours": None if census_hours is None else _hours([each for each in census_hours if each]),
        "person_updates": None if person_updates is None else choice(PersonUpdates, person_updates, "--person-updates"),
    }
    settings = {setting: value for setting, value in said.items() if value is not None}
    if not (settings or source_id or remove_source_id):
        wrong_usage("Name a setting to change.")
    tenant = managed(
        data_dir,
        mongodb_uri,
        lambda by: by.change_tenant(name, settings, add=source_id or (), remove=remove_source_id or ()),
    )
    _show(tenant, as_json=as_json)
    if tenant.is_replay_due and not as_json:
        typer.echo(
            f"A replay is due: a running service does it by itself, or run: data-on-demand replay --tenant {name}"
        )


def _listed(given: list[str] | None) -> tuple[str, ...] | None:
    return None if given is None else tuple(each for each in given if each)


@app.command("list")
def list_all(data_dir: DataDir = None, mongodb_uri: MongodbUri = None, as_json: AsJson = False) -> None:
    """Show every tenant."""
    tenants = managed(data_dir, mongodb_uri, Administration.tenants)
    if as_json:
        say_json([tenant_json(tenant) for tenant in tenants])
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
    _show(managed(data_dir, mongodb_uri, lambda by: by.tenant(name)), as_json=as_json)


@app.command("remove")
def remove(
    name: Annotated[str, typer.Argument(help="Its name.")],
    yes: Annotated[str | None, typer.Option(metavar="NAME", help="Its name once more, for programs.")] = None,
    data_dir: DataDir = None,
    mongodb_uri: MongodbUri = None,
    as_json: AsJson = False,
) -> None:
    """Delete everything of a tenant, for ever, and show that nothing is left; one that was interrupted goes on."""
    if yes is not None and yes != name:
        wrong_usage("--yes is the name of the tenant once more.")
    _show_removed(run(lambda: removed(name, data_dir, mongodb_uri, is_sure=yes is not None)), as_json=as_json)


def _show(tenant: Tenant, *, as_json: bool) -> None:
    if as_json:
        say_json(tenant_json(tenant))
    else:
        say_table(("tenant", tenant.name), ((key, _plain(value)) for key, value in _rest(tenant)))


def _rest(tenant: Tenant) -> list[tuple[str, Any]]:
    return [(key, value) for key, value in tenant_json(tenant).items() if key != "name"]


def _plain(value: object) -> object:
    return [f"{key}={hours:g}" for key, hours in value.items()] if isinstance(value, dict) else value
