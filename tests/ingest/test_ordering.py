"""When an event counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ingest.fold.lifecycles import LIFECYCLES, NOT_FOLDED, lifecycle
from ingest.fold.verbs import Lifecycle
from ingest.ordering import effective_time, order_of, receipt_in


def _row(event_type: str) -> Lifecycle:
    row = lifecycle("PatientAdmin", event_type)
    assert row is not None
    return row


RECEIVED = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ARRIVAL, NEW, CANCEL = (row.rank for row in (_row("Arrival"), _row("NewPatient"), _row("Cancel")))


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


def test_events_sort_by_time_then_rank_then_receipt_then_part() -> None:
    later = RECEIVED + timedelta(milliseconds=1)
    early = datetime(1931, 1, 1, tzinfo=UTC)
    ordered = [
        order_of(early, CANCEL, "9"),
        order_of(RECEIVED, NEW, "9"),
        order_of(RECEIVED, ARRIVAL, "1"),
        order_of(RECEIVED, ARRIVAL, "2"),
        order_of(RECEIVED, ARRIVAL, "2", part=1),
        order_of(RECEIVED, ARRIVAL, "2", part=2),
        order_of(RECEIVED, ARRIVAL, "2", part=10),
        order_of(RECEIVED, CANCEL, "0"),
        order_of(later, NEW, "0"),
    ]
    assert ordered == sorted(ordered)


def test_the_receipt_stands_in_the_order() -> None:
    assert (
        receipt_in(order_of(RECEIVED, ARRIVAL, "1772366400000.0a1b2c3d.00000007")) == "1772366400000.0a1b2c3d.00000007"
    )


def test_what_was_released_keeps_its_rank() -> None:
    """The order of every stored event holds its rank, so a rank never changes."""
    assert {f"{row.data_model}.{row.event_type}": row.rank for row in LIFECYCLES} == {
        "PatientAdmin.NewPatient": 100,
        "Notes.New": 100,
        "Results.New": 100,
        "Scheduling.New": 110,
        "Results.NewUnsolicited": 110,
        "PatientAdmin.PreAdmit": 200,
        "PatientAdmin.Registration": 210,
        "PatientAdmin.Arrival": 220,
        "PatientAdmin.Transfer": 300,
        "Scheduling.Reschedule": 310,
        "Scheduling.Modification": 320,
        "PatientAdmin.VisitUpdate": 330,
        "Notes.Replace": 320,
        "Scheduling.NoShow": 400,
        "PatientAdmin.Discharge": 500,
        "Notes.Delete": 520,
        "PatientAdmin.Cancel": 600,
        "Scheduling.Cancel": 600,
        "PatientAdmin.VisitMerge": 700,
        "PatientAdmin.PatientMerge": 800,
        "PatientAdmin.PatientUpdate": 900,
    }
    assert all(row.rank < NOT_FOLDED for row in LIFECYCLES)
