"""The journal by keys: entries that have one of some keys, and one of others."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from store.entries import Entry, Part
from store.partition import Partition

NOW = datetime(2026, 3, 1, tzinfo=UTC)
MANY = 1000
"""Entries of one visit number, and visits of one person."""


async def _examined(partition: Partition) -> int:
    """How many documents queries of this mongod have examined so far."""
    status = await partition.store.database.command("serverStatus")
    return int(status["metrics"]["queryExecutor"]["scannedObjects"])


@pytest.mark.parametrize("of_one", ["number", "person"])
async def test_of_two_keys_the_rarer_one_is_looked_up(partition: Partition, of_one: str) -> None:
    """Whether very many people have visits of one number, or one person has very many visits."""
    keys = [("i:p", f"v:{place}") if of_one == "person" else (f"i:{place}", "v:n") for place in range(MANY)]
    keys += [("i:p", "v:n"), ("i:p", "v:n")]
    entries = [Entry(f"e{place}", b"{}", NOW, NOW, (Part(f"1.{place:05d}", each),)) for place, each in enumerate(keys)]
    await partition.journal.add(entries, None)
    before = await _examined(partition)
    found = await partition.journal.naming(["v:n"], beside=["i:p"])
    assert [entry.id for entry in found] == [f"e{MANY}", f"e{MANY + 1}"]
    assert await _examined(partition) - before < MANY / 2
