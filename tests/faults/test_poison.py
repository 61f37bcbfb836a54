"""One event that cannot be folded is kept for later, and harms no other."""

from __future__ import annotations

import pytest

from ingest.fold.events import Event
from ingest.fold.world import World
from ingest.intake import Intake
from ingest.replays import open_events
from store.partition import Partition
from tests.feed import Json, everything, incoming, new_partition, push, search
from tests.lives import moment

POISON = "v-poison"
PAIRS = [("MR", f"m{number}") for number in range(20)]


def arrival(number: int, visit: str | None = None) -> Json:
    meta = {"DataModel": "PatientAdmin", "EventType": "Arrival", "EventDateTime": moment(number)}
    patient = {"Identifiers": [{"IDType": "MR", "ID": f"m{number}"}], "Demographics": {"LastName": "Reed"}}
    return {"Meta": meta, "Patient": patient, "Visit": {"VisitNumber": visit or f"v{number}"}}


STORY = [arrival(number) for number in range(10)] + [arrival(10, POISON)] + [arrival(n) for n in range(11, 20)]


@pytest.fixture
def poisoned() -> pytest.MonkeyPatch:
    """A fold that one event breaks, until the patch is undone."""
    whole = World.apply

    def apply(world: World, event: Event) -> None:
        if event.number == POISON:
            raise KeyError(POISON)
        whole(world, event)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(World, "apply", apply)
        yield patch


async def test_a_poisonous_event_spoils_no_other_of_its_batch_and_is_folded_once_the_cause_is_gone(
    partition: Partition, poisoned: pytest.MonkeyPatch
) -> None:
    intake, told = Intake(partition.store), await new_partition(partition.store, time_zone="Asia/Kathmandu")
    accepted = await push(intake, partition, STORY, at_once=True)
    assert [each.open for each in accepted] == [None] * 10 + ["failed"] + [None] * 9
    for pair in PAIRS:
        assert bool((await search(partition, pair))["Patient"]) == (pair != ("MR", "m10"))
    again = await push(intake, partition, [STORY[10]])
    assert [(each.is_redelivery, each.open) for each in again] == [(True, "failed")]

    poisoned.undo()
    summary = await open_events.take_up(partition.store, partition)
    assert (summary.taken_up, summary.still_open) == (1, 0)
    await push(intake, told, STORY)
    assert await everything(partition, PAIRS) == await everything(told, PAIRS)


async def test_an_event_that_fails_again_keeps_no_other_from_being_taken_up(
    partition: Partition, poisoned: pytest.MonkeyPatch
) -> None:
    intake = Intake(partition.store)
    for word in ("healed", "broken"):
        poisoned.setattr("tests.faults.test_poison.POISON", word)
        await push(intake, partition, [arrival(1, word)])
    summary = await open_events.take_up(partition.store, partition)
    assert (summary.taken_up, summary.still_open) == (1, 1)
    assert [entry.open async for entry in partition.journal.in_order_of_receipt()] == [None, "failed"]


async def test_a_poisonous_event_for_several_tenants_is_kept_by_each(
    partition: Partition, poisoned: pytest.MonkeyPatch
) -> None:
    other = await new_partition(partition.store)
    poison = incoming(arrival(1, POISON))
    accepted = await Intake(partition.store).push([partition, other], poison)
    assert [each.open for each in accepted] == ["failed", "failed"]
    assert [await each.journal.count() for each in (partition, other)] == [1, 1]
