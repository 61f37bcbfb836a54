"""The size of a batch: as many events as a transaction may hold, and fewer if that takes long.

Other writers wait for a transaction, and MongoDB ends a long one: after a minute, or after three seconds if it is the
embedded MongoDB. On a slow or busy machine a large batch would begin again and again, and end in pieces.
"""

from __future__ import annotations

from dataclasses import dataclass, field

LONG = 1.0
"""A batch that takes more seconds than this is too large."""


@dataclass(slots=True)
class BatchSize:
    """The size of the next batch, which follows from the time of the batches before. `most` is the limit."""

    most: int
    size: int = field(init=False)

    def __post_init__(self) -> None:
        self.size = self.most

    def learn(self, events: int, seconds: float) -> None:
        """Adapt to a batch: halve the size after a slow batch, and double it after a fast batch of full size."""
        if seconds > LONG:
            self.size = max(1, min(self.size, events // 2))
        elif seconds < LONG / 4 and events >= self.size:
            self.size = min(self.most, self.size * 2)
