"""Normalised time texts and the moments they name.

A normalised text is either a date, `YYYY-MM-DD`, or a UTC moment, `YYYY-MM-DDThh:mm:ss.sssZ`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo


def instant(text: str, zone: tzinfo, *, end_of_day: bool = False) -> datetime | None:
    """The UTC moment of a normalised text, or None where it is no time.

    A date is its first moment in `zone`, or with `end_of_day` its last.
    """
    try:
        if len(text) > 10:
            return datetime.fromisoformat(text).astimezone(UTC)
        day = date.fromisoformat(text)
    except (ValueError, OverflowError):
        return None
    if end_of_day:
        return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC) - timedelta(milliseconds=1)
    return datetime.combine(day, time(), zone).astimezone(UTC)


def utc_text(moment: datetime) -> str:
    """An aware moment as Redox says it: `YYYY-MM-DDThh:mm:ss.sssZ`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
