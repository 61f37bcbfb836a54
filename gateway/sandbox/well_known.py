"""The sandbox: tenants, a client and a webhook whose secrets are public, and invented people. On loopback only.

The people arrive like real people: as events through the intake, which recognises events that it has already taken.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, date, datetime, time, timedelta
from ipaddress import ip_address
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import orjson

from gateway.access import SANDBOX, secret_hash
from gateway.sandbox.timelines import messages
from ingest.errors import IngestError
from ingest.incoming import Incoming
from ingest.intake import Intake
from ingest.task_cancelling import end
from store.access import Client, Grant
from store.access.tenant import Tenant
from store.database import Store
from store.errors import ClientExists, TenantExists, WebhookExists

Json = dict[str, Any]

DESTINATION_ID = "5a4d0b0e-0000-4000-8000-000000000001"
SOURCE_ID = "5a4d0b0e-0000-4000-8000-0000000000f0"
SECOND_DESTINATION_ID = "5a4d0b0e-0000-4000-8000-000000000002"
SECOND_SOURCE_ID = "5a4d0b0e-0000-4000-8000-0000000000f2"
API_KEY = SANDBOX
SECRET = "sandbox-secret"  # noqa: S105 - it is public
WEBHOOK_TOKEN = "sandbox-token"  # noqa: S105 - it is public

TENANTS = (
    Tenant("sandbox", DESTINATION_ID, source_ids=(SOURCE_ID,)),
    Tenant("sandbox-two", SECOND_DESTINATION_ID, source_ids=(SECOND_SOURCE_ID,)),
)


def is_loopback(host: str) -> bool:
    """Return whether an address to listen on is a loopback address, which only this machine can reach."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


async def prepare(store: Store) -> None:
    """Add the tenants, the client and the webhook of the sandbox to a store, unless it has them already."""
    names = tuple(tenant.name for tenant in TENANTS)
    grants = tuple(Grant(name, push=True, query=True) for name in names)
    secret = await asyncio.to_thread(secret_hash, SECRET)
    client = Client(SANDBOX, API_KEY, secret, "Development", grants, SOURCE_ID)
    for tenant in TENANTS:
        await _unless(TenantExists, store.tenants.add(tenant))
    await _unless(ClientExists, store.access.add_client(client))
    await _unless(WebhookExists, store.access.add_webhook(SANDBOX, WEBHOOK_TOKEN, names))


@asynccontextmanager
async def living(store: Store, intake: Intake, clock: Callable[[], datetime]) -> AsyncIterator[None]:
    """Push the events of the people now, and again after each midnight in UTC, for as long as the context lasts.

    The times of the events are relative to the day, so that coming appointments stay in the future.
    """
    await tell(store, intake, clock().date())
    task = asyncio.create_task(_tell_daily(store, intake, clock))
    try:
        yield
    finally:
        await end(task)


async def tell(store: Store, intake: Intake, today: date) -> None:
    """Push all events of the people as of a day; a second call for the same day changes no record.

    Raises IngestError.
    """
    partition = store.partition(TENANTS[0])
    await asyncio.gather(*(intake.push([partition], _incoming(message)) for message in messages(today)))


async def _tell_daily(store: Store, intake: Intake, clock: Callable[[], datetime]) -> None:
    while True:
        now = clock()
        midnight = datetime.combine(now.date() + timedelta(days=1), time.min, UTC)
        await asyncio.sleep((midnight - now).total_seconds() + 1)
        with suppress(IngestError):
            await tell(store, intake, clock().date())


def _incoming(message: Json) -> Incoming:
    body = orjson.dumps(message)
    log_id = str(uuid5(NAMESPACE_URL, body.decode()))
    return Incoming(body, message, SANDBOX, log_id, log_id)


async def _unless(exists: type[Exception], added: Awaitable[object]) -> None:
    with suppress(exists):
        await added
