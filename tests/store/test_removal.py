"""Removing a tenant leaves nothing of it, in no collection, whatever was under way; and nothing of others is touched."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ingest.errors import Unavailable
from ingest.incoming import Incoming
from ingest.intake import Intake
from ingest.replays.replay import replay_tenant
from store.access import Client, Grant
from store.access.tenant import Tenant
from store.audit.audit_entry import Remembered
from store.database import Store
from store.errors import TenantExists, TenantRemoved
from store.files import PART_BYTES
from store.operations import removal
from store.operations.removal import NotAllGone, Removal, TenantUnknown, counts, remove
from store.partition import Partition
from store.work.jobs import Job, Jobs
from tests.feed import Json, push

NOW = datetime.now(UTC).replace(microsecond=0)
OTHER = Tenant("riverside-two", "0b7c6a52-6a0e-4d0f-9d7b-1f3a5c7e9b02")
"""Its name begins as the other's does."""
NOTE = {"_id": "!removed|riverside", "tenant": "!removed"}
"""What the note in the journal is found by."""


@pytest.fixture(autouse=True)
def hasty(request: pytest.FixtureRequest) -> Iterator[None]:
    """No waits for what is under way, but in tests where something is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(removal, "SETTLED", 0.0)
        patch.setattr(removal, "FRESH", -1.0)
        if request.function not in (
            test_pushes_that_race_leave_nothing_behind,
            test_what_began_before_the_mark_is_outlasted,
        ):
            patch.setattr(removal, "_longest_transaction", no_time)
        yield


async def no_time(_store: Store) -> float:
    return -1.0


async def gone(store: Store, name: str = "riverside", **more: Any) -> Removal:
    return await remove(store, name, "tester", waiting="unrouted", is_of=lambda *_: False, **more)


def patient(number: str) -> Json:
    meta = {"DataModel": "PatientAdmin", "EventType": "NewPatient", "EventDateTime": "2026-02-03T04:05:06.000Z"}
    return {"Meta": meta, "Patient": {"Identifiers": [{"ID": number, "IDType": "MR"}]}}


async def filled(store: Store, tenant: Tenant) -> None:
    """Something of the tenant in every collection that has any."""
    partition = store.partition(tenant)
    await push(Intake(store), partition, [patient("N-1"), patient("N-2")])
    await partition.files.put({"short": b"1", "long": bytes(PART_BYTES + 1)}, NOW)
    await store.audit.write([Remembered("question", tenant=tenant.name)])
    await store.marks.put(f"replay {tenant.name}", "half")
    await store.marks.put(f"understanding {tenant.name}", "half")
    await store.tenants.note_understood(tenant)
    jobs = Jobs(store.database)
    await jobs.add(Job(f"job of {tenant.name}", tenant.name, "app", "patients", {}), b"rows", NOW)
    await jobs.moment_of(tenant.name, "file", NOW)
    await store.database["something_later"].insert_many([{"tenant": tenant.name}, {"_id": f"{tenant.name}|x"}])


async def everything(store: Store) -> dict[str, list[Json]]:
    """All documents of the database but those of one tenant."""
    names = await store.database.list_collection_names()
    return {name: await store.database[name].find().sort("_id", 1).to_list() for name in sorted(names)}


async def test_nothing_is_left_in_any_collection_and_nothing_of_others_goes(store: Store, tenant: Tenant) -> None:
    await store.tenants.add(OTHER)
    await filled(store, OTHER)
    before = await everything(store)
    before["tenants"] = [each for each in before["tenants"] if each["_id"] == OTHER.name]
    await filled(store, tenant)
    done = await gone(store)
    assert {name for name, count in done.before.items() if count} == {
        "Patient", "audit", "claims", "file_moments", "file_parts", "files", "job_parts", "jobs", "journal", "marks",
        "something_later", "tenants",
    }  # fmt: skip
    assert done.before["Patient"] == done.before["journal"] == 2
    assert set(done.after) == set(await store.database.list_collection_names())
    assert set(done.after.values()) == {0}
    after = await everything(store)
    after["journal"] = [each for each in after["journal"] if each["tenant"] != "!removed"]
    assert after == before


async def test_who_has_nothing_else_is_revoked_and_who_has_keeps_the_rest(store: Store, tenant: Tenant) -> None:
    await store.tenants.add(OTHER)
    grants = (Grant("riverside", push=True), Grant(OTHER.name, query=True))
    await store.access.add_client(Client("one", "key-1", "hash", grants=grants[:1]))
    await store.access.add_client(Client("both", "key-2", "hash", grants=grants))
    await store.access.add_client(Client("riverside", "key-3", "hash", grants=grants[1:]))
    await store.access.add_webhook("feed", "token-1", ("riverside",))
    await store.access.add_webhook("feeds", "token-2", ("riverside", OTHER.name))
    token = await store.access.issue_token("access", "one")
    done = await gone(store)
    found = {client.name: client for client in await store.access.clients()}
    assert (found["one"].revoked, found["one"].grants) == (True, ())
    assert (found["both"].revoked, found["both"].grants) == (False, grants[1:])
    assert (found["riverside"].revoked, found["riverside"].grants) == (False, grants[1:])
    assert {each.name: (each.revoked, each.tenants) for each in await store.access.webhooks()} == {
        "feed": (True, ()),
        "feeds": (False, (OTHER.name,)),
    }
    assert await store.access.bearer(token.secret) is None
    assert await store.database["tokens"].count_documents({}) == 0
    assert done.revoked == ["client one", "webhook feed"]
    assert done.changed == ["client both", "webhook feeds"]


async def test_a_removed_tenant_is_not_found_and_nothing_can_be_written_for_it(
    store: Store, partition: Partition
) -> None:
    stale, tenant = Intake(store), partition.tenant
    await push(stale, partition, [patient("N-1")])
    await gone(store)
    assert await store.tenants.by_name("riverside") is None
    assert await store.tenants.by_destination(tenant.destination_id) is None
    for each in (stale, Intake(store)):
        with pytest.raises(Unavailable):
            await push(each, partition, [patient("N-2")])
        with pytest.raises(Unavailable):
            await push(each, partition, [patient("N-3"), patient("N-4")])
    with pytest.raises(TenantRemoved):
        await partition.journal.known(["whatever"])
    assert set((await counts(store, "riverside")).values()) == {0}


async def test_pushes_that_race_leave_nothing_behind(store: Store, partition: Partition) -> None:
    intake = Intake(store)
    some_are_in, refused = asyncio.Event(), 0
    is_over = False

    async def pushing(start: int) -> None:
        nonlocal refused
        number = start
        while not is_over:
            number += 100
            try:
                await push(intake, partition, [patient(f"N-{number}")])
                some_are_in.set()
            except Unavailable:
                refused += 1
                await asyncio.sleep(0.01)

    pushers = [asyncio.create_task(pushing(each)) for each in range(8)]
    await asyncio.wait_for(some_are_in.wait(), 60)
    done = await gone(store)
    is_over = True
    await asyncio.gather(*pushers)
    assert refused > 0
    assert set(done.after.values()) == {0}
    assert set((await counts(store, "riverside")).values()) == {0}


async def test_a_replay_that_goes_on_brings_nothing_back(store: Store, partition: Partition) -> None:
    await push(Intake(store), partition, [patient(f"N-{number}") for number in range(30)])
    entry = (await partition.journal.page())[0]
    await removal._mark(store, Removal("riverside"), partition.tenant, "tester")
    with pytest.raises(TenantRemoved):
        await replay_tenant(store, partition)
    assert await partition.journal.one(entry.id)  # it was not deleted yet: the note alone refuses
    await gone(store)
    assert set((await counts(store, "riverside")).values()) == {0}


class Killed(BaseException):
    """In the place of a process's end."""


@pytest.mark.parametrize("at", ["marked", "deleted"])
async def test_a_removal_that_was_interrupted_is_gone_on_with(at: str, store: Store, tenant: Tenant) -> None:
    await filled(store, tenant)

    def die(step: str, place: str, count: int) -> None:
        if step == at:
            raise Killed

    with pytest.raises(Killed):
        await gone(store, tell=die)
    assert await removal.unfinished(store) == ["riverside"]
    with pytest.raises(TenantExists):
        await store.tenants.add(tenant)
    done = await gone(store)
    assert done.before["journal"] == 2  # what there was when it began
    assert set(done.after.values()) == {0}
    assert await removal.unfinished(store) == []


async def test_who_waits_for_a_route_and_is_the_tenant_s_goes_too(store: Store, tenant: Tenant) -> None:
    intake = Intake(store)
    events = [Incoming(b"%d" % number, None, "feed", "log", "attempt") for number in range(3)]
    waiting = [(await intake.push_unrouted(event)).journal_id for event in events]
    done = await remove(store, "riverside", "t", waiting="unrouted", is_of=lambda entry, _: entry.body == b"1")
    left = [each["_id"] async for each in store.database["journal"].find({"tenant": "unrouted"})]
    assert sorted(left) == sorted(f"unrouted|{each}" for each in (waiting[0], waiting[2]))
    assert done.waiting == 1


async def test_a_name_may_be_used_again(store: Store, tenant: Tenant) -> None:
    await gone(store)
    again = replace(tenant, destination_id="0b7c6a52-6a0e-4d0f-9d7b-1f3a5c7e9b77")
    await store.tenants.add(again)
    partition = store.partition(again)
    await push(Intake(store), partition, [patient("N-1")])
    assert await partition.journal.count() == 1
    assert (await gone(store)).before["journal"] == 1
    assert set((await counts(store, "riverside")).values()) == {0}


async def test_a_lifted_note_stays_where_it_is_and_refuses_again_once_the_tenant_is_removed_again(
    store: Store, tenant: Tenant
) -> None:
    notes = store.database["journal"]
    await gone(store)
    assert [each async for each in notes.find({"lifted": None}, {"tenant": 1})] == [NOTE]
    await store.tenants.add(tenant)
    [lifted] = [each async for each in notes.find()]
    assert {name: lifted[name] for name in NOTE} == NOTE
    assert isinstance(lifted["lifted"], datetime)
    await gone(store)
    with pytest.raises(TenantRemoved):
        await store.partition(tenant).journal.known(["whatever"])
    assert "lifted" not in (await notes.find_one(NOTE) or {})


async def test_a_note_of_a_former_version_refuses_until_there_is_a_tenant_of_the_name(
    store: Store, partition: Partition
) -> None:
    await store.tenants._collection.delete_one({"_id": "riverside"})
    await store.database["journal"].insert_one({**NOTE, "name": "riverside", "by": "tester", "received": NOW})
    with pytest.raises(Unavailable):
        await push(Intake(store), partition, [patient("N-1")])
    await store.tenants.add(partition.tenant)
    await push(Intake(store), partition, [patient("N-1")])
    assert await partition.journal.count() == 1


async def test_a_note_that_a_former_version_lifted_refuses_nothing_and_gives_way_to_a_new_one(
    store: Store, partition: Partition
) -> None:
    await store.database["journal"].insert_one({**NOTE, "tenant": "!lifted", "name": "riverside", "received": NOW})
    await push(Intake(store), partition, [patient("N-1")])
    assert (await gone(store)).before["journal"] == 1
    with pytest.raises(Unavailable):
        await push(Intake(store), partition, [patient("N-2")])
    assert [each async for each in store.database["journal"].find({}, {"tenant": 1})] == [NOTE]


async def test_of_a_split_collection_the_tenant_says_whose_a_document_is(store: Store, tenant: Tenant) -> None:
    for collection in ("Patient", "journal", "journal_parts", "claims", "audit"):
        await store.database[collection].insert_one({"_id": "of no form", "tenant": "riverside", "entry": "1"})
    done = await gone(store)
    assert {name for name, count in done.before.items() if count} == {
        "Patient", "journal", "journal_parts", "claims", "audit", "tenants",
    }  # fmt: skip
    assert set(done.after.values()) == {0}
    assert [each async for each in store.database["Patient"].find()] == []


async def test_what_does_not_exist_is_not_removed(store: Store) -> None:
    with pytest.raises(TenantUnknown):
        await gone(store, "nowhere")


async def test_who_goes_on_writing_is_named(store: Store, tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removal, "ROUNDS", 2)
    is_over = False

    async def writing() -> None:
        while not is_over:
            await store.database["stubborn"].insert_one({"tenant": "riverside"})

    writer = asyncio.create_task(writing())
    with pytest.raises(NotAllGone, match="stubborn"):
        await gone(store)
    is_over = True
    await writer
    assert set((await gone(store)).after.values()) == {0}


async def test_what_began_before_the_mark_is_outlasted(store: Store, partition: Partition) -> None:
    """A transaction that saw the tenant before it was marked, and commits after: its events are found and deleted."""
    began, go_on = asyncio.Event(), asyncio.Event()

    async def straggler() -> None:
        async with store.client.start_session() as session, await session.start_transaction():
            await store.database["journal"].find_one({"_id": "riverside|x"}, session=session)
            await store.database["journal"].insert_one({"_id": "riverside|x", "tenant": "riverside"}, session=session)
            began.set()
            await go_on.wait()

    straggling = asyncio.create_task(straggler())
    await began.wait()
    removing = asyncio.create_task(gone(store))
    await asyncio.sleep(0.5)
    go_on.set()
    await straggling
    done = await removing
    assert set(done.after.values()) == {0}
    assert set((await counts(store, "riverside")).values()) == {0}
    assert done.began
    assert datetime.now(UTC) - done.began >= timedelta(seconds=3)
