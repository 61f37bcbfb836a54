"""A reference to a file is a text that says all that FHIR has of it, and is read back."""

import pytest

from mappings.file_reference import FileReference, Form, content_of, reference_in

SHA1 = "da39a3ee5e6b4b0d3255bfef95601890afd80709"


@pytest.mark.parametrize("form", ["text", "escaped", "base64", "slashed", "upload"])
def test_a_reference_is_read_back(form: Form) -> None:
    reference = FileReference("0123456789abcdef" * 3, form, 12, SHA1)
    assert reference_in(reference.text) == reference
    assert len(reference.text) < 200


def test_the_hash_is_in_base64_as_in_an_attachment() -> None:
    assert FileReference("0" * 48, "text", 0, SHA1).hash == "2jmj7l5rSw0yVb/vlWAYkK/YBwk="


@pytest.mark.parametrize(
    "text",
    [
        "",
        "data-on-demand-file:",
        f"data-on-demand-file:{'0' * 47}:text:1:{SHA1}",
        f"data-on-demand-file:{'0' * 48}:other:1:{SHA1}",
        f" {FileReference('0' * 48, 'text', 1, SHA1).text}",
        f"{FileReference('0' * 48, 'text', 1, SHA1).text}\n",
    ],
)
def test_another_text_is_no_reference(text: str) -> None:
    assert reference_in(text) is None


@pytest.mark.parametrize(
    ("form", "data", "content"),
    [
        ("text", "caf\u00e9".encode(), "caf\u00e9"),
        ("escaped", b"a\\n\\u00e9", "a\n\u00e9"),
        ("base64", b"\xff", "/w=="),
        ("slashed", b"\xff", "/w=="),
        ("upload", bytearray(b"\xff"), "/w=="),
    ],
)
def test_the_content_follows_from_the_form(form: Form, data: bytes, content: str) -> None:
    assert content_of(FileReference("0" * 48, form, len(data), SHA1), data) == content
