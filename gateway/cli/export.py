"""`export`: write the resources of a tenant as FHIR NDJSON."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.progress import Progress

from gateway.audit import command
from gateway.cli.support.session import DataDir, MongodbUri, TenantName, err, opened, run, tenant_named, wrong_usage
from store.documents import KINDS
from store.partition import Partition


def export(
    directory: Annotated[Path, typer.Argument(help="Directory to write to; one file a type.")],
    tenant: TenantName,
    kinds: Annotated[list[str] | None, typer.Option("--type", help="Resource type; without: all.")] = None,
    data_dir: DataDir = None,
    mongodb_uri: MongodbUri = None,
) -> None:
    """Write a tenant's resources as FHIR NDJSON, one file a type."""
    unknown = [kind for kind in kinds or () if kind not in KINDS]
    if unknown:
        wrong_usage(f"--type is one of {', '.join(KINDS)}")

    async def work() -> dict[Path, int]:
        async with opened(data_dir, mongodb_uri) as store:
            partition = store.partition(await tenant_named(store, tenant))
            directory.mkdir(parents=True, exist_ok=True)
            wanted = list(kinds or KINDS)
            async with command(store, "export", [partition.tenant.name], types=wanted) as outcome:
                written = {kind: await _written(partition, kind, directory) for kind in wanted}
                outcome["results"] = written
            return {directory / f"{kind}.ndjson": count for kind, count in written.items()}

    for path, count in run(work).items():
        typer.echo(f"{path}: {count}")


async def _written(partition: Partition, kind: str, directory: Path) -> int:
    """Write the resources of one type to a temporary file and rename it at the end; return their number."""
    path, growing = directory / f"{kind}.ndjson", directory / f".{kind}.ndjson.part"
    count = 0
    with Progress(console=err, disable=not err.is_terminal, transient=True) as progress, growing.open("wb") as file:
        task = progress.add_task(kind, total=await partition.count(kind))
        async for document in partition.each(kind):
            file.write(orjson.dumps(document.resource, option=orjson.OPT_APPEND_NEWLINE))
            count += 1
            progress.advance(task)
    growing.replace(path)
    return count
