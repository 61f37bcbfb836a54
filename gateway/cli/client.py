"""`client`: manage the clients, which have API keys, and their grants."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from gateway.administration import Administration, client_json
from gateway.cli import client_key
from gateway.cli.support.acts import RetireAfter, after_hours, managed
from gateway.cli.support.options import choice, data_model, public_keys
from gateway.cli.support.output import say_json, say_table
from gateway.cli.support.session import AsJson, DataDir, MongodbUri, wrong_usage
from store.access import Client, Grant
from store.access.tenant import Environment

app = typer.Typer(
    help="Add, show, change and revoke clients: who may push and ask with an API key.", no_args_is_help=True
)
app.add_typer(client_key.app, name="key")

Name = Annotated[str, typer.Argument(help="Its name.")]
Push = Annotated[bool, typer.Option("--push", help="It may push events.")]
Query = Annotated[bool, typer.Option("--query", help="It may ask questions.")]
Models = Annotated[list[str] | None, typer.Option(help="Data model that it may use; without: all.")]


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="Its name: letters, digits, dots, dashes.")],
    *,
    tenant: Annotated[list[str], typer.Option(help="Tenant that it reaches; may be given several times.")],
    push: Push = False,
    query: Query = False,
    model: Models = None,
    environment: Annotated[str | None, typer.Option(help="Development, Staging or Production; the tenant's.")] = None,
    public_key: Annotated[
        list[Path] | None, typer.Option(help="File with a public key that it signs with: PEM, JWK or JWKS.")
    ] = None,
    data_dir: DataDir = None,
    mongodb_uri: MongodbUri = None,
    as_json: AsJson = False,
) -> None:
    """Add a client; its API key and secret are shown this once."""
    grants = [_granted(each, push=push, query=query, model=model) for each in dict.fromkeys(tenant)]
    said = choice(Environment, environment, "--environment") if environment else None
    keys = [key for file in public_key or () for key in public_keys(file)]

    async def work(by: Administration) -> tuple[Client, str]:
        return await by.add_client(name, grants, said, keys)

    client, secret = managed(data_dir, mongodb_uri, work)
    shown = {"name": client.name, "apiKey": client.api_key, "secret": secret, "sourceId": client.source_id}
    if as_json:
        say_json({**shown, "keys": [key.kid for key in keys]})
    else:
        say_table(("client", client.name), [each for each in shown.items() if each[0] != "name"])
        typer.echo("Keep the secret now: it is shown this once.")


def _granted(tenant: str, *, push: bool, query: bool, model: list[str] | None) -> Grant:
    if not push and not query:
        wrong_usage("A client needs --push, --query, or both.")
    return Grant(tenant, push, query, tuple(data_model(each, "--model") for each in model or ()))


@app.command("list")
def list_all(data_dir: DataDir = None, mongodb_uri: MongodbUri = None, as_json: AsJson = False) -> None:
    """Show every client."""
    clients = managed(data_dir, mongodb_uri, Administration.clients)
    if as_json:
        say_json([client_json(client) for client in clients])
    else:
        rows = (
            (each.name, each.environment, each.api_key, [_grant(grant) for grant in each.grants], _state(each))
            for each in clients
        )
        say_table(("name", "environment", "api key", "may", "state"), rows)


@app.command("show")
def show(name: Name, data_dir: DataDir = None, mongodb_uri: MongodbUri = None, as_json: AsJson = False) -> None:
    """Show one client."""
    client = managed(data_dir, mongodb_uri, lambda by: by.client(name))
    if as_json:
        say_json(client_json(client))
    else:
        shown = {**client_json(client), "grants": [_grant(grant) for grant in client.grants]}
        say_table(("client", client.name), [each for each in shown.items() if each[0] != "name"])


@app.command("allow")
def allow(
    name: Name,
    *,
    tenant: Annotated[str, typer.Option(help="Tenant that it reaches from now on.")],
    push: Push = False,
    query: Query = False,
    model: Models = None,
    data_dir: DataDir = None,
    mongodb_uri: MongodbUri = None,
) -> None:
    """Say what a client may do with a tenant, in place of what it might do with it before."""
    grant = _granted(tenant, push=push, query=query, model=model)
    managed(data_dir, mongodb_uri, lambda by: by.allow_client(name, grant))
    typer.echo(f"Client {name} may {_grant(grant)}.")


@app.command("disallow")
def disallow(
    name: Name,
    *,
    tenant: Annotated[str, typer.Option(help="Tenant that it reaches no more.")],
    data_dir: DataDir = None,
    mongodb_uri: MongodbUri = None,
) -> None:
    """Take a tenant away from a client; running services know within five seconds."""
    managed(data_dir, mongodb_uri, lambda by: by.disallow_client(name, tenant))
    typer.echo(f"Client {name} reaches {tenant} no more.")


@app.command("rotate")
def rotate(
    name: Name,
    *,
    retire_after: RetireAfter = None,
    data_dir: DataDir = None,
    mongodb_uri: MongodbUri = None,
    as_json: AsJson = False,
) -> None:
    """Give a client a new secret, shown this once; the former one works until `client retire`."""
    after = after_hours(retire_after)
    secret = managed(data_dir, mongodb_uri, lambda by: by.rotate_client(name, after))
    if as_json:
        say_json({"name": name, "secret": secret})
    else:
        say_table(("client", name), [("secret", secret)])
        typer.echo(f"Keep the secret now: it is shown this once. {former_ends(after, f'client retire {name}')}")


def former_ends(after: timedelta | None, command: str) -> str:
    """Return a sentence that tells until when the former secret works."""
    hours = "" if after is None else f" or for {after.total_seconds() / 3600:g} hours"
    return f"The former one works until `data-on-demand {command}`{hours}."


@app.command("retire")
def retire(name: Name, data_dir: DataDir = None, mongodb_uri: MongodbUri = None) -> None:
    """End the former secret of a client and the tokens got with it; running services know within five seconds."""
    managed(data_dir, mongodb_uri, lambda by: by.retire_client(name))
    typer.echo(f"Client {name} has one secret.")


@app.command("revoke")
def revoke(name: Name, data_dir: DataDir = None, mongodb_uri: MongodbUri = None) -> None:
    """End a client and its tokens; running services know within five seconds."""
    managed(data_dir, mongodb_uri, lambda by: by.revoke_client(name))
    typer.echo(f"Client {name} is revoked.")


def _state(client: Client) -> str:
    if client.revoked:
        return "revoked"
    return "active, two secrets" if client_json(client)["rotating"] else "active"


def _grant(grant: Grant) -> str:
    verbs = " and ".join(verb for verb, may in (("push to", grant.push), ("ask", grant.query)) if may)
    return f"{verbs} {grant.tenant}" + (f" ({', '.join(grant.models)})" if grant.models else "")
