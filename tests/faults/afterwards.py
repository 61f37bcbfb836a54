"""What must be true once the dust has settled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

import orjson

from ingest.incoming import identity
from ingest.intake import Intake
from ingest.replays import replay
from store.database import Store
from store.entries import Entry
from store.partition import Partition
from tests.faults.load import Json, Load, Pair
from tests.feed import everything, push

TOGETHER = 32
"""Events that are pushed at once into the tenant that nothing disturbs."""


async def journalled(partition: Partition) -> list[Entry]:
    """What the journal has."""
    return [entry async for entry in partition.journal.in_order_of_receipt()]


async def sandbox(store: Store) -> Partition:
    """The tenant that the load was pushed to."""
    tenant = await store.tenants.by_name("sandbox")
    assert tenant is not None
    return store.partition(tenant)


async def lost(partition: Partition, load: Load) -> set[str]:
    """Acknowledged events that the journal does not have."""
    return load.acknowledged - {entry.id for entry in await journalled(partition)}


async def doubled(partition: Partition) -> int:
    """How many entries say what another one says too."""
    entries = await journalled(partition)
    return len(entries) - len({identity(orjson.loads(entry.body), entry.body) for entry in entries})


async def undisturbed(store: Store, partition: Partition, pairs: Sequence[Pair]) -> Json:
    """The answers of a new tenant that was sent what the journal of this one has, in peace."""
    tenant = replace(partition.tenant, name=f"undisturbed-{uuid4().hex}", destination_id=str(uuid4()), source_ids=())
    await store.tenants.add(tenant)
    told, intake = store.partition(tenant), Intake(store)
    messages = [orjson.loads(entry.body) for entry in await journalled(partition)]
    messages.sort(key=lambda message: str(message["Meta"]["EventDateTime"]))
    for start in range(0, len(messages), TOGETHER):
        await push(intake, told, messages[start : start + TOGETHER], at_once=True)
    return await everything(told, pairs)


async def differences(store: Store, partition: Partition) -> tuple[int, int]:
    """Documents and journal entries that are not what folding everything again would give."""
    summary = await replay.replay_tenant(store, partition, is_dry=True)
    return summary.documents, summary.entries


def without_order(answers: Any) -> Any:
    """Answers whose visits stand in the order of their words: this is about what is there, not about where."""
    if isinstance(answers, dict):
        return {name: without_order(inner) for name, inner in answers.items()}
    if isinstance(answers, list):
        return sorted(map(without_order, answers), key=lambda inner: orjson.dumps(inner, option=orjson.OPT_SORT_KEYS))
    return answers


async def different(store: Store, partition: Partition, pairs: Sequence[Pair]) -> set[str]:
    """Questions that are answered otherwise than had nothing happened."""
    there = await everything(partition, pairs)
    alone = await undisturbed(store, partition, pairs)
    return {name for name in there if without_order(there[name]) != without_order(alone[name])}


async def assert_kept(store: Store, load: Load) -> None:
    """Everything acknowledged is there, once, and every answer is what it would be had nothing happened."""
    partition = await sandbox(store)
    assert load.unexpected == {}
    assert await lost(partition, load) == set()
    assert await doubled(partition) == 0
    assert await different(store, partition, load.pairs) == set()
    assert await differences(store, partition) == (0, 0)
