"""Invented hospitals: facilities with wards, beds and clinics, as many as people fill, and those who treat there.

Beds and hours are given out one after the other, so where somebody lies or is due follows from a number alone, and a
ward or a day that is full stays as it is when more people come.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from random import Random
from typing import Any

from ingest.synth import words

Json = dict[str, Any]

BEDS = 50
"""Beds of a ward."""
WARDS = 12
"""Wards of a facility."""
CLINICS = len(words.SPECIALTIES)
"""Clinics of a facility."""
HOURS = 20
"""Appointments of a clinic's day."""
DAYS = 60
"""Days for which a clinic is booked ahead."""
MINUTES, OPENS = 20, 8 * 60
"""How long an appointment takes, and when the first one is, in minutes after midnight."""

_TREATING = 4
"""Providers of a ward or a clinic."""


def facility(number: int) -> str:
    """The name of a facility."""
    towns = words.TOWNS.words
    again, place = divmod(number, len(towns))
    return towns[place].replace("-", " ") + (f" {again + 1}" if again else "")


def ward(number: int) -> Json:
    """A ward: its facility and department."""
    where, here = divmod(number, WARDS)
    return _place("Inpatient", where, f"{here // 2 + 2} {('North', 'South')[here % 2]}")


def bed(number: int) -> Json:
    """A bed, with its room and ward."""
    on, place = divmod(number, BEDS)
    floor = on % WARDS // 2 + 2
    return {**ward(on), "Room": f"{floor}{place // 2 + 1:02}", "Bed": "AB"[place % 2]}


def clinic(number: int) -> Json:
    """A clinic: its facility and department."""
    where, specialty = divmod(number, CLINICS)
    return _place("Clinic", where, words.SPECIALTIES[specialty])


def emergency(facility_number: int) -> Json:
    """The emergency department of a facility."""
    return _place("Emergency", facility_number, "Emergency")


def _place(kind: str, facility_number: int, name: str) -> Json:
    """A department; its name says its facility too, so that no two have the same."""
    where = facility(facility_number)
    return {"Type": kind, "Facility": f"{where} Hospital", "Department": f"{where} {name}"}


def hour(number: int) -> tuple[int, int, int]:
    """The clinic, the day from today on, and the minute of the day of the appointment of that number."""
    of_clinic, place = divmod(number, HOURS)
    at, day = divmod(of_clinic, DAYS)
    return at, day, OPENS + place * MINUTES


@lru_cache(maxsize=4096)
def working_day(today: date, number: int) -> date:
    """Today, and after it the days of the week on which clinics are open."""
    if not number:
        return today
    after = working_day(today, number - 1) + timedelta(days=1)
    while after.weekday() > 4:
        after += timedelta(days=1)
    return after


def provider(tag: str, department: str, number: int) -> Json:
    """One of those who treat in a department."""
    return _provider(tag, department, number % _TREATING)


@lru_cache(maxsize=4096)
def _provider(tag: str, department: str, number: int) -> Json:
    chance = Random(f"{tag}.{department}.{number}")  # noqa: S311 - invented people, no secrets
    community = words.COMMUNITIES.draw(chance)
    given = community.women if chance.random() < 0.5 else community.men
    return {
        "ID": f"1{chance.randrange(10**9):09}",
        "IDType": "NPI",
        "FirstName": given.draw(chance),
        "LastName": community.family.draw(chance),
        "Credentials": [chance.choice(("MD", "MD", "DO", "NP"))],
    }
