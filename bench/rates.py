"""What a service with as many workers as the machine has cores gives a single caller, and eight of them.

No floor beside it: these are the figures that other servers tell of themselves.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from itertools import cycle, islice

import orjson

from bench import hospital
from bench.client import ask, carry
from bench.figures import Line, Measured
from bench.questions import KINDS
from bench.seeding import seed
from bench.stage import READERS, Stage, stage

ROUNDS = 2
SIZE = 1000
"""People, each with three visits."""
SECONDS = 1.0
"""About how long a round takes."""


async def measure(rounds: int = ROUNDS, size: int = SIZE) -> Measured:
    """Answers and events a second, at one connection and at eight."""
    many = os.cpu_count() or 1
    async with stage(many) as on:
        await seed(on.store, hospital.population(size))
        questions = [(kind.name, [on.request(each) for each in kind.questions(size)]) for kind in KINDS]
        questions.insert(
            1, ("PatientSearch by names, date of birth and ZIP", [each async for each in _by_names(on, size)])
        )
        lines = [
            Line(f"{name}, {callers} connections of {many} workers", "answers/s", [],
                 [await _rate(on, asked, callers) for _ in range(rounds)])
            for name, asked in questions for callers in (1, READERS)
        ]  # fmt: skip
        news = hospital.feed(size * 10, seed=2)
        lines += [
            Line(f"push, {callers} connections of {many} workers", "events/s", [],
                 [(await carry(on.service, [on.request(each) for each in islice(news, 400 * callers)], callers)).rate
                  for _ in range(rounds)])
            for callers in (1, READERS)
        ]  # fmt: skip
    return Measured(lines)


async def _by_names(on: Stage, size: int) -> AsyncIterator[bytes]:
    """Questions for people whom their record numbers find."""
    for question in KINDS[0].questions(size):
        found = orjson.loads(await ask(on.service, on.request(question)))["Patient"]["Demographics"]
        named = {name: found[name] for name in ("FirstName", "LastName", "DOB")}
        named["Address"] = {"ZIP": found["Address"]["ZIP"]}
        yield on.request({"Meta": question["Meta"], "Patient": {"Demographics": named}})


async def _rate(on: Stage, questions: list[bytes], callers: int) -> float:
    """Answers a second, to the same questions again and again for about as long as a round takes."""
    warm = await carry(on.service, questions, callers)
    return (await carry(on.service, [*islice(cycle(questions), int(warm.rate * SECONDS))], callers)).rate
