"""Invented people: the same population and number always give the same person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from random import Random
from typing import Any

from ingest.synth import words
from ingest.synth.words import Community

Json = dict[str, Any]

GROWN_UP, OLD = 18, 65
YEAR = 365.25  # days
YOUNGEST = 10  # days


@dataclass(frozen=True, slots=True)
class Person:
    """The members of Patient for one person, and the day of birth."""

    born: date
    identifiers: list[Json]
    demographics: Json
    contacts: list[Json]
    insurances: list[Json]
    guarantor: Json

    @property
    def moved(self) -> Json:
        """Return the demographics after a move: another house number, and the same street and town."""
        address = self.demographics["Address"]
        number, _, street = address["StreetAddress"].partition(" ")
        return {**self.demographics, "Address": {**address, "StreetAddress": f"{int(number) + 7} {street}"}}


def person(chance: Random, tag: str, number: int, today: date) -> Person:
    """Return the person of a number in the population with this tag, as known on the day `today`."""
    community, sex = words.COMMUNITIES.draw(chance), words.SEX.draw(chance)
    born = _born(chance, today)
    age = (today - born).days / YEAR
    first, last = _given(community, sex, chance), community.family.draw(chance)
    home, phone = _address(chance), _phones(chance, age)
    said = {
        "FirstName": first,
        "LastName": last,
        "DOB": born.isoformat(),
        "Sex": sex,
        "Race": community.race.draw(chance),
        "IsHispanic": community.is_hispanic,
        "Language": community.language if chance.random() < 0.6 else "en",
        "PhoneNumber": phone,
        "Address": home,
    }
    if chance.random() < 0.7:
        said["MiddleName"] = _given(community, sex, chance)
    if chance.random() < 0.55:
        said["SSN"] = f"9{chance.randrange(100):02}-{chance.randrange(1, 50):02}-{chance.randrange(10_000):04}"
    if age >= GROWN_UP:
        said["MaritalStatus"] = (words.WIDOWED if age >= OLD else words.MARRIED).draw(chance)
        if chance.random() < 0.65:
            said["EmailAddresses"] = [f"{first}.{last}{number}@example.org".lower()]
    contact = _contact(chance, said, community, home) if chance.random() < 0.75 or age < GROWN_UP else {}
    return Person(
        born,
        _identifiers(chance, tag, number),
        said,
        [contact] if contact else [],
        _insurances(chance, tag, number, age, today),
        _guarantor(tag, number, age, said, contact),
    )


def record_number(tag: str, number: int) -> Json:
    """Return the medical record number of a person as an identifier."""
    return {"ID": f"{tag}{number:07}", "IDType": "MR"}


def _identifiers(chance: Random, tag: str, number: int) -> list[Json]:
    """Return the medical record number, and for about 60 % of the people also the number that all facilities share."""
    shared = [{"ID": f"E{tag}{number:07}", "IDType": "EPI"}] if chance.random() < 0.6 else []
    return [record_number(tag, number), *shared]


def _born(chance: Random, today: date) -> date:
    youngest, oldest = words.AGES.draw(chance)
    return today - timedelta(days=chance.randrange(max(int(youngest * YEAR), YOUNGEST), int(oldest * YEAR)))


def _given(community: Community, sex: str, chance: Random) -> str:
    is_man = sex == "Male" or (sex != "Female" and chance.random() < 0.5)
    return (community.men if is_man else community.women).draw(chance)


@lru_cache(maxsize=1024)
def _place(town: str) -> tuple[str, int]:
    """Return the name of a town, and its first ZIP code as a number."""
    return town.replace("-", " "), 5000 + 40 * words.TOWNS.words.index(town)


def _address(chance: Random) -> Json:
    town, first = _place(words.TOWNS.draw(chance))
    return {
        "StreetAddress": f"{chance.randrange(1, 900)} {words.STREETS.draw(chance)} {words.WAYS.draw(chance)}",
        "City": town,
        "State": "VT",
        "ZIP": f"{first + chance.randrange(12):05}",
        "Country": "US",
    }


def phone(chance: Random) -> str:
    """Return a telephone number from the block 555-0100 to 555-0199, which is reserved for fiction."""
    return f"+1{chance.choice(words.AREAS)}55501{chance.randrange(100):02}"


def _phones(chance: Random, age: float) -> Json:
    likely = {"Home": 0.5, "Mobile": 0.88, "Office": 0.2} if age >= GROWN_UP else {"Home": 0.6}
    return {name: phone(chance) for name, share in likely.items() if chance.random() < share} or {"Home": phone(chance)}


def _contact(chance: Random, who: Json, community: Community, home: Json) -> Json:
    """Return a parent for a child, the spouse for a married person, otherwise a brother or sister."""
    if "MaritalStatus" not in who:
        relation, sex = chance.choice((("Mother", "Female"), ("Father", "Male")))
    else:
        relation = "Spouse" if who["MaritalStatus"] == "Married" else "Sibling"
        sex = "Male" if who["Sex"] == "Female" else "Female"
    return {
        "FirstName": _given(community, sex, chance),
        "LastName": who["LastName"],
        "Address": home,
        "PhoneNumber": {"Mobile": phone(chance)},
        "RelationToPatient": relation,
        "Roles": ["Emergency Contact"],
    }


def _insurances(chance: Random, tag: str, number: int, age: float, today: date) -> list[Json]:
    """Return the insurances of a person: usually one, two for some people over 65, none for a few people."""
    lot = chance.random()
    if lot < 0.06:
        return []
    first = words.FOR_THE_OLD if age >= OLD else words.FOR_THE_POOR if lot < 0.24 else words.INSURERS.draw(chance)
    second = [words.INSURERS.draw(chance)] if age >= OLD and lot > 0.6 else []
    return [_insurance(chance, f"{tag}{number:07}", place, each, today) for place, each in enumerate([first, *second])]


def _insurance(chance: Random, holder: str, place: int, insurer: tuple[str, str, str], today: date) -> Json:
    company, plan, name = insurer
    return {
        "Plan": {"ID": plan, "IDType": "Payor ID", "Name": name},
        "Company": {"ID": plan.partition("-")[0], "Name": company, "PhoneNumber": "+18025550190"},
        "GroupNumber": f"G-{chance.randrange(1, 400):03}",
        "PolicyNumber": f"P{holder}{place}",
        "EffectiveDate": f"{today.year - chance.randrange(4)}-01-01",
        "Priority": f"{place + 1}",
        "CoverageType": "Insurance",
        "Insured": {"Relationship": "Self"},
    }


def _guarantor(tag: str, number: int, age: float, who: Json, contact: Json) -> Json:
    """Return the guarantor: an adult is their own guarantor, and for a child it is the parent in `contact`."""
    number_as_guarantor = {"Number": f"A{tag}{number:07}", "Type": "Personal"}
    if age >= GROWN_UP:
        names = {name: who[name] for name in ("FirstName", "LastName", "DOB", "Sex", "Address")}
        return {**number_as_guarantor, **names, "RelationToPatient": "Self"}
    names = {name: contact[name] for name in ("FirstName", "LastName", "Address", "RelationToPatient")}
    return {**number_as_guarantor, **names}
