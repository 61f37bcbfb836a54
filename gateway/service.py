"""One running service: its store, its intake, its authentication and its limits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

from starlette.requests import Request

from gateway.access import AdminKey, Authentication, RateLimit, counts_of_this_service
from gateway.request import Capacity
from gateway.sandbox import well_known
from gateway.settings import Settings
from ingest.intake import Intake
from ingest.replays.sweep import sweeping
from query_api.question import Limits
from store.database import Store
from store.settings import StoreSettings


@dataclass(frozen=True)
class Service:
    """The parts of a running service that the routes use."""

    settings: Settings
    store: Store
    intake: Intake
    authentication: Authentication
    rate: RateLimit
    capacity: Capacity
    admin_key: AdminKey | None = None

    @property
    def limits(self) -> Limits:
        """Return the limits of one answer."""
        return Limits(
            visits=self.settings.visits_limit,
            potential_matches=self.settings.matches_limit,
            contents=self.settings.answer_limit,
        )


def now() -> datetime:
    """Return the present time, in UTC."""
    return datetime.now(UTC)


@asynccontextmanager
async def opened(settings: Settings, store_settings: StoreSettings) -> AsyncIterator[Service]:
    """Open a store and a service on it; close both at the end of the context. Raises StoreError."""
    store = await Store.open(store_settings)
    try:
        async with assembled(settings, store) as service:
            yield service
    finally:
        await store.close()


@asynccontextmanager
async def assembled(settings: Settings, store: Store) -> AsyncIterator[Service]:
    """Start a service on an open store, with the sandbox if the settings ask for it; close it at the end.

    Raises SettingNotUnderstood for an admin key that is not valid.
    """
    is_sandbox, admin_key = bool(settings.sandbox), AdminKey.of(settings)
    rate = RateLimit(0 if is_sandbox else settings.rate_limit, settings.rate_window, counts=counts_of_this_service())
    authentication = Authentication(store.access, is_sandbox=is_sandbox, counts=counts_of_this_service())
    intake = Intake(store, processes=settings.workers)
    service = Service(settings, store, intake, authentication, rate, Capacity(settings), admin_key)
    async with AsyncExitStack() as stack:
        stack.callback(authentication.close)
        stack.push_async_callback(service.intake.close)
        if is_sandbox:
            await well_known.prepare(store)
        if settings.sandbox == "people":
            await stack.enter_async_context(well_known.living(store, service.intake, now))
        await stack.enter_async_context(sweeping(store, timedelta(seconds=settings.sweep_seconds)))
        yield service


def service_of(request: Request) -> Service:
    """Return the service that the application of a request uses."""
    return cast("Service", request.app.state.service)
