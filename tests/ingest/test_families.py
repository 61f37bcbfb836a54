"""Invented families whose truth is known: how many people are fused, split, and how many events are held."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

import pytest

from ingest.fold.comparing import Rules
from ingest.fold.events import Pair
from ingest.fold.world import World
from tests.ingest.test_identity_histories import event_of
from tests.ingest.test_world import RULES

FAMILIES = 60
Told = tuple[str, tuple[Pair, ...]]
"""Who an event is about, in truth, and what it names."""


def _some(luck: Random, must: tuple[Pair, ...], may: tuple[Pair, ...]) -> tuple[Pair, ...]:
    """All of the first, and some of the second."""
    return (*must, *(pair for pair in may if luck.random() < 0.5))


def mother_and_newborn(luck: Random, family: int) -> Iterator[Told]:
    """The child's events name the mother's enterprise number beside a record number; the last event names it alone."""
    mother, child = (("MR", f"m{family}"),), (("MR", f"c{family}"),)
    shared: tuple[Pair, ...] = (("EPI", f"e{family}"),)
    for _ in range(3):
        yield f"mother {family}", _some(luck, mother, shared)
        yield f"child {family}", _some(luck, child, shared)
    yield f"mother {family}", shared


def twins(luck: Random, family: int) -> Iterator[Told]:
    """Both name one account and one licence of a parent."""
    shared: tuple[Pair, ...] = (("FIN", f"f{family}"), ("DL", f"d{family}"))
    for _ in range(3):
        for one in ("a", "b"):
            yield f"{one} {family}", _some(luck, (("MR", f"{one}{family}"),), shared)


def two_sites(luck: Random, family: int) -> Iterator[Told]:
    """Two sites give one number to two people; their enterprise numbers differ."""
    for _ in range(3):
        for one in ("north", "south"):
            yield f"{one} {family}", (("MR", f"{family}"), ("EPI", f"{one}{family}"))


def enterprise_number_changes(luck: Random, family: int) -> Iterator[Told]:
    """One person, whose enterprise number comes late and changes once."""
    own = (("MR", f"m{family}"),)
    for number in (None, "old", "old", "new", "new"):
        yield f"one {family}", (*own, *((("EPI", f"{number}{family}"),) if number else ()))


def shared_licence(luck: Random, family: int) -> Iterator[Told]:
    """Two people of one household name one licence; a third event names it alone with an enterprise number."""
    licence = (("DL", f"d{family}"),)
    for one in ("a", "b"):
        yield f"{one} {family}", (("MR", f"{one}{family}"), *licence)
    yield f"c {family}", (("EPI", f"c{family}"), *licence)


def no_ranked_type(luck: Random, family: int) -> Iterator[Told]:
    """A clinic's own number, and a household number that its people share."""
    household = (("HH", f"h{family}"),)
    for _ in range(3):
        for one in ("a", "b"):
            yield f"{one} {family}", _some(luck, (("ECW", f"{one}{family}"),), household)


STORIES: dict[str, tuple[Callable[[Random, int], Iterator[Told]], tuple[int, int, int]]] = {
    "mother and newborn": (mother_and_newborn, (5, 5, 46)),
    "twins": (twins, (0, 0, 0)),
    "two sites with one type": (two_sites, (FAMILIES, 0, 0)),
    "an enterprise number that changes": (enterprise_number_changes, (0, 0, 0)),
    "a shared licence": (shared_licence, (0, 0, 0)),
    "no ranked type": (no_ranked_type, (0, 0, 0)),
}
"""Each with the people that are fused, the people that are split, and the events that are held.

In five families only the child's events have named the mother's enterprise number when it comes alone: then it means the
child. Two sites that give one number to two people need a tenant's list.
"""


@dataclass(frozen=True)
class Count:
    """What came out, against the truth."""

    fused: int
    split: int
    held: int


def counted(told: list[Told], rules: Rules) -> Count:
    """Fold events in their order, and count."""
    world = World(rules)
    truth: dict[str, str] = {}
    for place, (who, pairs) in enumerate(told):
        event = event_of(place, (rules.identities(pairs), ()))
        truth[event.id] = who
        world.apply(event)
    people: dict[str, set[str]] = defaultdict(set)
    for place, (who, pairs) in enumerate(told):
        for person in world.people.by_id.values():
            known = rules.identities(person.state.pairs)
            strongest = min(rules.identities(pairs), key=lambda pair: rules.rank(pair[0]))
            if strongest in known and f"e{place}" not in world.people.unfolded:
                people[person.id].add(who)
    records: dict[str, set[str]] = defaultdict(set)
    for person_id, whose in people.items():
        for who in whose:
            records[who].add(person_id)
    fused = sum(len(whose) > 1 for whose in people.values())
    return Count(fused, sum(len(each) > 1 for each in records.values()), len(world.people.unfolded))


@pytest.mark.parametrize("story", STORIES)
def test_people_of_invented_families(story: str) -> None:
    tell, expected = STORIES[story]
    luck = Random(7)  # noqa: S311
    told = [each for family in range(1, FAMILIES + 1) for each in tell(luck, family)]
    found = counted(told, RULES)
    sys.stdout.write(f"\n{story}: {len(told)} events, {found}\n")
    assert (found.fused, found.split, found.held) == expected


def test_a_list_that_begins_with_the_enterprise_number_parts_two_sites() -> None:
    told = [each for family in range(1, FAMILIES + 1) for each in two_sites(Random(7), family)]  # noqa: S311
    assert counted(told, Rules(RULES.zone, ("EPI", "MR"))) == Count(0, 0, 0)
