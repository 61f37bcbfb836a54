"""Undo and Merge: what was taken back was never said, and who became one is found by either name."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from ingest.intake import Intake
from store.database import Store
from tests.feed import Json, booked, census, new_partition, push, search, visits
from tests.lives import VISIT_EVENTS, moment, timed, visit_events

UNDONE_TOGETHER = {"Arrival": {"Arrival", "Registration"}, "Registration": {"Arrival", "Registration"}}
GIVES_A_STATUS = {"PreAdmit", "Arrival", "Registration", "Transfer", "Discharge", "Cancel"}
PRESUPPOSING = {"Transfer", "Discharge"}
"""What a Cancel of an Arrival takes along, if it came after it."""
UNDOABLE = ("PreAdmit", "Arrival", "Registration", "Transfer", "Discharge")


def of_one(messages: list[Json]) -> list[Json]:
    """The messages as if all were of one visit of one person, saying nothing new of the person."""
    for message in messages:
        message["Patient"] = {"Identifiers": [{"IDType": "MR", "ID": "m1"}]}
        message["Visit"]["VisitNumber"] = "v1"
    return messages


def bare(message: Json) -> Json:
    """The Cancel of an event: it says which visit, and no more."""
    meta = {"DataModel": "PatientAdmin", "EventType": "Cancel", "CanceledEvent": message["Meta"]["EventType"]}
    return {"Meta": meta, "Patient": message["Patient"], "Visit": {"VisitNumber": "v1"}}


def follow_ups() -> st.SearchStrategy[Json]:
    """What may follow an event in its occurrence: nothing here begins another one."""
    return visit_events().filter(lambda message: message["Meta"]["EventType"] in PRESUPPOSING | {"VisitUpdate"})


@given(
    before=st.lists(visit_events(), max_size=5),
    undone=visit_events().filter(lambda message: message["Meta"]["EventType"] in UNDOABLE),
    after=st.lists(follow_ups(), max_size=3),
    is_sent_twice=st.booleans(),
    luck=st.randoms(use_true_random=False),
)
async def test_an_event_and_its_cancel_leave_the_visit_as_if_neither_had_come(
    store: Store,
    before: list[Json],
    undone: Json,
    after: list[Json],
    is_sent_twice: bool,
    luck: Any,
) -> None:
    """Undo: E, alone in its class since the last undo, then Cancel of E: as if neither E nor what presupposes it came."""
    kind = undone["Meta"]["EventType"]
    alone = UNDONE_TOGETHER.get(kind, {kind})
    before = [message for message in before if message["Meta"]["EventType"] not in alone | {"Cancel"}]
    after = [message for message in after if message["Meta"]["EventType"] not in alone]
    of_one([*before, undone, *after])
    for message in after:
        message["Visit"]["VisitDateTime"] = moment(0)
    if kind == "Discharge":
        # A Cancel of a Discharge takes back every discharge leaf said before, so nobody else may have said one.
        for message in (*before, *after):
            message["Visit"].pop("DischargeDateTime", None)
    if is_sent_twice and kind != "Discharge":
        # Sent again after its own discharge time, the event would begin another occurrence, and that alone is taken back.
        undone["Visit"].pop("DischargeDateTime", None)
    kept = [m for m in after if len(alone) == 1 or m["Meta"]["EventType"] not in PRESUPPOSING]
    assume(before or kept)
    gives_status = any(
        message["Meta"]["EventType"] in GIVES_A_STATUS or message["Visit"].get("DischargeDateTime") is not None
        for message in (*before, *kept)
    )
    # What is sent twice is taken back whole: an update between does not count.
    twice = [undone, *([deepcopy(undone)] if is_sent_twice else [])]
    told = [*before, *twice, *after, bare(undone)]
    story = timed(told, range(0, 10 * len(told), 10))
    left = [message for place, message in enumerate(story) if told[place] in before or told[place] in kept]
    without, undone_again = await new_partition(store), await new_partition(store)
    await push(Intake(store), without, left)
    await push(Intake(store), undone_again, luck.sample(story, len(story)))
    expected, found = await visits(without), await visits(undone_again)
    if not gives_status:
        assert [visit["Status"] for patient in found for visit in patient["Visits"]] == ["Cancelled"]
        return
    assert found == expected
    assert await census(undone_again) == await census(without)


@given(
    one=st.lists(visit_events(), min_size=1, max_size=4),
    other=st.lists(visit_events(), min_size=1, max_size=4),
    luck=st.randoms(use_true_random=False),
)
async def test_after_a_merge_both_identifiers_find_the_survivor_with_all_visits(
    store: Store,
    one: list[Json],
    other: list[Json],
    luck: Any,
) -> None:
    """Merge: after a merge both people's identifiers find the survivor, whose visits are the union."""
    for serial, (name, theirs) in enumerate((("m1", one), ("m2", other))):
        for position, message in enumerate(theirs):
            message["Patient"]["Identifiers"] = [{"IDType": "MR", "ID": name}, {"IDType": "EPI", "ID": f"e-{name}"}]
            message["Visit"]["VisitNumber"] = f"{serial}-{position}"
            message["Meta"].pop("CanceledEvent", None)
    merge = {
        "Meta": {"DataModel": "PatientAdmin", "EventType": "PatientMerge"},
        "Patient": {
            "Identifiers": [{"IDType": "MR", "ID": "m1"}],
            "PreviousIdentifiers": [{"IDType": "MR", "ID": "m2"}],
        },
    }
    story = timed([*one, *other, merge], range(0, 10 * (len(one) + len(other)) + 10, 10))
    partition = await new_partition(store)
    await push(Intake(store), partition, luck.sample(story, len(story)))
    survivor = (await search(partition, ("MR", "m1")))["Patient"]
    for pair in (("MR", "m2"), ("EPI", "e-m2"), ("EPI", "e-m1")):
        assert (await search(partition, pair))["Patient"] == survivor
    named = [(each["IDType"], each["ID"]) for each in survivor["Identifiers"]]
    assert named == [("MR", "m1"), ("EPI", "e-m1"), ("EPI", "e-m2")]
    (patient,) = await visits(partition)
    numbers = sorted(visit["VisitNumber"] for visit in patient["Visits"])
    assert sorted(set(numbers)) == sorted(message["Visit"]["VisitNumber"] for message in one + other)
    assert await booked(partition) == []


def test_every_visit_event_can_be_told() -> None:
    """The stories above draw from every event of a visit."""
    assert set(UNDOABLE) | {"VisitUpdate", "Cancel"} == set(VISIT_EVENTS)
