"""Long contents of files: cut out of the bytes of an event, and put back so that the bytes are those that came.

A leaf that may hold a file is a row of `FILE_LEAVES`. If its text is longer than `LONGEST_INSIDE`, a reference stands
in its place (`mappings.file_reference`), and the content is kept as a file. A body with references is JSON if and only
if the body that came is JSON: a content is cut out only if its bytes are a text of JSON. All is done in one pass over
the body; time and memory grow as the body does.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from ingest.json_places import json_text, texts_at
from mappings.file_reference import MARK, FileReference, Form, reference_in
from store.entries import Cut

FILE_LEAVES: Mapping[str, tuple[str, ...]] = {
    "Clinical Summary": ("NoteSections[].Notes[].FileContents",),
    "Media": ("Media.FileContents",),
    "Notes": ("Note.FileContents",),
    "Results": ("Orders[].Results[].Value",),
}
"""The leaves of each data model that may hold a file or the URI of an upload, as paths of its messages."""

LONGEST_INSIDE: Final = 4096
"""The most bytes of a content that stays in the body, as JSON has it."""
_LONGEST_URI = 300
MOST_CUTS: Final = 20_000
"""The most contents that are cut out of one body, because a journal entry has 16 MiB at most. In a body of 40 MB the
contents of more than `LONGEST_INSIDE` never come to as many. A body that has more is kept as it is."""

Bytes = bytes | bytearray


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A body without its long contents."""

    body: bytes
    """The body with a reference in the place of each content."""
    cuts: tuple[Cut, ...] = ()
    """The places of the references, in the order of the body."""
    contents: Mapping[str, bytes] | None = None
    """The contents to keep, by the names of their files; None if there is none."""


def excerpt(
    body: bytes,
    leaves: Iterable[str],
    name_of: Callable[[bytes], str],
    uploads: Mapping[str, FileReference] | None = None,
) -> Excerpt:
    """Return a body of JSON in UTF-8 without the long contents of these leaves.

    `leaves`: paths such as `Orders[].Results[].Value`. `name_of`: gives the name of a file from its bytes. `uploads`:
    references to uploaded files by their URIs; a leaf that is such a URI gets the reference.
    """
    pieces, cuts, contents, end, size = list[bytes](), list[Cut](), dict[str, bytes](), 0, 0
    for start, stop in _texts(body, leaves, has_uploads=bool(uploads)):
        raw = body[start:stop]
        found = _replacement(raw, name_of, uploads or {})
        if found is None:
            continue
        reference, data = found
        text = reference.text.encode()
        pieces += [body[end:start], text]
        size += start - end
        cuts.append(Cut(reference.file, size, len(text), reference.form, raw.decode() if data is None else None))
        size += len(text)
        end = stop
        if data is not None:
            contents[reference.file] = data
        if len(cuts) > MOST_CUTS:
            return Excerpt(body)
    if not cuts:
        return Excerpt(body)
    return Excerpt(b"".join([*pieces, body[end:]]), tuple(cuts), contents or None)


def restore(body: bytes, cuts: Iterable[Cut], contents: Mapping[str, Bytes]) -> bytes:
    """Return the bytes that came, from a body with references and the files that its cuts need, by their names.

    Raises KeyError if a file is not among the contents.
    """
    pieces, end = list[Bytes](), 0
    for cut in cuts:
        pieces += [body[end : cut.at], _as_it_came(cut, contents)]
        end = cut.at + cut.size
    return b"".join([*pieces, body[end:]]) if pieces else body


def files_to_restore(cuts: Iterable[Cut]) -> list[str]:
    """Return the names of the files whose bytes are needed to restore a body, each once."""
    return list(dict.fromkeys(cut.file for cut in cuts if cut.original is None))


def uris_in(body: bytes, leaves: Iterable[str]) -> list[str]:
    """Return the texts of these leaves that may be URIs of uploads, each once: those that contain `/upload/`."""
    places = _texts(body, leaves, has_uploads=True)
    texts = (json_text(body[start:stop]) for start, stop in places if stop - start <= _LONGEST_URI)
    return list(dict.fromkeys(text for text in texts if text and "/upload/" in text))


def _texts(body: bytes, leaves: Iterable[str], *, has_uploads: bool) -> Iterable[tuple[int, int]]:
    """Return where the texts at the leaves are, or nothing if it is certain that none of them is to be cut out."""
    return texts_at(body, leaves) if _may_have_any(body, has_uploads=has_uploads) else ()


_ESCAPED_ASCII = re.compile(rb"\\u00(?:2[dD]|3[aA]|[4-7][0-9a-fA-F])")
"""A letter or sign of a reference, or of the name of a member, that is written as an escape."""


def _may_have_any(body: bytes, *, has_uploads: bool) -> bool:
    """Whether a body may have a text to cut out; it is asked of every event, and takes microseconds."""
    if MARK.encode() in body or _ESCAPED_ASCII.search(body) or (has_uploads and b"upload" in body):
        return True
    if len(body) <= LONGEST_INSIDE:
        return False
    return b'\\"' in body or max(map(len, body.split(b'"'))) > LONGEST_INSIDE


# --- one content ------------------------------------------------------------------------------------------------------


_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""Control characters that no text may have; the reading finds them in the body, so such a text stays there."""


def _replacement(
    raw: bytes, name_of: Callable[[bytes], str], uploads: Mapping[str, FileReference]
) -> tuple[FileReference, bytes | None] | None:
    """Return the reference for a text of JSON and the bytes of its file; None if the text stays where it is.

    The bytes are None if the file is an upload, which is kept already.
    """
    text = json_text(raw)
    if text is None or _UNREADABLE.search(text):
        return None
    if upload := uploads.get(text):
        return upload, None
    # A text that looks like a reference is no reference: it is kept as a file itself.
    if len(raw) <= LONGEST_INSIDE and reference_in(text) is None:
        return None
    form, data = _decoded(raw)
    content = text.encode() if form == "escaped" else data
    sha1 = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    return FileReference(name_of(data), form, len(content), sha1), data


def _decoded(raw: bytes) -> tuple[Form, bytes]:
    """Return the bytes to keep of a text of JSON, and the form in which the text has them."""
    has_escapes = b"\\" in raw
    plain = raw.replace(b"\\/", b"/") if has_escapes else raw
    if len(plain) % 4 == 0 and b"\\" not in plain and (data := _from_base64(plain)) is not None:
        form: Form = "slashed" if has_escapes else "base64"
        if _encoded(form, data) == raw:
            return form, data
    return ("escaped" if has_escapes else "text"), raw


def _from_base64(text: bytes) -> bytes | None:
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error:
        return None


def _encoded(form: str, data: Bytes) -> Bytes:
    """Return the bytes that JSON had between the quotation marks; the inverse of `_decoded`."""
    if form not in ("base64", "slashed"):
        return data
    encoded = binascii.b2a_base64(data, newline=False)
    return encoded.replace(b"/", b"\\/") if form == "slashed" else encoded


def _as_it_came(cut: Cut, contents: Mapping[str, Bytes]) -> Bytes:
    return _encoded(cut.form, contents[cut.file]) if cut.original is None else cut.original.encode()
