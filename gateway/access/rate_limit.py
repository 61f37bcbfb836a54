"""The rate limit: requests of a caller in a rolling window, counted by all worker processes together."""

from __future__ import annotations

import hashlib
import math
import mmap
import os
import secrets
import struct
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Protocol

from gateway.errors import TooManyRequests

SHARED_COUNTS = "_DATA_ON_DEMAND_COUNTS"
"""The environment variable that gives worker processes the path of the file with their common counts."""


class Counts(Protocol):
    """The number of requests by caller and window. Windows are numbered: `turn`."""

    def of(self, caller: str, turn: int) -> tuple[int, int]:
        """Return the requests of a caller in a window, and in the window before it."""

    def add(self, caller: str, turn: int) -> None:
        """Add one request of a caller in a window."""


class OwnCounts:
    """Counts in the memory of one process."""

    def __init__(self) -> None:
        self._turn = 0
        self._before: dict[str, int] = {}
        self._now: dict[str, int] = {}

    def of(self, caller: str, turn: int) -> tuple[int, int]:
        """Return the requests of a caller in a window, and in the window before it; older windows are forgotten."""
        if turn != self._turn:
            self._before = self._now if turn == self._turn + 1 else {}
            self._now = {}
            self._turn = turn
        return self._now.get(caller, 0), self._before.get(caller, 0)

    def add(self, caller: str, turn: int) -> None:
        """Add one request of a caller in a window."""
        self.of(caller, turn)
        self._now[caller] = self._now.get(caller, 0) + 1


class SharedCounts:
    """Counts in a file that several processes map into their memory.

    The place of a caller in the file is a keyed hash, so that nobody can choose to share another caller's place. Two
    callers with the same place, of 65,536, are counted together. If two processes count the same caller at the same
    instant, one request may be lost.
    """

    _PLACES = 65_536
    _KEY = 16
    _PLACE = struct.Struct("<IIII")  # a window and its requests, twice: even windows, odd windows

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 0)
        self._key = self._memory[: self._KEY]

    @classmethod
    def make(cls, path: Path) -> None:
        """Create an empty file with a random hash key."""
        size = cls._KEY + cls._PLACES * cls._PLACE.size
        path.touch(mode=0o600, exist_ok=False)
        path.write_bytes(secrets.token_bytes(cls._KEY) + bytes(size - cls._KEY))

    def of(self, caller: str, turn: int) -> tuple[int, int]:
        """Return the requests of a caller in a window, and in the window before it."""
        halves = self._halves(self._at(caller))
        return halves.get(turn, 0), halves.get(turn - 1, 0)

    def add(self, caller: str, turn: int) -> None:
        """Add one request of a caller in a window."""
        at = self._at(caller)
        requests = self._halves(at).get(turn, 0) + 1
        struct.pack_into("<II", self._memory, at + turn % 2 * 8, turn, requests)

    def _halves(self, at: int) -> dict[int, int]:
        even, evens, odd, odds = self._PLACE.unpack_from(self._memory, at)
        return {even: evens, odd: odds}

    def _at(self, caller: str) -> int:
        digest = hashlib.blake2b(caller.encode(), key=self._key, digest_size=8).digest()
        return self._KEY + int.from_bytes(digest) % self._PLACES * self._PLACE.size


class RateLimit:
    """At most `limit` requests of a caller in a rolling window of `window` seconds; a limit of 0 permits everything.

    The rolling window is computed from two fixed windows: the older one counts by the share of it that still lies in
    the rolling window. So a caller needs only two numbers.
    """

    def __init__(
        self, limit: int, window: float, clock: Callable[[], float] = monotonic, counts: Counts | None = None
    ) -> None:
        self.limit = limit
        self._window = window
        self._clock = clock
        self._counts = counts or OwnCounts()

    def admit(self, caller: str) -> None:
        """Count one request of a caller. Raises TooManyRequests if the limit is reached."""
        if not self.limit:
            return
        turn, elapsed = divmod(self._clock(), self._window)
        now, before = self._counts.of(caller, int(turn))
        if now + before * (1 - elapsed / self._window) >= self.limit:
            raise TooManyRequests(self.limit, math.ceil(self._window - elapsed))
        self._counts.add(caller, int(turn))


def counts_of_this_service() -> Counts:
    """Return the counts that all workers of this service share, or counts in memory if there is only one worker."""
    path = os.environ.get(SHARED_COUNTS)
    return SharedCounts(Path(path)) if path else OwnCounts()
