"""How often one caller may call: a rolling window, counted in the memory of one process."""

from __future__ import annotations

import math
from collections.abc import Callable
from time import monotonic

from gateway.errors import TooManyRequests


class RateLimit:
    """At most `limit` requests a caller in a rolling window of `window` seconds; a limit of 0 allows everything.

    The window rolls over two fixed ones: what remains of the older one counts by its share, so a caller costs two
    numbers.
    """

    def __init__(self, limit: int, window: float, clock: Callable[[], float] = monotonic) -> None:
        self.limit = limit
        self._window = window
        self._clock = clock
        self._turn = 0
        self._before: dict[str, int] = {}
        self._now: dict[str, int] = {}

    def admit(self, caller: str) -> None:
        """Counts one request of a caller; raises `TooManyRequests` when it is one too many."""
        if not self.limit:
            return
        turn, elapsed = divmod(self._clock(), self._window)
        self._roll(int(turn))
        left = 1 - elapsed / self._window
        if self._now.get(caller, 0) + self._before.get(caller, 0) * left >= self.limit:
            raise TooManyRequests(self.limit, math.ceil(self._window - elapsed))
        self._now[caller] = self._now.get(caller, 0) + 1

    def _roll(self, turn: int) -> None:
        if turn == self._turn:
            return
        self._before = self._now if turn == self._turn + 1 else {}
        self._now = {}
        self._turn = turn
