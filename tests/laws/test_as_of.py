"""As-of: a question about a moment answers as if only the events effective up to it had ever come."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from ingest.as_of import AsOf
from ingest.intake import Intake
from mappings.times import instant
from store.mongo import Store
from tests.feed import Json, everything, new_partition, push
from tests.lives import PEOPLE, START, lives

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
