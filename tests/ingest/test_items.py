"""Items, as pure functions of a set of events: keys, words, ends, and what becomes of them when people join or merge."""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.fold.events import Event, pairs_of
from ingest.fold.item_names import key_of
from ingest.fold.lifecycles import lifecycle
from ingest.fold.person import HistoryNeededError
from ingest.fold.records import Record, records_of
from ingest.fold.resource_ids import with_resource_ids
from ingest.fold.stored import Stored, world_from
from ingest.fold.verbs import Ends, Lifecycle, Says, on
from ingest.fold.world import World
from mappings.kinds import ALLERGY, EVENT, PERSON, PLACE, Kind
from mappings.reading import CLEAR
from tests.ingest.test_world import RULES, as_answered
from tests.lives import moment

Json = dict[str, Any]
LOAN = Kind("loan", ALLERGY.table, named_by=(("ID",), ("Title", "Shelf?")), beside=("Visit",))
LEND = on("Library", "Lend", 100, Says(PERSON), Says(LOAN, at="Loans[]", reopens=True))
NOTE = on("Library", "Note", 300, Says(PERSON), Says(LOAN, at="Loans[]"))
RETURN = on("Library", "Return", 500, Says(PERSON), Ends(LOAN, "returned", at="Loans[]"))
MERGE = lifecycle("PatientAdmin", "PatientMerge")
assert MERGE is not None


def event(row: Lifecycle, minute: int, ids: str = "MR:1", *loans: Json, previous: str = "", **beside: Json) -> Event:
    """One event of a person, `TYPE:ID TYPE:ID`, about some loans."""
    identifiers, before = (
        [dict(zip(("IDType", "ID"), pair.split(":"), strict=True)) for pair in said.split()] for said in (ids, previous)
    )
    return Event(
        id=f"e{minute:03d}",
        lifecycle=row,
        order=f"{minute:03d}.{row.rank:03d}",
        effective=moment(minute),
        received=moment(900),
        message={"Loans": list(loans), **beside},
        pairs=pairs_of(identifiers),
        identifying=pairs_of(identifiers),
        previous=pairs_of(before),
    )


def world_of(*events: Event) -> World:
    world = World(RULES)
    for each in sorted(events, key=lambda each: each.order):
        world.apply(each)
    return world


def loans(*events: Event) -> list[Json]:
    """The loans that events come to, without whose they are."""
    return [
        {name: value for name, value in record.record.items() if name != "patient"}
        for record in records_of(world_of(*events))
        if record.kind is LOAN
    ]


BOOK, FILM = {"ID": "b"}, {"ID": "f"}


@pytest.mark.parametrize(
    ("block", "key"),
    [
        ({"ID": "b", "Title": "t"}, ("b",)),
        ({"Title": "t", "Shelf": {"Row": 1}}, ("t", "{'Row': 1}")),
        ({"Title": "t"}, ("t", "")),
        ({"ID": CLEAR, "Title": "t"}, ("t", "")),
        ({"Shelf": "s"}, ("e1", "4")),
    ],
)
def test_the_first_alternative_of_which_all_is_said_is_the_key(block: Json, key: tuple[str, ...]) -> None:
    assert key_of(LOAN, block, "e1", 4) == key


def test_a_key_may_be_a_place_in_an_event() -> None:
    assert key_of(Kind("x", ALLERGY.table, named_by=((EVENT, PLACE),)), {"ID": "b"}, "e1", 2) == ("e1", "2")


def test_words_go_over_each_other_and_what_stands_beside_is_kept() -> None:
    said = loans(
        event(LEND, 1, "MR:1", BOOK | {"Title": "t", "Fee": 1}, Visit={"VisitNumber": "v"}),
        event(NOTE, 2, "MR:1", BOOK | {"Fee": CLEAR}, FILM),
    )
    assert said == [
        {"ID": "b", "Title": "t", "Visit": {"VisitNumber": "v"}, "event": "Note"},
        {"ID": "f", "event": "Note"},
    ]


def test_only_a_verb_that_reopens_reopens() -> None:
    ended = [event(LEND, 1, "MR:1", BOOK), event(RETURN, 2, "MR:1", BOOK)]
    assert loans(*ended)[0]["ended"] == "returned"
    assert loans(*ended, event(NOTE, 3, "MR:1", BOOK | {"Fee": 2}))[0] == {
        "ID": "b", "Fee": 2, "ended": "returned", "event": "Note",
    }  # fmt: skip
    assert "ended" not in loans(*ended, event(LEND, 4, "MR:1", BOOK))[0]


def test_people_who_join_have_one_item_of_a_key_and_people_who_merge_keep_both() -> None:
    apart = [event(LEND, 1, "MR:1", BOOK | {"Fee": 1, "Title": "t"}), event(LEND, 2, "EPI:2", BOOK | {"Fee": 2})]
    assert loans(*apart, event(NOTE, 3, "MR:1 EPI:2")) == [{"ID": "b", "Fee": 2, "Title": "t", "event": "Lend"}]
    two = [event(LEND, 1, "MR:1", BOOK | {"Fee": 1}), event(LEND, 2, "MR:2", BOOK | {"Fee": 2})]
    merge = event(MERGE, 3, "MR:1", previous="MR:2")
    assert sorted(loan["Fee"] for loan in loans(*two, merge)) == [1, 2]
    later = loans(*two, merge, event(NOTE, 4, "MR:2", BOOK | {"Fee": 9}))
    assert sorted(loan["Fee"] for loan in later) == [2, 9], "what comes later is of the survivor's own"


def test_an_item_keeps_its_id_when_its_person_ends_in_another() -> None:
    events = [event(LEND, 1, "MR:1", BOOK), event(LEND, 2, "MR:2", FILM)]
    before = {
        r.record["ID"]: r for r in with_resource_ids(records_of(world_of(*events)), [], "t", RULES) if r.kind is LOAN
    }
    stored = with_resource_ids(records_of(world_of(*events)), [], "t", RULES)
    after = with_resource_ids(
        records_of(world_of(*events, event(MERGE, 3, "MR:1", previous="MR:2"))), stored, "t", RULES
    )
    film = next(record for record in after if record.kind is LOAN and record.record["ID"] == "f")
    assert film.record["id"] == before["f"].record["id"]
    assert film.record["patient"] == before["b"].record["patient"]


@st.composite
def stories(draw: st.DrawFn) -> list[Event]:
    """Events of a few people and loans, each at its own minute."""
    rows = draw(st.lists(st.sampled_from([LEND, NOTE, RETURN, MERGE]), min_size=1, max_size=9))
    made: list[Event] = []
    for minute, row in enumerate(rows):
        ids = draw(st.sampled_from(["MR:1", "MR:2", "EPI:3", "MR:1 EPI:3", "MR:4"]))
        previous = draw(st.sampled_from(["MR:2", "MR:4"])) if row is MERGE else ""
        said = draw(st.lists(st.sampled_from([BOOK, FILM, {"Title": "t"}]), max_size=2, unique_by=json.dumps))
        fees = [{**loan, "Fee": draw(st.integers(1, 3))} for loan in said]
        made.append(event(row, minute, ids, *(() if row is MERGE else fees), previous=previous))
    return made


@given(stories())
def test_going_on_from_stored_records_equals_folding_anew(story: list[Event]) -> None:
    stored: dict[tuple[str, str], Record] = {}
    for count, each in enumerate(story, start=1):
        before = list(stored.values())
        try:
            world = world_from(Stored.of(r for r in before if r.record.get("active", True)), RULES)
            world.apply(each)
            new = with_resource_ids(records_of(world), before, "t", RULES)
        except HistoryNeededError:
            stored, new = {}, with_resource_ids(records_of(world_of(*story[:count])), before, "t", RULES, is_whole=True)
        stored |= {(record.kind.name, record.record["id"]): record for record in new}
    assert as_answered(list(stored.values())) == as_answered(
        with_resource_ids(records_of(world_of(*story)), [], "t", RULES)
    )


def test_an_older_event_needs_the_history_of_its_item() -> None:
    newest = with_resource_ids(
        records_of(world_of(event(LEND, 1, "MR:1"), event(LEND, 5, "MR:1", BOOK))), [], "t", RULES
    )
    world = world_from(Stored.of(newest), RULES)
    with pytest.raises(HistoryNeededError):
        world.apply(event(NOTE, 3, "MR:1", BOOK))


def test_every_order_comes_to_the_same_through_what_is_stored() -> None:
    story = [
        event(LEND, 1, "MR:1", BOOK | {"Fee": 1}),
        event(RETURN, 2, "MR:1", BOOK),
        event(LEND, 3, "EPI:2", BOOK | {"Fee": 3}),
        event(NOTE, 4, "MR:1 EPI:2", FILM),
    ]
    comes_to = as_answered(with_resource_ids(records_of(world_of(*story)), [], "t", RULES))
    for order in permutations(story):
        assert as_answered(with_resource_ids(records_of(world_of(*order)), [], "t", RULES)) == comes_to
