"""`client`: who holds an API key, and what it opens."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import uuid4

import typer

from gateway.authentication import SANDBOX, secret_hash
from gateway.cli.given import choice, data_model
from gateway.cli.output import say_json, say_table
from gateway.cli.running import AsJson, CommandFailedError, DataDir, MongodbUri, opened, run, tenant_named, wrong_usage
from store.access import Client, Grant, new_secret
from store.mongo import Store
from store.tenants import Environment

app = typer.Typer(help="Add, show and revoke clients: who may push and ask with an API key.", no_args_is_help=True)


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="Its name: letters, digits, dots, dashes.")],
    *,
    tenant: Annotated[list[str], typer.Option(help="Tenant that it reaches; may be given several times.")],
    push: Annotated[bool, typer.Option("--push", help="It may push events.")] = False,
    query: Annotated[bool, typer.Option("--query", help="It may ask questions.")] = False,
    model: Annotated[list[str] | None, typer.Option(help="Data model that it may use; without: all.")] = None,
    environment: Annotated[str | None, typer.Option(help="Development, Staging or Production; the tenant's.")] = None,
    data_dir: DataDir = None,
    mongodb_uri: MongodbUri = None,
    as_json: AsJson = False,
) -> None:
    """Add a client; its API key and secret are shown this once."""
    if not push and not query:
        wrong_usage("A client needs --push, --query, or both.")
    if name == SANDBOX:
        wrong_usage(f"The name {SANDBOX} belongs to the sandbox.")
    models = tuple(data_model(each, "--model") for each in model or ())
    said = choice(Environment, environment, "--environment") if environment else None
    secret = new_secret()

    async def work() -> Client:
        async with opened(data_dir, mongodb_uri) as store:
            where = await _environment(store, tenant, said)
            grants = tuple(Grant(each, push, query, models) for each in dict.fromkeys(tenant))
            client = Client(name, str(uuid4()), secret_hash(secret), where, grants, str(uuid4()))
            await store.access.add_client(client)
            return client

    client = run(work)
    shown = {"name": client.name, "apiKey": client.api_key, "secret": secret, "sourceId": client.source_id}
    if as_json:
        say_json(shown)
    else:
        say_table(("client", client.name), [each for each in shown.items() if each[0] != "name"])
        typer.echo("Keep the secret now: it is shown this once.")


async def _environment(store: Store, tenants: list[str], said: Environment | None) -> Environment:
    """The environment of a client: its tenants'; a client of another one would reach nothing."""
    found = {(await tenant_named(store, name)).environment for name in tenants} | ({said} if said else set())
    if len(found) > 1:
        raise CommandFailedError(f"Environments never mix: {', '.join(sorted(found))}.")
    return found.pop()


@app.command("list")
def list_all(data_dir: DataDir = None, mongodb_uri: MongodbUri = None, as_json: AsJson = False) -> None:
    """Show every client."""

    async def work() -> list[Client]:
        async with opened(data_dir, mongodb_uri) as store:
            return await store.access.clients()

    clients = run(work)
    if as_json:
        say_json([_described(client) for client in clients])
    else:
        rows = (
            (each.name, each.environment, each.api_key, [_grant(grant) for grant in each.grants], _state(each.revoked))
            for each in clients
        )
        say_table(("name", "environment", "api key", "may", "state"), rows)


@app.command("revoke")
def revoke(
    name: Annotated[str, typer.Argument(help="Its name.")], data_dir: DataDir = None, mongodb_uri: MongodbUri = None
) -> None:
    """End a client and its tokens; running services know within five seconds."""

    async def work() -> None:
        async with opened(data_dir, mongodb_uri) as store:
            await store.access.revoke_client(name)

    run(work)
    typer.echo(f"Client {name} is revoked.")


def _state(revoked: bool) -> str:
    return "revoked" if revoked else "active"


def _grant(grant: Grant) -> str:
    verbs = " and ".join(verb for verb, may in (("push to", grant.push), ("ask", grant.query)) if may)
    return f"{verbs} {grant.tenant}" + (f" ({', '.join(grant.models)})" if grant.models else "")


def _described(client: Client) -> dict[str, Any]:
    return {
        "name": client.name,
        "environment": client.environment,
        "apiKey": client.api_key,
        "sourceId": client.source_id,
        "grants": [
            {"tenant": each.tenant, "push": each.push, "query": each.query, "models": list(each.models)}
            for each in client.grants
        ],
        "revoked": client.revoked,
    }
