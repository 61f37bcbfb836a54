"""How a batch is written: what is new is trusted to be, what stays as it is is not sent."""

from __future__ import annotations

import pytest
from pymongo.errors import OperationFailure

from ingest import pipeline
from ingest.folding.changes import Changes
from ingest.intake import Intake
from ingest.replays.replay import replay_tenant
from store import partition as partitions
from store.commit import Contended, transact
from store.database import Store
from store.documents import document_id
from store.partition import CLAIMS, Partition, Session
from tests.feed import Json, booked, push, search
from tests.lives import moment


def booking(number: str, person: str, minute: int, **demographics: str) -> Json:
    meta = {"DataModel": "Scheduling", "EventType": "New", "EventDateTime": moment(minute)}
    whose = {"Identifiers": [{"IDType": "MR", "ID": person}], "Demographics": {"FirstName": "Ada", **demographics}}
    return {"Meta": meta, "Patient": whose, "Visit": {"VisitNumber": number, "VisitDateTime": moment(90)}}


async def test_what_was_thought_to_be_new_and_is_there_is_done_again(
    partition: Partition, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbers of visits are shared by people at times: the claim of the second one is there already."""
    trusted: list[bool] = []
    write = Changes.write

    async def watched(self: Changes, partition: Partition, session: Session, *, assumes_absent: bool = False) -> None:
        trusted.append(assumes_absent)
        await write(self, partition, session, assumes_absent=assumes_absent)

    monkeypatch.setattr(pipeline.Changes, "write", watched)
    intake = Intake(partition.store)
    accepted = await push(intake, partition, [booking("v1", "m1", 0), booking("v1", "m2", 1)])
    assert [each.open for each in accepted] == [None, None]
    assert trusted == [True, True, False]
    assert len(await booked(partition)) == 2
    claims = partition.store.database[CLAIMS]
    assert {claim["written"] async for claim in claims.find({"tenant": partition.tenant.name})} == {1, 2}


@pytest.mark.parametrize("worth", [1, 100], ids=["inserted beside", "put with the others"])
async def test_new_and_known_people_of_one_batch_are_written_alike(
    worth: int, partition: Partition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partitions, "WORTH_A_TRIP", worth)
    intake = Intake(partition.store)
    await push(intake, partition, [booking(f"a{number}", f"m{number}", 0) for number in range(3)])
    batch = [booking(f"b{number}", f"m{number}", 1, LastName=f"L{number}") for number in range(6)]
    await push(intake, partition, batch, at_once=True)
    assert len(await booked(partition)) == 9
    for number in range(6):
        found = (await search(partition, ("MR", f"m{number}")))["Patient"]["Demographics"]
        assert found == {"FirstName": "Ada", "LastName": f"L{number}"}


async def test_of_a_person_of_whom_nothing_new_is_said_only_what_folding_remembers_is_sent(
    partition: Partition,
) -> None:
    intake, people = Intake(partition.store), partition.store.database["Patient"]
    await push(intake, partition, [booking("v1", "m1", 0)])
    [before] = [each async for each in partition.each("Patient")]
    here = {"_id": document_id(partition.tenant.name, before.id)}
    await people.update_one(here, {"$set": {"search.mark": "stays unless the resource is written"}})
    await push(intake, partition, [booking("v2", "m1", 1)])
    [after] = [each async for each in partition.each("Patient")]
    assert (after.version, after.resource) == (before.version + 1, before.resource)
    assert after.fold != before.fold
    assert "mark" in (await people.find_one(here) or {})["search"]
    await push(intake, partition, [booking("v3", "m1", 2, LastName="Byron")])
    assert "mark" not in (await people.find_one(here) or {})["search"]


async def test_a_replay_writes_documents_anew_that_a_former_version_made_findable_in_another_way(
    partition: Partition,
) -> None:
    await push(Intake(partition.store), partition, [booking("v1", "m1", 0, LastName="Zoë")])
    kinds = ("Patient", "Appointment")
    before = [document for kind in kinds async for document in partition.each(kind)]
    for kind, former in zip(kinds, ("name-birthdate", "department"), strict=True):
        await partition.store.database[kind].update_many({}, {"$set": {f"search.{former}": "another hash"}})
    assert (await replay_tenant(partition.store, partition, is_dry=True)).differs
    await replay_tenant(partition.store, partition)
    after = [document for kind in kinds async for document in partition.each(kind)]
    assert [(document.search, document.resource) for document in after] == [
        (document.search, document.resource) for document in before
    ]
    assert [document.version for document in after] > [document.version for document in before]


async def test_what_took_longer_than_a_transaction_may_last_is_done_again_and_then_in_pieces(store: Store) -> None:
    """On a slow machine a large batch would else be given up, and the file that it is of with it."""
    tried: list[int] = []

    async def work(_session: Session) -> int:
        tried.append(len(tried))
        if len(tried) == 1:
            raise OperationFailure("the transaction lasted too long", 290)
        return len(tried)

    assert await transact(store, work) == 2

    async def never(_session: Session) -> int:
        raise OperationFailure("the transaction lasted too long", 290)

    with pytest.raises(Contended):
        await transact(store, never, tries=2)
