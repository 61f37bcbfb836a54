"""The throttle of failed logins: each further failure of an API key or an address gets a slower answer.

Only answers to failed logins are delayed. So nobody can lock out a client by guessing at its key from elsewhere. If
several answers to one address are being delayed, further logins from there are refused without a check.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable
from ipaddress import IPv6Address, ip_address
from time import monotonic

from gateway.access.rate_limit import Counts, OwnCounts
from gateway.errors import TooManyFailures

FREE = 5
"""The number of failures in a window that get an answer at once."""
WINDOW = 300.0
"""Seconds for which a failure counts; a part of it counts up to twice as long."""
FIRST, LONGEST = 0.25, 8.0
"""The delay in seconds of the first failure beyond FREE, doubled for each further one; and the longest delay."""
AT_ONCE = 4
"""The number of delayed answers to one address at the same time."""

_PLACES = 65_536
_TURNS = 1 << 30  # added to the numbers of windows, so that failures and requests are counted apart


class Failures:
    """The failed logins of a service. Their memory does not grow with their number."""

    def __init__(
        self,
        counts: Counts | None = None,
        *,
        key: bytes = b"",
        free: int = FREE,
        clock: Callable[[], float] = monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.free = free
        self._key = key or secrets.token_bytes(16)
        self._counts = counts or OwnCounts()
        self._clock = clock
        self._sleep = sleep
        self._held: Counter[str] = Counter()

    def look(self, address: str) -> None:
        """Raise TooManyFailures if AT_ONCE answers to the network of an address are being delayed."""
        if self._held[network_of(address)] >= AT_ONCE:
            raise TooManyFailures(self.free, math.ceil(LONGEST))

    async def hold_back(self, address: str, key: str = "") -> None:
        """Count a failed login, and return when its answer may be sent. It never waits if `free` is 0."""
        network = network_of(address)
        counted = [self._count(f"address {network}"), *([self._count(f"key {key}")] if key else [])]
        seconds = _seconds(max(counted) - self.free) if self.free else 0.0
        if not seconds:
            return
        self._held[network] += 1
        try:
            await self._sleep(seconds)
        finally:
            self._held[network] -= 1
            if not self._held[network]:
                del self._held[network]

    def _count(self, party: str) -> float:
        """Count a failure of a party, and return its failures in the rolling window, this one included."""
        place = f"failures {self._place(party)}"
        turn, elapsed = divmod(self._clock(), WINDOW)
        self._counts.add(place, _TURNS + int(turn))
        now, before = self._counts.of(place, _TURNS + int(turn))
        return now + before * (1 - elapsed / WINDOW)

    def _place(self, party: str) -> int:
        # Callers choose keys freely, so their number has no limit; the number of places has one.
        digest = hashlib.blake2b(party.encode("utf-8", "surrogatepass"), key=self._key, digest_size=4).digest()
        return int.from_bytes(digest) % _PLACES


def network_of(address: str) -> str:
    """Return the network of an address.

    That is the first 64 bits of an IPv6 address, because one caller has many addresses; otherwise the address itself.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address) and not parsed.ipv4_mapped:
        return parsed.exploded[:19]
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)


def _seconds(too_many: float) -> float:
    return min(FIRST * 2 ** (min(math.ceil(too_many), 16) - 1), LONGEST) if too_many > 0 else 0.0
