"""A backfill as the process that it is in life: killed anywhere and run again it comes to what one clean run comes to."""

import asyncio
import json
import random
import re
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson
import pytest

from store.access.tenant import Tenant
from store.database import Connection, Store
from store.mongod.embedded import EmbeddedMongod
from store.partition import Partition
from tests.feed import documents
from tests.ingest.reports import patient, table
from tests.journeys.forks import Forked, forked

ROWS = 6400
LINES = 4800
BAD = 8
KILLS = 10
"""Each leaves one or two transactions of 256 rows more, so that there are rows enough to be killed in every time."""
ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
OF_THE_RUN = ("received", "log_id", "attempt_id")
"""What an entry of the journal says of the run that wrote it and not of its row."""


def report(path: Path) -> Path:
    """People some of whom stand there several times, some of whom are wrong."""
    rows = [
        patient(1000 + number * 7 % 1100, Demographics__FirstName=f"Name{number % 37}", Demographics__Sex="Female")
        for number in range(ROWS)
    ]
    for number in range(0, ROWS, ROWS // BAD):
        rows[number]["Patient.Demographics.Sex"] = "?"
    path.write_bytes(table(rows))
    return path


STORY = ("NewPatient", "Arrival", "Transfer", "Discharge")
"""What happens to everybody, in this order."""


def feed(path: Path) -> Path:
    """Stays of people, told in a wild order, some of it wrong."""
    told = [message(number % (LINES // len(STORY)), number // (LINES // len(STORY))) for number in range(LINES)]
    random.Random(7).shuffle(told)  # noqa: S311 - an order
    lines = [orjson.dumps(each) for each in told]
    for number in range(0, LINES, LINES // BAD):
        lines[number] = lines[number][:-1]
    path.write_bytes(b"\n".join(lines))
    return path


def message(person: int, chapter: int) -> dict[str, Any]:
    """What happened to somebody, each thing on a day of its own."""
    when = f"2026-01-{chapter + 1:02}T08:{person % 60:02}:00.000Z"
    meta = {"DataModel": "PatientAdmin", "EventType": STORY[chapter], "EventDateTime": when}
    demographics = {"FirstName": f"Name{chapter}", "LastName": f"Quill{person}"}
    patient = {"Identifiers": [{"ID": f"{1000 + person}", "IDType": "MR"}], "Demographics": demographics}
    visit = {"VisitNumber": f"V-{person}", "VisitDateTime": when, "Location": {"Department": f"{chapter} North"}}
    return {"Meta": meta, "Patient": patient, **({"Visit": visit} if chapter else {})}


async def fresh(connection: Connection, name: str, like: Partition | None = None) -> Partition:
    """A tenant in an empty database; one that is to be like another has its secret, and what it knows of files."""
    await connection.drop_database(name)
    if like:
        for told in ("secrets", "file_moments"):
            await connection[name][told].insert_many(await like.store.database[told].find().to_list())
    store = await Store.attach(connection, name)
    tenant = Tenant("riverside", "0b7c6a52-6a0e-4d0f-9d7b-1f3a5c7e9b01", time_zone="Asia/Kathmandu")
    await store.tenants.add(tenant)
    return store.partition(tenant)


def started(mongod: EmbeddedMongod, partition: Partition, kind: str, file: Path) -> Forked:
    database = partition.store.database.name
    settings = {"DATA_ON_DEMAND_MONGODB_URI": mongod.uri, "DATA_ON_DEMAND_DATABASE": database}
    command = ["backfill", kind, str(file), "--tenant", "riverside", "--json"]
    command += ["--extracted-at", "2026-01-15T08:00:00Z", "--rejects", str(file.with_suffix(".rejects"))]
    return forked(file.parent, settings, *command)


async def ended(process: Forked) -> tuple[int | None, str, str]:
    return await asyncio.to_thread(process.end)


async def state(partition: Partition) -> list[list[str]]:
    """All that is there: documents as they are found and folded, claims, the journal; ids stand for what they name."""
    claims = await partition.store.database["claims"].find({}, {"_id": 1}).to_list()
    entries = [asdict(entry) async for entry in partition.journal.in_order_of_receipt()]
    found = await documents(partition)
    names = {document.id: f"{document.kind} {document.resource['identifier'][0]['value']}" for document in found}
    assert len(set(names.values())) == len(found)
    return [
        _lines(({**asdict(document), "version": 0} for document in found), names),
        sorted(claim["_id"] for claim in claims),
        _lines({name: said for name, said in entry.items() if name not in OF_THE_RUN} for entry in entries),
    ]


def _lines(told: Iterable[dict[str, Any]], names: Mapping[str, str] = MappingProxyType({})) -> list[str]:
    """Whatever the order is in which their members were written."""
    lines = (orjson.dumps(each, default=repr, option=orjson.OPT_SORT_KEYS).decode() for each in told)
    return sorted(ID.sub(lambda found: names.get(found[0], found[0]), line) for line in lines)


def places() -> Iterator[int]:
    """How many rows more than before are in when a run is killed: none, a few, a batch, several."""
    chance = random.Random(20260115)  # noqa: S311 - where to kill
    yield from (0, *(chance.randint(1, 200) for _ in range(KILLS - 1)))


@pytest.mark.parametrize(("kind", "write", "rows"), [("patients", report, ROWS), ("events", feed, LINES)])
async def test_killed_at_ten_places_and_run_again_equals_one_clean_run(
    kind: str,
    write: Callable[[Path], Path],
    rows: int,
    mongod: EmbeddedMongod,
    connection: Connection,
    tmp_path: Path,
) -> None:
    file = write(tmp_path / "report.csv")
    clean = await fresh(connection, "journeys_clean")
    status, out, said = await ended(started(mongod, clean, kind, file))
    assert status == 1, said
    told = json.loads(out)
    assert told["rejected"] == BAD
    rejects = file.with_suffix(".rejects").read_text()
    killed = await fresh(connection, "journeys_killed", clean)
    for place in places():
        process = started(mongod, killed, kind, file)
        wanted = await killed.journal.count() + place
        while process.is_running and await killed.journal.count() < wanted:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.002)
        assert process.is_running, "it was done before it could be killed"
        process.kill(signal.SIGKILL)
        assert (await ended(process))[0] == -signal.SIGKILL
    there = await killed.journal.count()
    _, out, _ = await ended(started(mongod, killed, kind, file))
    again = json.loads(out)
    assert again["read"] == rows
    assert again["applied"] + again["alreadyThere"] == told["applied"] + told["alreadyThere"]
    # What the killed process had sent may be committed after the count: that much and no less is there already.
    assert 0 < there <= again["alreadyThere"] - told["alreadyThere"] < told["applied"]
    for found, expected in zip(await state(killed), await state(clean), strict=True):
        assert found == expected
    assert file.with_suffix(".rejects").read_text() == rejects
    for partition in (clean, killed):
        await connection.drop_database(partition.store.database.name)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_an_interrupt_ends_a_backfill_where_it_stands(
    number: signal.Signals, mongod: EmbeddedMongod, connection: Connection, tmp_path: Path
) -> None:
    file = report(tmp_path / "report.csv")
    partition = await fresh(connection, "journeys_interrupted")
    process = started(mongod, partition, "patients", file)
    while await partition.journal.count() < 200:  # noqa: ASYNC110 - another process
        await asyncio.sleep(0.01)
    process.kill(number)
    status, out, said = await ended(process)
    told = json.loads(out)
    assert (status, told["state"]) == (1, "interrupted")
    assert await partition.journal.count() == told["applied"] < ROWS - 100
    assert "Traceback" not in said
    _, out, _ = await ended(started(mongod, partition, "patients", file))
    again = json.loads(out)
    assert again["state"] == "done"
    assert await partition.journal.count() == told["applied"] + again["applied"]
    await connection.drop_database(partition.store.database.name)
