"""Data that former versions wrote: opened, understood and folded anew beside what comes in, as if it had been fed anew."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from bson import json_util

from ingest.as_of import AsOf
from ingest.folding.plan import LATE
from ingest.intake import Intake
from ingest.replays import migration, replay
from ingest.replays.replay import replay_tenant
from ingest.replays.replay_progress import Summary
from ingest.replays.sweep import Sweep
from ingest.understanding import NEVER_FOLDED
from store import data_version
from store.data_version import DATA_VERSION
from store.database import Connection, Store
from store.errors import DataTooNew
from store.partition import Partition
from tests.feed import booked, everything, incoming, new_partition, resources, search, visits
from tests.ingest.stories import admin
from tests.lives import moment

DATA = Path(__file__).parents[1] / "data"
"""Whole databases, one of each former version: 14 lives of shuffled events of equal moments, allergies, and events that
were kept and not folded. In those of versions 2 to 5 some events have identifiers that version 2 compared otherwise; version
5 kept notes and results unmapped."""
TENANT = "riverside"


@pytest.fixture(params=[1, 2, 3, 4, 5])
async def store(connection: Connection, request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """A store in a database that a former version wrote."""
    database = connection["former"]
    await connection.drop_database("former")
    for name, documents in json_util.loads(
        gzip.decompress((DATA / f"version-{request.param}.json.gz").read_bytes()).decode()
    ).items():
        await database[name].insert_many(documents)
    yield await Store.attach(connection, "former")
    await connection.drop_database("former")


async def riverside(store: Store) -> Partition:
    """Its tenant as it is now."""
    [tenant] = [each for each in await store.tenants.all() if each.name == TENANT]
    return store.partition(tenant)


async def fed_anew(store: Store, former: Partition) -> Partition:
    """A tenant of today's version that gets the same events, in the order of their receipt."""
    said = {"environment": former.tenant.environment, "time_zone": former.tenant.time_zone}
    partition, intake = await new_partition(store, **said), Intake(store)
    async for entry in former.journal.in_order_of_receipt():
        try:
            message: Any = orjson.loads(entry.body)
        except orjson.JSONDecodeError:
            message = None
        incoming_again = incoming(message) if message is not None else incoming("")
        await intake.push([partition], type(incoming_again)(entry.body, message, "feed", "log", "attempt"))
    return partition


async def what_it_says(partition: Partition) -> list[Any]:
    """Every answer, every resource, and what the journal says of each event."""
    pairs = [("MR", f"m{life}-{number}") for life in range(14) for number in range(1, 5)]
    entries = [
        # An event without a time stands at its receipt, which is another one here.
        (entry.id, entry.open, sorted(entry.findings), [part.reach for part in entry.parts], entry.order[:19])
        if entry.open not in NEVER_FOLDED
        else (entry.id, entry.open, [], [], "")
        async for entry in partition.journal.in_order_of_receipt()
    ]
    return [await everything(partition, pairs), await resources(partition), sorted(entries)]


async def test_a_former_database_comes_to_what_feeding_it_anew_comes_to(store: Store) -> None:
    former = await riverside(store)
    assert former.tenant.is_migrating
    assert former.tenant.is_replay_due
    anew = await fed_anew(store, former)
    done = await Sweep(store, timedelta(seconds=1)).once()
    assert done is not None
    assert done.documents + done.taken_up > 0
    migrated = await riverside(store)
    assert (migrated.tenant.understood, migrated.tenant.folded) == (DATA_VERSION, DATA_VERSION)
    assert await what_it_says(migrated) == await what_it_says(anew)
    assert not (await replay_tenant(store, migrated, is_dry=True)).differs


async def test_every_document_is_of_this_version_afterwards(store: Store) -> None:
    former = await riverside(store)
    await replay_tenant(store, former)
    for of_type in ("Patient", "Encounter", "Appointment", "AllergyIntolerance"):
        documents = [document async for document in former.each(of_type)]
        assert documents
        assert all(document.kind for document in documents)
        orders = [document.fold["newest"] for document in documents if "newest" in document.fold]
        assert {len(order.split(".")[1]) for order in orders} <= {3}
    entries = [entry async for entry in former.journal.in_order_of_receipt()]
    assert {len(entry.order.split(".")[1]) for entry in entries} == {3}


async def test_late_events_wait_while_the_journal_is_understood_anew_and_others_do_not(store: Store) -> None:
    former, intake = await riverside(store), Intake(store)
    mapped_now = await former.journal.count({"open": "unmapped", "model": {"$in": ["Notes", "Results"]}})
    newer = admin("NewPatient", 0, ids="MR:m0-1 NEW:1", patient_Demographics={"LastName": "Newer"})
    newer["Meta"]["EventDateTime"] = "2026-06-01T08:00:00.000Z"
    late = admin("NewPatient", 0, ids="MR:m0-1 OLD:1", patient_Notes=["late"])
    late["Meta"]["EventDateTime"] = "2020-01-01T08:00:00.000Z"
    [at_once] = await intake.push([former], incoming(newer))
    [waits] = await intake.push([former], incoming(late))
    assert (at_once.open, waits.open) == (None, LATE)
    assert (await search(former, ("MR", "m0-1")))["Patient"]["Demographics"]["LastName"] == "Newer"
    assert (await search(former, ("OLD", "1")))["Patient"] == {}
    done = await Sweep(store, timedelta(seconds=1)).once()
    assert done is not None
    assert done.taken_up == 1 + mapped_now
    found = (await search(await riverside(store), ("OLD", "1")))["Patient"]
    assert found["Demographics"]["LastName"] == "Newer"


@pytest.mark.parametrize("store", [1], indirect=True)
async def test_the_past_is_answered_before_the_migration_as_after_it(store: Store) -> None:
    """Entries of version 1 have no reach: a booking of nobody is known by what it names. Identity is as it was.

    At these moments all that is asked for is folded. What nothing newer touched is answered as the former version
    folded it.
    """
    former = await riverside(store)
    anew = await fed_anew(store, former)
    for minute in (20, 60):
        at = datetime.fromisoformat(moment(minute))
        assert await booked(AsOf(former, at)) == await booked(AsOf(anew, at))
        assert await visits(AsOf(former, at)) == await visits(AsOf(anew, at))


@pytest.mark.parametrize("store", [4], indirect=True)
async def test_the_past_is_answered_while_the_records_are_folded_again(store: Store) -> None:
    """The journal is understood by then, but a record of version 4 has no span yet by which it would be found."""
    former = await riverside(store)
    anew = await fed_anew(store, former)
    understood = store.partition(replace(former.tenant, understood=DATA_VERSION))
    assert not understood.tenant.is_migrating
    for minute in (20, 60):
        at = datetime.fromisoformat(moment(minute))
        assert await booked(AsOf(understood, at)) == await booked(AsOf(anew, at))
        assert await visits(AsOf(understood, at)) == await visits(AsOf(anew, at))


async def test_a_migration_that_was_interrupted_goes_on_where_it_stopped(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    former = await riverside(store)
    monkeypatch.setattr(migration, "PAGE", 20)
    monkeypatch.setattr(replay, "MARKED_EVERY", 1)
    seen: list[int] = []

    def stop(done: Summary) -> None:
        seen.append(done.understood)
        if len(seen) == 3:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await replay_tenant(store, former, progress=stop)
    assert (await riverside(store)).tenant.is_migrating
    rest = await replay_tenant(store, await riverside(store))
    assert rest.documents + rest.taken_up > 0
    assert not (await replay_tenant(store, await riverside(store), is_dry=True)).differs


async def test_data_of_a_later_version_are_refused(store: Store, connection: Connection) -> None:
    later = {"$set": {"at": DATA_VERSION + 1}}
    await store.database[data_version.COLLECTION].update_one({"_id": "data version"}, later)
    with pytest.raises(DataTooNew, match=f"version {DATA_VERSION + 1}"):
        await Store.attach(connection, "former")
