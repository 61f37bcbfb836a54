"""References to files: the short text that stands in a message in the place of a content, and what it says."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Final, Literal, cast

import orjson

Form = Literal["text", "escaped", "base64", "slashed", "upload"]
"""How the bytes of a file become the content of a leaf.

`text`: they are the text in UTF-8. `escaped`: they are the text as it stood in JSON, with its escapes. `base64`: the
content is their base64. `slashed`: it is their base64, and each `/` stood as `\\/` in JSON. `upload`: they are an
uploaded file, and the content was its URI.
"""

MARK: Final = "data-on-demand-file:"
_REFERENCE = re.compile(MARK + r"([0-9a-f]{48}):(text|escaped|base64|slashed|upload):(\d{1,10}):([0-9a-f]{40})")


@dataclass(frozen=True, slots=True)
class FileReference:
    """What the reference to a file says of it."""

    file: str
    """The name of the file in its tenant: 48 hexadecimal digits."""
    form: Form
    size: int
    """Bytes of the content: of the decoded base64, or of the text in UTF-8. It is FHIR's `Attachment.size`."""
    sha1: str
    """The SHA-1 of these bytes, as 40 hexadecimal digits."""

    @property
    def text(self) -> str:
        """The reference as it stands in a message."""
        return f"{MARK}{self.file}:{self.form}:{self.size}:{self.sha1}"

    @property
    def hash(self) -> str:
        """The SHA-1 in base64, as FHIR's `Attachment.hash` has it."""
        return base64.b64encode(bytes.fromhex(self.sha1)).decode()

    @property
    def url(self) -> str:
        """The relative url of the file as a Binary, as FHIR's `Attachment.url` has it."""
        return f"Binary/{self.file}"

    @property
    def is_text(self) -> bool:
        """Whether the content is a text; if not, the content is the base64 of the file."""
        return self.form in ("text", "escaped")


def reference_in(text: str) -> FileReference | None:
    """Return the reference that a text is; None if it is another text."""
    found = _REFERENCE.fullmatch(text)
    if found is None:
        return None
    file, form, size, sha1 = found.groups()
    return FileReference(file, cast("Form", form), int(size), sha1)


def content_of(reference: FileReference, data: bytes | bytearray) -> str:
    """Return the content of a leaf from its reference and the bytes of the file: a text, or the base64 of the file."""
    if not reference.is_text:
        return base64.b64encode(data).decode()
    text: str = orjson.loads(b'"' + data + b'"') if reference.form == "escaped" else data.decode()
    return text
