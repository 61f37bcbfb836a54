"""`python -m bench`: every measure in its short form; `python -m bench push` one of them, `report` the page of all.

`python -m bench versus COMMIT` compares the working tree with a former version (`bench/versus.py`).

Ratios are what counts: floor and product are measured in turn, in one run, on one machine that they share.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import sys
from argparse import Namespace
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

import uvloop

from bench import (
    backfill,
    growth,
    late,
    memory,
    overload,
    past,
    plans,
    push,
    questions,
    rates,
    replay,
    report,
    results,
    sizes,
    tokens,
    versus,
)
from bench.figures import Measured, table

Measure = Callable[[Namespace], Measured]

FULL_ROUNDS = 5


def _given(**values: Any) -> dict[str, Any]:
    """What was said; of the rest a measure knows best itself."""
    return {name: value for name, value in values.items() if value is not None}


def _run(measure: Awaitable[Measured]) -> Measured:
    """A measure in a loop of its own, like that of the service."""

    async def awaited() -> Measured:
        return await measure

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(awaited())


def _rounds(given: Namespace) -> int | None:
    rounds: int | None = given.rounds
    return rounds or (FULL_ROUNDS if given.full else None)


def _size(given: Namespace, full: int) -> int | None:
    size: int | None = given.size
    return size or (full if given.full else None)


def _growth(given: Namespace) -> Measured:
    sizes = growth.FULL if given.full else growth.SHORT
    directory = given.data_dir or (growth.DIRECTORY if given.full else None)
    return _run(growth.measure(sizes=[each for each in sizes if not given.size or each <= given.size],
                               directory=directory, **_given(rounds=_rounds(given))))  # fmt: skip


MEASURES: Mapping[str, Measure] = {
    "push": lambda given: _run(push.measure(**_given(rounds=_rounds(given), size=given.size))),
    "questions": lambda given: _run(questions.measure(**_given(rounds=_rounds(given), size=given.size))),
    "rates": lambda given: _run(rates.measure(**_given(rounds=_rounds(given), size=given.size))),
    "tokens": lambda given: _run(tokens.measure(**_given(rounds=_rounds(given), size=given.size))),
    "backfill": lambda given: backfill.measure(**_given(rounds=given.rounds, rows=_size(given, 200_000))),
    "replay": lambda given: replay.measure(**_given(rounds=given.rounds, size=_size(given, replay.FULL))),
    "late": lambda given: _run(
        late.measure(lives=late.LIVES if given.full else (late.LIFE,), **_given(rounds=_rounds(given), size=given.size))
    ),
    "past": lambda given: _run(past.measure(**_given(rounds=_rounds(given), size=_size(given, past.FULL)))),
    "plans": lambda given: _run(plans.measure(**_given(size=_size(given, plans.FULL)))),
    "sizes": lambda given: _run(sizes.measure(**_given(size=given.size))),
    "overload": lambda given: _run(
        overload.measure(**_given(seconds=given.seconds or (overload.FULL if given.full else None)))
    ),
    "growth": _growth,
    "memory": lambda given: _run(memory.measure(**_given(size=_size(given, memory.FULL)))),
}
"""By name, in the order in which they run."""


def _asked() -> Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=(__doc__ or "").partition("\n\n")[0],
        epilog="`python -m bench versus --help`: compare the working tree with a former version",
    )
    parser.add_argument("measure", nargs="*", help=f"{', '.join(MEASURES)}, or report; left out: all measures")
    parser.add_argument("--full", action="store_true", help="not in short: hours, and some 10 GB of disk")
    parser.add_argument("--rounds", type=int, metavar="N", help="how often floor and product are measured in turn")
    parser.add_argument(
        "--size", "--patients", type=int, metavar="N", help="people, rows of a backfill, pushes, or events"
    )
    parser.add_argument("--seconds", type=float, metavar="N", help="of a flood")
    parser.add_argument("--data-dir", type=Path, metavar="DIR", help="where the hospitals of growth are kept")
    given = parser.parse_args()
    unknown = {*given.measure} - {*MEASURES, "report"}
    if unknown:
        parser.error(f"there is no measure {', '.join(sorted(unknown))}")
    return given


def main() -> None:
    """Runs what was asked for, prints it and keeps it."""
    if sys.argv[1:2] == ["versus"]:
        sys.exit(versus.main(sys.argv[2:]))
    given = _asked()
    if given.measure == ["report"]:
        print(report.write())
        return
    gc.disable()  # the client and the floor run here: a collection among them is nobody's figure
    began = perf_counter()
    found: list[Measured] = []
    for name in given.measure or MEASURES:
        print(f"{perf_counter() - began:5.0f} s  {name}", flush=True)
        on, since = results.machine(), perf_counter()
        found.append(MEASURES[name](given))
        gc.collect()
        results.write(name, found[-1], on, perf_counter() - since, is_full=given.full)
    print(f"\n{table(line for each in found for line in each.lines)}\n\n{perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
