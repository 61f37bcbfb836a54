"""Kept: the service or its mongod is killed in the midst of pushes; what was acknowledged is there, once, and counts."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from random import Random

from store import keeper
from store.embedded import EmbeddedMongod
from store.mongo import Store
from store.settings import StoreSettings
from tests.faults.afterwards import assert_kept
from tests.faults.load import Load, load
from tests.journeys.processes import serving

SENDERS = 8


async def assert_kept_in(directory: Path, told: Load) -> None:
    store = await Store.open(StoreSettings(data_dir=directory))
    try:
        await assert_kept(store, told)
    finally:
        await store.close()


def kill_services(directory: Path, told: Load, luck: Random) -> None:
    """Services one after the other, each killed at work; the mongod of the last two outlives them."""
    with told.pushed(SENDERS), ExitStack() as others:
        for number in range(4):
            if number == 2:
                others.enter_context(EmbeddedMongod(directory))
            with serving(directory, "--sandbox=empty") as service:
                told.url = service.url
                assert told.reached(len(told.acknowledged) + luck.randrange(5, 40))
                time.sleep(luck.uniform(0, 0.1))
                service.stop(signal.SIGKILL)
        with serving(directory, "--sandbox=empty") as service:
            told.url = service.url
            assert told.reached(len(told.events) // 2)


def kill_mongods(directory: Path, told: Load, luck: Random) -> None:
    """One service, whose mongod is killed twice."""
    with serving(directory, "--sandbox=empty") as service, told.pushed(SENDERS):
        told.url = service.url
        for _ in range(2):
            before = len(told.acknowledged)
            assert told.reached(before + luck.randrange(5, 40))
            time.sleep(luck.uniform(0, 0.1))
            os.kill(keeper.read_state(directory)["pid"], signal.SIGKILL)
            assert told.reached(before + 60)
        assert told.reached(len(told.events) // 2)


async def held_through(disturb: Callable[[Path, Load, Random], None], directory: Path) -> Load:
    luck = Random(disturb.__name__)
    told = load(12, 30, luck)
    directory.mkdir()
    await asyncio.to_thread(disturb, directory, told, luck)
    await assert_kept_in(directory, told)
    return told


async def test_a_service_killed_again_and_again_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    told = await held_through(kill_services, tmp_path / "data")
    assert told.answers["no answer"] > 0


async def test_a_mongod_killed_under_a_service_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    await held_through(kill_mongods, tmp_path / "data")
