"""Indexes: what is missing is made at a start, and what a former version had is dropped."""

from __future__ import annotations

from store.database import Store
from store.indexes import RETIRED, declared, ensure_indexes


async def test_retired_indexes_are_dropped_and_no_others(store: Store) -> None:
    for collection, names in RETIRED.items():
        for name in names:
            await store.database[collection].create_index([("fold.newest", 1)], name=name)
        await ensure_indexes(store.database)
        await ensure_indexes(store.database)
        there = set(await store.database[collection].index_information())
        assert there == {"_id_", *(index.document["name"] for index in declared()[collection])}


def test_no_index_that_is_declared_is_retired() -> None:
    for collection, names in RETIRED.items():
        assert not set(names) & {index.document["name"] for index in declared()[collection]}
