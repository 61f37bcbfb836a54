"""Jobs that load files. Each process works on one at a time, with a lease; if the process dies, another takes over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any
from uuid import uuid4

import structlog
from fastapi import FastAPI

from gateway.audit import audit_trail
from gateway.service import Service, now
from ingest.backfill.loader import Load
from ingest.backfill.opening import rows_of, wanted_of
from ingest.backfill.rejects import Rejects
from ingest.backfill.sources import given
from ingest.backfill.summary import Summary
from ingest.task_cancelling import end
from mappings.csv.columns import columns_in
from mappings.redox.catalogue import Event
from store.access.tenant import Tenant
from store.errors import StoreError
from store.work.jobs import LEASE, Job, Jobs

Json = dict[str, Any]

LOOK_EVERY = 15.0
"""Seconds between two searches for jobs on which no process works."""


def allows(models: Sequence[str], known: Event) -> bool:
    """Return whether a grant for these data models permits an event; an empty list permits all."""
    return not models or known.data_model.replace(" ", "") in {model.replace(" ", "") for model in models}


def opened(
    service: Service,
    tenant: Tenant,
    job: Job,
    body: bytes,
    is_stopped: Callable[[], bool] = lambda: False,
    tell: Callable[[Summary], None] = lambda _: None,
) -> Load:
    """Return the load of a file, ready to run. Raises FileUnusable if the file cannot be loaded.

    `is_stopped` is asked between batches, and `tell` gets the summary as it grows.
    """
    partition, received = service.store.partition(tenant), now()
    extracted_at = datetime.fromisoformat(job.options["extracted_at"]) if job.options["extracted_at"] else None
    begun = datetime.fromisoformat(job.options["begun"])
    wanted = wanted_of(partition, received, extracted_at, lambda known: allows(job.options["models"], known))
    columns = columns_in(job.options["columns"])
    source = given(body, job.options["encoding"] or columns.encoding)
    rows = rows_of(job.kind, source, wanted, columns, ignores_unknown=job.options["ignores_unknown"])
    summary = Summary(job.kind, job.options["extracted_at"])
    rejects = Rejects(None, rows, source.encoding)
    return Load(
        service.store,
        partition,
        rows,
        summary,
        rejects,
        job.client,
        received,
        begun,
        tell,
        is_stopped,
        at_once=1,
        batch=64,
        log_id=job.options.get("log", job.id),
        details=job.options.get("came", {}),
    )


class FileJobs:
    """The jobs on which one process works."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._jobs = Jobs(service.store.database)
        self._worker = str(uuid4())
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_stopping = False

    async def accept(self, job: Job, body: bytes) -> None:
        """Store a job and its file durably, and begin to work on it."""
        await self._jobs.add(job, body, now())
        self._begin(job.id)

    async def look(self) -> None:
        """Begin to work on all jobs on which no process works."""
        for job_id in await self._jobs.waiting(now()):
            self._begin(job_id)

    async def rest(self) -> None:
        """Wait until no job of this process is running."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def stop(self) -> None:
        """Finish the running batches, and leave the rest of the jobs to other processes."""
        self._is_stopping = True
        await self.rest()

    def _begin(self, job_id: str) -> None:
        task = asyncio.create_task(self._work(job_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self, job_id: str) -> None:
        async with self._turn:
            try:
                job = None if self._is_stopping else await self._jobs.take(job_id, self._worker, now())
                if job is not None:
                    await self._load(job)
            except StoreError as error:
                # The lease ends, and this process or another one takes the job again.
                structlog.get_logger().warning("backfill.put_off", job=job_id, error=type(error).__name__)
            except Exception as error:  # nothing else would catch it
                structlog.get_logger().error("backfill.failed", job=job_id, exc_info=error)
                with suppress(StoreError):
                    await self._jobs.end(job_id, self._worker, "failed", {"failure": "Something went wrong here"})

    async def _load(self, job: Job) -> None:
        tenant = await self._service.store.tenants.by_name(job.tenant)
        if tenant is None:
            await self._jobs.end(job.id, self._worker, "failed", {"failure": "There is no such tenant"})
            return
        lost = asyncio.Event()
        body = await self._jobs.body(job.id)
        load = opened(self._service, tenant, job, body, lambda: self._is_stopping or lost.is_set())
        renewing = asyncio.create_task(self._renew(job.id, load, lost))
        try:
            summary = await load.run()
        finally:
            await end(renewing)
        if summary.state == "interrupted":
            await self._jobs.put_back(job.id, self._worker, now())
        elif summary.state == "failed" and summary.is_weather:
            structlog.get_logger().warning("backfill.put_off", job=job.id)
        else:
            await audit_trail.job_ended(self._service.store, job, summary)
            await self._jobs.end(job.id, self._worker, summary.state, told(summary))

    async def _renew(self, job_id: str, load: Load, lost: asyncio.Event) -> None:
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 6)
            with suppress(StoreError):
                if not await self._jobs.renew(job_id, self._worker, told(load.summary), now()):
                    lost.set()


def told(summary: Summary) -> Json:
    """Return the progress or result of a load as JSON, with its first rejects."""
    return summary.to_json() | {"rejects": summary.shown}


def file_jobs_of(app: FastAPI) -> FileJobs:
    """Return the jobs of an application; the first call creates them."""
    if not hasattr(app.state, "file_jobs"):
        app.state.file_jobs = FileJobs(app.state.service)
    jobs: FileJobs = app.state.file_jobs
    return jobs


@asynccontextmanager
async def working(app: FastAPI) -> AsyncIterator[None]:
    """Work on waiting jobs as long as the context lasts."""
    jobs = file_jobs_of(app)

    async def look() -> None:
        while True:
            with suppress(StoreError):
                await jobs.look()
            await asyncio.sleep(LOOK_EVERY)

    looking = asyncio.create_task(look())
    try:
        yield
    finally:
        await end(looking)
        await jobs.stop()
