"""Contents are cut out of any body and put back, and the bytes are exactly those that came."""

import base64
import hashlib
import json
import time
import tracemalloc
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from ingest import contents
from ingest.contents import FILE_LEAVES, LONGEST_INSIDE, Excerpt, excerpt, files_to_restore, restore, uris_in
from ingest.json_places import texts_at
from mappings.file_reference import FileReference, content_of, reference_in
from mappings.reading.json_text import NotJsonError, TooDeepError, value_of
from mappings.redox.catalogue import EVENTS

LEAVES = ("Note.FileContents", "Orders[].Results[].Value")
BINARY = bytes(range(256)) * 20
BASE64 = base64.b64encode(BINARY).decode()
SHA1 = hashlib.sha1(BINARY, usedforsecurity=False)
PROSE = "Seen today — “much better”. " * 200


def name_of(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=24).hexdigest()


def cut(body: bytes, **more: Any) -> Excerpt:
    return excerpt(body, LEAVES, name_of, **more)


def back(found: Excerpt) -> bytes:
    return restore(found.body, found.cuts, found.contents or {})


def note(text: str) -> bytes:
    return json.dumps({"Note": {"FileContents": text, "FileType": "pdf"}}, ensure_ascii=False).encode()


def value(body: bytes) -> Any:
    try:
        return value_of(body)
    except (NotJsonError, TooDeepError) as error:
        return type(error)


def filled(node: Any, found: Excerpt) -> Any:
    """A JSON value in which each reference is replaced by the content that it stands for."""
    if isinstance(node, dict):
        return {name: filled(each, found) for name, each in node.items()}
    if isinstance(node, list):
        return [filled(each, found) for each in node]
    reference = reference_in(node) if isinstance(node, str) else None
    data = (found.contents or {}).get(reference.file) if reference else None
    return node if reference is None or data is None else content_of(reference, data)


# --- any body ---------------------------------------------------------------------------------------------------------

texts = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [PROSE, BASE64, BASE64 + "\r\n", f"{BASE64}=", "\r\n".join([BASE64, BASE64]), '\\"' * 3000, "/" * 5000]
    ),
    st.binary(min_size=3100, max_size=3300).map(lambda data: base64.b64encode(data).decode()),
    st.integers(4090, 4100).map(lambda size: "a" * size),
    st.just(FileReference("0" * 48, "text", 5, "0" * 40).text),
    st.just("\0" + PROSE),
)
names = st.sampled_from(["Note", "FileContents", "Orders", "Results", "Value", "Other"]) | st.text(max_size=5)
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)


@st.composite
def shaped(draw: st.DrawFn) -> Any:
    """A message with contents at the leaves and anything beside and in their place."""
    leaf = texts | values
    return {
        "Other": draw(values),
        "Note": draw(st.fixed_dictionaries({"FileContents": leaf, "More": values})),
        "Orders": draw(st.lists(st.fixed_dictionaries({"Results": st.lists(st.fixed_dictionaries({"Value": leaf}))}))),
    }


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """The bytes of a message, as one of several writers of JSON has them."""
    body = json.dumps(
        draw(shaped() | values), ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from([None, 2]))
    )
    if draw(st.booleans()):
        body = body.replace("/", "\\/")
    if draw(st.booleans()):
        body = body.replace("Note", "\\u004eote").replace("file:", "\\u0066ile:")
    return draw(st.sampled_from([b"", b"\xef\xbb\xbf", b" \n"])) + body.encode(errors="replace")


@given(body=bodies())
def test_the_bytes_of_any_message_come_back(body: bytes) -> None:
    found = cut(body)
    assert back(found) == body


@given(body=bodies())
def test_a_message_says_the_same_with_its_contents_put_back_as_values(body: bytes) -> None:
    found = cut(body)
    assert filled(value(found.body), found) == value(body)


@given(
    body=bodies() | st.binary(max_size=300),
    start=st.integers(0, 9000),
    end=st.integers(0, 9000),
    more=st.binary(max_size=3),
)
@example(body=b'"' + b'\\"' * 3000, start=0, end=0, more=b"")
@example(body=note(PROSE), start=3000, end=3001, more=b"\n")
@example(body=note(PROSE), start=3000, end=3001, more=b"\xff")
def test_a_body_that_is_no_json_comes_back_too_and_stays_none(body: bytes, start: int, end: int, more: bytes) -> None:
    broken = body[:start] + more + body[max(start, end) :]
    found = cut(broken)
    assert back(found) == broken
    assert (value(found.body) is NotJsonError) == (value(broken) is NotJsonError)


@given(body=bodies())
def test_no_text_at_a_leaf_that_looks_like_a_reference_is_left(body: bytes) -> None:
    found = cut(body)
    places = [(each.at, each.at + each.size) for each in found.cuts]
    left = [place for place in texts_at(found.body, LEAVES) if place not in places]
    assert [place for place in left if reference_in(orjson_text(found.body[slice(*place)])) is not None] == []
    assert all(stop - start <= LONGEST_INSIDE or b"\\u00" in found.body[start:stop] for start, stop in left)


def at(node: Any, path: list[str]) -> Iterator[Any]:
    """The values at a path of a JSON value, found without its bytes."""
    if not path:
        yield node
    elif path[0] == "[]" and isinstance(node, list):
        for each in node:
            yield from at(each, path[1:])
    elif isinstance(node, dict) and path[0] in node:
        yield from at(node[path[0]], path[1:])


@given(body=bodies())
def test_every_long_text_at_a_leaf_is_cut_out_and_no_other(body: bytes) -> None:
    found = cut(body)
    before, after = value(body), value(found.body)
    assume(before is not NotJsonError)  # Python writes Infinity, which is no JSON
    count = 0
    for leaf in LEAVES:
        path = leaf.replace("[]", ".[]").split(".")
        for was, now in zip(at(before, path), at(after, path), strict=True):
            is_long = isinstance(was, str) and len(was) > LONGEST_INSIDE and "\0" not in was
            is_cut = was != now
            count += is_cut
            assert is_cut or not is_long
            assert not is_cut or reference_in(now) is not None
    assert count == len(found.cuts)


def orjson_text(raw: bytes) -> str:
    try:
        return str(orjson.loads(b'"%b"' % raw))
    except orjson.JSONDecodeError:
        return ""


# --- single contents --------------------------------------------------------------------------------------------------


def test_base64_is_kept_as_the_bytes_that_it_is() -> None:
    found = cut(note(BASE64))
    assert found.contents == {name_of(BINARY): BINARY}
    reference = reference_in(value(found.body)["Note"]["FileContents"])
    assert reference == FileReference(name_of(BINARY), "base64", len(BINARY), SHA1.hexdigest())
    assert reference.hash == base64.b64encode(SHA1.digest()).decode()
    assert not reference.is_text
    assert len(found.body) < 300


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (BASE64.replace("/", "\\/"), "slashed"),
        (BASE64.replace("/", "\\/", 1), "escaped"),
        (BASE64[:-4] + "AB==", "text"),
        ("\\r\\n".join([BASE64, BASE64]), "escaped"),
        (BASE64.replace("+", "-").replace("/", "_"), "text"),
        (BASE64 + "=", "text"),
        (" " + BASE64, "text"),
        ("plain words " * 400, "text"),
        ("caf\u00e9 " * 1000, "text"),
        ("caf\\u00e9 " * 1000, "escaped"),
    ],
)
def test_what_is_not_canonical_base64_is_kept_as_its_own_bytes(text: str, form: str) -> None:
    body = b'{"Note": {"FileContents": "%b"}}' % text.encode()
    found = cut(body)
    [place] = found.cuts
    assert place.form == form
    if form != "slashed":
        assert found.contents == {place.file: text.encode()}
    assert filled(value(found.body), found) == value(body)
    assert back(found) == body


def test_one_content_twice_is_one_file_with_two_places() -> None:
    body = b'{"Note": {"FileContents": "%b", "FileContents": "%b"}}' % (BASE64.encode(), BASE64.encode())
    found = cut(body)
    assert len(found.cuts) == 2
    assert len(found.contents or {}) == 1
    assert files_to_restore(found.cuts) == [name_of(BINARY)]
    assert back(found) == body


def test_a_text_at_the_limit_stays_and_one_above_goes() -> None:
    assert cut(note("a" * LONGEST_INSIDE)).cuts == ()
    assert len(cut(note("a" * (LONGEST_INSIDE + 1))).cuts) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"Note": {"Other": PROSE}},
        {"Note": {"FileContents": [PROSE]}},
        {"Note": [{"FileContents": PROSE}]},
        {"Orders": {"Results": [{"Value": PROSE}]}},
        {"Orders": [[{"Results": [{"Value": PROSE}]}]]},
        {"Deeper": {"Note": {"FileContents": PROSE}}},
        {"Note": {"FileContents": {"FileContents": PROSE}}},
        [{"Note": {"FileContents": PROSE}}],
        PROSE,
    ],
)
def test_a_text_elsewhere_is_left_where_it_is(body: Any) -> None:
    assert cut(orjson.dumps(body)).cuts == ()


def test_a_text_with_a_control_character_is_left_to_the_reading() -> None:
    assert cut(note(f"\0{PROSE}")).cuts == ()


def test_a_leaf_after_other_members_and_containers_is_found() -> None:
    orders = [{"Results": [{"Status": "Final", "Value": PROSE, "Notes": ["]", "}"]}, {"Value": "1"}]}, {"Results": []}]
    body = orjson.dumps({"Meta": {"Logs": [{}, []]}, "Orders": orders, "Note": {"FileContents": BASE64}})
    assert [each.form for each in cut(body).cuts] == ["text", "base64"]


def test_a_reference_that_a_sender_made_up_is_a_text() -> None:
    forged = FileReference(name_of(BINARY), "base64", len(BINARY), "0" * 40).text
    for said in (forged, forged.replace("file", "\\u0066ile")):
        body = b'{"N\\u006fte": {"FileContents": "%b"}}' % said.encode()
        found = cut(body)
        assert list((found.contents or {}).values()) == [said.encode()]
        assert filled(value(found.body), found)["Note"]["FileContents"] == forged
        assert back(found) == body


def test_the_uri_of_an_upload_becomes_a_reference_and_comes_back() -> None:
    uri, other = "https://data.example.org/upload/7", "https://data.example.org/upload/8"
    body = b'{"Note": {"FileContents": "https:\\/\\/data.example.org\\/upload\\/7"}, "Orders": [{"Results": [{"Value": "%b"}]}]}'
    body %= other.encode()
    assert uris_in(body, LEAVES) == [uri, other]
    upload = FileReference(name_of(BINARY), "upload", len(BINARY), "0" * 40)
    found = cut(body, uploads={uri: upload})
    assert found.contents is None
    assert files_to_restore(found.cuts) == []
    assert [each.file for each in found.cuts] == [name_of(BINARY)]
    said = value(found.body)
    assert said["Note"]["FileContents"] == upload.text
    assert said["Orders"][0]["Results"][0]["Value"] == other
    assert content_of(upload, BINARY) == BASE64
    assert back(found) == body
    assert uris_in(note(PROSE), LEAVES) == []


def test_a_body_that_names_too_many_files_is_kept_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "MOST_CUTS", 3)
    results = [{"Value": f"{number} {PROSE}"} for number in range(4)]
    assert len(cut(orjson.dumps({"Orders": [{"Results": results[1:]}]})).cuts) == 3
    body = orjson.dumps({"Orders": [{"Results": results}]})
    assert cut(body) == Excerpt(body)
    assert 20_000 * LONGEST_INSIDE > 40 * 1024 * 1024


def test_what_is_missing_is_told_and_never_left_out() -> None:
    found = cut(note(BASE64))
    with pytest.raises(KeyError):
        restore(found.body, found.cuts, {})


def test_every_leaf_belongs_to_a_data_model() -> None:
    assert set(FILE_LEAVES) <= {event.data_model for event in EVENTS}


# --- how much it takes ------------------------------------------------------------------------------------------------


def seconds(body: bytes) -> float:
    start = time.process_time()
    assert back(cut(body)) == body
    return time.process_time() - start


def test_two_files_of_ten_megabytes_in_one_message() -> None:
    data = bytes(range(256)) * (40 * 1024)
    results = [{"Results": [{"Value": base64.b64encode(data + each).decode()}]} for each in (b"1", b"2")]
    body = orjson.dumps({"Orders": results})
    assert len(body) > 26_000_000
    tracemalloc.start()
    found = cut(body)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sorted((found.contents or {}).values()) == [data + b"1", data + b"2"]
    assert len(found.body) < 1000
    assert back(found) == body
    assert most < 3 * len(body)


@pytest.mark.parametrize(
    "hostile",
    [
        b'"' + b'\\"' * 500_000,
        b'{"Note":{"FileContents":"' + b'\\"' * 500_000,
        b'{"Note":{"FileContents":"' + b"\\u0041" * 500_000 + b'"}}',
        b"[" * 1_000_000,
        b'{"Note":' * 200_000,
        b'{"Note":{"FileContents":"",' + b'"FileContents":"",' * 100_000 + b'"a":"\\""}}',
        b'"\\"' * 300_000,
        b"\\" * 1_000_001,
    ],
    ids=range(8),
)
def test_a_hostile_body_takes_time_as_its_size_does(hostile: bytes) -> None:
    assert seconds(hostile) < 3.0
