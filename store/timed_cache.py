"""What was read a moment ago and may be answered from memory for a few seconds more."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

FRESH = 3.0  # seconds
MOST = 10_000  # entries


class Recent(Generic[Key, Value]):
    """Answers found lately: at most MOST, none older than FRESH."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._kept: dict[Key, tuple[float, Value]] = {}
        self._reading: dict[Key, asyncio.Task[Value | None]] = {}

    def find(self, key: Key) -> Value | None:
        """The answer, or None if it must be read."""
        found = self._kept.get(key)
        if found is None:
            return None
        until, value = found
        if self._seconds() >= until:
            del self._kept[key]
            return None
        return value

    async def find_or_read(self, key: Key, read: Callable[[], Awaitable[Value | None]]) -> Value | None:
        """The answer, read once for all who ask for it at the same time; one that is None is not kept."""
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
        """Keeps an answer just read."""
        if len(self._kept) >= MOST:
            self.clear()
        self._kept[key] = (self._seconds() + FRESH, value)

    def clear(self) -> None:
        """Forgets everything, because something has changed; what is read at this moment may be of before."""
        self._kept.clear()
        self._reading.clear()
