"""A cache of values from the database that expire after a few seconds."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

FRESH = 3.0  # seconds
MOST = 10_000  # entries


class Recent(Generic[Key, Value]):
    """A cache of at most MOST values; each expires FRESH seconds after it was read."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._kept: dict[Key, tuple[float, Value]] = {}
        self._reading: dict[Key, asyncio.Task[Value | None]] = {}

    def find(self, key: Key) -> Value | None:
        """Return the cached value of a key, or None if the caller must read it."""
        found = self._kept.get(key)
        if found is None:
            return None
        until, value = found
        if self._seconds() >= until:
            del self._kept[key]
            return None
        return value

    async def find_or_read(self, key: Key, read: Callable[[], Awaitable[Value | None]]) -> Value | None:
        """Return the cached value of a key, or else the result of `read`.

        Several callers at the same time share one read. A result of None is not cached.
        """
        found = self.find(key)
        if found is not None:
            return found
        reading = self._reading.get(key)
        if reading is None:
            reading = self._reading[key] = asyncio.create_task(self._read(key, read))
        return await asyncio.shield(reading)

    async def _read(self, key: Key, read: Callable[[], Awaitable[Value | None]]) -> Value | None:
        try:
            value = await read()
            if value is not None and self._reading.get(key) is asyncio.current_task():
                self.keep(key, value)
            return value
        finally:
            if self._reading.get(key) is asyncio.current_task():
                del self._reading[key]

    def keep(self, key: Key, value: Value) -> None:
        """Add a value that was just read."""
        if len(self._kept) >= MOST:
            self.clear()
        self._kept[key] = (self._seconds() + FRESH, value)

    def clear(self) -> None:
        """Remove all values, because the database has changed.

        A read that is running now may miss the change, so its value is not cached.
        """
        self._kept.clear()
        self._reading.clear()
