"""How questions slow down as data grows: two hospitals side by side, the one ten times the other, asked in turn."""

from __future__ import annotations

from itertools import cycle, islice

from bench import hospital
from bench.client import carry
from bench.figures import Line
from bench.questions import KINDS, SEED, Kind, check
from bench.stage import READERS, Stage, stage

ROUNDS = 5
SIZE = 10_000
"""People of the larger one, each with two stays and an appointment."""
TIMES = 10


async def measure(rounds: int = ROUNDS, size: int = SIZE) -> list[Line]:
    """The median time of each question, in the smaller hospital and in the larger one."""
    async with stage() as small, stage() as large:
        await small.push(hospital.lives(SEED, size // TIMES))
        await large.push(hospital.lives(SEED, size))
        return [await _line(kind, ((small, size // TIMES), (large, size)), rounds) for kind in KINDS]


async def _line(kind: Kind, stages: tuple[tuple[Stage, int], ...], rounds: int) -> Line:
    times: list[list[float]] = []
    asked: list[list[bytes]] = []
    for on, people in stages:
        questions = kind.questions(people)
        asked.append([on.request(question) for question in questions])
        times.append([])
        await check(kind, on, asked[-1][0], on.bare_request(kind.path, kind.bare(questions[0], on)))
    for number in range(rounds + 1):
        for place, (on, _) in enumerate(stages):
            load = await carry(on.service, [*islice(cycle(asked[place]), kind.requests)], READERS)
            if number:  # the first round warms up
                times[place].append(load.p50)
    name = f"{kind.name}, {' and '.join(f'{people:,}' for _, people in stages)} people"
    return Line(name, "ms", times[0], times[1], "<= 1.30")
