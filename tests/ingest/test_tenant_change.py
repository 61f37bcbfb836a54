"""Settings that change: a replay is due until it is done, and then everything is as if they had always been so."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any
from uuid import uuid4

import pytest

from ingest.fold.worn import MOST_BESIDE
from ingest.folding.plan import LATE
from ingest.intake import Intake
from ingest.keys import PERSON_KEY, pair_token
from ingest.replays import migration
from ingest.replays.replay import replay_tenant
from ingest.replays.sweep import Sweep
from store.database import Store
from store.errors import TenantInvalid
from store.partition import Partition
from tests.feed import Json, everything, new_partition, push, resources, search
from tests.ingest.stories import admin

NEW = "NewPatient"
STORY = [
    admin(NEW, 0, ids="MR:1 EPI:a SITE:9", patient_Demographics={"FirstName": "Ada"}),
    admin(NEW, 1, ids="MR:2 EPI:a", patient_Demographics={"LastName": "Quill"}),
    admin("Arrival", 2, ids="MR:1 EPI:b", VisitNumber="v", VisitDateTime="2026-03-01T23:30:00"),
    admin("PatientUpdate", 3, ids="SITE:9", patient_Notes=None),
    admin(NEW, 4, ids="MR:nobody EPI:c"),
    admin(NEW, 5, ids="MR:nobody EPI:d"),
]
PAIRS = [("MR", "1"), ("MR", "2"), ("EPI", "a"), ("EPI", "b"), ("EPI", "c"), ("EPI", "d"), ("SITE", "9")]


@pytest.fixture(autouse=True)
def _settled_at_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migration, "SETTLED", timedelta())
        yield


async def changed(store: Store, partition: Partition, **settings: Any) -> Partition:
    """The partition of a tenant whose settings changed."""
    tenant = await store.tenants.change(partition.tenant.name, settings)
    assert tenant is not None
    return store.partition(tenant)


async def current(store: Store, partition: Partition) -> Partition:
    tenant = await store.tenants.by_name(partition.tenant.name)
    assert tenant is not None
    return store.partition(tenant)


@pytest.mark.parametrize(
    "settings",
    [
        {"identifying_types": ("EPI",)},
        {"identifying_types": ("EPI", "MR")},
        {"identifying_types": ("SITE",)},
        {"no_identifier": ("nobody",)},
        {"time_zone": "America/Denver"},
        {"person_updates": "replace"},
    ],
    ids=str,
)
async def test_after_the_replay_all_is_as_if_the_settings_had_always_been_so(
    store: Store, settings: dict[str, Any]
) -> None:
    before, anew = await new_partition(store), await new_partition(store, **settings)
    intake = Intake(store)
    await push(intake, before, STORY)
    await push(intake, anew, STORY)
    after = await changed(store, before, **settings)
    assert (after.tenant.is_migrating, after.tenant.is_replay_due) == (True, True)
    await replay_tenant(store, after)
    after = await current(store, after)
    assert (after.tenant.is_migrating, after.tenant.is_replay_due) == (False, False)
    assert await everything(after, PAIRS) == await everything(anew, PAIRS)
    assert await resources(after) == await resources(anew)
    assert not (await replay_tenant(store, after, is_dry=True)).differs


@pytest.mark.parametrize("settings", [{"census_hours": {"Outpatient": 36.0}}, {"source_ids": ()}, {}], ids=str)
async def test_no_replay_is_due_after_what_no_event_is_understood_by(store: Store, settings: dict[str, Any]) -> None:
    after = await changed(store, await new_partition(store), **settings)
    assert not after.tenant.is_replay_due


async def test_late_events_wait_until_all_are_understood_under_the_new_settings(store: Store) -> None:
    partition, intake = await new_partition(store), Intake(store)
    await push(intake, partition, [admin(NEW, 10, ids="MR:1 EPI:a")])
    after = await changed(store, partition, identifying_types=("EPI",))
    [late] = await push(intake, after, [admin(NEW, 0, ids="MR:2 EPI:a", patient_Notes=["late"])])
    assert late.open == LATE
    done = await Sweep(store, timedelta(seconds=1)).once()
    assert done is not None
    assert done.taken_up == 1
    found = await search(await current(store, partition), ("EPI", "a"))
    assert found["Patient"]["Notes"] == ["late"]


async def test_settings_that_change_during_a_replay_are_due_still(store: Store) -> None:
    partition = await new_partition(store)
    await push(Intake(store), partition, STORY)
    first = await changed(store, partition, identifying_types=("EPI",))
    second = await changed(store, first, identifying_types=("MR",))
    await replay_tenant(store, first)
    assert (await current(store, partition)).tenant.is_replay_due
    await replay_tenant(store, second)
    assert not (await current(store, partition)).tenant.is_replay_due


async def test_a_setting_that_cannot_be_changes_nothing(store: Store) -> None:
    partition = await new_partition(store)
    with pytest.raises(TenantInvalid):
        await changed(store, partition, time_zone="Atlantis")
    assert (await current(store, partition)).tenant == partition.tenant
    assert await store.tenants.change("nobody", {}) is None


async def test_sources_that_are_added_at_once_are_all_there(store: Store) -> None:
    name, sources = (await new_partition(store)).tenant.name, [str(uuid4()) for _ in range(8)]
    await asyncio.gather(*(store.tenants.change(name, {}, add=[source]) for source in sources))
    changed_last = await store.tenants.change(name, {}, remove=[sources[0].upper()])
    assert changed_last is not None
    assert set(changed_last.source_ids) == set(sources[1:])


# --- worn identifiers ---------------------------------------------------------------------------------------------------


def _sharing(number: int) -> Json:
    return admin(NEW, number, ids=f"MR:m{number} EPI:default", patient_Notes=[f"{number}"])


MANY = [_sharing(number) for number in range(MOST_BESIDE + 30)]
BY_IT = [admin(NEW, minute, ids="EPI:default DL:x", patient_Notes=["by it"]) for minute in (20.5, 60.5, 70.5)]
SHARED = [("EPI", "default"), ("DL", "x"), *(("MR", f"m{number}") for number in range(MOST_BESIDE + 30))]


async def test_an_identifier_is_worn_in_every_order_of_arrival(store: Store) -> None:
    told, intake = await new_partition(store), Intake(store)
    await push(intake, told, [*MANY[:21], BY_IT[0], *MANY[21:61], BY_IT[1], *MANY[61:71], BY_IT[2], *MANY[71:]])
    expected = await everything(told, SHARED), await resources(told)
    for seed in range(3):
        shuffled = await new_partition(store)
        await push(intake, shuffled, Random(seed).sample([*MANY, *BY_IT], len(MANY) + len(BY_IT)))  # noqa: S311
        assert (await everything(shuffled, SHARED), await resources(shuffled)) == expected
        assert not (await replay_tenant(store, shuffled, is_dry=True)).differs


async def test_the_history_of_a_worn_identifier_is_not_read(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    partition, intake = await new_partition(store), Intake(store)
    await push(intake, partition, MANY)
    key = PERSON_KEY + pair_token(("EPI", "default"), partition.key)
    async with partition.snapshot() as session:
        assert [*await partition.worn([key], session)] == [key]
    asked: list[set[str]] = []
    naming = type(partition.journal).naming

    async def note(self: Any, keys: Any, *rest: Any, **options: Any) -> Any:
        asked.append(set(keys))
        return await naming(self, keys, *rest, **options)

    monkeypatch.setattr(type(partition.journal), "naming", note)
    await push(intake, partition, [admin(NEW, 79.5, ids="MR:m79 EPI:default", patient_Notes=["newer"])])
    assert asked == [], "an event in order needs no history"
    await push(intake, partition, [admin(NEW, 78.5, ids="MR:m79 EPI:default", patient_Notes=["late"])])
    assert asked
    assert not any(key in keys for keys in asked)
