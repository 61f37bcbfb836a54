"""What two versions do in turn, so that they can be compared: push events, answer questions, load files.

The client is that of the working tree for both, and both get the same bytes; only who does the work differs.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count, cycle, islice, repeat
from pathlib import Path
from time import perf_counter

import orjson

from bench import backfill, hospital
from bench.backfill_files import write_patients
from bench.client import ask, carry
from bench.questions import KINDS, Kind
from bench.stage import READERS, WRITERS, environment
from bench.version import NO_TIME, ProcessorTime, Version


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much one piece of work is; a round has two of them for each version."""

    people: int = 500
    """Whose events are pushed, three of each."""
    asked_about: int = 1000
    """People of the hospital that questions are about."""
    seconds: float = 1.0
    """About how long questions are asked."""
    rows: int = 10_000
    """Of a file to backfill."""


@dataclass(frozen=True, slots=True)
class Effort:
    """What a version did, and what it took."""

    count: int = 0
    """Events, answers or rows."""
    seconds: float = 0.0
    processor: ProcessorTime = NO_TIME

    def __add__(self, more: Effort) -> Effort:
        processor = self.processor + more.processor
        return Effort(self.count + more.count, self.seconds + more.seconds, processor)

    @property
    def rate(self) -> float:
        """Events, answers or rows a second."""
        return self.count / self.seconds

    @property
    def service_ms(self) -> float:
        """CPU milliseconds of the service for each event, answer or row."""
        return self.processor.service / self.count * 1000

    @property
    def mongod_ms(self) -> float:
        """CPU milliseconds of mongod for each event, answer or row."""
        return self.processor.mongod / self.count * 1000

    @property
    def cpu_ms(self) -> float:
        """CPU milliseconds of service and mongod for each event, answer or row."""
        return self.service_ms + self.mongod_ms


Task = Callable[[Version], Awaitable[Effort]]
"""One piece of work, which both versions do."""


@dataclass(frozen=True, slots=True)
class Pair:
    """The two versions at work."""

    former: Version
    present: Version
    directory: Path
    """Where files for both may lie."""

    @property
    def both(self) -> tuple[Version, Version]:
        """The former version and the working tree's."""
        return self.former, self.present


@dataclass(frozen=True, slots=True)
class Setting:
    """What some measures share: how both services run, and what they have in their databases."""

    workers: int
    prepare: Callable[[Pair, Sizes], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that is measured of both versions."""

    title: str
    unit: str
    setting: Setting
    tasks: Callable[[Pair, Sizes], Awaitable[Iterator[Task]]]
    """Warms both versions up, and returns endless work."""


# --- pushes -----------------------------------------------------------------------------------------------------------


async def _pushes(pair: Pair, sizes: Sizes) -> Iterator[Task]:
    """Pushes of events of which no version has heard before, each task of other people."""
    for version in pair.both:
        await _push(_events(sizes.people, 0), version)
    return (partial(_push, _events(sizes.people, number)) for number in count(1))


def _events(people: int, seed: int) -> list[bytes]:
    return [orjson.dumps(message) for message in hospital.visits_alone(people, seed)]


async def _push(bodies: Sequence[bytes], version: Version) -> Effort:
    return await _carry(bodies, WRITERS, version)


async def _carry(bodies: Sequence[bytes], connections: int, version: Version) -> Effort:
    load = await carry(version.service, [version.request(body) for body in bodies], connections)
    return Effort(len(load.each), load.seconds)


async def _nothing(_pair: Pair, _sizes: Sizes) -> None:
    """Leaves both databases empty."""


# --- questions --------------------------------------------------------------------------------------------------------


async def _hospital(pair: Pair, sizes: Sizes) -> None:
    """Has both versions take in a hospital as events, so that each writes its documents in its own way."""
    feed = [orjson.dumps(message) for message in hospital.feed(sizes.asked_about)]
    for version in pair.both:
        await _push(feed, version)


async def _questions(kind: Kind, pair: Pair, sizes: Sizes) -> Iterator[Task]:
    """Questions of one kind, the same again and again; as many as the slower version answers in the time."""
    bodies = [orjson.dumps(question) for question in kind.questions(sizes.asked_about)]
    rates = list[float]()
    for version in pair.both:
        answer = orjson.loads(await ask(version.service, version.request(bodies[0])))
        assert kind.found(answer) == kind.expected, (kind.name, kind.found(answer))
        warm_up = _times(bodies, kind.requests * sizes.seconds)  # a kind's requests take about a second
        rates.append((await _carry(warm_up, READERS, version)).rate)
    return repeat(partial(_carry, _times(bodies, min(rates) * sizes.seconds), READERS))


def _times(bodies: Sequence[bytes], many: float) -> list[bytes]:
    """Returns so many bodies, at least one, by starting again where they end."""
    return [*islice(cycle(bodies), max(1, int(many)))]


# --- files ------------------------------------------------------------------------------------------------------------


async def _files(pair: Pair, sizes: Sizes) -> Iterator[Task]:
    """Files of people of whom no version has heard before."""
    tasks = each_file(pair.directory, sizes.rows)
    warm_up = next(tasks)
    for version in pair.both:
        await warm_up(version)
    return tasks


def each_file(directory: Path, rows: int) -> Iterator[Task]:
    """Yields tasks that load a file of so many new people each; a file lies in the directory while its task is due."""
    for number in count():
        path = directory / f"patients-{number}.csv"
        write_patients(path, rows, first=number * rows)
        yield partial(_load, path, rows)
        path.unlink()


async def _load(path: Path, rows: int, version: Version) -> Effort:
    """Runs the command line on a file; its seconds are those of the whole command, from its start to its end."""
    began = perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *backfill.command("patients", path),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=version.tree,
        env=environment(version.settings),
    )
    try:
        out, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    seconds = perf_counter() - began
    assert process.returncode == 0, errors.decode()
    found = json.loads(out)
    assert found["read"] == found["applied"] == rows, found["reasons"]
    return Effort(rows, seconds)


# --- all of them ------------------------------------------------------------------------------------------------------

_CORES = os.cpu_count() or 1
_FOR_PUSHES, _FOR_QUESTIONS, _FOR_FILES = Setting(_CORES, _nothing), Setting(1, _hospital), Setting(1, _nothing)
_PERSON, _CENSUS, _BOOKED = KINDS

MEASURES: Mapping[str, Measure] = {
    "push": Measure(f"push, {WRITERS} connections, {_CORES} workers", "events/s", _FOR_PUSHES, _pushes),
    **{
        name: Measure(f"{kind.name}, {READERS} connections", "answers/s", _FOR_QUESTIONS, partial(_questions, kind))
        for name, kind in (("search", _PERSON), ("census", _CENSUS), ("booked", _BOOKED))
    },
    "backfill": Measure("backfill of patients, by the command line", "rows/s", _FOR_FILES, _files),
}
"""By name, in the order in which they run; those of one setting are neighbours."""
