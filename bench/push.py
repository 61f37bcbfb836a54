"""Live pushes through HTTP, against a group commit of the same documents by the driver alone."""

from __future__ import annotations

import os
from statistics import median

from bench import floor, hospital
from bench.client import carry
from bench.figures import Line, Measured
from bench.stage import WRITERS, stage
from ingest.intake import now

ROUNDS = 2
SIZE = 500
"""People a round."""
WARM_UP = 100


async def measure(rounds: int = ROUNDS, size: int = SIZE) -> Measured:
    """Of a service with as many workers as there are cores, which is what is owed, and of one with a single worker."""
    many = os.cpu_count() or 1
    owed = await _pushed(f"1: push, {WRITERS} connections, {many} workers", ">= 0.40", many, rounds, size)
    alone = await _pushed(f"push, {WRITERS} connections, one worker", "", 1, rounds, size)
    return Measured([*owed, *alone])


async def _pushed(name: str, owed: str, workers: int, rounds: int, size: int) -> list[Line]:
    """Events a second of the service and of the floor, in turn; and what the same bytes take where nothing is done."""
    floors, products, bare, p50s, p99s = list[float](), list[float](), list[float](), list[float](), list[float]()
    async with stage(workers) as on:
        await on.push(hospital.visits_alone(WARM_UP, 0))
        for number in range(1, rounds + 1):
            messages = [*hospital.visits_alone(size, number)]
            began = now()
            load = await on.push(messages)
            products.append(load.rate)
            p50s.append(load.p50)
            p99s.append(load.p99)
            events = await floor.writes_since(on.store, began)
            assert len(events) == len(messages)
            assert all(len(event.documents) == 2 for event in events)
            floors.append(await floor.write(on.store, "bench_floor", events))
            ready = [on.bare_request("/nothing", message) for message in messages]
            bare.append((await carry(on.bare, ready, WRITERS)).rate)
    says = f"p50 {median(p50s):.1f} ms, p99 {median(p99s):.1f} ms"
    return [
        Line(name, "events/s", floors, products, owed, says),
        Line(f"{name}: the same bytes to a route that does nothing", "requests/s", bare, []),
    ]
