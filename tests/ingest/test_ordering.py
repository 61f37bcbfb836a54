"""When an event counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ingest.ordering import effective_time, order_of

RECEIVED = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ARRIVAL, NEW, CANCEL = ("PatientAdmin", "Arrival"), ("PatientAdmin", "NewPatient"), ("PatientAdmin", "Cancel")


@pytest.mark.parametrize(
    ("said", "effective"),
    [
        ("2026-03-01T11:00:00.000Z", RECEIVED - timedelta(hours=1)),
        ("2026-03-01T12:05:00.000Z", RECEIVED + timedelta(minutes=5)),
        ("2026-03-01T12:05:00.001Z", RECEIVED),
        ("2036-01-01", RECEIVED),
        ("not a time", RECEIVED),
        (None, RECEIVED),
    ],
)
def test_effective_time_is_what_was_said_unless_a_clock_went_wrong(said: str | None, effective: datetime) -> None:
    assert effective_time(said, RECEIVED) == effective


def test_events_sort_by_time_then_rank_then_receipt() -> None:
    later = RECEIVED + timedelta(milliseconds=1)
    early = datetime(1931, 1, 1, tzinfo=UTC)
    ordered = [
        order_of(early, CANCEL, "9"),
        order_of(RECEIVED, NEW, "9"),
        order_of(RECEIVED, ARRIVAL, "1"),
        order_of(RECEIVED, ARRIVAL, "2"),
        order_of(RECEIVED, CANCEL, "0"),
        order_of(later, NEW, "0"),
    ]
    assert ordered == sorted(ordered)
