"""Invented people and those who treat them: of each number always the same one, and nobody who lives."""

from __future__ import annotations

from random import Random
from typing import Any

Json = dict[str, Any]

_FIRST = (
    "Aldous",
    "Brisa",
    "Caspian",
    "Dunja",
    "Emeka",
    "Fenna",
    "Goran",
    "Hanneke",
    "Isolde",
    "Jorun",
    "Kwame",
    "Lida",
)
_LAST = ("Abernethy", "Borowski", "Castellan", "Drummond", "Eskildsen", "Fairweather", "Grzeskowiak", "Hollander")
_STREETS = ("Tannery Lane", "Orchard Bank", "Weir Road", "Chapel Rise", "Saltmarsh Street")


def patient(seed: int, number: int) -> Json:
    """Somebody with a home, a contact and a doctor."""
    chance = chance_of(seed, number)
    first, last = chance.choice(_FIRST), chance.choice(_LAST)
    home = _address(chance)
    return {
        "Identifiers": [
            {"ID": record_number(seed, number), "IDType": "MR"},
            {"ID": f"e{seed}.{number:07}", "IDType": "EHRID"},
        ],
        "Demographics": {
            "FirstName": first,
            "MiddleName": chance.choice(_FIRST),
            "LastName": last,
            "DOB": f"{chance.randrange(1930, 2020)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}",
            "Sex": chance.choice(("Female", "Male")),
            "Race": "White",
            "IsHispanic": False,
            "MaritalStatus": "Married",
            "PhoneNumber": {"Home": _phone(chance), "Mobile": _phone(chance)},
            "EmailAddresses": [f"{first}.{last}{number}@example.org".lower()],
            "Language": "en",
            "Citizenship": ["US"],
            "Address": home,
        },
        "Contacts": [
            {
                "FirstName": chance.choice(_FIRST),
                "LastName": last,
                "Address": home,
                "PhoneNumber": {"Mobile": _phone(chance)},
                "RelationToPatient": "Spouse",
                "Roles": ["Emergency Contact"],
            }
        ],
        "PCP": provider(chance.randrange(40)),
    }


def _address(chance: Random) -> Json:
    return {
        "StreetAddress": f"{chance.randrange(1, 200)} {chance.choice(_STREETS)}",
        "City": "Harrow Vale",
        "State": "VT",
        "ZIP": f"05{chance.randrange(1000):03}",
        "County": "Orange",
        "Country": "US",
    }


def insurance(chance: Random) -> Json:
    """What pays for a stay."""
    return {
        "Plan": {"ID": "4410", "IDType": "Payor ID", "Name": "Vale Standard"},
        "Company": {"ID": "77", "Name": "Green Hills Mutual", "PhoneNumber": "+18025550190"},
        "GroupNumber": "HV-17",
        "PolicyNumber": f"P{chance.randrange(10**8)}",
        "Priority": "1",
        "CoverageType": "Insurance",
        "Insured": {"Relationship": "Self"},
    }


def provider(number: int) -> Json:
    """Who treats."""
    return {
        "ID": f"19{number:08}",
        "IDType": "NPI",
        "FirstName": _FIRST[number % len(_FIRST)],
        "LastName": _LAST[number % len(_LAST)],
        "Credentials": ["MD"],
        "PhoneNumber": {"Office": "+18025550140"},
    }


def _phone(chance: Random) -> str:
    return f"+1802555{chance.randrange(10_000):04}"


def chance_of(seed: int, number: int) -> Random:
    """The dice of one person."""
    return Random(f"{seed}.{number}")  # noqa: S311 - invented people, no secrets


def record_number(seed: int, number: int) -> str:
    """The medical record number of somebody."""
    return f"{seed}-{number:07}"
