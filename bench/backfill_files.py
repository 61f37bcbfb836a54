"""Files of people and their appointments, to be loaded: every column of the templates filled."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mappings.csv.templates import TEMPLATES

OF_EACH = 3
"""Appointments of each person."""
CLINICS, A_DAY = 50, 1000
"""Twenty appointments of a clinic's day."""
BEGIN = datetime(2031, 1, 6, tzinfo=UTC)


def write_patients(path: Path, people: int, first: int = 0) -> None:
    """A file of the patients template with every column filled."""
    _write(path, "patients", (({}, first + number) for number in range(people)))


def write_appointments(path: Path, people: int, first: int = 0) -> None:
    """A file of the appointments template with every column filled, those of one person far apart."""
    rows = range(people * OF_EACH)
    _write(path, "appointments", ((_booking(first * OF_EACH + row), first + row % people) for row in rows))


def _write(path: Path, kind: str, rows: Iterable[tuple[Mapping[str, str], int]]) -> None:
    columns = TEMPLATES[kind].columns
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows([said.get(column) or _cell(column, number) for column in columns] for said, number in rows)


def _booking(place: int) -> dict[str, str]:
    when = BEGIN + timedelta(days=place // A_DAY, hours=8, minutes=20 * (place % A_DAY // CLINICS))
    return {
        "Visit.VisitNumber": f"B-{place}",
        "Visit.VisitDateTime": when.isoformat(),
        "Visit.Duration": "20",
        "Visit.Location.Department": clinic(place),
    }


def clinic(place: int) -> str:
    """Where an appointment is."""
    return f"Clinic {place % CLINICS}"


def _cell(column: str, number: int) -> str:
    fixed = {"DOB": f"19{number % 90 + 10}-0{number % 9 + 1}-1{number % 9}", "Sex": "Female", "Race": "Asian"}
    fixed |= {
        "IDType": "MR" if "[1]" in column else "EPI",
        "RelationToPatient": "Self",
        "ZIP": f"5{number % 10_000:04d}",
    }
    name = column.rpartition(".")[2]
    return fixed.get(name, f"{name[:6]}{number}")
