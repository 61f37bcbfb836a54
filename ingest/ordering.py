"""When an event counts: its effective time, its rank among events of one moment, and the order that both give."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from mappings.times import instant

CLOCK_TOLERANCE = timedelta(minutes=5)
"""An event dated further ahead of its receipt comes from a clock gone wrong; it counts from its receipt."""

_BEFORE_1970 = 100_000_000_000_000
"""Milliseconds added so that the texts of earlier moments sort too."""


def effective_time(said: str | None, received: datetime) -> datetime:
    """Return the moment an event speaks of: the time it says, or its receipt if that is missing or too far ahead.

    `said` is a normalised time text, `received` an aware moment.
    """
    moment = instant(said, UTC) if said else None
    if moment is None or moment > received + CLOCK_TOLERANCE:
        return received
    return moment


def last_of(moment: datetime) -> str:
    """Return a text after the order of every event effective at a moment or before, and before those of later ones."""
    return f"{round(moment.timestamp() * 1000) + _BEFORE_1970:015d}.~"


def order_of(effective: datetime, rank: int, receipt: str, part: int = 0) -> str:
    """Return a text that sorts as events do: by effective time to the millisecond, then rank, receipt and part."""
    milliseconds = round(effective.timestamp() * 1000) + _BEFORE_1970
    behind = f".{part:05d}" if part else ""
    return f"{milliseconds:015d}.{rank:03d}.{receipt}{behind}"


def receipt_in(order: str) -> str:
    """Return the receipt that the order of an entry's first part holds."""
    return order.split(".", 2)[2]
