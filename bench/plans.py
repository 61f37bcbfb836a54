"""How many index keys the database reads for each question, beside how many documents it finds; tests hold the limit.

What is owed, for all filters of all questions, is held by tests/query_api/test_plans.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bench import hospital
from bench.figures import Line
from bench.stage import Stage, stage
from gateway.sandbox import TENANTS
from ingest.intake import now
from query_api import booked, census, patient_search
from query_api.asking import Asked
from store.conditions import NEWEST

Json = dict[str, Any]

SIZE = 200
SEED = 1


async def measure(_rounds: int = 1, size: int = SIZE) -> list[Line]:
    """Keys examined and documents found, of the look-up that each question begins with and that of its people."""
    async with stage() as on:
        await on.push(hospital.lives(SEED, size))
        return [line for name, kind, condition in _lookups(on) for line in await _explained(on, name, kind, condition)]


def _lookups(on: Stage) -> Iterator[tuple[str, str, Json]]:
    def asked(question: Json) -> Asked:
        return Asked(question, on.partition.key, TENANTS[0].zone, now())

    yield "PatientSearch by identifier", "Patient", patient_search.criteria(asked(hospital.who_is(SEED, 7))).condition
    yield "Census", "Encounter", census.criteria(asked(hospital.census(0))).condition
    yield "Booked", "Appointment", booked.criteria(asked(hospital.booked(0, 0))).condition


async def _explained(on: Stage, name: str, kind: str, condition: Json) -> list[Line]:
    lines = [await _line(on, name, kind, condition)]
    whose = [found.search["patient"] for found in await on.partition.find(kind, condition) if "patient" in found.search]
    if whose:
        ids = {"_id": {"$in": [f"{TENANTS[0].name}|{one}" for one in whose]}}
        lines.append(await _line(on, f"{name}, its people", "Patient", ids))
    return lines


async def _line(on: Stage, name: str, kind: str, condition: Json) -> Line:
    find = {"find": kind, "filter": {"tenant": TENANTS[0].name, **condition}, "sort": {NEWEST[kind]: -1}}
    if "_id" in condition:
        del find["sort"]
    told = await on.store.database.command({"explain": find, "verbosity": "executionStats"})
    stages = " < ".join(_stages(told["queryPlanner"]["winningPlan"]))
    read = told["executionStats"]
    return Line(name, "keys", [read["nReturned"]], [read["totalKeysExamined"]], "<= 2.00", stages)


def _stages(plan: Json) -> Iterator[str]:
    yield plan["stage"]
    if "inputStage" in plan:
        yield from _stages(plan["inputStage"])
