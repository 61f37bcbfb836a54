"""`indexes`: print or create the indexes of the database, and split its collections on a sharded cluster."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.support.session import (
    CommandFailedError,
    DataDir,
    MongodbUri,
    opened,
    run,
    store_settings,
    wrong_usage,
)
from store.operations import sharding
from store.operations.sharding import Step


def indexes(
    *,
    shard: Annotated[bool, typer.Option("--shard", help="The commands that split the collections.")] = False,
    pin: Annotated[
        list[str] | None, typer.Option(metavar="TENANT=ZONE", help="A tenant that is to lie on the shards of a zone.")
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Not only say it, do it.")] = False,
    data_dir: DataDir = None,
    mongodb_uri: MongodbUri = None,
) -> None:
    """Print the indexes of the database as mongosh makes them; with --shard, how its collections are split."""
    pins = _pins(pin or [])
    if pins and not shard:
        wrong_usage("--pin goes with --shard.")
    if wrong := sharding.violations():
        raise CommandFailedError("; ".join(wrong))
    if apply:
        _done(run(lambda: _apply(pins, data_dir, mongodb_uri, is_split=shard)))
        return
    database = store_settings(data_dir, mongodb_uri).database
    typer.echo(f"use {database}")
    for line in sharding.steps(database, pins) if shard else sharding.definitions():
        typer.echo(line)


def _pins(given: list[str]) -> dict[str, str]:
    pairs = [each.partition("=") for each in given]
    if not all(tenant and zone for tenant, _, zone in pairs):
        wrong_usage("--pin is TENANT=ZONE, for example riverside=north")
    return {tenant: zone for tenant, _, zone in pairs}


async def _apply(pins: dict[str, str], data_dir: DataDir, mongodb_uri: MongodbUri, *, is_split: bool) -> list[Step]:
    async with opened(data_dir, mongodb_uri) as store:  # to open a store creates its missing indexes
        return await sharding.split(store.database, pins) if is_split else []


def _done(steps: list[Step]) -> None:
    typer.echo(f"{sum(1 for _ in sharding.definitions())} indexes are there")
    for step in steps:
        typer.echo(step)
