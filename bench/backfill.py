"""How fast files of people and of three times as many appointments are loaded, while a service goes on answering.

    python -m bench backfill --patients 200000

All on one mongod in one run: the command in a process of its own, whose memory is sampled; questions put to a running
service before and meanwhile; then the documents that it left, journal and claims included, written raw in bulks.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from statistics import quantiles
from time import perf_counter
from typing import Any

import orjson
import uvloop
from pymongo import InsertOne, ReplaceOne

from bench.backfill_files import A_DAY, BEGIN, CLINICS, OF_EACH, clinic, write_appointments, write_patients
from bench.client import opened, post
from bench.figures import Curve, Line, Measured
from bench.hospital import TENANT
from bench.stage import Stage, directory_of, resident, staged
from store.database import Store, connect
from store.mongod.embedded import EmbeddedMongod
from store.settings import DATABASE, MONGODB_URI

Json = dict[str, Any]

ROWS = 3000
FIRST = 1000
"""People who are there before, with their appointments: those who are asked about."""
BULK = 300
EXTRACTED_AT = "2026-01-01T00:00:00Z"
ASKED_EVERY, QUIET = 0.05, 10.0
"""Seconds between two questions, and for how long they are asked before anything is loaded."""
SAMPLED_EVERY = 0.25
HOME = "bench_backfill"
FILES = {"patients": write_patients, "appointments": write_appointments}
OF_PATIENTS: Mapping[str, Json] = {
    "journal": {"event": "NewPatient"},
    "Patient": {},
    "claims": {"_id": {"$regex": "i:"}},
}
OF_ALL: Mapping[str, Json] = {"journal": {}, "Patient": {}, "Appointment": {}, "claims": {}}
"""What rows were written as, by collection."""


# --- questions --------------------------------------------------------------------------------------------------------


def questions() -> list[Json]:
    """About people and clinic days that are there from the first: each finds one person, or a day's appointments."""
    people = [
        _question("PatientSearch", "Query", Patient={"Identifiers": [{"ID": f"ID{number}", "IDType": "MR"}]})
        for number in range(0, FIRST, 7)
    ]
    days = [
        _question(
            "Scheduling",
            "Booked",
            StartDateTime=(BEGIN + timedelta(days=place // CLINICS)).isoformat(),
            EndDateTime=(BEGIN + timedelta(days=place // CLINICS + 1)).isoformat(),
            Visit={"Location": {"Department": clinic(place)}},
        )
        for place in range(FIRST * OF_EACH // A_DAY * CLINICS)
    ]
    return [each for pair in zip(people, days, strict=False) for each in pair]


def _question(data_model: str, event_type: str, **asked: Any) -> Json:
    meta = {"DataModel": data_model, "EventType": event_type, "Destinations": [{"ID": TENANT.destination_id}]}
    return {"Meta": meta, **asked}


async def ask_on(on: Stage, each: list[float]) -> None:
    """Asks one question after the other and notes how long each took, until it is cancelled."""
    connection = await opened(on.service)
    try:
        for question in cycle([post(on.service, "/query", orjson.dumps(each), on.token) for each in questions()]):
            began = perf_counter()
            await connection.ask(question)
            each.append(perf_counter() - began)
            await asyncio.sleep(ASKED_EVERY)
    finally:
        connection.close()


# --- loading ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Loaded:
    """What one run of the command said, and what it held of memory while it ran."""

    said: Json
    memory: list[tuple[float, float]]
    """Seconds, MiB."""

    @property
    def rate(self) -> float:
        """Rows a second."""
        return float(self.said["read"] / self.said["seconds"])

    @property
    def peak(self) -> float:
        """The most MiB that its processes held together."""
        return max(held for _, held in self.memory)

    @property
    def early(self) -> float:
        """The most MiB that they held in the first fifth of the time, in which all are begun."""
        return max(held for at, held in self.memory if at <= self.memory[-1][0] / 5)


def command(kind: str, path: Path) -> list[str]:
    """The arguments by which Python loads a file and prints what became of its rows, in JSON."""
    arguments = ["-m", "gateway", "backfill", kind, str(path), "--tenant", TENANT.name, "--json"]
    return [*arguments, "--extracted-at", EXTRACTED_AT]


async def load(kind: str, path: Path, settings: Mapping[str, str], *, is_new: bool = True) -> Loaded:
    """Runs the command on a file, all of whose rows are new or all of whose rows are there."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *command(kind, path),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, **settings},
    )
    memory: list[tuple[float, float]] = []
    sampling = asyncio.create_task(_sample(process.pid, memory))
    out, _ = await process.communicate()
    sampling.cancel()
    said = json.loads(out)
    assert said["read"] == said["applied" if is_new else "alreadyThere"], said
    return Loaded(said, memory)


async def _sample(pid: int, memory: list[tuple[float, float]]) -> None:
    began = perf_counter()
    while True:
        await asyncio.sleep(SAMPLED_EVERY)
        memory.append((perf_counter() - began, await asyncio.to_thread(resident, pid)))


# --- the floor --------------------------------------------------------------------------------------------------------


def _insert(document: Json) -> InsertOne[Json]:
    return InsertOne(document)


def _put(document: Json) -> ReplaceOne[Json]:
    return ReplaceOne({"_id": document["_id"]}, document, upsert=True)


async def write_raw(uri: str, target: str, write: Callable[[Json], Any], which: Mapping[str, Json]) -> float:
    """Writes documents of the database into another one, confirmed in the same way; the seconds of the writes alone."""
    client = connect(uri)
    try:
        await Store.attach(client, target)
        seconds = 0.0
        for name, chosen in which.items():
            async for documents in _bulks(client[HOME][name].find(chosen, batch_size=BULK)):
                writes = [write(document) for document in documents]
                began = perf_counter()
                await client[target][name].bulk_write(writes, ordered=False)
                seconds += perf_counter() - began
        return seconds
    finally:
        await client.close()


async def _bulks(found: AsyncIterator[Json]) -> AsyncIterator[list[Json]]:
    some: list[Json] = []
    async for document in found:
        some.append(document)
        if len(some) == BULK:
            yield some
            some = []
    if some:
        yield some


# --- the measure ------------------------------------------------------------------------------------------------------


def measure(rounds: int = 1, rows: int = ROWS) -> Measured:
    """Rows a second of people and of their appointments against raw writes, round by round; memory; p99 beside it."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        found = [runner.run(_round(rows)) for _ in range(rounds)]
    last = found[-1]
    return Measured([
        Line(f"5: backfill of {rows:,} patients, against raw inserts", "rows/s",
             [each["inserts"] for each in found], [each["patients"].rate for each in found], ">= 0.35"),
        Line(f"backfill of {rows:,} patients, against raw puts", "rows/s",
             [each["puts"] for each in found], [each["patients"].rate for each in found], ">= 0.35"),
        Line(f"backfill of {rows:,} patients and {rows * OF_EACH:,} appointments, against raw inserts", "rows/s",
             [each["all inserts"] for each in found], [each["all"] for each in found], ">= 0.35"),
        Line(f"backfill of {rows * OF_EACH:,} appointments", "rows/s",
             [], [each["appointments"].rate for each in found]),
        Line(f"backfill of {rows:,} patients who are there already", "rows/s",
             [], [each["again"].rate for each in found]),
        *(Line(f"backfill of {size:,} {kind}: peak memory in the first fifth and in all", "MiB",
               [each[kind].early for each in found], [each[kind].peak for each in found], "<= 1.10")
          for kind, size in (("patients", rows), ("appointments", rows * OF_EACH))),
        Line("p99 of questions, before and beside the backfill of appointments", "ms",
             [each["quiet"] for each in found], [each["beside"] for each in found]),
    ], [Curve("Memory of a backfill", "seconds", "MiB",
              {kind: last[kind].memory for kind in ("patients", "appointments")})])  # fmt: skip


async def _round(people: int) -> Json:
    """What one run on a new database came to, by name."""
    with directory_of(None) as directory, EmbeddedMongod(directory / "data") as mongod:
        settings = {MONGODB_URI: mongod.uri, DATABASE: HOME}
        found: Json = {}
        async with staged(mongod, directory, HOME) as on:
            for kind, write in FILES.items():
                write(directory / f"first {kind}", FIRST, 0)
                await load(kind, directory / f"first {kind}", settings)
                write(directory / kind, people, FIRST)
            found["patients"] = await load("patients", directory / "patients", settings)
            for name, write_one in (("inserts", _insert), ("puts", _put)):
                seconds = await write_raw(mongod.uri, f"bench_{name}", write_one, OF_PATIENTS)
                found[name] = (people + FIRST) / seconds
            quiet, beside = list[float](), list[float]()
            async with _asking(on, quiet):
                await asyncio.sleep(QUIET)
            async with _asking(on, beside):
                found["appointments"] = await load("appointments", directory / "appointments", settings)
            found["again"] = await load("patients", directory / "patients", settings, is_new=False)
        seconds = await write_raw(mongod.uri, "bench_all", _insert, OF_ALL)
        found["all inserts"] = (people + FIRST) * (1 + OF_EACH) / seconds
        loading = sum(found[kind].said["seconds"] for kind in ("patients", "appointments"))
        return {**found, "all": people * (1 + OF_EACH) / loading, "quiet": _p99(quiet), "beside": _p99(beside)}


@asynccontextmanager
async def _asking(on: Stage, each: list[float]) -> AsyncIterator[None]:
    """Questions all the while; one that is not answered fails the measure."""
    task = asyncio.create_task(ask_on(on, each))
    try:
        yield
    finally:
        task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def _p99(each: list[float]) -> float:
    return quantiles(each, n=100)[98] * 1000
