"""The form of an upload: a multipart body that is read piece by piece, of which the part `file` alone is kept."""

from __future__ import annotations

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from gateway.errors import BodyTooLarge, FormUnfit

MULTIPART = "multipart/form-data"
FILE = "file"
LONGEST_HEADER = 4096
"""The most bytes of the name, and of the value, of a header of a part."""


class UploadForm:
    """Reads a form in pieces; what it keeps is never larger than a file may be."""

    def __init__(self, content_type: str, most: int) -> None:
        """`most`: the most bytes of the file. Raises `FormUnfit` if a body of the content type is no form."""
        kind, options = parse_options_header(content_type)
        if kind != MULTIPART.encode():
            raise FormUnfit(f"it is no {MULTIPART}")
        self._most = most
        self._file: bytearray | None = None
        self._is_file = self._is_ended = False
        self._name, self._value, self._disposition = bytearray(), bytearray(), b""
        try:
            self._parser = MultipartParser(options.get(b"boundary", b""), self._callbacks())  # type: ignore[arg-type]
        except FormParserError:
            raise FormUnfit("it is broken") from None

    def take(self, piece: bytes) -> None:
        """Read a piece of the body; raises `FormUnfit`, or `BodyTooLarge` before more of a file is kept than `most`."""
        try:
            self._parser.write(piece)
        except FormParserError:
            raise FormUnfit("it is broken") from None

    def file(self) -> bytearray:
        """Return the file, once the body has ended; raises `FormUnfit`."""
        if not self._is_ended:
            raise FormUnfit("its end is missing")
        if self._file is None:
            raise FormUnfit(f"its part {FILE} is missing")
        return self._file

    def _callbacks(self) -> dict[str, object]:
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: _extend(self._name, data[start:end]),
            "on_header_value": lambda data, start, end: _extend(self._value, data[start:end]),
            "on_header_end": self._end_header,
            "on_headers_finished": self._open,
            "on_part_data": self._keep,
            "on_end": self._end,
        }

    def _begin(self) -> None:
        self._disposition = b""

    def _end_header(self) -> None:
        if self._name.lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._name.clear()
        self._value.clear()

    def _open(self) -> None:
        self._is_file = parse_options_header(self._disposition)[1].get(b"name") == FILE.encode()
        if self._is_file and self._file is not None:
            raise FormUnfit(f"its part {FILE} is there twice")
        if self._is_file:
            self._file = bytearray()

    def _keep(self, data: bytes, start: int, end: int) -> None:
        if not self._is_file or self._file is None:
            return
        if len(self._file) + end - start > self._most:
            raise BodyTooLarge
        self._file += memoryview(data)[start:end]

    def _end(self) -> None:
        self._is_ended = True


def _extend(header: bytearray, more: bytes) -> None:
    if len(header) + len(more) > LONGEST_HEADER:
        raise FormUnfit("a header of a part is too long")
    header += more
