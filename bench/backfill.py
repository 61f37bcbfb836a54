"""How fast a file of patients is loaded, as a ratio of raw bulk writes of the same documents, journal and claims.

    python -m bench.backfill [ROWS]

All run on one mongod in one run: first the command in a process of its own, whose peak memory is measured, then the
documents that it left, written anew into empty databases in bulks: as puts, which may be repeated like the command, and
as plain inserts.
"""

from __future__ import annotations

import asyncio
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pymongo import InsertOne, ReplaceOne

from mappings.templates import TEMPLATES
from store.embedded import EmbeddedMongod
from store.mongo import Store, connect
from store.tenants import Tenant

ROWS = 10_000
BULK = 300
TENANT = Tenant("bench", "9d2f7a1c-4a3e-4c55-8d1b-5f0f6f6f0a99")
WRITTEN = ("journal", "Patient", "claims")


def write_patients(path: Path, rows: int) -> None:
    """A file of the patients template with every column filled."""
    columns = TEMPLATES["patients"].columns
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for number in range(rows):
            writer.writerow([_cell(column, number) for column in columns])


def _cell(column: str, number: int) -> str:
    fixed = {"DOB": f"19{number % 90 + 10}-0{number % 9 + 1}-1{number % 9}", "Sex": "Female", "Race": "Asian"}
    fixed |= {
        "IDType": "MR" if "[1]" in column else "EPI",
        "RelationToPatient": "Self",
        "ZIP": f"5{number % 10_000:04d}",
    }
    name = column.rpartition(".")[2]
    return fixed.get(name, f"{name[:6]}{number}")


def load(path: Path, uri: str, database: str) -> tuple[dict[str, Any], float]:
    """What the command said, and its peak memory in MiB."""
    command = [sys.executable, "-m", "gateway", "backfill", "patients", str(path), "--tenant", TENANT.name]
    environment = {**os.environ, "DATA_ON_DEMAND_MONGODB_URI": uri, "DATA_ON_DEMAND_DATABASE": database}
    command += ["--extracted-at", "2026-01-01T00:00:00Z", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout
        said = json.loads(process.stdout.read())
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return said, usage.ru_maxrss / 1024


def _insert(document: dict[str, Any]) -> InsertOne[dict[str, Any]]:
    return InsertOne(document)


def _put(document: dict[str, Any]) -> ReplaceOne[dict[str, Any]]:
    return ReplaceOne({"_id": document["_id"]}, document, upsert=True)


async def write_raw(uri: str, source: str, target: str, write: Callable[[dict[str, Any]], Any]) -> tuple[int, float]:
    """Documents of one database written into another one in bulks; how many, and the seconds that took."""
    client = connect(uri)
    try:
        await Store.attach(client, target)
        documents = {name: await client[source][name].find().to_list() for name in WRITTEN}
        began = time.perf_counter()
        for name, found in documents.items():
            for at in range(0, len(found), BULK):
                writes = [write(document) for document in found[at : at + BULK]]
                await client[target][name].bulk_write(writes, ordered=False)
        return sum(map(len, documents.values())), time.perf_counter() - began
    finally:
        await client.close()


async def _prepared(uri: str, database: str) -> None:
    client = connect(uri)
    store = await Store.attach(client, database)
    await store.tenants.add(TENANT)
    await client.close()


def measure(rows: int = ROWS) -> dict[str, float]:
    """Rows and documents a second, their ratio, and the peak memory at this many rows and at a fifth of them."""
    with tempfile.TemporaryDirectory() as directory, EmbeddedMongod(Path(directory) / "data") as mongod:
        small, large = Path(directory) / "small.csv", Path(directory) / "large.csv"
        write_patients(small, rows // 5)
        write_patients(large, rows)
        for database in ("bench_small", "bench_large"):
            asyncio.run(_prepared(mongod.uri, database))
        _, small_peak = load(small, mongod.uri, "bench_small")
        said, peak = load(large, mongod.uri, "bench_large")
        assert said["applied"] == rows, said
        again, _ = load(large, mongod.uri, "bench_large")
        assert again["alreadyThere"] == rows, again
        inserts, inserting = asyncio.run(write_raw(mongod.uri, "bench_large", "bench_inserts", _insert))
        _, putting = asyncio.run(write_raw(mongod.uri, "bench_large", "bench_puts", _put))
    rate = rows / said["seconds"]
    return {
        "rows": rows,
        "documents": inserts,
        "backfill rows/s": rate,
        "raw puts rows/s": rows / putting,
        "raw inserts rows/s": rows / inserting,
        "ratio to puts": rate / (rows / putting),
        "ratio to inserts": rate / (rows / inserting),
        "second run rows/s": rows / again["seconds"],
        f"peak MiB at {rows // 5} rows": small_peak,
        f"peak MiB at {rows} rows": peak,
    }


if __name__ == "__main__":
    for name, value in measure(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS).items():
        print(f"{name:>28}  {value:,.2f}")
