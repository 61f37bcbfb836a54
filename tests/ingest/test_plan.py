"""What a batch comes to: parts of one entry that different groups judge, and bounds beyond which it is folded apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from ingest import pipeline
from ingest.folding import plan
from ingest.folding.plan import Group, LongHistoryError, Plan, make_plan
from ingest.intake import Intake
from ingest.understanding import Piece, part_id
from store.entries import Entry, Part
from store.operations.posture import posture
from store.partition import Partition
from tests.feed import booked, push
from tests.ingest.stories import booking
from tests.ingest.test_understanding import taken
from tests.lives import moment

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ENTRY = Entry("e", b"", NOW, NOW, tuple(Part(f"1.100.r.{number:05d}", (f"i:{number}",)) for number in range(3)))


def judged(entry: Entry, number: int, code: str) -> Group:
    """A group that finds something about one part of an entry."""
    parts = [*entry.parts]
    parts[number] = replace(parts[number], findings=(code,))
    marks = [replace(entry, parts=tuple(parts))]
    return Group([], cast("Any", None), marks=marks, others=frozenset({part_id(entry.id, number)}))


def test_of_each_part_of_an_entry_the_journal_says_what_its_own_group_found() -> None:
    found = Plan([judged(ENTRY, 0, "A"), judged(ENTRY, 2, "C")]).marks
    assert [part.findings for part in found[0].parts] == [("A",), (), ("C",)]
    assert len(found) == 1


def test_an_entry_is_open_and_held_where_a_part_of_it_is() -> None:
    parts = (ENTRY.parts[0], replace(ENTRY.parts[1], open="late"), replace(ENTRY.parts[2], open="failed", held=True))
    entry = replace(ENTRY, parts=parts)
    assert (entry.open, entry.open_reasons, entry.held) == ("late", ("late", "failed"), True)
    assert entry.keys == ("i:0", "i:1", "i:2")
    assert [Piece(entry, number).id for number in range(3)] == ["e", "e#1", "e#2"]


async def test_an_entry_of_several_parts_lies_in_the_journal_and_is_read_back(partition: Partition) -> None:
    parts = (
        ENTRY.parts[0],
        replace(ENTRY.parts[1], open="late", findings=("X",)),
        replace(ENTRY.parts[2], open="failed"),
    )
    entry = replace(ENTRY, body=b"{}", parts=parts)
    await partition.journal.add([entry], None)
    assert await partition.journal.one("e") == entry
    for why in ("late", "failed"):
        assert [each.id for each in await partition.journal.page(wanted={"open": {"$in": [why]}})] == ["e"]
    counted = (await posture(partition.store, [partition.tenant.name])).open_events
    assert counted == {("riverside", "late"): 1, ("riverside", "failed"): 1}
    settled = replace(entry, parts=ENTRY.parts)
    await partition.journal.mark([settled], None)
    assert await partition.journal.one("e") == settled
    assert await partition.journal.count({"open": {"$exists": True}}) == 0


@pytest.mark.parametrize("bound", [1, 2])
async def test_a_batch_of_more_parts_than_the_bound_is_folded_apart_and_comes_to_the_same(
    bound: int, partition: Partition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "LONG", bound)
    monkeypatch.setattr(pipeline, "LONG", bound)
    intake = Intake(partition.store)
    messages = [
        booking("New", minute, ids=f"MR:m{minute % 2}", VisitNumber=f"v{minute}", VisitDateTime=moment(minute))
        for minute in (3, 1, 2, 0)
    ]
    accepted = await push(intake, partition, messages, at_once=True)
    assert [each.open for each in accepted] == [None] * 4
    assert [visit["VisitNumber"] for visit in await booked(partition)] == ["v0", "v1", "v2", "v3"]


async def test_a_plan_within_a_transaction_is_never_long(partition: Partition, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "LONG", 2)
    pieces = [
        piece for minute in range(3) for piece in taken(booking("New", minute, ids=f"MR:m{minute}"), partition).parts
    ]
    async with partition.snapshot() as session:
        with pytest.raises(LongHistoryError):
            await make_plan(partition, pieces, [], session)
        assert len((await make_plan(partition, pieces, [], session, is_apart=True)).groups) == 3
