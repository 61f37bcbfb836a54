"""How questions slow down as data grows: hospitals of several sizes side by side on one mongod, asked in turn.

Each has a database and a service of its own, which remembers no records: what it takes to read them is measured. In
full they have up to a million people and three million visits; their documents are written once into a directory that
stays, so that a run that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from statistics import median

from bench.client import carry
from bench.figures import Curve, Line, Measured
from bench.questions import KINDS, Kind, check
from bench.seeding import seed_together
from bench.stage import READERS, Stage, directory_of, staged
from store.mongod.embedded import EmbeddedMongod
from store.settings import RECORDS_IN_MEMORY

ROUNDS = 3
SHORT = (1_000, 3_000)
FULL = (1_000, 10_000, 100_000, 1_000_000)
DIRECTORY = Path(__file__).parent / ".data"


async def measure(rounds: int = ROUNDS, sizes: Sequence[int] = SHORT, directory: Path | None = None) -> Measured:
    """The median and the slowest hundredth of each question, in each hospital, against the smallest."""
    async with AsyncExitStack() as stack:
        place = stack.enter_context(directory_of(directory))
        mongod = stack.enter_context(EmbeddedMongod(place / "data"))
        stages: dict[int, Stage] = {}
        for people in sizes:
            await seed_together(mongod.uri, f"growth_{people}", people, os.cpu_count() or 1)
        for people in sizes:
            stages[people] = await stack.enter_async_context(
                staged(mongod, place, f"growth_{people}", settings={RECORDS_IN_MEMORY: "0"})
            )
        visits = [await _visits(on) for on in stages.values()]
        times = [await _asked(kind, stages, rounds) for kind in KINDS]
    says = f"{visits[0]:,} and {visits[-1]:,} documents of visits"
    return Measured([line for each in times for line in _lines(each, sizes, says)], _curves(times, sizes))


async def _visits(on: Stage) -> int:
    return sum([await on.partition.count(kind) for kind in ("Encounter", "Appointment")])


@dataclass(frozen=True, slots=True)
class _Times:
    """Milliseconds of one kind of question, by people, round by round."""

    kind: Kind
    p50: dict[int, list[float]] = field(default_factory=dict)
    p99: dict[int, list[float]] = field(default_factory=dict)


async def _asked(kind: Kind, stages: dict[int, Stage], rounds: int) -> _Times:
    times = _Times(kind)
    asked: dict[int, list[bytes]] = {}
    for people, on in stages.items():
        questions = kind.questions(people)
        asked[people] = [on.request(question) for question in questions]
        await check(kind, on, asked[people][0], on.bare_request(kind.path, kind.bare(questions[0], on)))
    for number in range(rounds + 1):
        for people, on in stages.items():
            load = await carry(on.service, [*islice(cycle(asked[people]), kind.requests)], READERS)
            if number:  # the first round warms up
                times.p50.setdefault(people, []).append(load.p50)
                times.p99.setdefault(people, []).append(load.p99)
    return times


def _lines(times: _Times, sizes: Sequence[int], says: str) -> list[Line]:
    least, most = sizes[0], sizes[-1]
    name = f"6: {times.kind.name}, {least:,} and {most:,} people"
    return [
        Line(f"{name}, p50", "ms", times.p50[least], times.p50[most], "<= 1.30", says),
        Line(f"{name}, p99", "ms", times.p99[least], times.p99[most]),
    ]


def _curves(times: Sequence[_Times], sizes: Sequence[int]) -> list[Curve]:
    rows = {
        f"{each.kind.name}, {name}": [(float(people), median(of[people])) for people in sizes]
        for each in times
        for name, of in (("p50", each.p50), ("p99", each.p99))
    }
    return [Curve(f"Time of a question, {READERS} connections", "people", "ms", rows)]
