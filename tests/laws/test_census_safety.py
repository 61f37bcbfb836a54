"""Census safety: no clinical event opens, closes, moves or counts a visit or a booking."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ingest.fold.lifecycles import LIFECYCLES
from ingest.intake import Intake
from store.database import Store
from tests.feed import Json, booked, census, new_partition, push, visits
from tests.laws.test_recall import shared
from tests.lives import PEOPLE, lives, moment
from tests.strategies import messages

CLINICAL = [(row.data_model, row.event_type) for row in LIFECYCLES if row.is_clinical]
OF_A_VISIT = ("VisitNumber", "VisitDateTime", "PatientClass", "Location", "Status", "Reason", "Duration")


@st.composite
def clinical_events(draw: st.DrawFn) -> list[Json]:
    """Some clinical events of the people of the lives, that name their visits."""
    events = []
    for data_model, event_type in draw(st.lists(st.sampled_from(CLINICAL), min_size=1, max_size=4)):
        message: Json = draw(messages(data_model, event_type))
        whole = draw(st.sampled_from(PEOPLE))
        pairs = draw(st.lists(st.sampled_from(whole), min_size=1, unique=True))
        patient = {
            **(message.get("Patient") or {}),
            "Identifiers": [{"IDType": kind, "ID": value} for kind, value in pairs],
        }
        visit = {**(message.get("Visit") or {}), "VisitNumber": draw(st.sampled_from(["v1", "v2", "v3"]))}
        meta = {**message["Meta"], "EventDateTime": moment(draw(st.integers(0, 4000)))}
        events.append({**message, "Meta": meta, "Patient": patient, "Visit": visit})
    return events


async def _visits_of(partition: Any) -> list[Any]:
    """The visits of Census, VisitQuery and Booked, with nothing of their people."""
    stays = [
        visit
        for answer in (await census(partition), await visits(partition))
        for who in answer
        for visit in who["Visits"]
    ]
    bookings = await booked(partition)
    told = [{name: each[name] for name in OF_A_VISIT if name in each} for each in (*stays, *bookings)]
    return sorted(told, key=str)


@shared(2)
@given(told=lives(most=8), clinical=clinical_events(), data=st.data())
async def test_visits_are_the_same_with_and_without_clinical_events(
    store: Store, told: list[Json], clinical: list[Json], data: st.DataObject
) -> None:
    alone, together = await new_partition(store), await new_partition(store)
    intake = Intake(store)
    await push(intake, alone, told)
    await push(intake, together, data.draw(st.permutations([*told, *clinical])))
    assert await _visits_of(together) == await _visits_of(alone)
