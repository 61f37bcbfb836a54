"""`python -m bench`: every measure in its short form, in one table; `python -m bench push` one of them.

Ratios are what counts: floor and product are measured in turn, in one run, on one machine that they share.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import platform
import subprocess
from collections.abc import Awaitable, Callable, Mapping
from importlib.metadata import version
from time import perf_counter

import uvloop

from bench import backfill, growth, memory, plans, push, questions
from bench.figures import Line, table
from store import mongod

Measure = Callable[[int | None, int | None], list[Line]]


def _of(measure: Callable[..., Awaitable[list[Line]]]) -> Measure:
    """A measure run in a loop of its own, with what was left out as its module has it."""

    def run(rounds: int | None, size: int | None) -> list[Line]:
        given = {name: value for name, value in (("rounds", rounds), ("size", size)) if value is not None}
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_awaited(measure(**given)))

    return run


async def _awaited(measured: Awaitable[list[Line]]) -> list[Line]:
    return await measured


def _backfill(rounds: int | None, size: int | None) -> list[Line]:
    found = [backfill.measure(size or 3000) for _ in range(rounds or 1)]
    rates = [each["backfill rows/s"] for each in found]
    return [
        Line(
            f"backfill of patients, against {raw}",
            "rows/s",
            [each[f"{raw} rows/s"] for each in found],
            rates,
            _BACKFILL,
        )
        for raw in ("raw inserts", "raw puts")
    ]


_BACKFILL = ">= 0.35"


MEASURES: Mapping[str, Measure] = {
    "push": _of(push.measure),
    "questions": _of(questions.measure),
    "backfill": _backfill,
    "plans": _of(plans.measure),
    "memory": _of(memory.measure),
    "growth": _of(growth.measure),
}
SHORT = ("push", "questions", "backfill", "plans", "memory")
"""Those that together take less than five minutes."""


def machine() -> str:
    """What the figures were measured on, and how busy it was."""
    server = subprocess.run([mongod.find(), "--version"], capture_output=True, text=True, check=True).stdout
    packages = ", ".join(f"{name} {version(name)}" for name in ("pymongo", "uvicorn", "uvloop", "httptools", "fastapi"))
    return (
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}, "
        f"mongod {server.split()[2].lstrip('v')}, {packages}; load before: {os.getloadavg()[0]:.1f}"
    )


def main() -> None:
    """Runs what was asked for and prints it."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("measure", nargs="?", choices=MEASURES, help="left out: all but growth, in short")
    parser.add_argument("--rounds", type=int, metavar="N", help="how often floor and product are measured in turn")
    parser.add_argument("--size", type=int, metavar="N", help="people, rows of a backfill, or pushes of memory")
    given = parser.parse_args()
    print(machine(), flush=True)
    gc.disable()  # the client and the floor run here: a collection among them is nobody's figure
    began = perf_counter()
    names = [given.measure] if given.measure else SHORT
    lines: list[Line] = []
    for name in names:
        print(f"{perf_counter() - began:5.0f} s  {name}", flush=True)
        lines += MEASURES[name](given.rounds, given.size)
    print(f"\n{table(lines)}\n\n{perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
