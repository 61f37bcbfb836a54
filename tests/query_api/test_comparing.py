"""Comparing: exactly, texts without regard to case, identifiers with, lists by their elements."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.redox.parts import Demographics
from query_api.comparing import matches
from tests.strategies import clean_blocks


@pytest.mark.parametrize(
    ("asked", "known", "is_match"),
    [
        ("ada", "ADA", True),
        ("ada", "ada ", False),
        ({"ID": "a"}, {"ID": "a", "IDType": "MR"}, True),
        ({"ID": "a"}, {"ID": "A"}, False),
        ({"ID": "a"}, {}, False),
        ({}, {"ID": "A"}, True),
        ({"City": "a"}, None, False),
        ({"City": "a"}, {"City": {"Name": "a"}}, False),
        ([], ["a"], True),
        (["a", "A"], ["a"], True),
        (["a", "b"], ["a"], False),
        (["a"], "a", False),
        (False, False, True),
        (False, None, False),
        ("0", 0, False),
        ({"DOB": "1980-02-03"}, {"DOB": "1980-02-03"}, True),
        ({"DOB": "1980"}, {"DOB": "1980"}, False),
        ({"DOB": "1980-02"}, {"DOB": "1980-02"}, False),
        ({"DOB": "1980-02-03"}, {"DOB": "1980"}, False),
    ],
)
def test_what_matches(asked: object, known: object, is_match: bool) -> None:
    assert matches(asked, known) is is_match


@given(clean_blocks(Demographics))
def test_somebody_matches_what_is_said_of_them(demographics: dict[str, object]) -> None:
    assert matches(demographics, demographics)


@given(clean_blocks(Demographics), st.data())
def test_one_leaf_that_is_not_said_is_enough_not_to_match(demographics: dict[str, object], data: st.DataObject) -> None:
    if demographics:
        name = data.draw(st.sampled_from(sorted(demographics)))
        assert not matches(demographics, {other: demographics[other] for other in demographics if other != name})
