"""Values of documents that need more than a code table to turn: contents of files, statuses, times of record."""

from __future__ import annotations

import base64
import re
from typing import Any

from mappings.fhir.mime_types import UNKNOWN, mime_type
from mappings.file_reference import reference_in
from mappings.notation import CodeTable, Iso

Json = dict[str, Any]

DOCUMENT_ID = "urn:redox:document-id"
"""The system of the DocumentID of a note."""

DOC_STATUS = CodeTable(
    "docStatus",
    {"Authenticated": "final", "In progress": "preliminary"},
    word_in="beside",
    read_as=lambda word: word.strip().casefold(),
)

_STATUSES = {None: "current", "Replace": "superseded", "Delete": "entered-in-error"}
_ENDS = {status: word for word, status in _STATUSES.items()}

STATUS = Iso(_STATUSES.get, _ENDS.get)
"""The word of the end of a document, and the status: a document without an end is current."""

REPLACED = Iso(
    lambda document_id: {
        "code": "replaces",
        "target": {"identifier": {"system": DOCUMENT_ID, "value": document_id}},
    },
    lambda relation: relation["target"]["identifier"]["value"],
)
"""The DocumentID of a document that was replaced, and the relation to it."""

# --- contents ---------------------------------------------------------------------------------------------------------

_BY_CONTENT_TYPE = {"plain text": "text/plain", "rich text": "text/rtf"}
_AS_TEXT = "text"
_is_base64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?").fullmatch
_is_uri = re.compile(r"https?://[!-~]+").fullmatch


def _mime_type(content_type: str | None, file_type: str | None) -> str | None:
    """Return the MIME type of a ContentType and a FileType; None if their words say none."""
    return _BY_CONTENT_TYPE.get((content_type or "").strip().casefold()) or mime_type(file_type)


Attachment = tuple[str | None, str | None, str | None, int | None, str | None, str | None, str | None, str | None]
"""contentType, data, url, size and hash of an Attachment, how the contents are written, ContentType and FileType."""


def _file(content_type: str | None, file_type: str | None, contents: str | None) -> Attachment:
    found = _mime_type(content_type, file_type)
    if contents is None:
        return found, None, None, None, None, None, content_type, file_type
    if _is_uri(contents):
        return found, None, contents, None, None, None, content_type, file_type
    known = found or UNKNOWN
    if (file := reference_in(contents)) is not None:
        return known, None, file.url, file.size, file.hash, contents, content_type, file_type
    if (content_type or "").strip().casefold().startswith("base64") and _decodes(contents):
        return known, contents, None, None, None, None, content_type, file_type
    data = base64.b64encode(contents.encode(errors="surrogatepass")).decode()
    return known, data, None, None, None, _AS_TEXT, content_type, file_type


def _decodes(contents: str) -> bool:
    """Whether a text is base64 that is written in the one canonical way."""
    if not contents or _is_base64(contents) is None:
        return False
    tail = contents[-4:]
    return base64.b64encode(base64.b64decode(tail)).decode() == tail


def _contents(*attachment: Any) -> tuple[str | None, str | None, str | None]:
    _, data, url, _, _, written, content_type, file_type = attachment
    if data is not None and written == _AS_TEXT:
        return content_type, file_type, base64.b64decode(data).decode(errors="surrogatepass")
    contents = written if written is not None else data if data is not None else url
    return content_type, file_type, contents


FILE = Iso(_file, _contents)
"""ContentType, FileType and FileContents, and the elements of an Attachment.

Contents that are base64 are the data of the Attachment as they are. Of any other contents the data are the bytes of the
text, with the mark `text`. A URI is the url. Contents that are a file of the tenant have a reference to it in their
place: its url, size and hash are those of the Attachment, and the reference itself is the mark.
"""
