"""What a case of a data model is held to: every order of its events, and one batch of them, come to the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import permutations
from typing import Any

from ingest.intake import Intake
from ingest.replays.replay import replay_tenant
from store.database import Store
from store.partition import Partition
from tests.feed import Json, ask, new_partition, push, resources
from tests.lives import timed

Pairs = Sequence[tuple[str, str]]
Question = tuple[str, str]


def identifiers(pairs: Pairs) -> list[Json]:
    """Identifiers as a message has them."""
    return [{"IDType": id_type, "ID": value} for id_type, value in pairs]


def person(event: str, pairs: Pairs, /, **said: Any) -> Json:
    """A PatientAdmin event about a person."""
    meta = {"DataModel": "PatientAdmin", "EventType": event}
    return {"Meta": meta, "Patient": {"Identifiers": identifiers(pairs), **said}}


def merge(pairs: Pairs, previous: Pairs) -> Json:
    """A PatientMerge."""
    return person("PatientMerge", pairs, PreviousIdentifiers=identifiers(previous))


def ten_minutes_apart(messages: Sequence[Json]) -> list[Json]:
    """The messages, each at its own time."""
    return timed(messages, range(0, 10 * len(messages), 10))


async def answered(partition: Partition, question: Question, **filters: Any) -> list[Json]:
    """The entries of the answer to a question."""
    (entries,) = (await ask(partition, *question, filters)).body.values()
    return list(entries)


async def comes_to(partition: Partition, question: Question) -> Any:
    """All resources, the issues of all events, and an answer."""
    entries = await partition.journal.page(limit=1000)
    issues = {entry.id: (entry.findings, entry.open) for entry in entries}
    return await resources(partition), issues, await answered(partition, question)


async def every_order_comes_to_the_same(
    store: Store, messages: Sequence[Json], question: Question, expected: list[str], short: Callable[[Json], str]
) -> None:
    """In order the answer is the expected one; every other order comes to the same.

    A replay mends nothing: it is tried after the first of the orders, the last, and each fifth between them.
    """
    events, intake = ten_minutes_apart(messages), Intake(store)
    told = await new_partition(store)
    await push(intake, told, events)
    in_order = await comes_to(told, question)
    assert sorted(map(short, await answered(told, question))) == expected
    orders = list(permutations(events))
    for number, order in enumerate(orders):
        partition = await new_partition(store)
        await push(intake, partition, order)
        assert await comes_to(partition, question) == in_order, [event["Meta"]["EventDateTime"] for event in order]
        if number % 5 == 0 or order is orders[-1]:
            assert not (await replay_tenant(store, partition, is_dry=True)).differs


async def one_batch_comes_to_the_same(store: Store, messages: Sequence[Json], question: Question) -> None:
    """Events that come together, in reverse and twice, come to what they come to one by one."""
    events, intake = ten_minutes_apart(messages), Intake(store)
    told, together = await new_partition(store), await new_partition(store)
    await push(intake, told, events)
    await push(intake, together, reversed([*events, *events]), at_once=True)
    assert await comes_to(together, question) == await comes_to(told, question)
