"""Whether the service lives, and whether it can keep what it would be sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from store.database import Store

FRESH = 1.0
"""Seconds for which one look at the database answers all who ask: the route is open to everybody, and a look writes."""


class Readiness:
    """Whether the database confirms majority writes, looked up once for all who ask at the same time."""

    def __init__(self, store: Store, clock: Callable[[], float] = monotonic) -> None:
        self._store = store
        self._clock = clock
        self._looking = asyncio.Lock()
        self._looked = float("-inf")
        self._is_ready = False

    async def is_ready(self) -> bool:
        """What the last look said, or a new one."""
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
