"""Failed logins: counted by key and by address, and answered ever more slowly. What is right never waits.

Only a wrong answer is held back, so nobody is locked out by others who guess at the same key from elsewhere. Who has
several wrong answers held back already is sent away unheard.
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
"""Failures in a window that are answered at once."""
WINDOW = 300.0
"""Seconds for which a failure is remembered, or up to twice as long."""
FIRST, LONGEST = 0.25, 8.0
"""Seconds that the first failure too many is held back, each further one twice as long; and the longest."""
AT_ONCE = 4
"""Wrong answers to one address that are held back at once."""

_PLACES = 65_536
_TURNS = 1 << 30  # numbers windows apart from those in which requests are counted


class Failures:
    """The failed logins of a service; what they take in memory does not grow with their number."""

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
        """Raises `TooManyFailures` while as many wrong answers to an address are held back as may be."""
        if self._held[network_of(address)] >= AT_ONCE:
            raise TooManyFailures(self.free, math.ceil(LONGEST))

    async def hold_back(self, address: str, key: str = "") -> None:
        """Counts a failure, and returns when its answer may be given; without `free` ones it never waits."""
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
        """The failures of a party in a rolling window, this one included."""
        place = f"failures {self._place(party)}"
        turn, elapsed = divmod(self._clock(), WINDOW)
        self._counts.add(place, _TURNS + int(turn))
        now, before = self._counts.of(place, _TURNS + int(turn))
        return now + before * (1 - elapsed / WINDOW)

    def _place(self, party: str) -> int:
        # So many parties that are told apart: keys are chosen by whoever calls, and there is no end of them.
        digest = hashlib.blake2b(party.encode("utf-8", "surrogatepass"), key=self._key, digest_size=4).digest()
        return int.from_bytes(digest) % _PLACES


def network_of(address: str) -> str:
    """Whom an address belongs to: of IPv6, where everybody has many, the first half."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address) and not parsed.ipv4_mapped:
        return parsed.exploded[:19]
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)


def _seconds(too_many: float) -> float:
    return min(FIRST * 2 ** (min(math.ceil(too_many), 16) - 1), LONGEST) if too_many > 0 else 0.0
