"""Former values: every leaf by which a record may have been found is kept, and a record that was found is found again."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest

from ingest.fold.past import MANY, MOST, Said, memory_of, said_in, united, values_of, with_values
from mappings.kinds import APPOINTMENT, ENCOUNTER, KINDS, PERSON, Kind
from store.search import TYPES, parameters
from store.search.tokens import Key

Json = dict[str, Any]
KEEPING = [kind for kind in KINDS if kind.asked_by]
VALUES: dict[str, Any] = {"Date": "2026-03-01", "DateTime": "2026-03-01T08:00:00.000Z", "Flag": True, "Number": 3}
"""A value of each type of leaf; of all others it is a text."""


def key(*parts: str) -> str:
    return "|".join(parts)


def block(values: dict[str, Any]) -> Json:
    """Return a block that has values at some paths."""
    made: Json = {}
    for path, value in values.items():
        *above, name = path.split(".")
        inner = made
        for step in above:
            inner = inner.setdefault(step, {})
        inner[name] = value
    return made


def found_by(kind: Kind, values: dict[str, Any], by: Key = key) -> Json:
    """Return those search parameters of a record that keep former values."""
    found = parameters(kind.table.to_fhir(block(values)), by, UTC)
    return {name: found.get(name) for name in TYPES[kind.type].former}


@pytest.mark.parametrize("kind", KEEPING, ids=lambda kind: kind.name)
def test_each_leaf_that_a_parameter_with_former_values_is_made_of_is_kept(kind: Kind) -> None:
    """A leaf that is missing in `asked_by` would make questions about the past lose records, and nothing would show it."""
    leaves = {path: of for path, of in kind.table.leaves.items() if "[]" not in path and path[0].isupper()}
    kept = {path for group in kind.asked_by for path in group}
    asked = {path: VALUES.get(leaves[path], "A text") for path in kept}
    assert kept <= leaves.keys()
    without = found_by(kind, asked)
    for path, of in leaves.items():
        if path not in kept:
            assert found_by(kind, {**asked, path: VALUES.get(of, "A text")}) == without, path


@pytest.mark.parametrize("kind", KEEPING, ids=lambda kind: kind.name)
def test_each_parameter_with_former_values_is_made_of_one_group_of_leaves(kind: Kind) -> None:
    leaves = kind.table.leaves
    groups = [{path: VALUES.get(leaves[path], "A text") for path in group} for group in kind.asked_by]
    each = [{name for name, value in found_by(kind, group).items() if value} for group in groups]
    assert set().union(*each) == set(TYPES[kind.type].former)


def test_what_was_said_is_one_set_in_whatever_order_it_was_said() -> None:
    said: Said = {}
    for word in ("ER", "ICU", "ER", "3N"):
        said = with_values(said, ENCOUNTER, {"Location": {"Department": word}})
    assert said == {"Location.Department": frozenset({"ER", "ICU", "3N"})}
    now = values_of(ENCOUNTER, {"Location": {"Department": "ICU"}})
    assert memory_of(said, now) == {"former": {"Location.Department": ["3N", "ER"]}}
    assert said_in(memory_of(said, now), now) == said
    assert with_values(said, ENCOUNTER, {"Location": {"Department": "ER"}}) is said


def test_a_cleared_or_odd_leaf_is_no_value() -> None:
    assert values_of(PERSON, {"Demographics": {"LastName": '""', "FirstName": "", "DOB": None, "SSN": 3}}) == {
        "Demographics.FirstName": ""
    }
    assert values_of(APPOINTMENT, {"Location": '""', "Reason": "cough"}) == {"Reason": "cough"}


def test_too_many_values_stay_too_many() -> None:
    said: Said = {}
    for number in range(MOST + 1):
        said = with_values(said, APPOINTMENT, {"Reason": f"{number}"})
    assert said == {"Reason": MANY}
    assert with_values(said, APPOINTMENT, {"Reason": "one more"}) is said
    assert said_in(memory_of(said, {"Reason": "now"}), {"Reason": "now"}) == said
    assert united(said, {"Reason": frozenset({"x"})}) == said
