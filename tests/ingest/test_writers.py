"""Processes that commit for a load: what they write is what one process writes, and none of them stays behind."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from ingest.backfill import loader as loading
from ingest.backfill.writers import Writers
from ingest.queue.batches import Batches
from ingest.understanding import Understood
from store.database import Store
from store.mongod.embedded import EmbeddedMongod
from store.partition import Partition
from store.settings import StoreSettings
from tests.feed import new_partition, search
from tests.ingest.reports import load, patient, table
from tests.journeys.processes import spawned

ROWS = [patient(1 + number % 90, Demographics__FirstName=f"Name{number}") for number in range(200)]


@pytest.fixture(autouse=True)
def _worth_it_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "WORTH", -1)


@pytest.fixture
def writers(partition: Partition, mongod: EmbeddedMongod) -> Iterator[Writers]:
    """Two processes for a tenant."""
    settings = StoreSettings(mongodb_uri=mongod.uri, database=partition.store.database.name)
    with Writers(settings, partition.tenant, gc.collect, 2) as begun:
        yield begun


async def _begun(writers: Writers) -> list[int]:
    """Have them begin; gives their process numbers."""
    while not writers.are_ready():  # noqa: ASYNC110 - other processes
        await asyncio.sleep(0.05)
    return spawned(os.getpid())


async def test_processes_come_to_what_one_comes_to(
    writers: Writers, partition: Partition, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _begun(writers)
    alone = await load(await new_partition(store), "patients", table(ROWS), batch=16)

    async def never(_batches: Batches, _partition: Partition, _batch: list[Understood]) -> None:
        raise AssertionError

    monkeypatch.setattr(Batches, "take_batch", never)
    together = await load(partition, "patients", table(ROWS), batch=16, writers=writers)
    assert (together.state, together.applied, together.doubted) == ("done", 200, alone.doubted)
    for number in range(90):
        demographics = (await search(partition, ("MR", f"{1 + number}")))["Patient"]["Demographics"]
        assert demographics["FirstName"] == f"Name{max(range(number, 200, 90))}"


async def test_an_interrupt_is_left_to_who_reads(writers: Writers, partition: Partition) -> None:
    """A terminal sends it to all of them; what is under way is to be finished."""
    for each in await _begun(writers):
        os.kill(each, signal.SIGINT)
    summary = await load(partition, "patients", table(ROWS), writers=writers)
    assert (summary.state, summary.applied) == ("done", 200)


async def test_an_interrupt_ends_none_that_has_only_begun(writers: Writers, partition: Partition) -> None:
    writers.are_ready()
    begun = spawned(os.getpid())
    assert len(begun) == 2
    for _ in range(10):  # while they read the program
        for each in begun:
            os.kill(each, signal.SIGINT)
        await asyncio.sleep(0.1)
    await _begun(writers)
    summary = await load(partition, "patients", table(ROWS), writers=writers)
    assert (summary.state, summary.applied) == ("done", 200)


async def test_a_process_that_ends_ends_the_load_and_it_can_be_gone_on_with(
    writers: Writers, partition: Partition
) -> None:
    for each in await _begun(writers):
        os.kill(each, signal.SIGKILL)
    broken = await load(partition, "patients", table(ROWS), writers=writers)
    assert (broken.state, broken.is_weather) == ("failed", True)
    assert "a process that writes has ended" in broken.failure
    again = await load(partition, "patients", table(ROWS))
    assert (again.state, again.applied + again.already_there) == ("done", 200)


_READER = """
import asyncio, gc, sys
from ingest.backfill.writers import Writers
from store.settings import StoreSettings
from store.access.tenants import Tenant

async def begin():
    tenant = Tenant("riverside", "0b7c6a52-6a0e-4d0f-9d7b-1f3a5c7e9b01")
    settings = StoreSettings(mongodb_uri=sys.argv[1], database="tests")
    with Writers(settings, tenant, gc.collect, 2) as writers:
        while not writers.are_ready():
            await asyncio.sleep(0.05)
        print("begun", flush=True)
        await asyncio.sleep(60)

asyncio.run(begin())
"""


@pytest.mark.usefixtures("partition")
def test_nobody_writes_on_for_a_reader_that_was_killed(mongod: EmbeddedMongod) -> None:
    reader = subprocess.Popen([sys.executable, "-c", _READER, mongod.uri], stdout=subprocess.PIPE, text=True)
    with reader:
        assert reader.stdout
        assert reader.stdout.readline() == "begun\n"
        left = spawned(reader.pid)
        assert len(left) == 2
        reader.kill()
    until = time.monotonic() + 10
    while any(map(_is_there, left)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(map(_is_there, left))


def _is_there(pid: int) -> bool:
    asked = ["ps", "-o", "stat=", "-p", f"{pid}"]
    said = subprocess.run(asked, check=False, capture_output=True, text=True).stdout.strip()
    return bool(said) and not said.startswith("Z")
