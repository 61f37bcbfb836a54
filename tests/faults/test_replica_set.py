"""Kept: the primary of three members is killed in the midst of pushes; what was acknowledged is there, and counts."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from store.database import Store
from store.settings import StoreSettings
from tests.faults.afterwards import assert_kept
from tests.faults.load import Load, load
from tests.faults.mongods import Members, replica_set
from tests.journeys.processes import serving

SENDERS = 8


def kill_primaries(directory: Path, members: Members, told: Load) -> None:
    """One service; the primary is killed, comes back as a member, and the next one is killed."""
    with serving(directory, "--sandbox=empty", "--mongodb-uri", members.uri) as service, told.pushed(SENDERS):
        told.url = service.url
        for _ in range(2):
            before = len(told.acknowledged)
            assert told.reached(before + 15)
            time.sleep(0.05)
            killed = members.primary()
            members.kill(killed)
            assert told.reached(before + 35)
            members.start(killed)
        assert told.reached(len(told.acknowledged) + 15)


async def test_a_primary_killed_under_load_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    told = load(6, 25, 3)
    with replica_set(tmp_path / "members") as members:
        await asyncio.to_thread(kill_primaries, tmp_path / "data", members, told)
        store = await Store.open(StoreSettings(members.uri))
        try:
            await assert_kept(store, told)
        finally:
            await store.close()
