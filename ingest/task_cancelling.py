"""Cancelling of tasks that never end by themselves."""

from __future__ import annotations

import asyncio
from typing import Any

AGAIN = 0.5
"""Seconds after which a task that has not ended is cancelled again."""


async def end(task: asyncio.Task[Any]) -> None:
    """Cancel a task and wait until it has ended; raises the exception of the task.

    It does not suppress CancelledError, because a caller that is cancelled while it waits must notice it. It cancels
    more than once: `asyncio.wait_for` of Python 3.11, which the driver uses, loses a cancellation that arrives at the
    moment at which the awaited future is done.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=AGAIN)
    if not task.cancelled():
        task.result()
