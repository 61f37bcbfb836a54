"""Words for none: which texts in the place of an identifier name nobody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.redox.no_identifier import names_nobody

NOBODY = ["UNKNOWN", "N/A", "n/a", "NA", "None", " NULL ", "unk.", "Not Available", '""', "", "-", "???", "0"]
NOBODY += ["0000000000", "000-00-0000", "999", "999-99-9999", "9999999999", "000 00 0000", "\uff10\uff10\uff10"]
SOMEBODY = ["4711", "0001", "9", "99", "990", "9998", "000-00-0001", "Nona", "N1", "UNKNOWN7", "Müller", "\u674e"]


@pytest.mark.parametrize("text", NOBODY)
def test_words_for_none_zeros_and_nines_name_nobody(text: str) -> None:
    assert names_nobody(text)


@pytest.mark.parametrize("text", SOMEBODY)
def test_any_other_text_names_somebody(text: str) -> None:
    assert not names_nobody(text)


def test_a_tenant_may_add_words_compared_in_the_same_way() -> None:
    assert names_nobody("see chart", more=["See-Chart"])
    assert not names_nobody("see chart 2", more=["See-Chart"])


@given(st.text(alphabet="09Nn-/. ", min_size=1))
def test_case_blanks_and_punctuation_do_not_matter(text: str) -> None:
    assert names_nobody(f" {text.upper()}-") == names_nobody(text)
