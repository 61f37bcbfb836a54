"""As-of: a question about a moment answers as if only the events effective up to it had ever come."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ingest.as_of import AsOf
from ingest.intake import Intake
from mappings.times import instant
from store.database import Store
from store.partition import Partition
from tests.feed import Json, ask, booked, census, everything, new_partition, push, visits
from tests.lives import DEPARTMENTS, PEOPLE, START, lives, moment

BORN = ("1980-02-03", "1991-11-30")
PAIRS = [pair for pairs in PEOPLE for pair in pairs]


def of(message: Json) -> datetime:
    moment = instant(message["Meta"]["EventDateTime"], START.tzinfo)  # type: ignore[arg-type]
    assert moment is not None
    return moment


@given(story=lives(), minutes=st.integers(-5, 125), luck=st.randoms(use_true_random=False))
async def test_as_of_equals_a_fresh_tenant_fed_only_the_earlier_events(
    store: Store, story: list[Json], minutes: int, luck: Random
) -> None:
    """As-of: exactly what the question would answer had only the events effective up to that moment been pushed."""
    moment = START + timedelta(minutes=minutes)
    whole, early = await new_partition(store), await new_partition(store)
    await push(Intake(store), whole, luck.sample(story, len(story)))
    await push(Intake(store), early, [message for message in story if of(message) <= moment])
    found, expected = await everything(AsOf(whole, moment), PAIRS), await everything(early, PAIRS)
    assert found == expected


PROVIDERS = (
    {"ID": "p1", "IDType": "NPI", "FirstName": "Amy", "LastName": "Oak"},
    {"ID": "p2", "LastName": "Elm"},
    {"LastName": "Oak"},
    {"LastName": ""},
)
NAMED = ({"FirstName": "Ada", "LastName": "Quill"}, {"FirstName": "Bo", "LastName": "Reed"})
SSNS = ("111-11-1111", "222-22-2222")


@st.composite
def filtered_lives(draw: st.DrawFn) -> list[Json]:
    """Lives whose events also say what questions filter by."""
    story = draw(lives())
    for message in story:
        if "Demographics" in message["Patient"]:
            message["Patient"]["Demographics"]["SSN"] = draw(st.sampled_from([None, "", *SSNS]))
        if "Location" in message.get("Visit", {}):
            message["Visit"]["PatientClass"] = draw(st.sampled_from([None, "Inpatient", "Emergency"]))
            message["Visit"]["AttendingProvider"] = draw(st.sampled_from([None, *PROVIDERS]))
            message["Visit"]["Location"]["Facility"] = draw(st.sampled_from([None, "East", "West", ""]))
    return story


async def filtered(partition: Partition) -> list[Any]:
    """The answers to questions with filters: of departments, facilities, classes, times, reasons, providers, names."""
    who = [{**name, "DOB": born, "PhoneNumber": {"Home": "+15550001"}} for name in NAMED for born in BORN]
    who += [{"SSN": ssn, "DOB": born} for ssn in SSNS for born in BORN]
    day = {"StartDateTime": moment(0), "EndDateTime": moment(30)}
    return [
        *[await census(partition, Departments=[department]) for department in DEPARTMENTS],
        await census(partition, PatientClasses=["Inpatient"], Facilities=["East"]),
        *[await visits(partition, PatientClasses=[one]) for one in ("Inpatient", "Emergency")],
        await visits(partition, Facilities=["West"], Departments=["3N", "ICU"], VisitStartDateTime=moment(30)),
        await visits(partition, VisitStatuses=["Planned", "Cancelled"], VisitNumbers=["v1"]),
        await booked(partition, **day),
        await booked(partition, Visit={"Reason": ["cough"], "Location": {"Department": "ER"}}),
        await booked(partition, **day, Visit={"AttendingProviders": [PROVIDERS[0], PROVIDERS[2]]}),
        await booked(partition, Visit={"AttendingProviders": [{"NPI": "p1"}], "VisitNumber": "v2"}),
        *[
            (await ask(partition, "PatientSearch", "Query", {"Patient": {"Demographics": one}})).body
            for one in [*who, *({"SSN": ssn, "DOB": BORN[0]} for ssn in SSNS)]
        ],
        *[await booked(partition, Visit={"Patients": [{"Identifiers": [{"IDType": "MR", "ID": "m1"}]}]})],
        *[await visits(partition, Patients=[{"Identifiers": [{"IDType": "SSN", "ID": ssn}]}]) for ssn in SSNS],
    ]


@given(story=filtered_lives(), minutes=st.integers(-5, 125), luck=st.randoms(use_true_random=False))
async def test_filters_find_what_was_so_at_the_moment(
    store: Store, story: list[Json], minutes: int, luck: Random
) -> None:
    """A question about the past finds records by what they were, whatever they became."""
    at = START + timedelta(minutes=minutes)
    whole, early = await new_partition(store), await new_partition(store)
    await push(Intake(store), whole, luck.sample(story, len(story)))
    await push(Intake(store), early, [message for message in story if of(message) <= at])
    assert await filtered(AsOf(whole, at)) == await filtered(early)
