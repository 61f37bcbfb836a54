"""`check`: report what is unsafe or unfinished in the configuration."""

from __future__ import annotations

from dataclasses import asdict

import typer

from gateway.check import CHECKS, Finding, findings, gathered
from gateway.cli.support.output import say_json
from gateway.cli.support.session import FAILED, AsJson, DataDir, MongodbUri, run, store_settings
from gateway.settings import Settings
from store.database import Store


def check(data_dir: DataDir = None, mongodb_uri: MongodbUri = None, as_json: AsJson = False) -> None:
    """Say what in this configuration is unsafe or unfinished: run it with the environment that the service has.

    Exit status 0 where nothing is unsafe or unfinished, 1 where something is; a note alone is no reason for 1.
    """
    settings, stores = Settings.from_environment(), store_settings(data_dir, mongodb_uri)

    async def work() -> list[Finding]:
        store = await Store.open(stores)
        try:
            return findings(await gathered(settings, stores, store), CHECKS)
        finally:
            await store.close()

    found = run(work)
    if as_json:
        say_json([asdict(each) for each in found])
    else:
        _say(found)
    if any(each.severity != "note" for each in found):
        raise SystemExit(FAILED)


def _say(found: list[Finding]) -> None:
    for each in found:
        typer.echo(f"{each.severity.upper()}  {each.what}: {', '.join(each.where)}")
        typer.echo(f"    {each.why[0].upper()}{each.why[1:]}.")
        typer.echo(f"    Remedy: {each.remedy}. ({each.check})")
    said = {"unsafe": "unsafe", "unfinished": "unfinished", "note": "to be noted"}
    counts = [f"{sum(each.severity == kind for each in found)} {word}" for kind, word in said.items()]
    typer.echo(f"{len(CHECKS)} checks: {', '.join(counts)}.")
