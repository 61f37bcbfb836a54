"""Comparing: exactly, texts without regard to case, identifiers with, lists by their elements."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.redox.parts import Demographics
from mappings.redox.patient_search import AskedPatient
from query_api.matching import matching
from query_api.people import holds
from store.search import comparable
from tests.strategies import clean_blocks, texts

matches = matching(Demographics)


def name(text: str) -> dict[str, object]:
    """A patient of this first name."""
    return {"Demographics": {"FirstName": text}}


@pytest.mark.parametrize(
    ("asked", "known", "is_match"),
    [
        (name("ada"), name("ADA"), True),
        (name("ada"), name(" ada\u00a0"), True),
        (name("ada"), name("adam"), False),
        (name("Zo\u00eb"), name("ZOE\u0308"), True),
        (name("ﬁnn"), name("Finn"), True),
        (name("\u1fb3"), name("\u0391\u0345"), True),
        ({"Identifiers": [{"ID": "a"}]}, {"Identifiers": [{"ID": "b"}, {"ID": " a ", "IDType": "MR"}]}, True),
        ({"Identifiers": [{"ID": "a"}]}, {"Identifiers": [{"ID": "A"}]}, False),
        ({"Identifiers": [{"ID": "\u00eb"}]}, {"Identifiers": [{"ID": "e\u0308"}]}, False),
        ({"Identifiers": [{"ID": "a"}]}, {}, False),
        ({"Identifiers": [{"IDType": "MR"}]}, {"Identifiers": [{"ID": "a"}]}, False),
        ({}, name("a"), True),
        (name("a"), None, False),
        ({"Demographics": {"Address": {"City": "a"}}}, {"Demographics": {"Address": {"City": {"Name": "a"}}}}, False),
        ({"Notes": []}, {"Notes": ["a"]}, True),
        ({"Notes": ["a", "A"]}, {"Notes": ["a"]}, True),
        ({"Notes": ["a", "b"]}, {"Notes": ["a"]}, False),
        ({"Notes": ["a"]}, {"Notes": "a"}, False),
        ({"Demographics": {"IsHispanic": False}}, {"Demographics": {"IsHispanic": False}}, True),
        ({"Demographics": {"IsHispanic": False}}, {"Demographics": {}}, False),
        ({"Demographics": {"DOB": "1980-02-03"}}, {"Demographics": {"DOB": "1980-02-03"}}, True),
        ({"Demographics": {"DOB": "1980-02"}}, {"Demographics": {"DOB": "1980-02"}}, False),
        ({"Demographics": {"DOB": "1980-02-03"}}, {"Demographics": {"DOB": "1980-02"}}, False),
        ({"Demographics": {"SSN": "0"}}, {"Demographics": {"SSN": 0}}, False),
    ],
)
def test_what_matches(asked: object, known: object, is_match: bool) -> None:
    assert matching(AskedPatient)(asked, known) is is_match


@given(texts(), st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]), st.sampled_from([str, str.casefold, str.lower]))
def test_blanks_case_and_composition_of_a_text_do_not_matter(text: str, form: Any, cased: Any) -> None:
    other = f" {cased(unicodedata.normalize(form, text))}\u2003"
    assert comparable(other) == comparable(text)
    assert comparable(comparable(text)) == comparable(text)
    assert matches({"FirstName": text}, {"FirstName": other})


def test_every_letter_of_unicode_has_one_form() -> None:
    for letter in (chr(number) for number in range(0x110000) if not 0xD800 <= number < 0xE000):
        form = comparable(letter)
        assert comparable(form) == form
        assert comparable(unicodedata.normalize("NFD", letter)) == form
        assert comparable(letter.casefold()) == form


@given(clean_blocks(Demographics))
def test_somebody_matches_what_is_said_of_them(demographics: dict[str, object]) -> None:
    assert matches(demographics, demographics)


@given(clean_blocks(Demographics), st.data())
def test_one_leaf_that_is_not_said_is_enough_not_to_match(demographics: dict[str, object], data: st.DataObject) -> None:
    if demographics:
        name = data.draw(st.sampled_from(sorted(demographics)))
        assert not matches(demographics, {other: demographics[other] for other in demographics if other != name})


@pytest.mark.parametrize(
    ("asked", "listed", "is_held"),
    [
        ("MR", (), True),
        ("MRN", (), True),
        ("Medical Record Number", (), True),
        ("Mercy MRN", (), False),
        ("EPI", (), False),
        ("MRN", ("MR", "MRN"), False),
    ],
)
def test_spellings_of_one_type_are_one_type_unless_the_tenant_named_its_types(
    asked: str, listed: tuple[str, ...], is_held: bool
) -> None:
    person = {"Identifiers": [{"ID": "1", "IDType": "MR"}]}
    assert holds(person, [{"ID": " 1", "IDType": asked}], listed) is is_held
