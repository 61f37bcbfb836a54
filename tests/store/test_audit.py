"""The audit: what was remembered is durable, together with what came at the same time, and nobody else's."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymongo import AsyncMongoClient
from pymongo.monitoring import CommandListener, CommandStartedEvent

from store.audit import audit_entry
from store.audit.audit_entry import NO_TENANT, Remembered, packed, unpacked
from store.audit.audit_log import MOST_TOGETHER, Audit
from store.database import Connection, Store
from store.deadline import within
from store.errors import NotRemembered, SettingInvalid
from store.mongod.embedded import EmbeddedMongod
from store.settings import StoreSettings

FOREVER = None
Failing = Callable[..., Any]


@pytest.fixture
def audit(store: Store) -> Audit:
    return Audit(store.database, timedelta(days=1))


@pytest.fixture
def failing(connection: Connection) -> Failing:
    @asynccontextmanager
    async def fail(**said: Any) -> AsyncIterator[None]:
        data = {"failCommands": ["insert"], **said}
        await connection.admin.command("configureFailPoint", "failCommand", mode="alwaysOn", data=data)
        try:
            yield
        finally:
            await connection.admin.command("configureFailPoint", "failCommand", mode="off")

    return fail


def asked(number: int = 0, **more: Any) -> Remembered:
    return Remembered(
        "question", "app", "client", "192.0.2.7", **{"tenant": "riverside", "log_id": str(number), **more}
    )


async def logs(audit: Audit, tenant: str = "riverside", *between: datetime) -> list[str]:
    return [entry.log_id async for entry in audit.newest(tenant, *between)]


async def test_an_entry_says_again_what_was_remembered(audit: Audit) -> None:
    said = asked(model="Scheduling", type="Booked", count=2, resources=(f"Patient/{uuid4()}", f"Appointment/{uuid4()}"))
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    await audit.write([said])
    [found] = [entry async for entry in audit.newest("riverside")]
    assert (found.event, found.who, found.by, found.peer) == ("question", "app", "client", "192.0.2.7")
    assert (found.model, found.type, found.count, found.status) == ("Scheduling", "Booked", 2, 200)
    assert found.resources == said.resources
    assert found.at
    assert before <= found.at <= datetime.now(UTC)


@given(st.lists(st.tuples(st.sampled_from(["Patient", "Encounter", "Appointment"]), st.uuids())))
def test_resources_are_kept_in_sixteen_bytes_each(shown: list[tuple[str, Any]]) -> None:
    resources = [f"{kind}/{resource_id}" for kind, resource_id in shown]
    kept = packed(resources)
    assert sum(map(len, kept.values())) == 16 * len(resources)
    assert sorted(unpacked(kept)) == sorted(resources)


async def test_very_many_resources_take_several_documents(audit: Audit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_entry, "MOST_RESOURCES", 2)
    shown = tuple(f"Patient/{uuid4()}" for _ in range(5))
    await audit.write([asked(7, resources=shown)])
    found = [entry async for entry in audit.newest("riverside")]
    assert [entry.log_id for entry in found] == ["7"] * 3
    assert {each for entry in found for each in entry.resources} == set(shown)


async def test_what_is_remembered_of_one_tenant_is_not_of_another_and_lies_by_time(audit: Audit) -> None:
    for number, tenant in enumerate(("river", "riverside", "river", NO_TENANT)):
        await audit.write([asked(number, tenant=tenant)])
        await asyncio.sleep(0.002)
    assert await logs(audit, "river") == ["2", "0"]
    assert await logs(audit, "riverside") == ["1"]
    assert await logs(audit, NO_TENANT) == ["3"]
    second = (await anext(audit.newest("river"))).at
    assert second
    assert await logs(audit, "river", second) == ["2"]
    assert await logs(audit, "river", datetime(2020, 1, 1, tzinfo=UTC), second) == ["0"]


async def test_every_id_and_every_index_but_that_of_age_begins_with_the_tenant(audit: Audit, store: Store) -> None:
    await audit.write([asked()])
    [document] = await store.database["audit"].find().to_list()
    assert document["_id"].startswith("riverside|")
    assert set(await store.database["audit"].index_information()) == {"_id_", "expires"}


class Inserts(CommandListener):
    """Counts the documents of each insert."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def started(self, event: CommandStartedEvent) -> None:
        if event.command_name == "insert":
            self.sizes.append(len(event.command["documents"]))

    def succeeded(self, event: Any) -> None:
        pass

    def failed(self, event: Any) -> None:
        pass


async def test_what_waits_while_a_group_is_written_is_the_next_group(mongod: EmbeddedMongod, store: Store) -> None:
    inserts = Inserts()
    async with AsyncMongoClient[dict[str, Any]](mongod.uri, event_listeners=[inserts], w="majority") as client:
        audit = Audit(client[store.database.name], FOREVER)
        await audit.write([asked()])
        inserts.sizes.clear()
        await asyncio.gather(*(audit.write([asked(number)]) for number in range(600)))
    assert sum(inserts.sizes) == 600
    assert max(inserts.sizes) <= MOST_TOGETHER
    assert len(inserts.sizes) <= 3


async def test_who_cannot_be_remembered_is_told(audit: Audit, failing: Failing) -> None:
    async with failing(errorCode=11601):
        outcomes = await asyncio.gather(*(audit.write([asked(each)]) for each in range(3)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [NotRemembered] * 3
    await audit.write([asked(9)])
    assert await logs(audit) == ["9"]


async def test_a_group_that_the_disk_does_not_confirm_is_not_remembered(audit: Audit, failing: Failing) -> None:
    unconfirmed = {"code": 64, "errmsg": "waiting for replication timed out"}
    async with failing(writeConcernError=unconfirmed):
        with pytest.raises(NotRemembered):
            await audit.write([asked()])


async def test_one_entry_that_cannot_be_written_takes_no_other_along(audit: Audit) -> None:
    poisonous = asked(1, details={"text": "\ud800"})
    first = asyncio.create_task(audit.write([asked(0)]))
    outcomes = await asyncio.gather(audit.write([poisonous]), audit.write([asked(2)]), first, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [NotRemembered, type(None), type(None)]
    assert sorted(await logs(audit)) == ["0", "2"]


async def test_a_group_does_not_end_with_the_time_of_the_question_that_began_it(audit: Audit, failing: Failing) -> None:
    async def write() -> None:
        with within(0.2):
            await audit.write([asked()])

    async with failing(blockConnection=True, blockTimeMS=600):
        await write()
    assert await logs(audit) == ["0"]


async def test_who_gives_up_waiting_is_remembered_all_the_same(audit: Audit) -> None:
    waiting = asyncio.create_task(audit.write([asked()]))
    await asyncio.sleep(0)
    waiting.cancel()
    await audit.close()
    assert await logs(audit) == ["0"]


async def test_mongodb_itself_deletes_what_was_kept_long_enough(store: Store) -> None:
    await Audit(store.database, FOREVER).write([asked(0)])
    await Audit(store.database, timedelta(days=2190)).write([asked(1)])
    await Audit(store.database, timedelta(milliseconds=1)).write([asked(2)])
    until = time.monotonic() + 30
    while len(left := await logs(store.audit)) > 2 and time.monotonic() < until:
        await store.database.command("ping")
    assert sorted(left) == ["0", "1"]
    forever = await store.database["audit"].find_one({"log": "0"})
    assert forever
    assert "expires" not in forever


@pytest.mark.parametrize(("said", "days"), [("", 2190), ("0", 0), ("365", 365)])
def test_how_long_it_is_kept_is_a_setting(said: str, days: int) -> None:
    assert StoreSettings.from_environment({"DATA_ON_DEMAND_AUDIT_DAYS": said}).audit_days == days


@pytest.mark.parametrize("said", ["-1", "soon", "1.5", "40000", "99999999999"])
def test_a_time_that_cannot_be_is_named(said: str) -> None:
    with pytest.raises(SettingInvalid, match="DATA_ON_DEMAND_AUDIT_DAYS"):
        StoreSettings.from_environment({"DATA_ON_DEMAND_AUDIT_DAYS": said})
