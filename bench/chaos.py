"""Kills, many of them: `python -m bench.chaos`. Prints what was pushed, acknowledged, refused and lost.

The service is killed twenty times under load, at moments that are drawn, its start among them; then its mongod ten
times. Each time everything goes on with the same directory. Ends with status 1 where anything acknowledged is missing,
is there twice, or is not answered as it would be had nothing happened.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from store.database import Store
from store.mongod import mongod_supervisor
from store.mongod.embedded import EmbeddedMongod
from store.settings import StoreSettings
from tests.faults.afterwards import differences, different, doubled, journalled, lost, sandbox
from tests.faults.load import Load, load
from tests.journeys.processes import COMMAND, environment, serving

SENDERS = 16
LIVES, EVENTS = 300, 30
LONG_ENOUGH = 5.5
"""Seconds for which a mongod is left alone: one that is killed sooner, three times in a row, is given up."""

Kills = Callable[[Path, Load, int, random.Random], None]


def kill_services(directory: Path, told: Load, kills: int, luck: random.Random) -> None:
    """Kills services at drawn moments; every fourth at its start, every second on a mongod that outlives it."""
    with told.pushed(SENDERS):
        for number in range(kills):
            with ExitStack() as stack:
                if number % 2:
                    stack.enter_context(EmbeddedMongod(directory))
                if number % 4 == 3:
                    _kill_at_start(directory, luck)
                service = stack.enter_context(serving(directory, "--sandbox=empty"))
                told.url = service.url
                time.sleep(luck.uniform(0.2, 2.5))
                service.stop(signal.SIGKILL)
        with serving(directory, "--sandbox=empty") as service:
            told.url = service.url
            _work_off(told)


def _kill_at_start(directory: Path, luck: random.Random) -> None:
    command = [*COMMAND, "serve", "--sandbox=empty", "--port", "0", "--data-dir", str(directory)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment()) as starting:
        time.sleep(luck.uniform(0.5, 2.5))
        starting.kill()


def kill_mongods(directory: Path, told: Load, kills: int, luck: random.Random) -> None:
    """Kills the mongod under one service at drawn moments."""
    with serving(directory, "--sandbox=empty") as service, told.pushed(SENDERS):
        told.url = service.url
        for _ in range(kills):
            time.sleep(LONG_ENOUGH + luck.uniform(0, 1.5))
            os.kill(mongod_supervisor.read_state(directory)["pid"], signal.SIGKILL)
        _work_off(told)


def _work_off(told: Load) -> None:
    """Lets the senders go on for a moment; what then is left was never pushed."""
    told.reached(len(told.acknowledged) + 200, within=30)


async def verdict(directory: Path, told: Load) -> dict[str, int]:
    """What became of the load; counts."""
    store = await Store.open(StoreSettings(data_dir=directory))
    try:
        partition = await sandbox(store)
        documents, entries = await differences(store, partition)
        kept = {entry.id for entry in await journalled(partition)}
        return {
            "acknowledged and lost": len(await lost(partition, told)),
            "journalled twice": await doubled(partition),
            "answers that differ from a tenant left in peace": len(await different(store, partition, told.pairs)),
            "documents that differ from a replay": documents,
            "journal entries that differ from a replay": entries,
            "answers that no feed must get": sum(told.unexpected.values()),
            "kept without an acknowledgement": len(kept - told.acknowledged),
        }
    finally:
        await store.close()


def run(name: str, disturb: Kills, kills: int, seed: int) -> bool:
    """One series of kills, told to whoever watches; whether nothing was lost."""
    told = load(LIVES, EVENTS, seed)
    print(f"{name}: {kills} kills, seed {seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="chaos-") as directory:
        began = time.monotonic()
        disturb(Path(directory), told, kills, random.Random(seed))  # noqa: S311 - repeatable, no secret
        took = time.monotonic() - began
        found = asyncio.run(verdict(Path(directory), told))
    answers = Counter(told.answers)
    shown = {
        "events pushed": sum(answers.values()),
        "acknowledged (200)": answers["200"],
        "of them different": len(told.acknowledged),
        "refused (503)": answers["503"],
        "without an answer": answers["no answer"],
        **found,
    }
    for what, count in shown.items():
        print(f"  {what:<50}{count:>8,}")
    print(f"  {'seconds under load':<50}{took:>8.0f}")
    print(f"  {'seconds of the slowest answer':<50}{told.longest:>8.1f}", flush=True)
    return not any(count for what, count in found.items() if not what.startswith("kept"))


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("--services", type=int, default=20, help="kills of the service")
    asked.add_argument("--mongods", type=int, default=10, help="kills of mongod")
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    series = (("service", kill_services, given.services), ("mongod", kill_mongods, given.mongods))
    held = [run(name, disturb, kills, given.seed) for name, disturb, kills in series if kills]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
