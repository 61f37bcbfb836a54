"""Documents that are there are written together: what is written, and in how many statements."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pymongo import UpdateMany

from store import writes
from store.commit import transact
from store.documents import Document, Json
from store.partition import Partition
from store.writes import Change, writes_of
from tests.feed import new_partition

ODD: Json = {"$set": {"a.b": "$_id"}, "none": None, "empty": [], "list": [{"$literal": 1}, "$$ROOT"], "": "x"}


def document(number: int, **members: Any) -> Document:
    return Document("Patient", f"p{number}", **{"resource": {"n": number}, "kind": "person", **members})


def over(old: Document, **members: Any) -> Change:
    """A change as the fold makes it: what it leaves as it is, is the same object."""
    kept = {"resource": old.resource, "search": old.search, "fold": old.fold, **members}
    return old, document(int(old.id[1:]), version=old.version + 1, **kept)


async def write(partition: Partition, changes: list[Change]) -> None:
    await transact(partition.store, lambda session: partition.change(changes, session))


async def stored(partition: Partition) -> dict[str, Document]:
    return {each.id: each async for each in partition.each("Patient")}


async def test_each_of_many_documents_is_written_as_it_is_to_be_and_no_other_one(partition: Partition) -> None:
    neighbour = await new_partition(partition.store)
    was = [document(n, search={"date": datetime(2026, 1, 1, tzinfo=UTC)}, fold={"old": n}) for n in range(40)]
    for each in (partition, neighbour):
        await each.put(was)
    resources = [over(old, resource={"new": ODD, "n": n}, search={"status": str(n)}) for n, old in enumerate(was[:15])]
    memories = [over(old, fold={"new": [old.id, ODD]}, kind="other") for old in was[15:30]]
    new = [(None, document(n)) for n in range(40, 43)]
    await write(partition, [*resources, *memories, *new])

    wanted = [after for _, after in (*resources, *memories, *new)] + was[30:]
    found = await stored(partition)
    assert found == {each.id: each for each in wanted}
    assert {each.id: each.version for each in wanted} == {name: each.version for name, each in found.items()}
    assert await stored(neighbour) == {each.id: each for each in was}


@pytest.mark.parametrize(("limit", "statements"), [(1, 10), (300, 4), (writes.STATEMENT_BYTES, 1)])
async def test_documents_that_one_statement_has_no_room_for_are_written_by_several(
    limit: int, statements: int, partition: Partition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writes, "STATEMENT_BYTES", limit)
    was = [document(number) for number in range(10)]
    await partition.put(was)
    changes = [over(old, resource={"text": "x" * 50, "n": number}) for number, old in enumerate(was)]
    assert len(writes_of(partition.tenant.name, changes)) == statements
    await write(partition, changes)
    assert await stored(partition) == {after.id: after for _, after in changes}


def test_documents_that_are_there_are_one_statement_for_whole_ones_and_one_for_what_folding_remembers() -> None:
    was = [document(number) for number in range(100)]
    whole = [over(old, resource={"new": old.id}) for old in was[:50]]
    memories = [over(old, fold={"new": old.id}) for old in was[50:]]
    found = writes_of("t", [*whole, *memories])
    assert [type(each) for each in found] == [UpdateMany, UpdateMany]


async def test_a_document_of_nearly_the_size_that_mongodb_takes_is_written_over(partition: Partition) -> None:
    was = document(1)
    await partition.put([was])
    change = over(was, resource={"text": "x" * (16 * 1024 * 1024 - 1024)})
    await write(partition, [change])
    assert await stored(partition) == {was.id: change[1]}
