"""Identity is a function of the set of events: all histories over small alphabets, each event of each coming last.

An event that comes last is folded onto what the others came to, or from the whole history if that is not enough. Both
must come to what all events come to in their order. By induction this holds for every order of arrival.

`pytest tests/ingest/test_identity_histories.py --all-histories` takes some minutes: all histories of three events with
five identifiers and of four events with four, with merges among them. Without the option the alphabets are smaller.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, permutations, product

import pytest

from ingest.fold.events import Event, Pair
from ingest.fold.lifecycles import lifecycle
from ingest.fold.person import HistoryNeededError
from ingest.fold.records import Record, records_of
from ingest.fold.stored import Stored, world_from
from ingest.fold.world import World
from mappings.kinds import PERSON
from tests.ingest.stories import identifiers
from tests.ingest.test_world import RULES

Said = tuple[tuple[Pair, ...], tuple[Pair, ...]]
"""What an event names: Identifiers, and PreviousIdentifiers, which only a merge has."""


def pairs(text: str) -> tuple[Pair, ...]:
    return tuple((each["IDType"], each["ID"]) for each in identifiers(text))


def alphabet(text: str, *, most: int = 9, merges: bool = True) -> list[Said]:
    """Every event of these identifiers: those that name up to `most` of them, and the merges of one into another."""
    known = pairs(text)
    named = [(said, ()) for size in range(1, most + 1) for said in combinations(known, size)]
    return named + [((one,), (other,)) for one, other in permutations(known, 2) if merges]


@lru_cache(maxsize=100_000)
def event_of(place: int, said: Said) -> Event:
    """The event at a place of the order."""
    identifying, previous = said
    row = lifecycle("PatientAdmin", "PatientMerge" if previous else "NewPatient")
    assert row is not None
    return Event(
        id=f"e{place}",
        lifecycle=row,
        order=f"{place:06d}",
        effective=f"{place:06d}",
        received="9",
        message={},
        pairs=identifying,
        identifying=identifying,
        ending=previous,
        previous=previous,
    )


@dataclass
class End:
    """What a history comes to."""

    records: list[Record]
    unfolded: dict[str, str]
    findings: dict[str, list[str]]

    @classmethod
    def of(cls, world: World) -> End:
        findings = {event: sorted(codes) for event, codes in world.findings.of.items() if codes}
        return cls(list(records_of(world)), world.people.unfolded, findings)

    def plain(self) -> str:
        """The records, in a form that can be compared."""
        return json.dumps(sorted((r.record["id"], r.record, r.memory) for r in self.records), sort_keys=True)


@lru_cache(maxsize=200_000)
def in_order(history: tuple[tuple[int, Said], ...]) -> End:
    """What a history comes to, folded from nothing."""
    world = World(RULES)
    for place, said in history:
        world.apply(event_of(place, said))
    return End.of(world)


def last_onto(others: tuple[tuple[int, Said], ...], last: tuple[int, Said]) -> End | None:
    """What an event comes to on what others came to; None if the whole history is needed."""
    before, event = in_order(others), event_of(*last)
    for place, (said, previous) in others:
        is_held = f"e{place}" in before.unfolded and place > last[0]
        if is_held and not {*said, *previous}.isdisjoint((*event.identifying, *event.previous)):
            return None
    active = [record for record in before.records if record.record.get("active", True)]
    world = world_from(Stored.of(active), RULES)
    try:
        world.apply(event)
    except HistoryNeededError:
        return None
    after = End.of(world)
    records = {record.record["id"]: record for record in before.records}
    records |= {record.record["id"]: record for record in after.records if record.kind is PERSON}
    return End([*records.values()], before.unfolded | after.unfolded, before.findings | after.findings)


def histories(events: int, of: Iterable[Said]) -> Iterator[tuple[tuple[int, Said], ...]]:
    return (tuple(enumerate(story)) for story in product(of, repeat=events))


SMALL = {
    "two ranked types, one unknown": (3, alphabet("MR:1 MR:2 EPI:a DL:x", most=2, merges=False)),
    "merges": (3, alphabet("MR:1 MR:2 EPI:a", most=2)),
    "no ranked type": (3, alphabet("A:1 A:2 B:1 B:2", most=2, merges=False)),
}
LARGE = {
    "three events, five identifiers": (3, alphabet("MR:1 MR:2 EPI:a EPI:b DL:x")),
    "three events, five identifiers, unknown types": (3, alphabet("MR:1 A:1 A:2 B:1 B:2")),
    "four events, four identifiers": (4, alphabet("MR:1 MR:2 EPI:a DL:x", merges=False)),
    "four events, four identifiers, merges": (4, alphabet("MR:1 MR:2 EPI:a DL:x", most=2)),
}


@pytest.mark.parametrize("size", ["small", *LARGE])
def test_an_event_that_comes_last_comes_to_the_same(size: str, request: pytest.FixtureRequest) -> None:
    if size != "small" and not request.config.getoption("--all-histories"):
        pytest.skip("takes minutes; --all-histories runs it")
    alphabets = SMALL if size == "small" else {size: LARGE[size]}
    checked = again = 0
    for events, of in alphabets.values():
        for history in histories(events, of):
            whole = in_order(history)
            for place, last in enumerate(history):
                end = last_onto(history[:place] + history[place + 1 :], last)
                checked += 1
                if end is None:
                    again += 1
                else:
                    assert end.plain() == whole.plain(), history
                    assert (end.unfolded, end.findings) == (whole.unfolded, whole.findings), history
        in_order.cache_clear()
    sys.stdout.write(f"\n{checked} cases, {again} of them folded from the whole history\n")
    assert again < checked
