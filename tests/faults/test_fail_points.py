"""All or nothing: whatever MongoDB says in the midst of a batch, an event has its whole effect or none, and is said so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any

import pytest

from ingest.errors import Unavailable
from ingest.incoming import Receipts
from ingest.intake import Intake, now
from ingest.queue import batches
from ingest.queue import tenant_queue as lanes
from ingest.understanding import understand
from store.commit import transact
from store.database import Connection
from store.partition import Partition
from tests.feed import Json, incoming, push, search, visits
from tests.lives import moment

WRITE_CONFLICT, NOT_PRIMARY, STEPPED_DOWN, DISK_FULL, INTERRUPTED = 112, 10107, 189, 14031, 11601
READS, WRITES, COMMIT = ["find"], ["insert", "update"], ["commitTransaction"]
UNCONFIRMED = {"writeConcernError": {"code": 64, "errmsg": "waiting for replication timed out"}}
"""The commit took place, and nobody knows whether for good."""

Failing = Callable[..., Any]


@pytest.fixture
def failing(connection: Connection) -> Failing:
    """Makes commands fail in a way, so often, for as long as a context lasts."""

    @asynccontextmanager
    async def fail(commands: list[str], times: int | None, **said: Any) -> AsyncIterator[None]:
        mode = {"times": times} if times else "alwaysOn"
        await connection.admin.command(
            "configureFailPoint", "failCommand", mode=mode, data={"failCommands": commands, **said}
        )
        try:
            yield
        finally:
            await connection.admin.command("configureFailPoint", "failCommand", mode="off")

    return fail


@contextmanager
def hasty() -> Iterator[None]:
    """Patience of a quarter of a second, so that a test need not wait for ten."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "transact", partial(transact, patience=0.25))
        yield


def arrival(minute: int, number: str) -> Json:
    meta = {"DataModel": "PatientAdmin", "EventType": "Arrival", "EventDateTime": moment(minute)}
    patient = {"Identifiers": [{"IDType": "MR", "ID": "m1"}], "Demographics": {"LastName": "Quill"}}
    return {"Meta": meta, "Patient": patient, "Visit": {"VisitNumber": number, "VisitDateTime": moment(minute)}}


async def effect(partition: Partition) -> tuple[int, int, int, int]:
    """Journal entries, people, stays, and stays that the question for them answers with."""
    answered = [visit for patient in await visits(partition) for visit in patient["Visits"]]
    kinds = [await partition.count("Patient"), await partition.count("Encounter")]
    return await partition.journal.count(), kinds[0], kinds[1], len(answered)


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize(
    "said",
    [
        {"errorCode": WRITE_CONFLICT},
        {"errorCode": NOT_PRIMARY},
        {"errorCode": STEPPED_DOWN},
        {"closeConnection": True},
    ],
    ids=["write conflict", "not primary", "stepped down", "closed connection"],
)
@pytest.mark.parametrize("commands", [READS, WRITES, COMMIT], ids=["reads", "writes", "commit"])
async def test_what_passes_is_tried_again_until_it_has_its_whole_effect(
    commands: list[str], said: Json, times: int, partition: Partition, failing: Failing
) -> None:
    intake = Intake(partition.store)
    await push(intake, partition, [arrival(0, "v1")])
    async with failing(commands, times, **said):
        (accepted,) = await push(intake, partition, [arrival(1, "v2")])
    assert accepted.open is None
    assert await effect(partition) == (2, 1, 2, 2)


async def test_a_commit_of_unknown_result_is_asked_for_again(partition: Partition, failing: Failing) -> None:
    intake = Intake(partition.store)
    async with failing(COMMIT, 5, **UNCONFIRMED):
        await push(intake, partition, [arrival(0, "v1")])
    assert await effect(partition) == (1, 1, 1, 1)


async def test_a_commit_that_stays_unknown_is_not_acknowledged_and_the_next_delivery_is_known(
    partition: Partition, failing: Failing
) -> None:
    intake = Intake(partition.store)
    async with failing(COMMIT, None, **UNCONFIRMED):
        with hasty(), pytest.raises(Unavailable):
            await push(intake, partition, [arrival(0, "v1")])
    (again,) = await push(intake, partition, [arrival(0, "v1")])
    assert again.is_redelivery
    assert await effect(partition) == (1, 1, 1, 1)


@pytest.mark.parametrize(
    "said",
    [
        {"errorCode": DISK_FULL},
        {"errorCode": INTERRUPTED},
        {"errorCode": WRITE_CONFLICT},
        {"errorCode": NOT_PRIMARY},
        {"closeConnection": True},
    ],
    ids=["disk full", "interrupted", "write conflict", "not primary", "closed connection"],
)
@pytest.mark.parametrize("commands", [["insert"], ["update"], COMMIT], ids=["journal", "records", "commit"])
async def test_what_lasts_is_unavailable_and_leaves_nothing_behind(
    commands: list[str], said: Json, partition: Partition, failing: Failing
) -> None:
    intake = Intake(partition.store)
    await push(intake, partition, [arrival(0, "v1")])
    async with failing(commands, None, **said):
        with hasty():
            alone = push(intake, partition, [arrival(1, "v2")])
            together = [push(intake, partition, [arrival(minute, f"v{minute}")]) for minute in (3, 4)]
            outcomes = await asyncio.gather(alone, *together, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [Unavailable] * 3
    assert await effect(partition) == (1, 1, 1, 1)
    (accepted,) = await push(intake, partition, [arrival(1, "v2")])
    assert not accepted.is_redelivery
    assert await effect(partition) == (2, 1, 2, 2)
    assert "Quill" in str(await search(partition, ("MR", "m1")))


@pytest.mark.parametrize(
    ("said", "tried"),
    [({"closeConnection": True}, 1), ({"errorCode": WRITE_CONFLICT}, 4)],
    ids=["closed connection", "write conflict"],
)
async def test_a_batch_waits_once_for_what_lasts_and_not_with_each_of_its_pieces(
    said: Json, tried: int, partition: Partition, failing: Failing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of eight events that lose races half is tried, a quarter, one; a database that is away is away for all of them."""
    transactions = 0

    async def counted(*given: Any, **wanted: Any) -> Any:
        nonlocal transactions
        transactions += 1
        return await transact(*given, **wanted, patience=1.5)

    monkeypatch.setattr(batches, "transact", counted)
    intake = Intake(partition.store)
    async with failing(WRITES, None, **said):
        pushed = [arrival(minute, f"v{minute}") for minute in range(8)]
        receipts = Receipts()
        taken = [understand(incoming(each), partition, now(), receipts.next(now())) for each in pushed]
        with pytest.raises(Unavailable):
            await batches.Batches(partition.store).take_batch(partition, taken)
    assert transactions == tried
    assert await effect(partition) == (0, 0, 0, 0)
    assert len(await push(intake, partition, pushed)) == 8


async def test_who_waits_behind_a_stuck_batch_for_too_long_is_sent_away(
    partition: Partition, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = asyncio.Event()

    async def stalling(*given: Any, **said: Any) -> Any:
        await stuck.wait()
        return await transact(*given, **said)

    monkeypatch.setattr(batches, "transact", stalling)
    monkeypatch.setattr(lanes, "PATIENCE", 0.05)
    intake = Intake(partition.store)
    first = asyncio.create_task(push(intake, partition, [arrival(0, "v1")]))
    await asyncio.sleep(0)
    second = asyncio.create_task(push(intake, partition, [arrival(1, "v2")]))
    await asyncio.sleep(0.1)
    stuck.set()
    assert len(await first) == 1
    with pytest.raises(Unavailable, match="queue"):
        await second
    assert await effect(partition) == (1, 1, 1, 1)
