"""A sharded cluster: each collection is split or whole, and what is unique stays unique. There is none here to try it."""

from __future__ import annotations

import pytest

from store import search, sharding
from store.errors import ServerUnfit
from store.indexes import declared
from store.mongo import Store


def test_every_collection_is_split_or_whole_and_every_unique_index_holds_on_a_cluster() -> None:
    assert sharding.violations() == []


def test_a_unique_index_that_a_cluster_could_not_hold_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharding, "SPLIT", {**sharding.SPLIT, "journal_parts": ("tenant", "_id"), "elsewhere": ("a",)})
    assert sharding.violations() == [
        "elsewhere: not declared",
        "journal_parts.entry: unique, and does not begin with tenant, _id",
    ]


def test_a_collection_that_nobody_decided_about_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharding, "WHOLE", sharding.WHOLE - {"tenants"})
    assert sharding.violations() == ["tenants: neither split nor whole"]


def test_every_index_by_which_documents_are_looked_up_begins_with_the_tenant() -> None:
    keys = [index.document["key"] for collection in search.INDEXES for index in declared()[collection]]
    assert {next(iter(key)) for key in keys} == {"tenant"}


def test_definitions_name_every_index_once() -> None:
    lines = [*sharding.definitions()]
    assert len(lines) == len(set(lines)) == sum(map(len, declared().values()))
    assert (
        'db.getCollection("journal_parts").createIndex({"tenant": 1, "entry": 1, "part": 1}, '
        '{"name": "entry", "unique": true})'
    ) in lines


def test_steps_split_every_large_collection_and_pin_a_tenant_in_each() -> None:
    said = [str(step) for step in sharding.steps("data", {"riverside": "north"})]
    assert 'sh.shardCollection("data.Patient", {"tenant": 1, "_id": 1})' in said
    assert (
        'sh.updateZoneKeyRange("data.journal_parts", {"tenant": "riverside", "entry": MinKey()}, '
        '{"tenant": "riverside", "entry": MaxKey()}, "north")'
    ) in said
    assert len(said) == 2 * len(sharding.SPLIT)


async def test_what_is_no_cluster_is_not_split(store: Store) -> None:
    with pytest.raises(ServerUnfit):
        await sharding.split(store.database, {})
