"""Ending a task that runs for ever."""

from __future__ import annotations

import asyncio
from typing import Any

AGAIN = 0.5
"""Seconds after which a task that did not hear that it is to end is told once more."""


async def end(task: asyncio.Task[Any]) -> None:
    """Cancel a task and wait until it has ended; raises what it raised.

    Nothing is suppressed here: whoever is told to end while it waits for another to end would miss it. And told once is
    not enough: `asyncio.wait_for` of Python 3.11, which the driver uses, loses a cancellation that comes at the moment
    at which what it waits for is done.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=AGAIN)
    if not task.cancelled():
        task.result()
