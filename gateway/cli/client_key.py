"""`client key`: manage the public keys that verify the assertions of a client."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.administration import keys_json
from gateway.cli.support.acts import managed
from gateway.cli.support.options import public_keys
from gateway.cli.support.output import say_json, say_table
from gateway.cli.support.session import AsJson, DataDir, MongodbUri

app = typer.Typer(help="Add, show and remove the public keys that a client signs with.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Name of the client.")]


@app.command("add")
def add(
    name: Name,
    file: Annotated[Path, typer.Argument(help="File with public keys: PEM, JWK or JWKS.")],
    data_dir: DataDir = None,
    mongodb_uri: MongodbUri = None,
    as_json: AsJson = False,
) -> None:
    """Give a client the keys of a file; each is known by its `kid`, or by its thumbprint where it has none."""
    keys = public_keys(file)
    managed(data_dir, mongodb_uri, lambda by: by.add_keys(name, keys))
    if as_json:
        say_json([key.kid for key in keys])
    else:
        for key in keys:
            typer.echo(f"Client {name} may sign with key {key.kid}.")


@app.command("list")
def list_all(name: Name, data_dir: DataDir = None, mongodb_uri: MongodbUri = None, as_json: AsJson = False) -> None:
    """Show the keys of a client."""
    client = managed(data_dir, mongodb_uri, lambda by: by.client(name))
    if as_json:
        say_json({"keys": keys_json(client)})
    else:
        say_table(("kid", "type"), ((key.kid, key.jwk.get("crv", key.jwk["kty"])) for key in client.public_keys))


@app.command("remove", context_settings={"ignore_unknown_options": True})  # an id may begin with a dash
def remove(
    name: Name,
    kid: Annotated[str, typer.Argument(help="Id of the key.")],
    data_dir: DataDir = None,
    mongodb_uri: MongodbUri = None,
) -> None:
    """Take a key from a client, and end the tokens got with it; running services know within five seconds."""
    managed(data_dir, mongodb_uri, lambda by: by.remove_key(name, kid))
    typer.echo(f"Client {name} signs with key {kid} no more.")
