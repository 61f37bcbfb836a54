"""The size of a batch of events: as many events as a transaction may hold, and fewer if a batch takes long.

Other writers wait for a transaction, and MongoDB aborts a long transaction: after a minute, or after three seconds if
it is the embedded MongoDB. On a slow or busy machine a large batch would be tried again and again, and at last be
split.
"""

from __future__ import annotations

from dataclasses import dataclass, field

LONG = 1.0
"""A batch that takes longer than this number of seconds is too large."""


@dataclass(slots=True)
class BatchSize:
    """The size of the next batch, which follows from the duration of the batches before. `most` is the upper limit."""

    most: int
    size: int = field(init=False)

    def __post_init__(self) -> None:
        self.size = self.most

    def learn(self, events: int, seconds: float) -> None:
        """Adapt the size to a batch: halve it after a slow batch, and double it after a fast batch of full size.

        `events` is the number of events of the batch, and `seconds` the time that the batch took.
        """
        if seconds > LONG:
            self.size = max(1, min(self.size, events // 2))
        elif seconds < LONG / 4 and events >= self.size:
            self.size = min(self.most, self.size * 2)
