"""Compare the working tree with a former version of it.

    python -m bench versus COMMIT

Both versions run at the same time as services of their own, each with its own embedded mongod, and the client of the
working tree drives them in turn: while one works, the other is idle. In each round the former version works first and
last, the working tree twice in between (ABBA), so a machine that becomes slower or faster favours neither. Both get the
same events, questions and files. Both run in this virtual environment: a difference in dependencies is not measured.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import uvloop

from bench.figures import grid
from bench.paired import CONFIDENCE, NO_SLOWER, NO_SLOWER_ABOVE, Interval, interval_of_median
from bench.processor_time import PROC
from bench.tasks import MEASURES, Effort, Measure, Pair, Setting, Sizes, Task
from bench.version import ROOT, RevisionUnknownError, Version, checkout, commit_of, serving

ROUNDS = 12
LONGEST = 600.0
"""Seconds that one piece of work may take."""
STOPPED = 130
"""The exit status after an interrupt."""


# --- the rounds -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Comparison:
    """What one measure found of both versions, round by round."""

    measure: Measure
    former: Sequence[Effort]
    present: Sequence[Effort]

    @property
    def ratios(self) -> list[float]:
        """The working tree's rate over the former version's, in each round."""
        return [present.rate / former.rate for former, present in zip(self.former, self.present, strict=True)]

    @property
    def cpu_ratios(self) -> list[float]:
        """The working tree's CPU time over the former version's, in each round; less is better."""
        return [present.cpu_ms / former.cpu_ms for former, present in zip(self.former, self.present, strict=True)]

    @property
    def interval(self) -> Interval:
        """The bounds of the median ratio."""
        return interval_of_median(self.ratios)

    @property
    def is_no_slower(self) -> bool:
        """Whether the verdict is that the working tree is no slower."""
        return self.interval.verdict == NO_SLOWER


async def compare(
    setting: Setting, measures: Sequence[Measure], former: Path, rounds: int, sizes: Sizes, present: Path = ROOT
) -> list[Comparison]:
    """Runs measures of one setting with the versions in two folders, on services and databases that are new.

    Returns a comparison for each measure. Raises RefusedError or AssertionError if a version does not do its work.
    """
    _say("the services start")
    with ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory(prefix="data-on-demand-versus-")))
        pair = Pair(
            stack.enter_context(serving(former, directory / "former", setting.workers)),
            stack.enter_context(serving(present, directory / "present", setting.workers)),
            directory,
        )
        await setting.prepare(pair, sizes)
        return [await _comparison(measure, pair, rounds, sizes) for measure in measures]


async def _comparison(measure: Measure, pair: Pair, rounds: int, sizes: Sizes) -> Comparison:
    _say(measure.title)
    tasks = await measure.tasks(pair, sizes)
    efforts = [await _round(pair, tasks) for _ in range(rounds)]
    gc.collect()
    return Comparison(measure, [former for former, _ in efforts], [present for _, present in efforts])


def _say(what: str) -> None:
    """Prints what begins, when, and how many processes want to run."""
    print(f"{datetime.now().astimezone():%H:%M:%S}  {what} (load {os.getloadavg()[0]:.1f})", flush=True)


async def _round(pair: Pair, tasks: Iterator[Task]) -> tuple[Effort, Effort]:
    """Has both versions do the same two tasks in the order ABBA; returns their efforts, the former's first."""
    efforts = {pair.former: Effort(), pair.present: Effort()}
    for order in (pair.both, pair.both[::-1]):
        task = next(tasks)
        for version in order:
            efforts[version] += await _metered(task, version)
    return efforts[pair.former], efforts[pair.present]


async def _metered(task: Task, version: Version) -> Effort:
    """Does a task and adds the CPU time that the version used meanwhile; raises TimeoutError."""
    before = version.processor_time()
    async with asyncio.timeout(LONGEST):
        effort = await task(version)
    return replace(effort, processor=version.processor_time() - before)


# --- the page ---------------------------------------------------------------------------------------------------------

HEAD = (
    *("measure", "former", "this tree", "ratio", "interval", "verdict"),
    *("CPU ms former", "CPU ms this tree", "CPU ratio"),
)


def page(comparisons: Sequence[Comparison]) -> str:
    """Returns the table of all comparisons and what its columns mean; there is at least one."""
    return f"{grid(HEAD, map(_row, comparisons))}\n\n{_legend(comparisons[0])}"


def _row(found: Comparison) -> tuple[str, ...]:
    bounds = found.interval
    rates = (f"{median(each.rate for each in side):,.0f}" for side in (found.former, found.present))
    return (
        f"{found.measure.title}, {found.measure.unit}",
        *rates,
        f"{median(found.ratios):.3f}",
        f"{bounds.low:.3f} to {bounds.high:.3f}",
        bounds.verdict,
        *map(_cpu, (found.former, found.present)),
        f"{median(found.cpu_ratios):.3f}",
    )


def _cpu(efforts: Sequence[Effort]) -> str:
    """Returns the median CPU milliseconds, and behind them those of the service and of mongod."""
    whole, service, mongod = (
        median(getattr(each, name) for each in efforts) for name in ("cpu_ms", "service_ms", "mongod_ms")
    )
    return f"{whole:.2f} ({service:.2f} + {mongod:.2f})"


def _legend(found: Comparison) -> str:
    bounds, rounds = found.interval, len(found.ratios)
    lines = [
        "ratio: rate of this tree / rate of the former version, the median of the rounds; more is better.",
        f"interval: order statistics, rank {bounds.rank} from the smallest and from the largest of {rounds} ratios;",
        f"  it holds the true median with {bounds.confidence:.1%} confidence.",
        f"verdict: no slower if the interval lies above {NO_SLOWER_ABOVE}, slower if it lies below, or else undecided.",
        "CPU: milliseconds for each event, answer or row (service + mongod), the median of the rounds; less is better.",
    ]
    if bounds.confidence < CONFIDENCE:
        lines.append("Fewer than 6 rounds cannot give 95 % confidence, so there is no verdict.")
    return "\n".join(lines)


# --- the command ------------------------------------------------------------------------------------------------------


def _measures(text: str) -> list[str]:
    """Returns the names in a list with commas; raises ArgumentTypeError if one of them is unknown."""
    names = text.split(",")
    if unknown := {*names} - MEASURES.keys():
        raise argparse.ArgumentTypeError(f"there is no measure {', '.join(sorted(unknown)) or 'without a name'}")
    return [name for name in MEASURES if name in names]


def _rounds(text: str) -> int:
    """Returns a number of rounds; raises ArgumentTypeError if it is not at least 1."""
    if not text.isascii() or not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError("at least one round is needed")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench versus",
        description=__doc__,
        epilog="Exit status: 0 if every measure is no slower, which means that its interval lies above 0.95;\n"
        "1 if one is not; 2 if the command is called wrongly. Linux only.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("commit", metavar="COMMIT", help="any git revision of the former version")
    parser.add_argument(
        "--rounds", type=_rounds, default=ROUNDS, metavar="N", help=f"rounds of each measure ({ROUNDS})"
    )
    names = ",".join(MEASURES)
    parser.add_argument("--measures", type=_measures, default=[*MEASURES], metavar="NAMES", help=f"some of {names}")
    return parser


def main(arguments: Sequence[str]) -> int:
    """Compares, prints the table, and returns the exit status; exits with 2 if it is called wrongly."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    if not (PROC / "self" / "stat").exists():
        parser.error("CPU time is read from /proc, which this system does not have")
    try:
        commit = commit_of(asked.commit)
    except RevisionUnknownError as error:
        parser.error(str(error))
    try:
        comparisons = _comparisons(commit, asked.measures, asked.rounds)
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("Stopped.", file=sys.stderr)
        return STOPPED
    print(f"\n{page(comparisons)}")
    return int(not all(each.is_no_slower for each in comparisons))


def _comparisons(commit: str, names: Sequence[str], rounds: int) -> list[Comparison]:
    gc.disable()  # the client runs here: a collection in the middle of a task is no version's time
    with (
        TemporaryDirectory(prefix="data-on-demand-tree-") as directory,
        checkout(commit, Path(directory) / "tree") as former,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        return runner.run(_each(former, names, rounds))


async def _each(former: Path, names: Sequence[str], rounds: int) -> list[Comparison]:
    """Runs the measures one after the other; a request to terminate ends them in order, as an interrupt does."""
    task = asyncio.current_task()
    assert task
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    comparisons = list[Comparison]()
    for setting, measures in groupby([MEASURES[name] for name in names], key=attrgetter("setting")):
        comparisons += await compare(setting, [*measures], former, rounds, Sizes())
    return comparisons
