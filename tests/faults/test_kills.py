"""Kept: the service or its mongod is killed in the midst of pushes; what was acknowledged is there, once, and counts."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from store.database import Store
from store.mongod import mongod_supervisor
from store.mongod.embedded import EmbeddedMongod
from store.settings import StoreSettings
from tests.faults.afterwards import assert_kept
from tests.faults.load import Load, load
from tests.journeys.processes import serving

SENDERS = 8


def kill_services(directory: Path, told: Load) -> None:
    """Services one after the other, each killed at work; what the last of them leaves open its mongod outlives."""
    with told.pushed(SENDERS), ExitStack() as others:
        for moment, is_shared in ((0.0, False), (0.05, True), (0.02, True)):
            if is_shared:
                others.enter_context(EmbeddedMongod(directory))
            with serving(directory, "--sandbox=empty") as service:
                told.url = service.url
                assert told.reached(len(told.acknowledged) + 15)
                time.sleep(moment)
                service.stop(signal.SIGKILL)
        with serving(directory, "--sandbox=empty") as service:
            told.url = service.url
            assert told.reached(len(told.acknowledged) + 15)


def kill_mongods(directory: Path, told: Load) -> None:
    """One service, whose mongod is killed twice."""
    with serving(directory, "--sandbox=empty") as service, told.pushed(SENDERS):
        told.url = service.url
        for moment in (0.0, 0.05):
            assert told.reached(len(told.acknowledged) + 15)
            time.sleep(moment)
            os.kill(mongod_supervisor.read_state(directory)["pid"], signal.SIGKILL)
        assert told.reached(len(told.acknowledged) + 15)


@pytest.mark.parametrize("disturb", [kill_services, kill_mongods])
async def test_what_was_acknowledged_is_there_after_kills(
    disturb: Callable[[Path, Load], None], tmp_path: Path
) -> None:
    told = load(5, 25, 1)
    await asyncio.to_thread(disturb, tmp_path, told)
    store = await Store.open(StoreSettings(data_dir=tmp_path))
    try:
        await assert_kept(store, told)
    finally:
        await store.close()
