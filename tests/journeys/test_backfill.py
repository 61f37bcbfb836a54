"""A backfill as the process that it is in life: killed anywhere and run again it comes to what one clean run comes to."""

import asyncio
import json
import random
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from store.embedded import EmbeddedMongod
from store.mongo import Connection, Store
from store.partition import Partition
from store.tenants import Tenant
from tests.feed import documents
from tests.ingest.reports import patient, table
from tests.journeys.processes import COMMAND, environment

ROWS = 2000
KILLS = 3


def report(path: Path) -> Path:
    """People some of whom stand there several times, some of whom are wrong."""
    rows = [
        patient(number * 7 % 1100, Demographics__FirstName=f"Name{number % 37}", Demographics__Sex="Female")
        for number in range(ROWS)
    ]
    for number in range(0, ROWS, 500):
        rows[number]["Patient.Demographics.Sex"] = "?"
    path.write_bytes(table(rows))
    return path


async def fresh(connection: Connection, name: str) -> Partition:
    await connection.drop_database(name)
    store = await Store.attach(connection, name)
    tenant = Tenant("riverside", "0b7c6a52-6a0e-4d0f-9d7b-1f3a5c7e9b01", time_zone="Asia/Kathmandu")
    await store.tenants.add(tenant)
    return store.partition(tenant)


def started(mongod: EmbeddedMongod, partition: Partition, file: Path) -> subprocess.Popen[str]:
    database = partition.store.database.name
    settings = {"DATA_ON_DEMAND_MONGODB_URI": mongod.uri, "DATA_ON_DEMAND_DATABASE": database}
    command = [*COMMAND, "backfill", "patients", str(file), "--tenant", "riverside", "--json"]
    command += ["--extracted-at", "2026-01-15T08:00:00Z", "--rejects", str(file.with_suffix(".rejects"))]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, **pipes, text=True, env={**environment(), **settings})


async def state(partition: Partition) -> list[Any]:
    """All that is there, but for the moment at which the file came first, which is one for all rows."""
    found = {
        entry.id: (entry.order.split("."), entry.open, entry.findings) async for entry in partition.journal.newest({})
    }
    assert len({order.pop(3) for order, _, _ in found.values()}) == 1
    entries = dict(sorted(found.items()))
    return [sorted((doc.kind, doc.id, repr(doc.resource)) for doc in await documents(partition)), entries]


async def test_killed_anywhere_and_run_again_equals_one_clean_run(
    mongod: EmbeddedMongod, connection: Connection, tmp_path: Path
) -> None:
    file = report(tmp_path / "report.csv")
    clean, killed = await fresh(connection, "journeys_clean"), await fresh(connection, "journeys_killed")
    process = started(mongod, clean, file)
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    told = json.loads(out)
    assert told["rejected"] == ROWS // 500
    rejects = file.with_suffix(".rejects").read_text()
    moments = random.Random(20260115)  # noqa: S311 - where to kill
    for _ in range(KILLS):
        process = started(mongod, killed, file)
        wanted = await killed.journal.count() + moments.randint(1, 200)
        while process.poll() is None and await killed.journal.count() < wanted:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.005)
        process.kill()
        process.communicate(timeout=60)
    there = await killed.journal.count()
    assert 0 < there < told["applied"]
    process = started(mongod, killed, file)
    out, _ = process.communicate(timeout=120)
    again = json.loads(out)
    assert (again["read"], again["applied"]) == (ROWS, told["applied"] - there)
    assert await state(killed) == await state(clean)
    assert file.with_suffix(".rejects").read_text() == rejects
    for partition in (clean, killed):
        await connection.drop_database(partition.store.database.name)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_an_interrupt_ends_a_backfill_where_it_stands(
    number: signal.Signals, mongod: EmbeddedMongod, connection: Connection, tmp_path: Path
) -> None:
    file = report(tmp_path / "report.csv")
    partition = await fresh(connection, "journeys_interrupted")
    process = started(mongod, partition, file)
    while await partition.journal.count() < 200:  # noqa: ASYNC110 - another process
        await asyncio.sleep(0.01)
    process.send_signal(number)
    out, said = process.communicate(timeout=60)
    told = json.loads(out)
    assert (process.returncode, told["state"]) == (1, "interrupted")
    assert await partition.journal.count() == told["applied"] < ROWS - 100
    assert "Traceback" not in said
    process = started(mongod, partition, file)
    out, _ = process.communicate(timeout=120)
    again = json.loads(out)
    assert again["state"] == "done"
    assert await partition.journal.count() == told["applied"] + again["applied"]
    await connection.drop_database(partition.store.database.name)
