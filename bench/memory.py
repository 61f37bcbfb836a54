"""What the service's process holds of memory after some pushes, and after three times as many."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator
from itertools import islice

from bench import hospital
from bench.figures import Line
from bench.stage import stage

SIZE = 30_000
"""Pushes."""
AT_ONCE = 2000
"""Messages that are made before they are sent, so that the client's memory stays small too."""
SEED = 1


async def measure(_rounds: int = 1, size: int = SIZE) -> list[Line]:
    """Resident MiB after a third of the pushes and after all of them."""
    async with stage() as on:
        lives = hospital.lives(SEED, -(-size // hospital.EVENTS_A_PERSON))
        held = []
        for pushes in (size // 3, size - size // 3):
            messages: Iterator[hospital.Json] = islice(lives, pushes)
            while some := [*islice(messages, AT_ONCE)]:
                await on.push(some)
            held.append(await asyncio.to_thread(_resident, on.pid))
    name = f"memory after {size // 3:,} pushes and after {size:,}"
    return [Line(name, "MiB", held[:1], held[1:], "<= 1.10")]


def _resident(pid: int) -> float:
    said = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True).stdout
    return int(said) / 1024
