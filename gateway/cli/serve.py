"""`serve`: run the service."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway import logging
from gateway.cli.support.session import DataDir, MongodbUri, err, store_settings, wrong_usage
from gateway.sandbox import is_loopback
from gateway.serving import serve as serve_until_stopped
from gateway.settings import Settings, unknown_variables

_SPELLINGS = {"--sandbox=empty": "--sandbox-empty", "--sandbox=people": "--sandbox"}


def spelled(argument: str) -> str:
    """Return an argument in the spelling of the parser, which has no options with an optional value."""
    return _SPELLINGS.get(argument, argument)


def serve(
    *,
    host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1")] = None,
    port: Annotated[
        int | None, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535, show_default="8080")
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Worker processes.", min=1, show_default="1")] = None,
    sandbox: Annotated[
        bool,
        typer.Option("--sandbox", help="With keys that everybody knows and invented people; --sandbox=empty without."),
    ] = False,
    sandbox_empty: Annotated[bool, typer.Option("--sandbox-empty", hidden=True)] = False,
    tls_certificate: Annotated[
        Path | None, typer.Option(help="File of the certificate and those between it and its root, for HTTPS.")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option(help="File of the certificate's key.")] = None,
    data_dir: DataDir = None,
    mongodb_uri: MongodbUri = None,
) -> None:
    """Run the service; it says `data-on-demand ready on http://...` when it answers."""
    files = {"tls_certificate": tls_certificate and str(tls_certificate), "tls_key": tls_key and str(tls_key)}
    wanted: dict[str, Any] = {"host": host, "port": port, "workers": workers, **files}
    settings = replace(
        Settings.from_environment(), **{name: value for name, value in wanted.items() if value is not None}
    )
    if sandbox or sandbox_empty:
        settings = replace(settings, sandbox="empty" if sandbox_empty else "people")
    if settings.sandbox and not is_loopback(settings.host):
        wrong_usage("The sandbox's keys are known to everybody: it listens on a loopback address only.")
    logging.configure(settings.log_level, settings.log_form)
    for name in unknown_variables(os.environ):
        err.print(f"There is no setting {name}.", style="yellow")
    serve_until_stopped(settings, store_settings(data_dir, mongodb_uri), _announce)


def _announce(url: str) -> None:
    typer.echo(f"data-on-demand ready on {url}")
