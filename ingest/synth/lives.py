"""A population: a number of invented people, and the messages that report their lives.

Everything follows from the seed, the day and the number of a person. Two runs give the same messages. A larger
population contains the smaller one, and the populations of two seeds or two days have no person in common.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cached_property
from itertools import chain, islice
from math import log
from random import Random
from typing import Any

from ingest.synth import places, visits
from ingest.synth.people import Person, person
from ingest.synth.visits import ADMIN, DAY, Course, Step
from mappings.times import utc_text
from store.access.tenant import Tenant

Json = dict[str, Any]

IN_TURN = 1024
"""The number of people whose messages alternate if the events of one person are to be far apart, as in a feed."""
YEARS = timedelta(days=730)
"""The time before today in which past visits lie."""
OF_FIVE = {0: 0, 2: 1}
"""Two of five people have a coming appointment: their number modulo 5, and which of the two appointments it is."""

_SAID = {
    "PatientAdmin": ("Identifiers", "Demographics", "Contacts", "PCP"),
    "Scheduling": ("Identifiers", "Demographics"),
}
"""The members of Patient in the events of a visit, by data model."""


def addressed(tenant: Tenant) -> Json:
    """Return the members of Meta that route a message to a tenant: Destinations, and Source if it has a source id."""
    source = {"Source": {"ID": tenant.source_ids[0], "Name": "synth"}} if tenant.source_ids else {}
    return {**source, "Destinations": [{"ID": tenant.destination_id, "Name": tenant.name}]}


@dataclass(frozen=True)
class Population:
    """Invented people of one tenant, as of the beginning of the day `today`."""

    patients: int
    today: date
    seed: int = 1
    visits: int = 3
    """The number of visits that a person has on average."""
    zone: tzinfo = UTC
    meta: Mapping[str, Any] = field(default_factory=dict)
    """Further members of the Meta of each message, for example its Destinations."""
    in_bed: int = 100
    """One of this number of people is in a bed at the beginning of `today`."""

    @cached_property
    def tag(self) -> str:
        """Return the six letters that are part of all numbers of these people: a hash of the seed and the day."""
        digest = hashlib.blake2b(f"{self.seed}.{self.today.isoformat()}".encode(), digest_size=8).digest()
        letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
        number = int.from_bytes(digest)
        return "".join(letters[number // len(letters) ** place % len(letters)] for place in range(6))

    def messages(self, first: int = 0, *, in_turn: int = 1) -> Iterator[Json]:
        """Give all messages: person after person, or in turn of `in_turn` people at a time.

        The messages of one person are in the order of time. `first` is the number of the first person.
        """
        numbers = iter(range(first, self.patients))
        turns = deque(self.life(number) for number in islice(numbers, in_turn))
        while turns:
            life = turns.popleft()
            message = next(life, None)
            if message is not None:
                yield message
                turns.append(life)
            elif (number := next(numbers, None)) is not None:
                turns.appendleft(self.life(number))

    def life(self, number: int) -> Iterator[Json]:
        """Give the messages of one person in the order of time; the first is PatientAdmin.NewPatient."""
        chance = Random(f"{self.tag}.{number}")  # noqa: S311 - invented people, no secrets
        who = person(chance, self.tag, number, self.today)
        course = self._course(chance, number, who)
        steps = sorted(self._steps(course, who), key=lambda step: step[0])
        moved = self._moved(course, steps)
        before = min((step[0] for step in steps), default=course.midnight - DAY * chance.randrange(2, 600))
        # A real system may send two events of one second; here each event of a person has its own second.
        moment = max(before - timedelta(hours=chance.randrange(1, 24)), self._born(who, course))
        yield self._message(ADMIN, "NewPatient", moment, {"Patient": self._known(who, course)})
        for due, data_model, event_type, visit in chain(steps[:moved], self._move(steps, moved), steps[moved:]):
            moment = max(due, moment + timedelta(seconds=1))
            known = self._known(who, course, has_moved=moved < len(steps) and due >= steps[moved][0])
            if event_type == "PatientUpdate":
                yield self._message(data_model, event_type, moment, {"Patient": known})
                continue
            told = {name: known[name] for name in _SAID[data_model] if name in known}
            yield self._message(data_model, event_type, moment, {"Patient": told, "Visit": visit})

    def _course(self, chance: Random, number: int, who: Person) -> Course:
        ward_facility = number // (self.in_bed * places.BEDS * places.WARDS)
        clinic_facility = number * len(OF_FIVE) // (5 * places.HOURS * places.DAYS * places.CLINICS)
        return Course(chance, self.tag, self.zone, self.today, number, ward_facility, clinic_facility, who.insurances)

    def _steps(self, course: Course, who: Person) -> Iterable[Step]:
        """Give all steps of all visits of a person, visit after visit."""
        if not self.visits:
            return
        number, born = course.number, self._born(who, course)
        begin = max(course.midnight - YEARS, born + DAY)
        on_average = self.visits - len(OF_FIVE) / 5 - 1 / self.in_bed
        many = int(course.chance.expovariate(log(1 + 1 / on_average)))
        share = (course.midnight - DAY - begin) / max(many, 1)
        for place in range(many):
            span = begin + place * share, begin + (place + 1) * share
            yield from visits.past(course, self.visit_number(number, place + 1), *span)
        if number % self.in_bed == min(3, self.in_bed - 1):
            yield from visits.current(course, self.visit_number(number, "B"), number // self.in_bed, born)
        if number % 5 in OF_FIVE:
            hour = number // 5 * len(OF_FIVE) + OF_FIVE[number % 5]
            yield from visits.coming(course, self.visit_number(number, "A"), hour, born)

    def visit_number(self, number: int, which: int | str) -> str:
        """Return the number of a visit: the tag, the number of the person, and `which` visit of the person it is.

        `which` is 1, 2 ... for past visits, `B` for the stay in a bed and `A` for the coming appointment.
        """
        return f"{self.tag}{number:07}-{which}"

    def _born(self, who: Person, course: Course) -> datetime:
        return course.at(who.born, 12 * 60)

    def _moved(self, course: Course, steps: list[Step]) -> int:
        """Return the index of the step before which a person moves; the number of steps if the person does not move."""
        return course.chance.randrange(1, len(steps)) if len(steps) > 1 and course.likely(0.12) else len(steps)

    def _move(self, steps: list[Step], moved: int) -> Iterator[Step]:
        if moved < len(steps):
            yield steps[moved][0], ADMIN, "PatientUpdate", {}

    def _known(self, who: Person, course: Course, *, has_moved: bool = False) -> Json:
        """Return the members of Patient that are known of a person, without empty members."""
        family_medicine = places.clinic(course.clinic_facility * places.CLINICS + 1)["Department"]
        doctor = places.provider(self.tag, family_medicine, course.number)
        known: Json = {
            "Identifiers": who.identifiers,
            "Demographics": who.moved if has_moved else who.demographics,
            "Contacts": who.contacts,
            "PCP": {"NPI": doctor["ID"], **doctor},
            "Guarantor": who.guarantor,
            "Insurances": who.insurances,
        }
        return {name: said for name, said in known.items() if said}

    def _message(self, data_model: str, event_type: str, moment: datetime, content: Json) -> Json:
        meta = {"DataModel": data_model, "EventType": event_type, "EventDateTime": utc_text(moment), "Test": False}
        return {"Meta": {**meta, **self.meta}, **content}
