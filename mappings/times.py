"""Normalised time texts and the moments they name.

A normalised text is either a date, `YYYY-MM-DD`, or a UTC moment, `YYYY-MM-DDThh:mm:ss.sssZ`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo


def instant(text: str, zone: tzinfo, *, end_of_day: bool = False) -> datetime | None:
    """Return the UTC moment that a normalised text names, or None if the text is not a time.

    A date stands for its first moment in `zone`, or with `end_of_day` for its last millisecond there.
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
    """Return an aware moment in the format that Redox uses: `YYYY-MM-DDThh:mm:ss.sssZ`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
