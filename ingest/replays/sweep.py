"""The sweep: it folds open events once their cause is gone. One process at a time sweeps, while the service runs.

An event without a route or a mapping can be folded only after a change of tenants, webhooks or the program, so the
sweep tries it after such a change. The cause of a failed fold is not known, so the sweep tries it from time to time.

Now and then it deletes the files that no event names (`ingest.replays.file_sweep`).

Before all that, the sweep replays each tenant whose data a former version of the program wrote, or whose records were
folded under former settings.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from datetime import timedelta
from importlib.metadata import version
from uuid import uuid4

import structlog

from ingest.intake import now
from ingest.replays.file_sweep import sweep_files
from ingest.replays.open_events import take_up
from ingest.replays.replay import replay_tenant, route
from ingest.replays.replay_progress import TAKEN_UP, Summary
from ingest.task_cancelling import end
from mappings.redox.catalogue import EVENTS
from store.access.tenant import Tenant
from store.data_version import DATA_VERSION
from store.database import Store
from store.errors import StoreError

WORK = "sweep"
LEASE = timedelta(seconds=60)
FAILED_AGAIN = timedelta(minutes=10)
"""The time after which the sweep tries to fold those events again whose fold failed."""
FILES_AGAIN = timedelta(minutes=10)
"""The time after which the sweep looks again for files that no event names."""
SETTLED = timedelta(seconds=30)
"""The time within which all processes learn of a change; until then they may still decide by the former state."""

_log = structlog.get_logger(__name__)


class Sweep:
    """The sweep of one process."""

    def __init__(self, store: Store, every: timedelta) -> None:
        self._store = store
        self._every = every
        self._worker = str(uuid4())
        self._changed = 0.0
        self._failed_tried = float("-inf")
        self._files_swept = float("-inf")
        self._causes = ""

    async def once(self) -> Summary | None:
        """Migrate tenants and fold the open events that can be folded; return None if another process sweeps.

        Otherwise return the Summary. Raises StoreError.
        """
        if not await self._store.leases.take(WORK, self._worker, LEASE):
            return None
        renewing = asyncio.create_task(self._renew())
        try:
            return await self._swept()
        finally:
            await end(renewing)

    async def _swept(self) -> Summary:
        clock = asyncio.get_running_loop().time
        causes = await _causes(self._store)
        if causes != self._causes:
            self._causes, self._changed = causes, clock()
        done = Summary()
        for tenant in await self._store.tenants.all():
            if tenant.is_replay_due:
                done = done.plus(await self._migrate(tenant))
        is_changed = await self._store.marks.get(WORK) != causes
        if is_changed or clock() - self._failed_tried >= FAILED_AGAIN.total_seconds():
            self._failed_tried = clock()
            why = TAKEN_UP if is_changed else ("failed",)
            for tenant in await self._store.tenants.all():
                done = done.plus(await take_up(self._store, self._store.partition(tenant), why))
        if is_changed:
            began = clock()
            done = done.plus(await route(self._store))
            if began - self._changed >= SETTLED.total_seconds():
                await self._store.marks.put(WORK, causes)
        await self._sweep_files()
        if done.taken_up:
            _log.info("sweep.taken_up", events=done.taken_up)
        return done

    async def _sweep_files(self) -> None:
        clock = asyncio.get_running_loop().time
        if clock() - self._files_swept < FILES_AGAIN.total_seconds():
            return
        self._files_swept = clock()
        if deleted := await sweep_files(self._store, now()):
            _log.info("sweep.files", files=deleted)

    async def _migrate(self, tenant: Tenant) -> Summary:
        """Bring the data of a tenant to the present version and settings, while events arrive; return the Summary."""
        _log.info("data.migrating", tenant=tenant.name, version=DATA_VERSION)
        done = await replay_tenant(self._store, self._store.partition(tenant))
        _log.info("data.migrated", tenant=tenant.name, version=DATA_VERSION, events=done.events)
        return done

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 4)
            with suppress(StoreError):
                await self._store.leases.take(WORK, self._worker, LEASE)

    async def run(self) -> None:
        """Sweep at each interval until the task is cancelled; log a StoreError and try again at the next interval."""
        while True:
            try:
                await self.once()
            except StoreError as error:
                _log.warning("sweep.put_off", error=type(error).__name__)
            await asyncio.sleep(self._every.total_seconds())

    async def give_back(self) -> None:
        """Give the lease back, so that another process can sweep; ignore a StoreError, because the lease expires."""
        with suppress(StoreError):
            await self._store.leases.give_back(WORK, self._worker)


async def _causes(store: Store) -> str:
    """Return a hash of all that decides whether an open event stays open: version, mappings, tenants, webhooks."""
    mapped = [f"{known.data_model}.{known.event_type}" for known in EVENTS if known.model is not None]
    tenants = [asdict(tenant) for tenant in await store.tenants.all()]
    feeds = [(webhook.name, webhook.tenants, webhook.revoked) for webhook in await store.access.webhooks()]
    said = json.dumps([version("data-on-demand"), mapped, tenants, feeds], default=str, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


@asynccontextmanager
async def sweeping(store: Store, every: timedelta) -> AsyncIterator[None]:
    """Sweep in the background for as long as the context lasts; at its end stop the task and give the lease back."""
    sweep = Sweep(store, every)
    running = asyncio.create_task(sweep.run())
    try:
        yield
    finally:
        await end(running)
        await sweep.give_back()
