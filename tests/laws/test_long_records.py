"""Records with many events are folded outside of the transaction; that changes no answer."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import pipeline
from ingest.intake import Intake
from ingest.replays import replay
from store.database import Store
from tests.feed import Json, everything, new_partition, push
from tests.lives import PEOPLE, lives

PAIRS = [pair for pairs in PEOPLE for pair in pairs]


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three connected events are a long record already."""
    monkeypatch.setattr(pipeline, "LONG", 2)


@given(story=lives(), luck=st.randoms(use_true_random=False))
async def test_a_long_record_answers_as_a_short_one(store: Store, short: None, story: list[Json], luck: Random) -> None:
    told, shuffled = await new_partition(store), await new_partition(store)
    await push(Intake(store), told, story)
    await push(Intake(store), shuffled, luck.sample(story, len(story)), at_once=True)
    assert await everything(shuffled, PAIRS) == await everything(told, PAIRS)
    assert not (await replay.replay_tenant(store, shuffled, is_dry=True)).differs


@given(story=lives(), luck=st.randoms(use_true_random=False))
async def test_a_replay_finds_nothing_to_mend(store: Store, story: list[Json], luck: Random) -> None:
    """What was folded piece by piece is what the journal folds to, issues included."""
    partition = await new_partition(store)
    await push(Intake(store), partition, luck.sample(story, len(story)), at_once=True)
    assert not (await replay.replay_tenant(store, partition, is_dry=True)).differs
