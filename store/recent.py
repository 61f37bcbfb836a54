"""What was read a moment ago and may be answered from memory for a few seconds more."""

import time
from collections.abc import Callable, Hashable
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

    def keep(self, key: Key, value: Value) -> None:
        """Keeps an answer just read."""
        if len(self._kept) >= MOST:
            self.clear()
        self._kept[key] = (self._seconds() + FRESH, value)

    def clear(self) -> None:
        """Forgets everything, because something has changed."""
        self._kept.clear()
