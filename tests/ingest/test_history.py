"""What is folded again is folded whole: bookings of nobody are connected through every number they name."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.intake import Intake
from ingest.replays import replay
from store.database import Store
from tests.feed import Json, booked, everything, new_partition, push
from tests.lives import moment


def scheduling(event_type: str, minute: int, number: str, **visit: Any) -> Json:
    meta = {"DataModel": "Scheduling", "EventType": event_type, "EventDateTime": moment(minute)}
    return {"Meta": meta, "Visit": {"VisitNumber": number, "VisitDateTime": moment(600), "Duration": 15, **visit}}


def moved(minute: int, number: str) -> Json:
    meta = {"DataModel": "PatientAdmin", "EventType": "VisitMerge", "EventDateTime": moment(minute)}
    patient = {"Identifiers": [{"IDType": "MR", "ID": "m9"}]}
    return {"Meta": meta, "Patient": patient, "Visit": {"VisitNumber": number}}


def discharge(minute: int, visit: str, *pairs: tuple[str, str], **said: Any) -> Json:
    meta = {"DataModel": "PatientAdmin", "EventType": "Discharge", "EventDateTime": moment(minute)}
    identifiers = [{"IDType": id_type, "ID": value} for id_type, value in pairs]
    return {
        "Meta": meta,
        "Patient": {"Identifiers": identifiers, "Demographics": said},
        "Visit": {"VisitNumber": visit},
    }


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


async def test_an_event_of_whom_another_of_its_batch_reaches_by_a_visit_is_folded_with_it(store: Store) -> None:
    """The merge reaches the person through the visit's history, the discharge by identifier: one record, one fold."""
    first = discharge(0, "v1", ("EPI", "e2"), ("MR", "m2"), LastName="Reed")
    second = discharge(10, "v3", ("EPI", "e2"), FirstName="Bo")
    third = moved(20, "v1")
    intake, told, together = Intake(store), await new_partition(store), await new_partition(store)
    await push(intake, told, [first, second, third])
    await push(intake, together, [first])
    await push(intake, together, [third, second], at_once=True)
    pairs = [("EPI", "e2"), ("MR", "m9")]
    assert await everything(together, pairs) == await everything(told, pairs)
    assert not (await replay.replay_tenant(store, together, is_dry=True)).differs
