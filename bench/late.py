"""Events that come late, against the same events in order: everybody's in other orders, a file of history, a long life.

    python -m bench late --full

In each round every arrangement goes into a new database, and so does each long life. A file of history is loaded twice:
where nothing is, and where everybody has a newer event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from random import Random
from statistics import median
from typing import Any

import orjson

from bench import hospital
from bench.backfill import load
from bench.client import carry
from bench.figures import Line, Measured
from bench.stage import Stage, directory_of, stage, staged
from ingest.backfill.opening import EVENTS
from mappings.times import utc_text
from store.mongod.embedded import EmbeddedMongod
from store.settings import DATABASE, DEFAULT_DATABASE, MONGODB_URI

Json = dict[str, Any]

ROUNDS = 1
SIZE = 1000
"""People whose events come in other orders."""
WINDOW = 200
"""Events that change places among each other."""
LIFE, LIVES = 500, (3_000, 30_000)
"""Events of a long life in the short form, and in the full one."""
A_VISIT = 6
"""Events of each visit of a long life."""
TIMES = 20
"""Late events of a long life, and as many in order."""

Arrangement = Callable[[Sequence[Json]], Iterable[Json]]


def _random() -> Random:
    return Random(1)  # noqa: S311 - no secret


def _in_windows(events: Sequence[Json]) -> Iterator[Json]:
    random = _random()
    for begin in range(0, len(events), WINDOW):
        window = events[begin : begin + WINDOW]
        yield from random.sample(window, len(window))


def _shuffled(events: Sequence[Json]) -> Iterable[Json]:
    return _random().sample(events, len(events))


ARRANGEMENTS: dict[str, Arrangement] = {
    f"in windows of {WINDOW}": _in_windows,
    "reversed": reversed,
    "shuffled": _shuffled,
}


async def measure(rounds: int = ROUNDS, size: int = SIZE, lives: Sequence[int] = (LIFE,)) -> Measured:
    """Return the rates of all arrangements against those in order, and the times of a late event in long lives."""
    messages = sorted(hospital.population(size).messages(in_turn=size), key=_moment)
    in_order, arranged = list[float](), dict[str, list[float]]()
    for _ in range(rounds):
        in_order.append(await _rate(messages))
        for name, arrange in ARRANGEMENTS.items():
            arranged.setdefault(name, []).append(await _rate(arrange(messages)))
    lines = [
        Line(f"9: {len(messages):,} events {name}", "events/s", in_order, rates, ">= 0.60")
        for name, rates in arranged.items()
    ]
    return Measured([*lines, await _history(messages, rounds), *[await _long(life, rounds) for life in lives]])


def _moment(message: Json) -> str:
    return str(message["Meta"]["EventDateTime"])


async def _rate(messages: Iterable[Json]) -> float:
    """Return the events a second that a service on a new database takes."""
    async with stage() as on:
        return (await on.push(messages)).rate


# --- a file of history ------------------------------------------------------------------------------------------------


async def _history(messages: Sequence[Json], rounds: int) -> Line:
    """Return the rates of a file of all events but everybody's newest: where nothing is, and where these came live."""
    last = {str(message["Patient"]["Identifiers"]): message for message in messages}
    newest = set(map(id, last.values()))
    live = [message for message in messages if id(message) in newest]
    older = [message for message in messages if id(message) not in newest]
    empty, late = list[float](), list[float]()
    for _ in range(rounds):
        empty.append(await _load(older, []))
        late.append(await _load(older, live))
    name = f"a file of {len(older):,} events, everybody's newest event being there"
    return Line(name, "events/s", empty, late, ">= 0.60")


async def _load(events: Sequence[Json], live: Sequence[Json]) -> float:
    """Return the events a second that a backfill loads from a file, after some events were pushed."""
    with directory_of(None) as directory, EmbeddedMongod(directory / "data") as mongod:
        async with staged(mongod, directory) as on:
            await on.push(live)
        path = directory / EVENTS
        path.write_bytes(b"".join(orjson.dumps(event) + b"\n" for event in events))
        return (await load(EVENTS, path, {MONGODB_URI: mongod.uri, DATABASE: DEFAULT_DATABASE})).rate


# --- one long life ----------------------------------------------------------------------------------------------------


async def _long(life: int, rounds: int) -> Line:
    """Return the milliseconds of a late event of one person with so many others, against those of one in order."""
    in_order, late = list[float](), list[float]()
    for _ in range(rounds):
        async with stage() as on:
            visits = _Life()
            await on.push(islice(visits.events(), life))
            in_order += await _times(on, islice(visits.events(), TIMES))
            late += await _times(on, visits.late(life // A_VISIT))
    name = f"10: one late event of a person with {life:,} others"
    return Line(name, "ms", [median(in_order)], [median(late)], "<= 4.00")


async def _times(on: Stage, messages: Iterable[Json]) -> list[float]:
    """Return the milliseconds that each of these events takes alone."""
    load = await carry(on.service, [on.request(message) for message in messages], 1)
    return [1000 * seconds for seconds in load.each]


class _Life:
    """One person with very many visits, each a day after the one before."""

    def __init__(self) -> None:
        self._numbers = count()
        person = hospital.population(1)
        first = next(iter(person.messages()))
        self._meta, self._patient = first["Meta"], first["Patient"]

    def events(self) -> Iterator[Json]:
        """Give events that nobody gave before, in order."""
        for number in self._numbers:
            yield self._event(number)

    def late(self, visits: int) -> Iterator[Json]:
        """Give events that lie in the midst of visits of before."""
        for visit in _random().sample(range(visits), TIMES):
            yield self._event(visit * A_VISIT + A_VISIT // 2, later=timedelta(minutes=7))

    def _event(self, number: int, later: timedelta = timedelta()) -> Json:
        visit, place = divmod(number, A_VISIT)
        moment = datetime(1940, 1, 1, 8, tzinfo=UTC) + timedelta(days=visit, hours=place) + later
        event = "Arrival" if place == 0 else "Discharge" if place == A_VISIT - 1 else "VisitUpdate"
        meta = {**self._meta, "DataModel": "PatientAdmin", "EventType": event, "EventDateTime": utc_text(moment)}
        where = {"Department": "3N", "Room": f"{100 + place}"}
        said = {"VisitNumber": f"V{visit}", "PatientClass": "Inpatient", "Location": where}
        return {"Meta": meta, "Patient": self._patient, "Visit": said}
