"""Statistics of two versions that are measured in turn: the median of the paired ratios and its interval.

The interval is made of order statistics: the k-th smallest and the k-th largest ratio. It is exact whatever the
distribution of the ratios, it needs no random numbers, and its confidence follows from the binomial distribution alone:
each ratio lies above the true median as often as a coin shows heads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

CONFIDENCE = 0.95
"""The least confidence with which an interval must hold the true median before a verdict rests on it."""
NO_SLOWER_ABOVE = 0.95
"""The ratio above which the whole interval must lie for a version to count as no slower."""
NO_SLOWER, SLOWER, UNDECIDED = "no slower", "slower", "undecided"


@dataclass(frozen=True, slots=True)
class Interval:
    """The bounds of a median, and the probability that the true median lies between them."""

    low: float
    high: float
    confidence: float
    rank: int
    """The bounds are the ratios of this rank, counted from the smallest and from the largest; 1 is the outermost."""

    @property
    def verdict(self) -> str:
        """`no slower`, `slower`, or `undecided` if the bounds lie on both sides or their confidence is too small."""
        if self.confidence < CONFIDENCE:
            return UNDECIDED
        if self.low > NO_SLOWER_ABOVE:
            return NO_SLOWER
        return SLOWER if self.high < NO_SLOWER_ABOVE else UNDECIDED


def interval_of_median(ratios: Sequence[float]) -> Interval:
    """Returns the narrowest interval of order statistics that holds the true median with 95 % confidence.

    Fewer than six ratios cannot give 95 %: then the interval reaches from the smallest to the largest ratio, with the
    confidence that it has. Raises ValueError if there is no ratio.
    """
    if not ratios:
        raise ValueError("no ratios")
    ranked, half = sorted(ratios), len(ratios) // 2
    ranks = range(1, half + 1)
    rank = max((rank for rank in ranks if _confidence(len(ranked), rank) >= CONFIDENCE), default=1)
    return Interval(ranked[rank - 1], ranked[-rank], _confidence(len(ranked), rank), rank)


def _confidence(count: int, rank: int) -> float:
    """Returns the probability that the median lies between the ratios of a rank, counted from both ends."""
    outside = sum(comb(count, heads) for heads in range(rank))
    return 1 - outside / float(2 ** (count - 1))
