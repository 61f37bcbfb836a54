"""The hospital that is measured: invented people, their events, and questions of which it is known what they find."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

from gateway.sandbox.well_known import TENANTS
from ingest.synth import places
from ingest.synth.lives import IN_TURN, OF_FIVE, Population, addressed
from ingest.synth.people import record_number
from mappings.times import utc_text
from store.access.tenant import Tenant

Json = dict[str, Any]

TENANT: Tenant = TENANTS[0]
TODAY = date(2025, 6, 3)
IN_BED = 20
"""One of so many is in a bed: more than in life, so that a thousand people fill a ward."""
ON_A_WARD = places.BEDS
ON_A_DAY = places.HOURS
EVENTS_A_PERSON = 3
"""Events of a visit that are pushed of each person, about."""


def population(people: int, seed: int = 1) -> Population:
    """So many people, with three visits each on average."""
    return Population(people, TODAY, seed, visits=3, meta=addressed(TENANT), in_bed=IN_BED)


def feed(people: int, seed: int = 1) -> Iterator[Json]:
    """What a feed tells of them, events of one person far apart."""
    return population(people, seed).messages(in_turn=IN_TURN)


def visits_alone(people: int, seed: int) -> Iterator[Json]:
    """Events that write two documents each, somebody and a visit; as many as there are before they come too close."""
    return islice(filter(_is_of_one_visit, feed(people, seed)), EVENTS_A_PERSON * people)


def _is_of_one_visit(message: Json) -> bool:
    """Whether an event is of an appointment alone, or of a stay alone: one that was booked has two documents."""
    is_booked = message["Meta"]["DataModel"] == "Scheduling"
    return is_booked or message.get("Visit", {}).get("PatientClass") in {"Inpatient", "Emergency"}


# --- questions --------------------------------------------------------------------------------------------------------


def who_is(number: int, seed: int = 1) -> Json:
    """The question for one person by record number; it finds one."""
    known = record_number(population(0, seed).tag, number)
    return _question("PatientSearch", "Query", Patient={"Identifiers": [known]})


def census(ward: int) -> Json:
    """The question for everyone on a ward; it finds `ON_A_WARD` where the ward is full."""
    return _question("PatientAdmin", "CensusQuery", Departments=[places.ward(ward)["Department"]])


def booked(clinic_day: int) -> Json:
    """The question for the appointments of a clinic's day; it finds `ON_A_DAY` where the day is full."""
    clinic, day, _ = places.hour(clinic_day * ON_A_DAY)
    begins = datetime.combine(places.working_day(TODAY, day), datetime.min.time(), UTC)
    span = {"StartDateTime": utc_text(begins), "EndDateTime": utc_text(begins + timedelta(days=1))}
    where = {"Department": places.clinic(clinic)["Department"]}
    return _question("Scheduling", "Booked", **span, Visit={"Location": where})


def wards(people: int) -> int:
    """How many wards so many people fill."""
    return len(range(3, people, IN_BED)) // ON_A_WARD


def clinic_days(people: int) -> int:
    """How many days of clinics so many people fill."""
    return sum(len(range(first, people, 5)) for first in OF_FIVE) // ON_A_DAY


def _question(data_model: str, event_type: str, **asked: Any) -> Json:
    destinations = [{"ID": TENANT.destination_id}]
    return {"Meta": {"DataModel": data_model, "EventType": event_type, "Destinations": destinations}, **asked}
