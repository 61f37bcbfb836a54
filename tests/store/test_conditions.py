"""Conditions: what each finds in the database, and that it says the same of a document in memory."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from random import Random

import pytest

from mappings.kinds import ENCOUNTER
from store.conditions import (
    Condition,
    HasId,
    Lies,
    every,
    has_all,
    is_absent,
    is_any,
    lies,
    newer_than,
    not_all,
    silent_since,
    some,
)
from store.documents import Document
from store.partition import Partition

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
STAYS = {
    "a": {"status": "x", "words": ["p", "q"], "date": NOON},
    "b": {"status": "y", "words": ["q"], "date": NOON - HOUR},
    "c": {"status": "z", "words": []},
}
HEARD = {"a": "2026-03-01T11:00:00.000Z", "b": "2026-03-01T11:59:59.999Z", "c": "2026-03-01T12:00:00.000Z"}
DOCUMENTS = [
    Document("Encounter", name, {}, search, {"last": HEARD[name], "newest": HEARD[name]})
    for name, search in STAYS.items()
]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (is_any("status", ["x"]), "a"),
        (is_any("status", ["x", "z"]), "ac"),
        (is_any("status", []), ""),
        (is_any("words", ["p", "r"]), "a"),
        (is_any("date", [None]), "c"),
        (is_any("status", ["x", None]), "a"),
        (is_absent("date"), "c"),
        (is_absent("account"), "abc"),
        (has_all("words", ["q"]), "ab"),
        (has_all("words", ["q", "p"]), "a"),
        (has_all("words", []), ""),
        (lies("date", NOON), "a"),
        (lies("date", NOON - HOUR, NOON), "b"),
        (lies("date", NOON - HOUR), "ab"),
        (Lies("search.date", above=NOON - HOUR), "a"),
        (Lies("search.date", at_most=NOON), "ab"),
        (newer_than(HEARD["a"]), "bc"),
        (every([]), "abc"),
        (every([is_any("status", ["x", "y"]), has_all("words", ["p"])]), "a"),
        (every([has_all("words", ["p"]), has_all("words", ["q"])]), "a"),
        (some([is_any("status", ["z"]), has_all("words", ["p"])]), "ac"),
        (not_all([is_any("status", ["x", "y"]), has_all("words", ["p"])]), "bc"),
        (silent_since(NOON), "b"),
        (silent_since(NOON.astimezone(timezone(timedelta(hours=5)))), "b"),
        (silent_since(NOON + timedelta(milliseconds=1)), "abc"),
    ],
)
async def test_what_a_condition_finds(partition: Partition, condition: Condition, found: str) -> None:
    await partition.put(DOCUMENTS)
    assert "".join(sorted(one.id for one in await partition.find(ENCOUNTER, condition))) == found
    assert "".join(one.id for one in DOCUMENTS if condition.matches(one)) == found


async def test_ids_are_those_of_the_tenant(partition: Partition) -> None:
    await partition.put(DOCUMENTS)
    condition = HasId(partition.tenant.name, ("a", "c", "d"))
    assert [one.id for one in await partition.find(ENCOUNTER, condition)] == ["a", "c"]
    assert [one.id for one in DOCUMENTS if condition.matches(one)] == ["a", "c"]
    assert await partition.find(ENCOUNTER, HasId("another", ("a",))) == []


def drawn(random: Random, depth: int = 2) -> Condition:
    """A condition of any shape."""
    if depth and random.random() < 0.6:
        inside = [drawn(random, depth - 1) for _ in range(random.randint(1, 3))]
        return random.choice([every, some, not_all])(inside)
    statuses = random.sample(["x", "y", "z", None], random.randint(0, 3))
    start = NOON + random.randint(-2, 1) * HOUR
    return random.choice(
        [
            is_any("status", statuses),
            has_all("words", random.sample("pqr", random.randint(0, 2))),
            is_any("words", random.sample("pqr", random.randint(0, 2))),
            lies("date", start, random.choice([None, start + HOUR])),
            newer_than(random.choice([*HEARD.values()])),
            silent_since(start),
        ]
    )


async def test_any_condition_says_the_same_of_stored_documents_and_of_those_in_memory(partition: Partition) -> None:
    await partition.put(DOCUMENTS)
    random = Random(11)  # noqa: S311 - no secret
    for condition in [drawn(random) for _ in range(200)]:
        found = await partition.find(ENCOUNTER, condition, sort=[("_id", 1)])
        assert [one.id for one in found] == [one.id for one in DOCUMENTS if condition.matches(one)], condition


def test_a_person_is_as_new_as_what_was_heard_last_and_a_visit_as_its_date() -> None:
    assert Document("Patient", "a", {}, {"date": 1}, {"last": 2}).newness == 2
    assert Document("Appointment", "a", {}, {"date": 1}, {"last": 2}).newness == 1
    assert Document("Encounter", "a", {}).newness is None
