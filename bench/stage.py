"""What a measure stands on: a mongod of its own, the service and a bare server beside it, in processes of their own."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from bench.client import Load, carry, post, token_of
from bench.hospital import TENANT
from store.database import Store
from store.mongod.embedded import EmbeddedMongod
from store.partition import Partition
from store.settings import DATABASE, DEFAULT_DATABASE, MONGODB_URI, StoreSettings

Json = dict[str, Any]

WRITERS = 32
READERS = 8
_NONE: Mapping[str, str] = {}
SERVE = ("gateway", "serve", "--sandbox=empty", "--port", "0")


@dataclass(frozen=True, slots=True)
class Stage:
    """A running service and a bare server beside it, on one mongod."""

    store: Store
    service: str
    """Its URL."""
    pid: int
    """The service's process, or the first of them."""
    token: str
    bare: str
    """The bare server's URL."""

    @property
    def partition(self) -> Partition:
        """The documents of the tenant that everything goes to."""
        return self.store.partition(TENANT)

    def request(self, message: Json) -> bytes:
        """A push or a question to the service."""
        return post(self.service, "/endpoint", orjson.dumps(message), self.token)

    def bare_request(self, path: str, asked: Json) -> bytes:
        """The same to the bare server."""
        return post(self.bare, path, orjson.dumps(asked))

    async def push(self, messages: Iterable[Json]) -> Load:
        """Pushes messages over all connections that writers have."""
        return await carry(self.service, [self.request(message) for message in messages], WRITERS)


@contextmanager
def directory_of(path: Path | None) -> Iterator[Path]:
    """A directory that stays, or one that goes at the end."""
    if path:
        path.mkdir(parents=True, exist_ok=True)
        yield path
        return
    with TemporaryDirectory(prefix="data-on-demand-bench-") as made:
        yield Path(made)


@asynccontextmanager
async def stage(workers: int = 1, settings: Mapping[str, str] = _NONE) -> AsyncIterator[Stage]:
    """All of it on a mongod of its own, ended at the end; the service in so many processes, with settings."""
    async with AsyncExitStack() as stack:
        directory = stack.enter_context(directory_of(None))
        mongod = stack.enter_context(EmbeddedMongod(directory / "data"))
        yield await stack.enter_async_context(staged(mongod, directory, workers=workers, settings=settings))


@asynccontextmanager
async def staged(
    mongod: EmbeddedMongod,
    directory: Path,
    database: str = DEFAULT_DATABASE,
    workers: int = 1,
    settings: Mapping[str, str] = _NONE,
) -> AsyncIterator[Stage]:
    """The two servers on a database of a mongod that runs."""
    async with AsyncExitStack() as stack:
        store = await Store.open(StoreSettings(mongodb_uri=mongod.uri, database=database))
        stack.push_async_callback(store.close)
        where = {**settings, MONGODB_URI: mongod.uri, DATABASE: database}
        serve = (*SERVE, "--workers", str(workers))
        service, pid = stack.enter_context(running(directory / f"{database}-service.log", where, *serve))
        bare, _ = stack.enter_context(running(directory / f"{database}-bare.log", where, "bench.bare"))
        yield Stage(store, service, pid, await asyncio.to_thread(token_of, service), bare)


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment variables of this process, with these settings of the product instead of any others."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DATA_ON_DEMAND_")}
    return {**clean, **settings}


@contextmanager
def running(
    log: Path, settings: Mapping[str, str], *command: str, tree: Path | None = None
) -> Iterator[tuple[str, int]]:
    """A Python module as a process, in a folder or where this process is; its URL, as announced, and its number."""
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            cwd=tree,
            env=environment(settings),
            start_new_session=True,  # an interrupt at the terminal is for the measure, which ends its servers in order
        )
    assert process.stdout
    try:
        _, announced, url = process.stdout.readline().partition(" ready on ")
        assert announced, log.read_text()
        yield url.strip(), process.pid
    finally:
        process.terminate()
        process.wait(60)
        process.stdout.close()


def resident(pid: int) -> float:
    """MiB of memory that a process holds, together with those that it has begun."""
    asked = ["ps", "-o", "rss=", "-p", str(pid), "--ppid", str(pid)]
    return sum(map(int, subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split())) / 1024
