"""Words with stamps: in whatever order events come, the words are those that the overlay gives in order."""

from __future__ import annotations

from functools import reduce
from itertools import permutations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ingest.fold.overlay import overlay
from ingest.fold.words import Words

Json = dict[str, Any]

CLEAR = '""'


def _taken(said: Json, order: str, known: Words) -> Words:
    return known.take(said, order, clears=CLEAR in repr(said))


def _in_turn(events: list[tuple[str, Json]]) -> Words:
    return reduce(lambda known, event: _taken(event[1], event[0], known), events, Words())


def _numbered(said: list[Json]) -> list[tuple[str, Json]]:
    return [(f"1{place:03d}", words) for place, words in enumerate(said)]


leaves = st.sampled_from(["a", "b", CLEAR])


def _some(members: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries({}, optional=members)


phones = _some({"Home": leaves, "Office": leaves}).filter(bool)
addresses = _some({"City": leaves, "ZIP": leaves, "Inner": _some({"X": leaves}).filter(bool)}).filter(bool)
demographics = _some({
    "FirstName": leaves,
    "Address": addresses | st.just(CLEAR),
    "PhoneNumber": phones | st.just(CLEAR),
    "IsDeceased": st.sampled_from([True, False, CLEAR]),
    "DeathDateTime": leaves,
    "Races": st.sampled_from([["a"], ["b", CLEAR], [CLEAR], CLEAR]),
})  # fmt: skip
blocks = _some({
    "Demographics": demographics.filter(bool) | st.just(CLEAR),
    "PCP": addresses | st.just(CLEAR),
    "Extensions": _some({"x/y": addresses, "PhoneNumber": phones, "~": leaves}).filter(bool),
    "Allergies": st.sampled_from([[{"Code": "a"}], [{"Code": "b"}]]),
})  # fmt: skip


@given(st.lists(blocks, max_size=6), st.randoms(use_true_random=False))
def test_words_are_the_same_in_any_order(said: list[Json], random: Any) -> None:
    events = _numbered(said)
    in_order = _in_turn(events)
    assert in_order.said == reduce(overlay, said, {})
    assert _in_turn(random.sample(events, len(events))) == in_order


@given(st.lists(blocks, max_size=4))
def test_every_permutation_of_few_events(said: list[Json]) -> None:
    events = _numbered(said)
    assert all(_in_turn(list(some)) == _in_turn(events) for some in permutations(events))


named = st.sampled_from(["PCP", "Guarantor"])
filling = st.lists(st.tuples(st.booleans(), named, st.sampled_from(["a", "b", "c"])), max_size=6)


@given(filling, st.randoms(use_true_random=False))
def test_of_words_that_only_fill_the_oldest_counts_where_nothing_else_was_said(
    said: list[tuple[bool, str, str]], random: Any
) -> None:
    """Each of `said`: whether the words only fill, the name of a block, and what the block says."""
    events = [(f"1{place:03d}", *each) for place, each in enumerate(said)]
    words = Words()
    for order, only_fills, name, value in random.sample(events, len(events)):
        block = {name: {"ID": value}}
        words = words.fill(block, order) if only_fills else words.take(block, order, clears=False)
    firm = {name: value for only_fills, name, value in said if not only_fills}
    oldest = {name: value for only_fills, name, value in reversed(said) if only_fills}
    assert words.said == {name: {"ID": value} for name, value in {**oldest, **firm}.items()}
