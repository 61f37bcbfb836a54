"""JSON text: one leaf that cannot be used does not make a message unreadable, and rubbish stays rubbish."""

import json
import time
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.reading.json_text import (
    DEEPEST,
    LONE_SURROGATE,
    MOST_UNUSABLE,
    OUT_OF_RANGE,
    NotJsonError,
    TooDeepError,
    Unusable,
    text_of,
    value_of,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    # Python writes a lone surrogate as an escape.
    | st.text(st.characters(categories=("L", "N", "Cs", "Zs"))),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@pytest.mark.parametrize(
    ("leaf", "reason"),
    [
        (r'"a\ud83d"', LONE_SURROGATE),
        (r'"\ude00b"', LONE_SURROGATE),
        (r'"\ude00\ud83d"', LONE_SURROGATE),
        ("1e999", OUT_OF_RANGE),
        ("-1.5E+400", OUT_OF_RANGE),
        ("9" * 310, OUT_OF_RANGE),
        ("-" + "9" * 5_000, OUT_OF_RANGE),
    ],
)
def test_a_leaf_that_cannot_be_used_leaves_the_rest_as_it_is(leaf: str, reason: str) -> None:
    whole, half = '{"whole": [1, "\\ud83d\\ude00", 18446744073709551615, 36893488147419103232], "leaf": ', "}"
    found = value_of(f"{whole}{leaf}{half}".encode())
    assert found["whole"] == [1, "\U0001f600", 2**64 - 1, 2.0**65]
    assert found["leaf"] == Unusable(leaf, reason)


def test_the_name_of_a_member_is_written_out() -> None:
    assert value_of(rb'{"a\ud83d": 1, "b": 2}') == {r'"a\ud83d"': 1, "b": 2}


@pytest.mark.parametrize("text", [b'{"a": 1}', rb'{"a": "\ud800"}'])
def test_a_byte_order_mark_is_passed_over(text: bytes) -> None:
    assert value_of(b"\xef\xbb\xbf" + text) == value_of(text)


@pytest.mark.parametrize(
    "rubbish",
    [
        b"",
        b"\xef\xbb\xbf",
        b"NaN",
        b"[Infinity, 1e999]",
        b"[1e999",
        b"[1e999] x",
        b"[1e999,]",
        b"[01, 1e999]",
        b"{'a': 1e999}",
        b'["\xed\xa0\xbd", 1e999]',
        b'["\t", 1e999]',
        rb'["\ud83"]',
        '["\ud83d"]'.encode("utf-16", "surrogatepass"),
        b"[1e999," + b"[" * 100_000,
    ],
    ids=lambda rubbish: repr(rubbish[:20]),
)
def test_rubbish_stays_rubbish(rubbish: bytes) -> None:
    with pytest.raises(NotJsonError):
        value_of(rubbish)


@pytest.mark.parametrize("leaf", ["1", "1e999"])
def test_what_is_nested_too_deeply_is_told_so(leaf: str) -> None:
    assert value_of(f"{'[' * DEEPEST}{leaf}{']' * DEEPEST}".encode())
    with pytest.raises(TooDeepError):
        value_of(f"{'[' * 300}{leaf}{']' * 300}".encode())


def test_a_body_of_nothing_but_such_leaves_is_rubbish() -> None:
    assert len(value_of(b"[" + b"1e999," * (MOST_UNUSABLE - 1) + b"1e999]")) == MOST_UNUSABLE
    for leaf in (b"1e999", rb'"\ud83d"'):
        with pytest.raises(NotJsonError):
            value_of(b"[" + (leaf + b",") * MOST_UNUSABLE + leaf + b"]")


@pytest.mark.parametrize("leaf", [b"9" * 4_000_000, b"0." + b"9" * 4_000_000, b'"' + rb"\ud83d" * 600_000 + b'"'])
def test_a_long_leaf_takes_no_longer_than_its_bytes(leaf: bytes) -> None:
    began = time.process_time()
    value_of(b"[1e999," + leaf + b"]")
    assert time.process_time() - began < 5


@given(JSON)
def test_both_readers_read_alike_and_what_is_written_is_read_as_it_was(value: Any) -> None:
    text = json.dumps(value).encode()
    found = value_of(text)
    slowly = value_of(b'{"fast": ' + text + b', "slow": 1e999}')["fast"]
    assert found == slowly
    assert text_of(value_of(text_of(found))) == text_of(found)
    if b"\\ud" not in text:
        assert found == orjson.loads(text)
        assert text_of(found, is_sorted=True) == orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
