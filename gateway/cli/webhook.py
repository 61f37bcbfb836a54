"""`webhook`: manage the webhooks, which authenticate with a verification token."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.administration import Administration, webhook_json
from gateway.cli.client import former_ends
from gateway.cli.support.acts import RetireAfter, after_hours, managed
from gateway.cli.support.output import say_json, say_table
from gateway.cli.support.session import AsJson, DataDir, MongodbUri
from store.access import Webhook

app = typer.Typer(help="Add, show, change and revoke webhooks: the feeds that deliver events.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Its name.")]


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="Its name: letters, digits, dots, dashes.")],
    tenant: Annotated[list[str], typer.Option(help="Tenant that it may feed; may be given several times.")],
    data_dir: DataDir = None,
    mongodb_uri: MongodbUri = None,
    as_json: AsJson = False,
) -> None:
    """Add a webhook; its verification token is shown this once."""
    webhook, token = managed(data_dir, mongodb_uri, lambda by: by.add_webhook(name, tenant))
    shown = {"name": name, "tenants": list(webhook.tenants), "verificationToken": token}
    if as_json:
        say_json(shown)
    else:
        say_table(("webhook", name), [each for each in shown.items() if each[0] != "name"])
        typer.echo("Keep the token now: it is shown this once.")


@app.command("allow")
def allow(
    name: Name,
    tenant: Annotated[str, typer.Option(help="Tenant that it may feed from now on.")],
    data_dir: DataDir = None,
    mongodb_uri: MongodbUri = None,
) -> None:
    """Let a webhook feed one more tenant; `replay --unrouted` then brings in what waited for it."""
    managed(data_dir, mongodb_uri, lambda by: by.allow_webhook(name, tenant))
    typer.echo(f"Webhook {name} may feed {tenant}.")


@app.command("disallow")
def disallow(
    name: Name,
    tenant: Annotated[str, typer.Option(help="Tenant that it may feed no more.")],
    data_dir: DataDir = None,
    mongodb_uri: MongodbUri = None,
) -> None:
    """Let a webhook feed a tenant no more; its last one goes with `webhook revoke`."""
    managed(data_dir, mongodb_uri, lambda by: by.disallow_webhook(name, tenant))
    typer.echo(f"Webhook {name} feeds {tenant} no more.")


@app.command("list")
def list_all(data_dir: DataDir = None, mongodb_uri: MongodbUri = None, as_json: AsJson = False) -> None:
    """Show every webhook."""
    webhooks = managed(data_dir, mongodb_uri, Administration.webhooks)
    if as_json:
        say_json([webhook_json(each) for each in webhooks])
    else:
        say_table(("name", "feeds", "state"), ((each.name, each.tenants, _state(each)) for each in webhooks))


@app.command("show")
def show(name: Name, data_dir: DataDir = None, mongodb_uri: MongodbUri = None, as_json: AsJson = False) -> None:
    """Show one webhook."""
    webhook = managed(data_dir, mongodb_uri, lambda by: by.webhook(name))
    if as_json:
        say_json(webhook_json(webhook))
    else:
        say_table(("webhook", name), [each for each in webhook_json(webhook).items() if each[0] != "name"])


@app.command("rotate")
def rotate(
    name: Name,
    *,
    retire_after: RetireAfter = None,
    data_dir: DataDir = None,
    mongodb_uri: MongodbUri = None,
    as_json: AsJson = False,
) -> None:
    """Give a webhook a new verification token, shown this once; the former one works until `webhook retire`."""
    after = after_hours(retire_after)
    token = managed(data_dir, mongodb_uri, lambda by: by.rotate_webhook(name, after))
    if as_json:
        say_json({"name": name, "verificationToken": token})
    else:
        say_table(("webhook", name), [("verificationToken", token)])
        typer.echo(f"Keep the token now: it is shown this once. {former_ends(after, f'webhook retire {name}')}")


@app.command("retire")
def retire(name: Name, data_dir: DataDir = None, mongodb_uri: MongodbUri = None) -> None:
    """End the former token of a webhook; running services know within five seconds."""
    managed(data_dir, mongodb_uri, lambda by: by.retire_webhook(name))
    typer.echo(f"Webhook {name} has one token.")


@app.command("revoke")
def revoke(name: Name, data_dir: DataDir = None, mongodb_uri: MongodbUri = None) -> None:
    """End a webhook; running services know within five seconds."""
    managed(data_dir, mongodb_uri, lambda by: by.revoke_webhook(name))
    typer.echo(f"Webhook {name} is revoked.")


def _state(webhook: Webhook) -> str:
    if webhook.revoked:
        return "revoked"
    return "active, two tokens" if webhook_json(webhook)["rotating"] else "active"
