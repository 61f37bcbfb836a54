"""Processes that commit a load's batches: folding keeps one core busy, and reading the rows another."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Self, TypeVar

from ingest.errors import Unavailable
from ingest.pipeline import Accepted
from ingest.queue.batches import Batches
from ingest.understanding import Understood
from store.access.tenant import Tenant
from store.database import Store
from store.settings import StoreSettings

Result = TypeVar("Result")

WORTH = 2000
"""Rows after which processes are begun: to start them takes as long as to load these."""
MOST = 4
"""Processes; MongoDB needs cores too."""


def count() -> int:
    """How many processes this machine has room for."""
    cores = os.cpu_count() or 1
    return 0 if cores == 1 else min(cores, MOST)


class Writers:
    """Processes for one tenant's batches, each committing one at a time."""

    def __init__(self, settings: StoreSettings, tenant: Tenant, prepare: Callable[[], None], processes: int) -> None:
        """`prepare`: what a process of this program does first; a function that can be found by its name."""
        self.processes = processes
        self._pool = ProcessPoolExecutor(
            processes, multiprocessing.get_context("spawn"), _begin, (settings, tenant, prepare)
        )
        self._begun: asyncio.Future[Any] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def are_ready(self) -> bool:
        """Whether they can be given batches; whoever asks first has them begin."""
        if self._begun is None:
            loop = asyncio.get_running_loop()
            # They inherit what is blocked: an interrupt would end one that has only begun and ignores nothing yet.
            before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            try:
                here = [loop.run_in_executor(self._pool, _here) for _ in range(self.processes)]
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
            self._begun = asyncio.gather(*here)
        return self._begun.done()

    async def take_batch(self, batch: list[Understood]) -> list[Accepted]:
        """As `Batches.take_batch`; raises Unavailable, also where a process has ended."""
        try:
            taken = await asyncio.get_running_loop().run_in_executor(self._pool, _take, batch)
        except BrokenProcessPool:
            raise Unavailable("a process that writes has ended") from None
        if isinstance(taken, str):
            raise Unavailable(taken)
        return taken


# --- within such a process --------------------------------------------------------------------------------------------


class _Process:
    """What a process has open; its loop runs on between batches, as the connections to the database need it."""

    def __init__(self, settings: StoreSettings, tenant: Tenant) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        store = self._run(Store.open(settings))
        self._batches, self._partition = Batches(store), store.partition(tenant)

    def take(self, batch: list[Understood]) -> list[Accepted]:
        """Commit a batch."""
        return self._run(self._batches.take_batch(self._partition, batch))

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


_process: list[_Process] = []


def _begin(settings: StoreSettings, tenant: Tenant, prepare: Callable[[], None]) -> None:
    # Whoever reads the rows is asked to stop, and stops when what is under way is in.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    prepare()
    _process.append(_Process(settings, tenant))


def _leave_with_parent() -> None:
    """End when nobody is there to read for: a process that was killed takes nobody along by itself."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)


def _here() -> None:
    """Answered by a process that has begun."""


def _take(batch: list[Understood]) -> list[Accepted] | str:
    """What became of a batch, or the place of what did not let it be."""
    try:
        return _process[0].take(batch)
    except Unavailable as error:
        return error.place
