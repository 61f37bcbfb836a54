"""Invented hospitals: as many facilities with wards, beds and clinics as the people fill, and their providers.

Beds and appointments are assigned one after the other, so the place of a person follows from a number alone, and a ward
or a day that is full does not change if more people are added.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from random import Random
from typing import Any

from ingest.synth import words

Json = dict[str, Any]

BEDS = 50
"""The number of beds in a ward."""
WARDS = 12
"""The number of wards in a facility."""
CLINICS = len(words.SPECIALTIES)
"""The number of clinics in a facility."""
HOURS = 20
"""The number of appointments in a day of a clinic."""
DAYS = 60
"""The number of working days for which a clinic is booked ahead, with today."""
MINUTES, OPENS = 20, 8 * 60
"""The length of an appointment in minutes, and the start of the first one in minutes after midnight."""

_TREATING = 4
"""The number of providers in a department."""


def facility(number: int) -> str:
    """Return the name of a facility: the name of a town, with a number if all towns are used already."""
    towns = words.TOWNS.words
    again, place = divmod(number, len(towns))
    return towns[place].replace("-", " ") + (f" {again + 1}" if again else "")


def ward(number: int) -> Json:
    """Return the location of a ward: its type, facility and department. Wards are counted over all facilities."""
    where, here = divmod(number, WARDS)
    return _place("Inpatient", where, f"{here // 2 + 2} {('North', 'South')[here % 2]}")


def bed(number: int) -> Json:
    """Return the location of a bed, with its room and ward. Beds are counted over all wards."""
    on, place = divmod(number, BEDS)
    floor = on % WARDS // 2 + 2
    return {**ward(on), "Room": f"{floor}{place // 2 + 1:02}", "Bed": "AB"[place % 2]}


def clinic(number: int) -> Json:
    """Return the location of a clinic: its type, facility and department. Clinics are counted over all facilities."""
    where, specialty = divmod(number, CLINICS)
    return _place("Clinic", where, words.SPECIALTIES[specialty])


def emergency(facility_number: int) -> Json:
    """Return the location of the emergency department of a facility."""
    return _place("Emergency", facility_number, "Emergency")


def _place(kind: str, facility_number: int, name: str) -> Json:
    """Return the location of a department; its name begins with its facility, so that no two have the same name."""
    where = facility(facility_number)
    return {"Type": kind, "Facility": f"{where} Hospital", "Department": f"{where} {name}"}


def hour(number: int) -> tuple[int, int, int]:
    """Return the clinic, the working day and the minute of the day of an appointment, from its number.

    The clinic is a number for `clinic`, and the working day a number for `working_day`.
    """
    of_clinic, place = divmod(number, HOURS)
    at, day = divmod(of_clinic, DAYS)
    return at, day, OPENS + place * MINUTES


@lru_cache(maxsize=4096)
def working_day(today: date, number: int) -> date:
    """Return today for the number 0, and for the number n the n-th day after today that is not a Saturday or Sunday."""
    if not number:
        return today
    after = working_day(today, number - 1) + timedelta(days=1)
    while after.weekday() > 4:
        after += timedelta(days=1)
    return after


def provider(tag: str, department: str, number: int) -> Json:
    """Return one of the providers of a department; numbers that differ by a multiple of 4 give the same provider."""
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
