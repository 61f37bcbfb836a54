"""What it costs to know who is asking: a token's check, against a whole question."""

from __future__ import annotations

from itertools import cycle, islice
from time import perf_counter

from bench import hospital
from bench.client import carry
from bench.figures import Line, Measured
from bench.questions import KINDS
from bench.seeding import seed
from bench.stage import READERS, stage
from gateway.service import assembled
from gateway.settings import Settings

ROUNDS = 3
SIZE = 200
"""People."""
CHECKS = 5000


async def measure(rounds: int = ROUNDS, size: int = SIZE) -> Measured:
    """Microseconds of a check and of the cheapest question, each by how many a second there can be."""
    questions, checks = list[float](), list[float]()
    async with stage() as on, assembled(Settings(sandbox="empty"), on.store) as service:
        await seed(on.store, hospital.population(size))
        asked = [on.request(question) for question in KINDS[0].questions(size)]
        for _ in range(rounds):
            load = await carry(on.service, [*islice(cycle(asked), KINDS[0].requests)], READERS)
            questions.append(1e6 / load.rate)
            began = perf_counter()
            for _ in range(CHECKS):
                await service.authentication.client(f"Bearer {on.token}")
            checks.append((perf_counter() - began) * 1e6 / CHECKS)
    name = "a token's check, against a PatientSearch by identifier"
    says = f"{CHECKS:,} checks a round, in a process of its own"
    return Measured([Line(name, "us", questions, checks, "<= 0.05", says)])
