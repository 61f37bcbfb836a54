"""What is folded again is folded whole: bookings of nobody are connected through every number they name."""

from __future__ import annotations

from typing import Any

import pytest

from ingest import replay
from ingest.intake import Intake
from store.mongo import Store
from tests.feed import Json, booked, new_partition, push
from tests.lives import moment


def scheduling(event_type: str, minute: int, number: str, **visit: Any) -> Json:
    meta = {"DataModel": "Scheduling", "EventType": event_type, "EventDateTime": moment(minute)}
    return {"Meta": meta, "Visit": {"VisitNumber": number, "VisitDateTime": moment(600), "Duration": 15, **visit}}


def moved(minute: int, number: str) -> Json:
    meta = {"DataModel": "PatientAdmin", "EventType": "VisitMerge", "EventDateTime": moment(minute)}
    patient = {"Identifiers": [{"IDType": "MR", "ID": "m9"}]}
    return {"Meta": meta, "Patient": patient, "Visit": {"VisitNumber": number}}


BLOCKED = scheduling("New", 0, "v5", Reason="repairs")
TAKES_THE_PLACE = scheduling("Reschedule", 10, "v5", OldVisitNumber="v3")


BOOKED_EARLIER = scheduling("New", -10, "v3")


@pytest.mark.parametrize("late", [BOOKED_EARLIER, moved(20, "v3")], ids=["late hold", "moved visit"])
async def test_a_hold_reached_through_its_old_number_keeps_what_others_said_of_it(store: Store, late: Json) -> None:
    intake, partition = Intake(store), await new_partition(store)
    await push(intake, partition, [BLOCKED, TAKES_THE_PLACE, late])
    reasons = [visit.get("Reason") for visit in await booked(partition) if visit["VisitNumber"] == "v5"]
    assert reasons == ["repairs"]
    summary = await replay.replay_tenant(store, partition, is_dry=True)
    assert (summary.documents, summary.entries) == (0, 0)


async def test_a_hold_that_another_took_the_place_of_is_cancelled_also_when_it_comes_late(store: Store) -> None:
    intake, told, late = Intake(store), await new_partition(store), await new_partition(store)
    await push(intake, told, [BOOKED_EARLIER, BLOCKED, TAKES_THE_PLACE])
    await push(intake, late, [TAKES_THE_PLACE, BLOCKED, BOOKED_EARLIER])
    assert {visit["VisitNumber"]: visit["Status"] for visit in await booked(told)} == {
        "v3": "Cancelled",
        "v5": "Scheduled",
    }
    assert await booked(late) == await booked(told)
