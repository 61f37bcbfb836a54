"""A sharded cluster: each collection is split or whole, what is unique stays unique, and each command names its shard key.

There is no cluster here to try it; the commands are judged by what they say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from pymongo import AsyncMongoClient, DeleteOne, InsertOne, UpdateOne

from ingest.intake import Intake
from store import search, writes
from store.database import Store
from store.documents import document_id
from store.errors import ServerUnfit
from store.indexes import declared
from store.mongod.embedded import EmbeddedMongod
from store.operations import sharding
from store.partition import Partition
from tests.feed import push
from tests.shard_keys import LISTENER, ShardKeys


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


# --- the listener that judges every command of the whole suite --------------------------------------------------------

HERE = {"tenant": "riverside", "_id": "riverside|1"}
SET = {"$set": {"version": 1}}
Send = Callable[[Any], Any]

SPREAD: dict[str, tuple[str, Send]] = {
    "find": ("find by _id does not name tenant", lambda on: on.find_one({"_id": "riverside|1"})),
    "find of nothing": ("find by nothing does not name tenant", lambda on: on.find_one({})),
    "find of a range": ("find by tenant does not name tenant", lambda on: on.find_one({"tenant": {"$gt": ""}})),
    "find of no tenant": ("find by tenant does not name tenant", lambda on: on.find_one({"tenant": None})),
    "find of many tenants": (
        "find by tenant does not name tenant",
        lambda on: on.find_one({"tenant": {"$in": ["a", "b", "c"]}}),
    ),
    "find of two ways": (
        "find by $or does not name tenant",
        lambda on: on.find_one({"$or": [HERE, {"keys": "k"}]}),
    ),
    "count": ("aggregate by open does not name tenant", lambda on: on.count_documents({"open": "failed"})),
    "count of all": ("count by nothing does not name tenant", lambda on: on.estimated_document_count()),
    "distinct": ("distinct by nothing does not name tenant", lambda on: on.distinct("open")),
    "aggregate": (
        "aggregate by nothing does not name tenant",
        lambda on: on.aggregate([{"$group": {"_id": "$tenant"}}, {"$match": {"tenant": "riverside"}}]),
    ),
    "insert": ("insert of _id does not name tenant", lambda on: on.insert_one({"_id": "riverside|2"})),
    "update": ("update by _id does not name tenant", lambda on: on.update_one({"_id": "riverside|1"}, SET)),
    "update of some": (
        "update by tenant does not name _id",
        lambda on: on.update_one({"tenant": "riverside"}, SET),
    ),
    "update of several ids": (
        "update by _id, tenant does not name _id",
        lambda on: on.update_one({**HERE, "_id": {"$in": ["a", "b"]}}, SET),
    ),
    "update of all": ("update by open does not name tenant", lambda on: on.update_many({"open": "failed"}, SET)),
    "update of the key": (
        "update by _id, tenant changes tenant with $set",
        lambda on: on.update_one(HERE, {"$set": {"tenant": "!lifted"}}),
    ),
    "update of the key by stages": (
        "update by _id, tenant changes tenant with $set",
        lambda on: on.update_one(HERE, [{"$set": {"tenant": "$open"}}]),
    ),
    "replace": (
        "update by _id, tenant writes another tenant",
        lambda on: on.replace_one(HERE, {"version": 1, "_id": HERE["_id"]}, upsert=True),
    ),
    "delete": ("delete by _id does not name tenant", lambda on: on.delete_one({"_id": "riverside|1"})),
    "delete of some": ("delete by tenant does not name _id", lambda on: on.delete_one({"tenant": "riverside"})),
    "delete of all": ("delete by _id does not name tenant", lambda on: on.delete_many({"_id": {"$in": ["a"]}})),
    "find and update": (
        "findAndModify by tenant does not name _id",
        lambda on: on.find_one_and_update({"tenant": "riverside"}, SET),
    ),
    "find and delete": (
        "findAndModify by _id does not name tenant",
        lambda on: on.find_one_and_delete({"_id": "riverside|1"}),
    ),
    "one of many": (
        "delete by _id does not name tenant",
        lambda on: on.bulk_write([InsertOne({**HERE}), UpdateOne(HERE, SET), DeleteOne({"_id": "riverside|1"})]),
    ),
}

NAMED: dict[str, Send] = {
    "find": lambda on: on.find_one(HERE),
    "find of many": lambda on: on.find({"tenant": "riverside", "open": "failed"}).to_list(),
    "find beside the notes": lambda on: on.find_one({"tenant": {"$in": ["riverside", "!removed"]}}),
    "find of two ways": lambda on: on.find_one({"$or": [HERE, {"tenant": "riverside", "keys": "k"}]}),
    "find of all of several": lambda on: on.find_one({"$and": [{"open": "failed"}, {"tenant": {"$eq": "riverside"}}]}),
    "count": lambda on: on.count_documents({"tenant": "riverside"}),
    "distinct": lambda on: on.distinct("open", {"tenant": "riverside"}),
    "aggregate": lambda on: on.aggregate([{"$match": {"tenant": "riverside"}}, {"$group": {"_id": "$open"}}]),
    "insert": lambda on: on.insert_many([{**HERE}, {**HERE, "_id": "riverside|2"}]),
    "update": lambda on: on.update_one(HERE, SET, upsert=True),
    "update of many": lambda on: on.update_many({"tenant": "riverside"}, SET),
    "replace": lambda on: on.replace_one(HERE, {**HERE, "version": 1}, upsert=True),
    "delete": lambda on: on.delete_one(HERE),
    "delete of many": lambda on: on.delete_many({"tenant": "riverside", "_id": {"$in": ["a", "b"]}}),
    "find and update": lambda on: on.find_one_and_update(HERE, SET),
    "one of many": lambda on: on.bulk_write([InsertOne({**HERE}), UpdateOne(HERE, SET), DeleteOne(HERE)]),
    "no filter": lambda on: on.index_information(),
}


async def heard(mongod: EmbeddedMongod, collection: str, send: Send) -> list[str]:
    """What a listener of its own says of the commands that a test sends."""
    listener = ShardKeys(lambda: "a test")
    async with AsyncMongoClient[dict[str, Any]](mongod.uri, event_listeners=[listener]) as client:
        await send(client["tests"][collection])
    return listener.take()


@pytest.mark.parametrize("kind", SPREAD)
async def test_a_command_without_its_shard_key_is_refused_by_the_names_of_its_members(
    kind: str, store: Store, mongod: EmbeddedMongod
) -> None:
    fault, send = SPREAD[kind]
    assert await heard(mongod, "journal", send) == [f"journal: {fault} (sent by a test)"]


@pytest.mark.parametrize("kind", NAMED)
async def test_a_command_that_names_its_shard_key_passes(kind: str, store: Store, mongod: EmbeddedMongod) -> None:
    assert await heard(mongod, "journal", NAMED[kind]) == []


async def test_what_lies_whole_is_asked_for_by_anything(store: Store, mongod: EmbeddedMongod) -> None:
    for kind, (_, send) in SPREAD.items():
        if kind not in ("update of the key", "update of the key by stages"):
            assert await heard(mongod, "marks", send) == []


async def test_a_part_of_an_event_is_written_with_its_event(store: Store, mongod: EmbeddedMongod) -> None:
    part = {"_id": "riverside|1|0", "tenant": "riverside", "part": 0}
    assert await heard(mongod, "journal_parts", lambda on: on.insert_one({**part})) == [
        "journal_parts: insert of _id, part, tenant does not name entry (sent by a test)"
    ]
    whose = {"tenant": "riverside", "entry": "1"}
    assert await heard(mongod, "journal_parts", lambda on: on.insert_one({**part, **whose, "_id": "other"})) == []
    assert await heard(mongod, "journal_parts", lambda on: on.delete_many(whose)) == []


def _without_tenant(tenant: str, ids: Iterable[str]) -> dict[str, Any]:
    return {"_id": {"$in": [document_id(tenant, each) for each in ids]}}


async def test_what_the_store_sends_without_the_key_is_laid_to_its_line(
    partition: Partition, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the listener of the whole run hears; it would fail this test if the test did not take it."""
    monkeypatch.setattr(writes, "document_keys", _without_tenant)
    meta = {"DataModel": "PatientAdmin", "EventType": "NewPatient", "EventDateTime": "2026-02-03T04:05:06.000Z"}
    for name in ("Ada", "Eve"):
        whose = {"Identifiers": [{"ID": "1", "IDType": "MR"}], "Demographics": {"FirstName": name}}
        await push(Intake(partition.store), partition, [{"Meta": meta, "Patient": whose}])
        meta = {**meta, "EventType": "PatientUpdate"}
    found = LISTENER.take()
    assert any(
        each.startswith("Patient: update by _id does not name tenant (sent by store/partition") for each in found
    )
    assert not any("Ada" in each or "riverside" in each for each in found)


async def test_what_a_test_asks_past_the_store_is_free(store: Store) -> None:
    await store.database["journal"].find_one({"_id": "riverside|1"})
    assert LISTENER.take() == []
