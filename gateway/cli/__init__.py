"""The command line `data-on-demand`: one file for each group of commands.

Exit status: 0 done; 1 done with rejects, or failed; 2 wrong usage.
"""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from gateway.cli import (
    audit,
    backfill,
    check,
    client,
    demo,
    export,
    fields,
    indexes,
    journal,
    replay,
    serve,
    synth,
    template,
    tenant,
    webhook,
)
from gateway.cli.support.session import exit_status

app = typer.Typer(
    name="data-on-demand",
    help="Keeps pushed Redox events as FHIR in MongoDB, and answers Redox questions from them on demand.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # they show local variables, which hold patients
)
app.command("serve")(serve.serve)
app.command("demo")(demo.demo)
app.add_typer(tenant.app, name="tenant")
app.add_typer(client.app, name="client")
app.add_typer(webhook.app, name="webhook")
app.command("journal")(journal.journal)
app.command("audit")(audit.audit)
app.command("template")(template.template)
app.command("backfill")(backfill.backfill)
app.command("synth")(synth.synth)
app.command("replay")(replay.replay)
app.command("export")(export.export)
app.command("fields")(fields.fields)
app.command("indexes")(indexes.indexes)
app.command("check")(check.check)


def _say_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(version("data-on-demand"))
        raise typer.Exit


@app.callback()
def _root(
    _version: Annotated[bool, typer.Option("--version", help="Say the version.", callback=_say_version)] = False,
) -> None:
    pass


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and end the process with its exit status.

    Without `arguments` it takes those of the process.
    """
    given = sys.argv[1:] if arguments is None else arguments
    with exit_status():
        app(args=[serve.spelled(argument) for argument in given], prog_name="data-on-demand")
