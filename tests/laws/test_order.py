"""Order and Once: the answers depend on the set of events, not on when, how often or how many at a time they came."""

from __future__ import annotations

import asyncio
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from ingest.intake import Intake
from store.database import Store
from store.partition import Partition
from tests.feed import Json, everything, new_partition, push, resources
from tests.lives import PEOPLE, lives

PAIRS = [pair for pairs in PEOPLE for pair in pairs]


async def assert_equal(one: Partition, other: Partition) -> None:
    """The same answers to every question, of the same resources apart from their ids."""
    assert await everything(one, PAIRS) == await everything(other, PAIRS)
    assert await resources(one) == await resources(other)


@given(story=lives(), luck=st.randoms(use_true_random=False))
async def test_any_permutation_with_duplicates_one_by_one(store: Store, story: list[Json], luck: Random) -> None:
    """Order: any permutation and duplication of a set of events gives the same answers to every question."""
    intake = Intake(store)
    told, shuffled = await new_partition(store), await new_partition(store)
    await push(intake, told, story)
    await push(intake, shuffled, luck.sample(story * 2, 2 * len(story)))
    await assert_equal(shuffled, told)


@given(story=lives(), luck=st.randoms(use_true_random=False))
async def test_batches_of_any_size_by_two_processes_intakes(store: Store, story: list[Json], luck: Random) -> None:
    """Order: events that come together, through two intakes that know nothing of each other, give the same answers."""
    told, shuffled = await new_partition(store), await new_partition(store)
    await push(Intake(store), told, story)
    mixed = luck.sample(story, len(story))
    half = luck.randrange(len(mixed) + 1)

    await asyncio.gather(
        push(Intake(store), shuffled, mixed[:half], at_once=True),
        push(Intake(store), shuffled, mixed[half:] + mixed[:1], at_once=True),
    )
    await assert_equal(shuffled, told)


@given(story=lives())
async def test_an_event_delivered_again_changes_nothing(store: Store, story: list[Json]) -> None:
    """Once: an event delivered n times has the effect of one."""
    intake, partition = Intake(store), await new_partition(store)
    first = await push(intake, partition, story)
    before = await everything(partition, PAIRS)
    again = await push(intake, partition, story * 2)
    assert all(accepted.is_redelivery for accepted in again)
    assert {accepted.journal_id for accepted in again} == {accepted.journal_id for accepted in first}
    assert await everything(partition, PAIRS) == before
    assert await partition.journal.count() == len({accepted.journal_id for accepted in first})
