"""How many events a transaction is given: as many as it may hold, and fewer while that takes long.

What a transaction writes others wait for, and MongoDB ends one that lasts: after a minute, the embedded one's after
three seconds. On a machine that is slow or busy with something else a large batch would be begun again and again, and
in the end done in pieces.
"""

from __future__ import annotations

from dataclasses import dataclass, field

LONG = 1.0
"""Seconds after which a batch was too large."""


@dataclass(slots=True)
class BatchSize:
    """The size of the next batch, by how long those before took."""

    most: int
    size: int = field(init=False)

    def __post_init__(self) -> None:
        self.size = self.most

    def learn(self, events: int, seconds: float) -> None:
        """Learn from a batch: half of one that took long, twice of one that took little and was as large as allowed."""
        if seconds > LONG:
            self.size = max(1, min(self.size, events // 2))
        elif seconds < LONG / 4 and events >= self.size:
            self.size = min(self.most, self.size * 2)
