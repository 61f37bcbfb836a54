"""Processes that commit the batches of a load: reading the rows keeps one core busy, and folding keeps another."""

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
"""The number of rows after which processes are started: their start takes as long as the load of these rows."""
MOST = 4
"""The largest number of processes, because MongoDB needs cores too."""


def count() -> int:
    """Return the number of processes that this machine has cores for: 0 on one core, and at most MOST."""
    cores = os.cpu_count() or 1
    return 0 if cores == 1 else min(cores, MOST)


class Writers:
    """Processes that commit the batches of one tenant; each process commits one batch at a time."""

    def __init__(self, settings: StoreSettings, tenant: Tenant, prepare: Callable[[], None], processes: int) -> None:
        """Prepare the processes; they start at the first call of `are_ready`.

        `prepare` is the first function that each process calls; it must be importable by name.
        """
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
        """Return whether all processes have started; the first call starts them and does not wait."""
        if self._begun is None:
            loop = asyncio.get_running_loop()
            # A process inherits the blocked signals: SIGINT would end a process that does not ignore it yet.
            before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            try:
                here = [loop.run_in_executor(self._pool, _here) for _ in range(self.processes)]
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
            self._begun = asyncio.gather(*here)
        return self._begun.done()

    async def take_batch(self, batch: list[Understood]) -> list[Accepted]:
        """Journal and fold a batch in one of the processes; return one result for each event, in their order.

        Raises Unavailable if an event was not journalled, or if a process has ended.
        """
        try:
            taken = await asyncio.get_running_loop().run_in_executor(self._pool, _take, batch)
        except BrokenProcessPool:
            raise Unavailable("a process that writes has ended") from None
        if isinstance(taken, str):
            raise Unavailable(taken)
        return taken


# --- within such a process --------------------------------------------------------------------------------------------


class _Process:
    """The open database of a writer process; its event loop also runs between batches, as the connections need it."""

    def __init__(self, settings: StoreSettings, tenant: Tenant) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        store = self._run(Store.open(settings))
        self._batches, self._partition = Batches(store), store.partition(tenant)

    def take(self, batch: list[Understood]) -> list[Accepted]:
        """Commit a batch; return one result for each event, in their order. Raises Unavailable."""
        return self._run(self._batches.take_batch(self._partition, batch))

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


_process: list[_Process] = []


def _begin(settings: StoreSettings, tenant: Tenant, prepare: Callable[[], None]) -> None:
    # The process that reads the rows handles SIGINT: it stops after the batches that are being committed.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    prepare()
    _process.append(_Process(settings, tenant))


def _leave_with_parent() -> None:
    """Wait for the end of the parent process and then end this one: a killed parent does not end its children."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)


def _here() -> None:
    """Do nothing: the pool answers this call once a process has started."""


def _take(batch: list[Understood]) -> list[Accepted] | str:
    """Return the results of a batch, or the place of the Unavailable that it raised."""
    try:
        return _process[0].take(batch)
    except Unavailable as error:
        return error.place
