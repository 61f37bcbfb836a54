"""Questions about the past against the same questions about the present, in a hospital that went on since.

    python -m bench past --full

Visits follow each other, so that every ward is full on every day. At the moment that is asked about, a sixth of the
visits had begun; each that is told of has changed since, and is folded for the answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from statistics import median
from typing import Any

import orjson

from bench import hospital
from bench.backfill import load
from bench.client import ask, carry
from bench.figures import Line, Measured
from bench.stage import Stage, directory_of, staged
from ingest.backfill.opening import EVENTS
from mappings.times import utc_text
from store.mongod.embedded import EmbeddedMongod
from store.settings import DATABASE, DEFAULT_DATABASE, MONGODB_URI

Json = dict[str, Any]

SIZE, FULL = 2_400, 24_000
"""Visits, with an appointment each."""
ROUNDS = 3
REQUESTS = 40
WARD, CLINIC = 50, 20
"""People of a ward, and appointments of a clinic's day."""
A_STAY, AHEAD = 10, 5
"""Days of a stay, and days from a booking to its appointment."""
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)


class _Hospital:
    """Visits one after the other: the same number of them each day, over as many wards and clinics as they fill."""

    def __init__(self, visits: int) -> None:
        self.visits = visits
        self.a_day = visits // 120
        self.wards, self.clinics = self.a_day * A_STAY // WARD, self.a_day // CLINIC
        self._meta = next(iter(hospital.population(1).messages()))["Meta"]

    def messages(self) -> list[Json]:
        """Return all events, in order."""
        found = (message for number in range(self.visits) for message in self._of(number))
        return sorted(found, key=lambda message: str(message["Meta"]["EventDateTime"]))

    def moment(self, day: float) -> datetime:
        """Return the moment of a day of this hospital."""
        return BEGIN + timedelta(days=day)

    def _of(self, number: int) -> Iterator[Json]:
        begins = number / self.a_day
        day, place = divmod(number, self.a_day)
        ward = {"VisitNumber": f"V{number}", "Location": {"Department": f"W{number % self.wards}"}}
        clinic = {"VisitNumber": f"A{number}", "Location": {"Department": f"C{place % self.clinics}"}}
        slot = {"VisitDateTime": utc_text(self.moment(day + 0.5)), "Duration": 20}
        yield self._event("Scheduling", "New", number, begins - AHEAD, clinic | slot)
        yield self._event("PatientAdmin", "Arrival", number, begins, ward | {"PatientClass": "Inpatient"})
        yield self._event(
            "Scheduling", "Modification", number, begins, clinic | slot | {"Instructions": ["Bring your card"]}
        )
        if begins + A_STAY < self.visits / self.a_day:
            yield self._event("PatientAdmin", "Discharge", number, begins + A_STAY, ward)

    def _event(self, data_model: str, event: str, number: int, day: float, visit: Json) -> Json:
        meta = {
            **self._meta,
            "DataModel": data_model,
            "EventType": event,
            "EventDateTime": utc_text(self.moment(day)),
        }
        who = {"FirstName": f"Ada{number}", "LastName": "Quill", "DOB": "1980-02-03"}
        return {
            "Meta": meta,
            "Patient": {"Identifiers": [self.identifier(number)], "Demographics": who},
            "Visit": visit,
        }

    def identifier(self, number: int) -> Json:
        """Return the identifier of the person of a visit."""
        return {"ID": f"P{number:06d}", "IDType": "MR"}

    def questions(self, day: int) -> dict[str, list[Json]]:
        """Return by name the questions as of the beginning of a day."""
        begins, ends = (utc_text(self.moment(each)) for each in (day, day + 1))
        asked: Mapping[str, tuple[str, str, list[Json]]] = {
            f"Census of {WARD}": (
                "PatientAdmin",
                "CensusQuery",
                [{"Departments": [f"W{ward}"]} for ward in range(self.wards)],
            ),
            f"Booked, a day of {CLINIC}": (
                "Scheduling",
                "Booked",
                [
                    {"StartDateTime": begins, "EndDateTime": ends, "Visit": {"Location": {"Department": f"C{clinic}"}}}
                    for clinic in range(self.clinics)
                ],
            ),
            "PatientSearch by identifier": (
                "PatientSearch",
                "Query",
                [
                    {"Patient": {"Identifiers": [self.identifier(number)]}}
                    for number in range((day - 1) * self.a_day, day * self.a_day)
                ],
            ),
        }
        return {
            name: [{"Meta": {**self._meta, "DataModel": model, "EventType": event}, **each} for each in all_asked]
            for name, (model, event, all_asked) in asked.items()
        }


async def measure(rounds: int = ROUNDS, size: int = SIZE) -> Measured:
    """Return the milliseconds of each question now, and as of a moment since which five sixths of the visits came."""
    planned = _Hospital(size)
    last = size // planned.a_day
    with directory_of(None) as directory, EmbeddedMongod(directory / "data") as mongod:
        async with staged(mongod, directory) as on:
            path = directory / EVENTS
            path.write_bytes(b"".join(orjson.dumps(event) + b"\n" for event in planned.messages()))
            await load(EVENTS, path, {MONGODB_URI: mongod.uri, DATABASE: DEFAULT_DATABASE})
            at = utc_text(planned.moment(last // 6))
            present, past = planned.questions(last - 1), planned.questions(last // 6)
            return Measured([await _line(on, name, present[name], past[name], at, rounds, size) for name in present])


async def _line(on: Stage, name: str, now: list[Json], then: list[Json], at: str, rounds: int, size: int) -> Line:
    asked = [on.request(question) for question in now]
    of_then = [on.request(question | {"Meta": question["Meta"] | {"AsOf": at}}) for question in then]
    sizes = [_found(orjson.loads(await ask(on.service, request))) for request in (asked[0], of_then[0])]
    floors, products = list[float](), list[float]()
    for turn in range(rounds + 1):
        floor = await carry(on.service, [*islice(cycle(asked), REQUESTS)], 1)
        product = await carry(on.service, [*islice(cycle(of_then), REQUESTS)], 1)
        if turn:  # the first round warms up
            floors.append(floor.p50)
            products.append(product.p50)
    says = f"{sizes[0]} and {sizes[1]} told of, p99 {product.p99:.0f} ms"
    return Line(
        f"17: {name} as of a moment, {size:,} visits", "ms", [median(floors)], [median(products)], "<= 10.00", says
    )


def _found(answer: Json) -> int:
    told = answer.get("Patients", answer.get("Visits"))
    return len(told) if told is not None else int("Identifiers" in answer["Patient"])
