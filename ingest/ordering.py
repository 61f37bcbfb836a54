"""When an event counts: its effective time, its rank among events of one moment, and the order that both give."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from mappings.times import instant

CLOCK_TOLERANCE = timedelta(minutes=5)
"""An event dated further ahead of its receipt comes from a clock gone wrong; it counts from its receipt."""

_SEQUENCE: tuple[tuple[tuple[str, str], ...], ...] = (
    (("PatientAdmin", "NewPatient"),),
    (("Scheduling", "New"),),
    (("PatientAdmin", "PreAdmit"),),
    (("PatientAdmin", "Registration"),),
    (("PatientAdmin", "Arrival"),),
    (("PatientAdmin", "Transfer"),),
    (("Scheduling", "Reschedule"),),
    (("Scheduling", "Modification"),),
    (("PatientAdmin", "VisitUpdate"),),
    (("Scheduling", "NoShow"),),
    (("PatientAdmin", "Discharge"),),
    (("PatientAdmin", "Cancel"), ("Scheduling", "Cancel")),
    (("PatientAdmin", "VisitMerge"),),
    (("PatientAdmin", "PatientMerge"),),
    (("PatientAdmin", "PatientUpdate"),),
)

RANKS: dict[tuple[str, str], int] = {event: rank for rank, events in enumerate(_SEQUENCE) for event in events}
"""Among events of one moment the lower rank comes first: what makes a thing precedes what changes and ends it.

A PatientUpdate is the word about the person and so the last: the others repeat what is known of whom they are about.
"""

_BEFORE_1970 = 100_000_000_000_000
"""Milliseconds added so that the texts of earlier moments sort too."""


def effective_time(said: str | None, received: datetime) -> datetime:
    """The moment an event speaks of: what it said, or its receipt where that is missing or too far in the future.

    `said` is a normalised time text, `received` an aware moment.
    """
    moment = instant(said, UTC) if said else None
    if moment is None or moment > received + CLOCK_TOLERANCE:
        return received
    return moment


def last_of(moment: datetime) -> str:
    """A text after the order of every event effective at a moment or before, and before that of any later one."""
    return f"{round(moment.timestamp() * 1000) + _BEFORE_1970:015d}.~"


def order_of(effective: datetime, event: tuple[str, str], receipt: str) -> str:
    """A text that sorts as events do: by effective time to the millisecond, then rank, then receipt."""
    milliseconds = round(effective.timestamp() * 1000) + _BEFORE_1970
    return f"{milliseconds:015d}.{RANKS[event]:02d}.{receipt}"
