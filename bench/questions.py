"""Questions through HTTP, against bare routes that read the same documents.

The same ones are asked again and again, so the service finds their records in memory; visits are asked for without that
too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from random import Random
from statistics import median
from typing import Any

import orjson

from bench import hospital
from bench.client import ask, carry
from bench.figures import Line, Measured
from bench.seeding import seed
from bench.stage import READERS, Stage, stage
from ingest.intake import now
from query_api import patient_search
from query_api.encounters import token
from query_api.question import Question
from store.search import text_token
from store.settings import RECORDS_IN_MEMORY

Json = dict[str, Any]

ROUNDS = 3
SIZE = 1000
"""People, each with three visits."""
MOST_ASKED = 80
"""Different questions of a kind: the larger hospital's are drawn from all of it."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of question, the same asked of the bare server, and how many answer it."""

    name: str
    path: str
    requests: int
    """In one round."""
    questions: Callable[[int], Sequence[Json]]
    """Those that so many people give rise to."""
    bare: Callable[[Json, Stage], Json]
    found: Callable[[Json], int]
    expected: int
    owed: str = ">= 0.60"


def _drawn(many: int) -> list[int]:
    return Random(1).sample(range(many), min(many, MOST_ASKED))  # noqa: S311 - no secret


def _person(question: Json, on: Stage) -> Json:
    asked = Question(question, on.partition.key, hospital.TENANT.zone, now())
    [identifier] = patient_search.criteria(asked).condition.filter.values()
    return {"identifier": identifier}


def _census(question: Json, on: Stage) -> Json:
    [ward] = question["Departments"]
    return {"department": token("department", {"Location": {"Department": ward}}, on.partition.key)}


def _booked(question: Json, on: Stage) -> Json:
    clinic = text_token("department", question["Visit"]["Location"]["Department"], on.partition.key)
    return {"start": question["StartDateTime"], "end": question["EndDateTime"], "department": clinic}


KINDS = (
    Kind(
        "PatientSearch by identifier",
        "/person",
        1000,
        lambda people: [hospital.who_is(number) for number in _drawn(people)],
        _person,
        lambda answer: int("Demographics" in answer["Patient"]),
        1,
    ),
    Kind(
        f"Census of {hospital.ON_A_WARD}",
        "/census",
        80,
        lambda people: [hospital.census(ward) for ward in _drawn(hospital.wards(people))],
        _census,
        lambda answer: len(answer["Patients"]),
        hospital.ON_A_WARD,
    ),
    Kind(
        f"Booked, a day of {hospital.ON_A_DAY}",
        "/booked",
        160,
        lambda people: [hospital.booked(day) for day in _drawn(hospital.clinic_days(people))],
        _booked,
        lambda answer: len(answer["Visits"]),
        hospital.ON_A_DAY,
    ),
)


async def measure(rounds: int = ROUNDS, size: int = SIZE) -> Measured:
    """Answers a second of the service and of the bare routes, in turn."""
    numbered = {kind: f"{number}: {kind.name}, {READERS} connections" for number, kind in enumerate(KINDS, 2)}
    async with stage() as on:
        await seed(on.store, hospital.population(size))
        lines = [await _measured(name, kind, on, rounds, size) for kind, name in numbered.items()]
    async with stage(settings={RECORDS_IN_MEMORY: "0"}) as on:
        await seed(on.store, hospital.population(size))
        lines += [
            await _measured(f"{name}, nothing remembered", kind, on, rounds, size)
            for kind, name in numbered.items() if kind.expected > 1
        ]  # fmt: skip
    return Measured(lines)


async def _measured(name: str, kind: Kind, on: Stage, rounds: int, size: int) -> Line:
    questions = kind.questions(size)
    asked = [on.request(question) for question in questions]
    bare = [on.bare_request(kind.path, kind.bare(question, on)) for question in questions]
    await check(kind, on, asked[0], bare[0])
    floors, products, p50s, p99s = list[float](), list[float](), list[float](), list[float]()
    for at in range(rounds + 1):
        floor = await carry(on.bare, [*islice(cycle(bare), kind.requests)], READERS)
        product = await carry(on.service, [*islice(cycle(asked), kind.requests)], READERS)
        if at:  # the first round warms up
            floors.append(floor.rate)
            products.append(product.rate)
            p50s.append(product.p50)
            p99s.append(product.p99)
    says = f"p50 {median(p50s):.1f} ms, p99 {median(p99s):.1f} ms"
    return Line(name, "answers/s", floors, products, kind.owed, says)


async def check(kind: Kind, on: Stage, asked: bytes, bare: bytes) -> None:
    """Both sides find what was asked for, or their rates mean nothing."""
    answer = orjson.loads(await ask(on.service, asked))
    assert kind.found(answer) == kind.expected, (kind.name, kind.found(answer))
    resources = orjson.loads(await ask(on.bare, bare))
    found = [resources] if isinstance(resources, dict) else resources
    assert len(found) == (1 if kind.path == "/person" else 2 * kind.expected), (kind.name, len(found))
