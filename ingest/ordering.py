"""The order of events: the effective time, the rank among events of the same time, and a text that sorts by both."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from mappings.times import instant

CLOCK_TOLERANCE = timedelta(minutes=5)
"""An event whose time is further ahead of its receipt comes from a wrong clock; the time of its receipt counts
instead."""

_BEFORE_1970 = 100_000_000_000_000
"""Milliseconds that are added so that the texts of earlier moments sort correctly."""


def effective_time(said: str | None, received: datetime) -> datetime:
    """Return the effective time of an event: its EventDateTime, or its receipt if that time is absent or too far ahead.

    `said` is a normalised time text, `received` an aware datetime.
    """
    moment = instant(said, UTC) if said else None
    if moment is None or moment > received + CLOCK_TOLERANCE:
        return received
    return moment


def last_of(moment: datetime) -> str:
    """Return a text that sorts after the orders of all events up to a moment, and before those of later events."""
    return f"{round(moment.timestamp() * 1000) + _BEFORE_1970:015d}.~"


def order_of(effective: datetime, rank: int, receipt: str, part: int = 0) -> str:
    """Return a text that sorts as events do: by effective time in milliseconds, then rank, receipt and part."""
    milliseconds = round(effective.timestamp() * 1000) + _BEFORE_1970
    behind = f".{part:05d}" if part else ""
    return f"{milliseconds:015d}.{rank:03d}.{receipt}{behind}"


def milliseconds_of(order: str) -> int:
    """Return the time of an order in milliseconds. They are counted from a time before all events, not from 1970."""
    return int(order.partition(".")[0])


def receipt_in(order: str) -> str:
    """Return the receipt in the order of an entry's first part."""
    return order.split(".", 2)[2]
