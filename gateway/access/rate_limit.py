"""How often one caller may call: a rolling window, counted by all worker processes of a service together."""

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
"""Names, in the environment of worker processes, the file in which they count together."""


class Counts(Protocol):
    """Requests of callers in windows, which are numbered."""

    def of(self, caller: str, turn: int) -> tuple[int, int]:
        """Requests in a window, and in the one before."""

    def add(self, caller: str, turn: int) -> None:
        """Counts one request in a window."""


class OwnCounts:
    """Counts in the memory of one process."""

    def __init__(self) -> None:
        self._turn = 0
        self._before: dict[str, int] = {}
        self._now: dict[str, int] = {}

    def of(self, caller: str, turn: int) -> tuple[int, int]:
        """Requests in a window, and in the one before; older windows are forgotten."""
        if turn != self._turn:
            self._before = self._now if turn == self._turn + 1 else {}
            self._now = {}
            self._turn = turn
        return self._now.get(caller, 0), self._before.get(caller, 0)

    def add(self, caller: str, turn: int) -> None:
        """Counts one request in a window."""
        self.of(caller, turn)
        self._now[caller] = self._now.get(caller, 0) + 1


class SharedCounts:
    """Counts in a file that several processes have in their memory.

    A caller's place is a keyed hash, so that nobody can choose to share another's. Two processes that count the same
    caller in the same instant may count one; callers that meet in one of 65,536 places are counted together.
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
        """Makes the file, empty, with a key of its own."""
        size = cls._KEY + cls._PLACES * cls._PLACE.size
        path.touch(mode=0o600, exist_ok=False)
        path.write_bytes(secrets.token_bytes(cls._KEY) + bytes(size - cls._KEY))

    def of(self, caller: str, turn: int) -> tuple[int, int]:
        """Requests in a window, and in the one before."""
        halves = self._halves(self._at(caller))
        return halves.get(turn, 0), halves.get(turn - 1, 0)

    def add(self, caller: str, turn: int) -> None:
        """Counts one request in a window."""
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
    """At most `limit` requests a caller in a rolling window of `window` seconds; a limit of 0 allows everything.

    The window rolls over two fixed ones: what remains of the older one counts by its share, so a caller costs two
    numbers.
    """

    def __init__(
        self, limit: int, window: float, clock: Callable[[], float] = monotonic, counts: Counts | None = None
    ) -> None:
        self.limit = limit
        self._window = window
        self._clock = clock
        self._counts = counts or OwnCounts()

    def admit(self, caller: str) -> None:
        """Counts one request of a caller; raises `TooManyRequests` when it is one too many."""
        if not self.limit:
            return
        turn, elapsed = divmod(self._clock(), self._window)
        now, before = self._counts.of(caller, int(turn))
        if now + before * (1 - elapsed / self._window) >= self.limit:
            raise TooManyRequests(self.limit, math.ceil(self._window - elapsed))
        self._counts.add(caller, int(turn))


def counts_of_this_service() -> Counts:
    """What the workers of this service count in together; memory where there is but one."""
    path = os.environ.get(SHARED_COUNTS)
    return SharedCounts(Path(path)) if path else OwnCounts()
