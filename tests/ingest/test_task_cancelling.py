"""A task that misses that it is to end."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from ingest.task_cancelling import end


async def test_a_task_that_loses_a_cancellation_is_told_again() -> None:
    async def deaf_once() -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        await asyncio.sleep(60)

    task = asyncio.create_task(deaf_once())
    await asyncio.sleep(0)
    async with asyncio.timeout(10):
        await end(task)
    assert task.cancelled()


async def test_whoever_waits_for_an_end_can_be_ended() -> None:
    """With the cancellation of the one suppressed, that of the other was lost, and a service never stopped."""
    is_told, may_end = asyncio.Event(), asyncio.Event()

    async def slow_to_end() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            is_told.set()
            await may_end.wait()

    inner = asyncio.create_task(slow_to_end())
    await asyncio.sleep(0)
    outer = asyncio.create_task(end(inner))
    await is_told.wait()
    outer.cancel()
    await asyncio.wait([outer])
    assert outer.cancelled()
    may_end.set()
    await end(inner)


async def test_what_a_task_raised_is_raised() -> None:
    async def failed() -> None:
        raise LookupError

    task = asyncio.create_task(failed())
    await asyncio.sleep(0)
    with pytest.raises(LookupError):
        await end(task)
