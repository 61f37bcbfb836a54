"""Processes that write the same person at the same moment, or die while they do."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from ingest.intake import Intake
from store.database import Store
from store.mongod.embedded import EmbeddedMongod
from store.mongod.orphaned_transactions import IDLE, orphaned
from store.partition import Partition
from store.settings import StoreSettings
from tests.faults.afterwards import differences
from tests.feed import Json, documents, new_partition, push, search, visits
from tests.journeys.processes import environment
from tests.lives import moment

ROOT = Path(__file__).parents[2]
SAID: tuple[Json, ...] = (
    {"FirstName": "Ada"},
    {"MiddleName": "May"},
    {"LastName": "Quill"},
    {"DOB": "1980-02-03"},
    {"SSN": "000-11-2222"},
    {"Sex": "Female"},
    {"Race": "Asian"},
    {"IsHispanic": False},
    {"Religion": "None"},
    {"MaritalStatus": "Single"},
    {"IsDeceased": False},
    {"PhoneNumber": {"Home": "+15550001"}},
    {"EmailAddresses": ["ada@example.org"]},
    {"Language": "en"},
    {"Citizenship": ["SE"]},
    {"Address": {"City": "Lund"}},
)
"""What each of sixteen writers says of the person; as many again say a visit."""


class Writer:
    """A process that pushes what it is told."""

    def __init__(self, uri: str, partition: Partition) -> None:
        database = partition.store.database.name
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.writer", uri, database, partition.tenant.name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment(),
        )

    def tell(self, *lines: object) -> None:
        self.process.stdin.write("".join(f"{line}\n" for line in lines))
        self.process.stdin.flush()

    def says(self) -> str:
        return self.process.stdout.readline().strip()

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process.stdin.close()


@contextmanager
def writer(uri: str, partition: Partition) -> Iterator[Writer]:
    with closing(Writer(uri, partition)) as started:
        assert started.says() == "ready"
        yield started


def of_the_person(number: str, minute: int, **content: Any) -> Json:
    event = "Arrival" if "Visit" in content else "PatientUpdate"
    patient = {"Identifiers": [{"IDType": "MR", "ID": number}], "Demographics": content.pop("Demographics", {})}
    meta = {"DataModel": "PatientAdmin", "EventType": event, "EventDateTime": moment(minute)}
    return {"Meta": meta, "Patient": patient, **content}


@pytest.mark.parametrize(("how", "rounds"), [("push", 200), ("apart", 2)])
async def test_thirty_two_writers_of_two_processes_make_one_person_and_lose_none_of_their_words(
    how: str, rounds: int, partition: Partition, mongod: EmbeddedMongod
) -> None:
    """In each process through one intake, which takes together what waits; or each writer through one of its own."""
    whole = {name: value for said in SAID for name, value in said.items()}
    with writer(mongod.uri, partition) as one, writer(mongod.uri, partition) as other:
        for turn in range(rounds):
            name = f"m-{turn}"
            told = [of_the_person(name, minute, Demographics=said) for minute, said in enumerate(SAID)]
            told += [of_the_person(name, 20 + each, Visit={"VisitNumber": f"v{turn}-{each}"}) for each in range(16)]
            for half, process in enumerate((one, other)):
                process.tell(f"{how} 16", *map(json.dumps, told[half::2]))
            assert [one.says(), other.says()] == ["done", "done"]
            assert await partition.count("Patient") == turn + 1
            assert (await search(partition, ("MR", name)))["Patient"]["Demographics"] == whole
    answered = [[visit["VisitNumber"] for visit in patient["Visits"]] for patient in await visits(partition)]
    assert sorted(map(sorted, answered)) == sorted(
        sorted(f"v{turn}-{each}" for each in range(16)) for turn in range(rounds)
    )
    assert await differences(partition.store, partition) == (0, 0)


@pytest.mark.parametrize("lifetime", ["3", "60"])
async def test_a_process_killed_within_a_transaction_delays_others_by_less_than_three_seconds(
    lifetime: str, tmp_path: Path
) -> None:
    limit = {"transactionLifetimeLimitSeconds": lifetime}
    with EmbeddedMongod(tmp_path, parameters=limit) as mongod:
        store = await Store.open(StoreSettings(mongod.uri))
        try:
            assert await stall(store, mongod.uri) < 3
        finally:
            await store.close()


async def stall(store: Store, uri: str) -> float:
    """Seconds that a push takes to a person whom a process killed a moment ago was writing."""
    partition, intake = await new_partition(store), Intake(store)
    await push(intake, partition, [of_the_person("m-1", 0, Demographics={"LastName": "Quill"})])
    with writer(uri, partition) as doomed:
        doomed.tell("hang", json.dumps(of_the_person("m-1", 1, Visit={"VisitNumber": "v1"})))
        assert doomed.says() == "within"
    began = time.monotonic()
    await push(intake, partition, [of_the_person("m-1", 2, Visit={"VisitNumber": "v2"})])
    took = time.monotonic() - began
    assert await partition.journal.count() == 2
    assert len(await documents(partition)) == 2
    return took


def operation(connection: int, idle: int | None = None, host: str = "a:1") -> Json:
    said: Json = {"type": "op", "host": host, "connectionId": connection}
    if idle is not None:
        said |= {"type": "idleSession", "lsid": {"id": connection}, "transaction": {"timeInactiveMicros": idle}}
    return said


def test_an_orphan_is_a_silent_transaction_whose_connection_is_gone() -> None:
    gone, here, brief, elsewhere = 1, 2, 3, 4
    told = [operation(gone, IDLE), operation(here), operation(here, IDLE), operation(brief, IDLE - 1)]
    told += [operation(elsewhere, host="b:1"), operation(elsewhere, IDLE, host="a:1")]
    assert orphaned(told) == [gone, elsewhere]
    assert orphaned([{"type": "idleSession", "host": "a:1", "lsid": {"id": 1}}]) == []
