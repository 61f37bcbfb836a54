"""`webhook`: feeds that prove themselves with a verification token."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.authentication import SANDBOX
from gateway.cli.output import say_json, say_table
from gateway.cli.running import AsJson, DataDir, MongodbUri, opened, run, tenant_named, wrong_usage
from store.access import Webhook, new_secret

app = typer.Typer(help="Add, show and revoke webhooks: the feeds that deliver events.", no_args_is_help=True)


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="Its name: letters, digits, dots, dashes.")],
    tenant: Annotated[list[str], typer.Option(help="Tenant that it may feed; may be given several times.")],
    data_dir: DataDir = None,
    mongodb_uri: MongodbUri = None,
    as_json: AsJson = False,
) -> None:
    """Add a webhook; its verification token is shown this once."""
    if name == SANDBOX:
        wrong_usage(f"The name {SANDBOX} belongs to the sandbox.")
    token = new_secret()

    async def work() -> None:
        async with opened(data_dir, mongodb_uri) as store:
            tenants = [(await tenant_named(store, each)).name for each in dict.fromkeys(tenant)]
            await store.access.add_webhook(name, token, tuple(tenants))

    run(work)
    shown = {"name": name, "tenants": tenant, "verificationToken": token}
    if as_json:
        say_json(shown)
    else:
        say_table(("webhook", name), [each for each in shown.items() if each[0] != "name"])
        typer.echo("Keep the token now: it is shown this once.")


@app.command("allow")
def allow(
    name: Annotated[str, typer.Argument(help="Its name.")],
    tenant: Annotated[str, typer.Option(help="Tenant that it may feed from now on.")],
    data_dir: DataDir = None,
    mongodb_uri: MongodbUri = None,
) -> None:
    """Let a webhook feed one more tenant; `replay --unrouted` then brings in what waited for it."""

    async def work() -> None:
        async with opened(data_dir, mongodb_uri) as store:
            await store.access.allow_webhook(name, (await tenant_named(store, tenant)).name)

    run(work)
    typer.echo(f"Webhook {name} may feed {tenant}.")


@app.command("list")
def list_all(data_dir: DataDir = None, mongodb_uri: MongodbUri = None, as_json: AsJson = False) -> None:
    """Show every webhook."""

    async def work() -> list[Webhook]:
        async with opened(data_dir, mongodb_uri) as store:
            return await store.access.webhooks()

    webhooks = run(work)
    if as_json:
        say_json([{"name": each.name, "tenants": list(each.tenants), "revoked": each.revoked} for each in webhooks])
    else:
        rows = ((each.name, each.tenants, "revoked" if each.revoked else "active") for each in webhooks)
        say_table(("name", "feeds", "state"), rows)


@app.command("revoke")
def revoke(
    name: Annotated[str, typer.Argument(help="Its name.")], data_dir: DataDir = None, mongodb_uri: MongodbUri = None
) -> None:
    """End a webhook; running services know within five seconds."""

    async def work() -> None:
        async with opened(data_dir, mongodb_uri) as store:
            await store.access.revoke_webhook(name)

    run(work)
    typer.echo(f"Webhook {name} is revoked.")
