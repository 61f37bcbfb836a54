"""Records remembered between answers: never out of date, never another tenant's, never more of them than may be."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from ingest.as_of import AsOf
from store.access.tenant import Tenant
from store.database import Store
from store.documents import Kind
from store.partition import Partition
from store.record_cache import RecordCache
from tests.query_api.ward import NOW, Json, ask, booking, keep, person, stay

QUESTIONS: dict[str, Json] = {
    "PatientAdmin.CensusQuery": {},
    "PatientAdmin.VisitQuery": {"Patients": [{"Identifiers": [{"ID": "1", "IDType": "MR"}]}]},
    "Scheduling.Booked": {"StartDateTime": "2026-03-11T00:00:00.000Z"},
}
WARD = [
    person("Ada Byron", "MR:1"),
    person("Max Weber", "MR:2"),
    stay("1", "ada", Reason="Fall"),
    stay("2", "max"),
    booking("3", "ada"),
]


@pytest.fixture
def whole(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, int]]]:
    """What was read of the database beyond names: kinds, and of how many documents."""
    read: list[tuple[str, int]] = []
    by_ids = Partition.by_ids

    async def watched(self: Partition, kind: Kind, ids: Any, *, only: Any = (), session: Any = None) -> Any:
        found = await by_ids(self, kind, ids, only=only, session=session)
        if only != ("id",) and found:
            read.append((kind.type, len(found)))
        return found

    monkeypatch.setattr(Partition, "by_ids", watched)
    return read


async def answers(partition: Partition) -> list[Json]:
    return [deepcopy((await ask(partition, event, question)).body) for event, question in QUESTIONS.items()]


async def test_what_is_as_it_was_is_not_read_again(partition: Partition, whole: list[tuple[str, int]]) -> None:
    await keep(partition, WARD)
    first = await answers(partition)
    assert ("Encounter", 2) in whole
    whole.clear()
    assert await answers(partition) == first
    assert whole == []


async def test_of_what_has_changed_the_new_is_told_and_the_rest_is_not_read_again(
    partition: Partition, whole: list[tuple[str, int]]
) -> None:
    await keep(partition, WARD)
    await answers(partition)
    whole.clear()
    await keep(partition, [stay("2", "max", place={"Room": "12"}), person("Ada Lovelace", "MR:1")])
    census, visits, booked = await answers(partition)
    assert [each["Demographics"]["LastName"] for each in census["Patients"]] == ["Lovelace", "Weber"]
    assert census["Patients"][1]["Visits"][0]["Location"]["Room"] == "12"
    assert visits["Patients"][0]["Demographics"]["LastName"] == "Lovelace"
    assert booked["Visits"][0]["Patient"]["Demographics"]["LastName"] == "Lovelace"
    assert {many for _, many in whole} == {1}


async def test_who_is_removed_and_made_again_is_told_as_made_again(partition: Partition) -> None:
    """The version of a document that is made begins anywhere, or it would soon have one that it had before."""
    await keep(partition, WARD)
    await answers(partition)
    for name in ("Ada Lovelace", "Ada King", "Ada Noel"):
        await partition.remove([("Patient", "ada")])
        await keep(partition, [person(name, "MR:1")])
        census, *_ = await answers(partition)
        assert census["Patients"][0]["Demographics"]["LastName"] == name.partition(" ")[2]


async def test_tenants_whose_documents_have_the_same_ids_and_versions_are_told_apart(
    store: Store, partition: Partition, tenant: Tenant
) -> None:
    other = store.partition(replace(tenant, name="hilltop"))
    for each, room in ((partition, "1"), (other, "2")):
        await keep(each, [person("Ada Byron", "MR:1"), stay("1", "ada", place={"Room": room})])
        for kind in ("Patient", "Encounter"):
            await store.database[kind].update_many({}, {"$set": {"version": 1}})
    rooms = [
        (await ask(each, "PatientAdmin.CensusQuery", {})).body["Patients"][0]["Visits"][0]["Location"]["Room"]
        for each in (partition, other, partition)
    ]
    assert rooms == ["1", "2", "1"]


async def test_one_question_is_not_told_what_another_read(partition: Partition) -> None:
    await keep(partition, WARD)
    census, visits, _ = await answers(partition)
    assert "Reason" not in census["Patients"][0]["Visits"][0]
    assert visits["Patients"][0]["Visits"][0]["Reason"] == "Fall"


async def test_a_question_about_the_past_remembers_nothing(partition: Partition) -> None:
    await keep(partition, WARD)
    before = await answers(partition)
    kept = len(partition.record_cache)
    past = AsOf(partition, NOW)
    assert await answers(past) == before
    assert (len(past.record_cache), len(partition.record_cache)) == (0, kept)


@pytest.mark.parametrize("most", [0, 1, 3])
async def test_answers_are_the_same_however_little_is_remembered(
    most: int, partition: Partition, monkeypatch: pytest.MonkeyPatch
) -> None:
    await keep(partition, WARD)
    expected = await answers(partition)
    monkeypatch.setattr(partition, "record_cache", RecordCache(most))
    for _ in range(2):
        assert await answers(partition) == expected
        assert len(partition.record_cache) == most


def test_of_too_many_those_go_that_were_not_asked_for_longest() -> None:
    records = RecordCache(2)
    records.put("a", 1)
    records.put("b", 2)
    assert records.find("a") == 1
    records.put("c", 3)
    assert [records.find(key) for key in "abc"] == [1, None, 3]
