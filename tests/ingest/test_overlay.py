"""A newer word over an older one."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.fold.overlay import fill, overlay

CLEAR = '""'


@pytest.mark.parametrize(
    ("known", "said", "result"),
    [
        ({"A": "1"}, {}, {"A": "1"}),
        ({"A": "1"}, {"A": "2", "B": False}, {"A": "2", "B": False}),
        ({"A": 1}, {"A": 0}, {"A": 0}),
        ({"A": "1", "B": "2"}, {"A": CLEAR}, {"B": "2"}),
        ({"L": ["a", "b"]}, {"L": ["c"]}, {"L": ["c"]}),
        ({"L": ["a"]}, {"L": [CLEAR]}, {"L": ["a"]}),
        ({"L": ["a"]}, {"L": CLEAR}, {}),
        ({"PhoneNumber": {"Home": "1"}}, {"PhoneNumber": {"Office": "2"}}, {"PhoneNumber": {"Home": "1", "Office": "2"}}),
        ({"PhoneNumber": {"Home": "1"}}, {"PhoneNumber": {"Home": CLEAR}}, {}),
        ({"Address": {"City": "a", "ZIP": "1"}}, {"Address": {"City": "b"}}, {"Address": {"City": "b"}}),
        ({"Address": {"City": "a", "ZIP": "1"}}, {"Address": {"City": CLEAR}}, {"Address": {"ZIP": "1"}}),
        ({"Address": {"City": "a"}}, {"Address": {"City": CLEAR}}, {}),
        ({}, {"Address": {"City": CLEAR}}, {}),
        ({"Address": {"ZIP": "1"}}, {"Address": {"City": CLEAR, "State": "WI"}}, {"Address": {"State": "WI"}}),
        ({"Demographics": {"FirstName": "a"}}, {"Demographics": {"LastName": "b"}}, {"Demographics": {"FirstName": "a", "LastName": "b"}}),
        ({"Contacts": [{"A": "1"}]}, {"Contacts": [{"A": CLEAR, "B": {"C": CLEAR}}, {"A": "2"}]}, {"Contacts": [{"A": "2"}]}),
        ({"IsDeceased": True, "DeathDateTime": "t"}, {"IsDeceased": False}, {"IsDeceased": False}),
        ({"IsDeceased": True}, {"IsDeceased": False, "DeathDateTime": "t"}, {"IsDeceased": False, "DeathDateTime": "t"}),
        ({"IsDeceased": False}, {"DeathDateTime": "t"}, {"DeathDateTime": "t"}),
        ({"IsDeceased": True}, {"DeathDateTime": "t"}, {"IsDeceased": True, "DeathDateTime": "t"}),
        ({"IsDeceased": True, "DeathDateTime": "t"}, {"IsDeceased": True}, {"IsDeceased": True, "DeathDateTime": "t"}),
        ({"IsDeceased": False}, {"DeathDateTime": CLEAR}, {"IsDeceased": False}),
        ({"IsDeceased": True, "DeathDateTime": "t"}, {"IsDeceased": False, "DeathDateTime": CLEAR}, {"IsDeceased": False}),
    ],
)  # fmt: skip
def test_overlay(known: dict[str, Any], said: dict[str, Any], result: dict[str, Any]) -> None:
    before = repr(known)
    assert overlay(known, said) == result
    if CLEAR not in repr(said):
        assert overlay(known, said, clears=False) == result
    assert repr(known) == before, "what was known is not changed in place"


@pytest.mark.parametrize(
    ("known", "offered", "result"),
    [
        ({"A": "1"}, {"A": "2", "B": "3"}, {"A": "1", "B": "3"}),
        ({}, {"A": CLEAR}, {}),
        ({"Address": {"City": "a"}}, {"Address": {"ZIP": "1"}}, {"Address": {"City": "a"}}),
        ({"Demographics": {"A": "1"}}, {"Demographics": {"A": "2", "B": "3"}}, {"Demographics": {"A": "1", "B": "3"}}),
        ({}, {"Provider": {"ID": CLEAR}}, {}),
        ({"IsDeceased": False}, {"IsDeceased": True, "DeathDateTime": "t"}, {"IsDeceased": False}),
        ({"DeathDateTime": "t"}, {"IsDeceased": False}, {"DeathDateTime": "t"}),
        ({"IsDeceased": True}, {"IsDeceased": True, "DeathDateTime": "t"}, {"IsDeceased": True, "DeathDateTime": "t"}),
        ({"IsDeceased": True}, {"IsDeceased": False, "DeathDateTime": "t"}, {"IsDeceased": True, "DeathDateTime": "t"}),
        ({}, {"IsDeceased": False, "DeathDateTime": "t"}, {"IsDeceased": False, "DeathDateTime": "t"}),
    ],
)
def test_fill_takes_only_what_is_unsaid(known: dict[str, Any], offered: dict[str, Any], result: dict[str, Any]) -> None:
    assert fill(known, offered) == result
