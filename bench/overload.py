"""A flood: pushes at three times what the service can take, and questions beside them.

Pushes come when they come, whether those before them are answered or not, as from many feeds that know nothing of each
other. What is acknowledged is looked for in the journal at the end.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle, islice
from statistics import median, quantiles
from time import perf_counter
from typing import Any

import orjson

from bench import hospital
from bench.client import Connection, RefusedError, ask, carry, opened, post
from bench.figures import Curve, Line, Measured
from bench.questions import KINDS
from bench.seeding import seed
from bench.stage import WRITERS, Stage, resident, stage
from ingest.incoming import identity

Json = dict[str, Any]

SECONDS = 10
FULL = 300
TIMES = 3
CONNECTIONS = 1500
"""Over which a flood comes; what finds none of them free is told as unsent."""
TICK = 0.005
ASKERS, PAUSE = 2, 0.02
PEOPLE = 1000
"""Whom questions are about."""
_MARK = "@"


@dataclass(slots=True)
class _Flood:
    """What became of a flood."""

    on: Stage
    rate: float
    seconds: float
    sent: int = 0
    unsent: int = 0
    acknowledged: list[int] = field(default_factory=list)
    said: Counter[str] = field(default_factory=Counter)
    took: list[float] = field(default_factory=list)
    _idle: deque[Connection] = field(default_factory=deque)
    _open: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self, news: News) -> None:
        """Sends what is due at each moment, and waits for the last answer."""
        began = perf_counter()
        while (elapsed := perf_counter() - began) < self.seconds:
            for _ in range(int(elapsed * self.rate) - self.sent - self.unsent):
                self._send(news)
            await asyncio.sleep(TICK)
        await asyncio.gather(*self._tasks)
        while self._idle:
            self._idle.pop().close()

    def _send(self, news: News) -> None:
        if not self._idle and self._open >= CONNECTIONS:
            self.unsent += 1
            return
        connection = self._idle.popleft() if self._idle else None
        self._open += connection is None
        task = asyncio.create_task(self._ask(connection, *news.next()))
        self.sent += 1
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _ask(self, connection: Connection | None, number: int, request: bytes) -> None:
        began = perf_counter()
        try:
            connection = connection or await opened(self.on.service)
            await connection.ask(request)
        except RefusedError as refusal:
            self.said[str(refusal)] += 1
        except OSError as error:
            self.said[type(error).__name__] += 1
        else:
            self.acknowledged.append(number)
            self.took.append(perf_counter() - began)
        if connection is not None and not connection.is_closed:
            self._idle.append(connection)
        else:
            self._open -= 1


class News:
    """Events of people of whom nobody has heard before, each of its own, made from a few that were written out."""

    def __init__(self, on: Stage, first: int = 0) -> None:
        self._on = on
        self._number = first
        arrivals = (each for each in hospital.visits_alone(400, 2) if each["Meta"]["EventType"] == "Arrival")
        self._bodies = [orjson.dumps(_marked(each)) for each in islice(arrivals, 100)]

    def body(self, number: int) -> bytes:
        """The event of a number."""
        return self._bodies[number % len(self._bodies)].replace(_MARK.encode(), f"{number:09}".encode())

    def next(self) -> tuple[int, bytes]:
        """The number and the request of the next event."""
        self._number += 1
        return self._number, post(self._on.service, "/endpoint", self.body(self._number), self._on.token)


def _marked(message: Json) -> Json:
    """An event with a mark where its numbers were."""
    identifiers = [{"ID": f"{_MARK}{place}", "IDType": one["IDType"]}
                   for place, one in enumerate(message["Patient"]["Identifiers"])]  # fmt: skip
    # On a ward that nobody asks for: its census would grow with the flood.
    ward = {**message["Visit"]["Location"], "Department": "Flooded"}
    visit = {**message["Visit"], "VisitNumber": f"V{_MARK}", "Location": ward}
    return {**message, "Patient": {**message["Patient"], "Identifiers": identifiers}, "Visit": visit}


@dataclass(slots=True)
class _Witness:
    """What is seen from beside a flood."""

    on: Stage
    began: float = field(default_factory=perf_counter)
    took: list[float] = field(default_factory=list)
    failed: Counter[str] = field(default_factory=Counter)
    held: list[tuple[float, float]] = field(default_factory=list)

    async def ask(self) -> None:
        """One question after the other, of every kind, until cancelled."""
        kinds = zip(*(cycle(kind.questions(PEOPLE)) for kind in KINDS), strict=False)
        questions: Iterator[Json] = (question for each in kinds for question in each)
        connection = await opened(self.on.service)
        for question in questions:
            began = perf_counter()
            try:
                await connection.ask(self.on.request(question))
                self.took.append(perf_counter() - began)
            except RefusedError as refusal:
                self.failed[str(refusal)] += 1
                if connection.is_closed:
                    connection = await opened(self.on.service)
            await asyncio.sleep(PAUSE)

    async def look(self) -> None:
        """How much memory the service holds, each second, until cancelled."""
        while True:
            self.held.append((perf_counter() - self.began, await asyncio.to_thread(resident, self.on.pid)))
            await asyncio.sleep(1)


async def _witnessed(on: Stage, work: Any) -> _Witness:
    """What is seen from beside some work."""
    witness = _Witness(on)
    watching = [asyncio.create_task(witness.ask()) for _ in range(ASKERS)] + [asyncio.create_task(witness.look())]
    await work
    for task in watching:
        task.cancel()
    ended = await asyncio.gather(*watching, return_exceptions=True)
    if failures := [each for each in ended if isinstance(each, Exception)]:
        raise failures[0]
    return witness


async def measure(seconds: float = SECONDS) -> Measured:
    """A flood of so many seconds, after a calm of five."""
    async with stage() as on:
        await seed(on.store, hospital.population(PEOPLE))
        # Pushed people are others than those who were seeded and are asked for.
        before = News(on)
        can = (await carry(on.service, [before.next()[1] for _ in range(6000)], WRITERS)).rate
        calm = await _witnessed(on, asyncio.sleep(5))
        news, flood = News(on, 10_000_000), _Flood(on, TIMES * can, seconds)
        witness = await _witnessed(on, flood.run(news))
        await _as_before(on)
        lost = await _lost(on, news, flood.acknowledged)
    return Measured([*_lines(can, flood, calm, witness, lost)], [_memory(witness)])


async def _as_before(on: Stage) -> None:
    """What was asked beside the flood still finds no more than before, or its times mean nothing."""
    for kind in KINDS:
        found = kind.found(orjson.loads(await ask(on.service, on.request(kind.questions(PEOPLE)[0]))))
        assert found == kind.expected, (kind.name, found)


async def _lost(on: Stage, news: News, acknowledged: list[int]) -> int:
    """How many events that were acknowledged the journal does not have."""
    lost = 0
    for start in range(0, len(acknowledged), 1000):
        bodies = map(news.body, acknowledged[start : start + 1000])
        ids = {identity(orjson.loads(body), body) for body in bodies}
        lost += len(ids - (await on.partition.journal.known(ids)).keys())
    return lost


def _lines(can: float, flood: _Flood, calm: _Witness, witness: _Witness, lost: int) -> Iterator[Line]:
    said = ", ".join(f"{count:,} {what}" for what, count in flood.said.most_common()) or "none refused"
    offered = (flood.sent + flood.unsent) / flood.seconds
    yield Line(
        f"flood of {flood.seconds:.0f} s at {TIMES} times: acknowledged, against calm",
        "events/s",
        [can],
        [len(flood.acknowledged) / flood.seconds],
        "",
        f"{offered:,.0f}/s offered; {said}; {flood.unsent:,} found no connection; "
        f"p50 of acknowledged {median(flood.took) * 1000:.0f} ms",
    )
    yield Line("acknowledged and lost", "events", [len(flood.acknowledged)], [lost], "<= 0.00")
    failed = ", ".join(f"{count:,} {what}" for what, count in witness.failed.most_common()) or "none failed"
    yield Line(
        "questions beside a flood: p99, against a second",
        "ms",
        [1000.0],
        [_p99(witness.took)],
        "<= 1.00",
        f"{len(witness.took):,} questions, {failed}; p99 in calm {_p99(calm.took):.0f} ms",
    )
    held = [each for _, each in witness.held]
    yield Line("memory at most in a flood, against before", "MiB", held[:1], [max(held)])


def _p99(took: list[float]) -> float:
    return quantiles(took, n=100)[98] * 1000


def _memory(witness: _Witness) -> Curve:
    points = [(max(at, 1.0), held) for at, held in witness.held]
    return Curve("Memory of the service in a flood", "seconds", "MiB", {"resident": points})
