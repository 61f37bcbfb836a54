"""The health routes: whether the process answers, and whether the database confirms writes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from store.database import Store

FRESH = 1.0
"""Seconds for which one check answers all callers: the route is open to everybody, and each check is a write."""


class Readiness:
    """The check whether the database confirms majority writes. Callers at the same time share one check."""

    def __init__(self, store: Store, clock: Callable[[], float] = monotonic) -> None:
        self._store = store
        self._clock = clock
        self._looking = asyncio.Lock()
        self._looked = float("-inf")
        self._is_ready = False

    async def is_ready(self) -> bool:
        """Return the result of the last check, or of a new one if that is older than FRESH."""
        async with self._looking:
            if self._clock() - self._looked >= FRESH:
                self._is_ready = await self._store.ready()
                self._looked = self._clock()
            return self._is_ready


async def live(_request: Request) -> Response:
    """The process answers."""
    return JSONResponse({"status": "live"})


async def ready(request: Request) -> Response:
    """The database confirms majority writes; 503 where it does not."""
    is_ready = await request.app.state.readiness.is_ready()
    return JSONResponse({"status": "ready" if is_ready else "unavailable"}, 200 if is_ready else 503)
