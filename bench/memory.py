"""What the processes of a service, one for each core, hold of memory as pushes go on, against what they held early."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from itertools import islice
from statistics import median

from bench import hospital
from bench.figures import Curve, Line, Measured
from bench.stage import resident, stage

SIZE = 6_000
"""Pushes."""
FULL = 1_000_000
AT_ONCE = 2000
"""Messages that are made before they are sent, so that the client's memory stays small too."""
PARTS = 20
"""How often it is looked."""
_EVENTS = 8
"""Of a person, about."""


async def measure(size: int = SIZE) -> Measured:
    """Resident MiB after each twentieth of the pushes; owed is that the last is like that after a tenth."""
    held: list[tuple[float, float]] = []
    rates: list[float] = []
    async with stage(os.cpu_count() or 1) as on:
        lives: Iterator[hospital.Json] = hospital.feed(size // _EVENTS + 1000)
        for part in range(1, PARTS + 1):
            left = size // PARTS
            while left and (some := [*islice(lives, min(left, AT_ONCE))]):
                rates.append((await on.push(some)).rate)
                left -= len(some)
            assert not left
            held.append((float(part * (size // PARTS)), await asyncio.to_thread(resident, on.pid)))
    (before, early), (after, late) = held[PARTS // 10 - 1], held[-1]
    name = f"8: memory after {before:,.0f} pushes and after {after:,.0f}"
    curve = Curve("Memory of the service", "pushes", "MiB", {"resident": held})
    return Measured([Line(name, "MiB", [early], [late], "<= 1.10", f"{median(rates):,.0f} pushes/s")], [curve])
