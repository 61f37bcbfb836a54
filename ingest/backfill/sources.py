"""Files as lines of text: opened, unpacked and decoded. A file that is not text raises an error of its own."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from ingest.backfill.file_errors import EncodingUnknown, FileBroken, NotText

HEAD = 64 * 1024
"""The number of bytes at the beginning of a file from which its packing and its encoding are recognised."""
LONGEST_LINE = 16 * 1024 * 1024
"""The number of characters of a line that are kept; the rest of a longer line is skipped."""

_GZIP = b"\x1f\x8b"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_BINARIES = ((b"PK\x03\x04", "a spreadsheet or an archive"), (b"\xd0\xcf\x11\xe0", "an old spreadsheet"))


class Source:
    """A file that is read once, line by line, and unpacked if it is packed with gzip.

    Bytes that are invalid in its encoding become lone surrogates, or U+FFFD if the encoding is UTF-16. Raises NotText,
    EncodingUnknown and FileBroken.
    """

    def __init__(self, raw: BinaryIO, *, name: str, size: int | None = None, encoding: str = "") -> None:
        self.name = name
        self.number = 0
        """The number of lines that were read."""
        self._raw = raw
        self._size = size
        self._again: list[str] = []
        head = raw.read(HEAD)
        stream: io.BufferedReader[Any] = io.BufferedReader(_Joined(head, raw), HEAD)
        if head.startswith(_GZIP):
            stream = io.BufferedReader(_Unpacked(stream), HEAD)
            with _unbroken(0):
                head = stream.peek(HEAD)
        self.is_empty = not head
        self.encoding = _encoding(head, encoding)
        errors = "replace" if self.encoding.startswith("utf-16") else "surrogateescape"
        self._lines = io.TextIOWrapper(stream, self.encoding, errors, newline="")

    @property
    def done(self) -> float | None:
        """Return the share of the file that was read, from 0 to 1; None if the size of the file is not known."""
        return min(1.0, self._raw.tell() / self._size) if self._size else None

    def next(self) -> str | None:
        """Return the next line with its line break, or None after the last line; raises FileBroken."""
        if self._again:
            line = self._again.pop()
        else:
            with _unbroken(self.number):
                line = self._lines.readline(LONGEST_LINE)
                if len(line) == LONGEST_LINE and line[-1] not in "\r\n":
                    self._pass_over()
        self.number += bool(line)
        return line or None

    def put_back(self, lines: list[str]) -> None:
        """Put lines back, so that `next` returns them again, the first line first."""
        self._again += reversed(lines)
        self.number -= len(lines)

    def _pass_over(self) -> None:
        while (rest := self._lines.readline(LONGEST_LINE)) and rest[-1] not in "\r\n":
            pass


class _Joined(io.RawIOBase):
    """A stream of the bytes `head`, which were read already, and of the bytes that follow them in `rest`."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        """Return True, because the stream can be read."""
        return True

    def readinto(self, buffer: object, /) -> int:
        """Fill the buffer, or a part of it; return the number of bytes, which is 0 at the end."""
        view = memoryview(buffer)  # type: ignore[arg-type]
        if not self._head:
            return self._rest.readinto(view)  # type: ignore[attr-defined, no-any-return]
        piece, self._head = self._head[: len(view)], self._head[len(view) :]
        view[: len(piece)] = piece
        return len(piece)


class _Unpacked(io.RawIOBase):
    """A stream of the unpacked content of a gzip stream; of a broken one, the content before the break."""

    def __init__(self, packed: io.BufferedReader[Any]) -> None:
        self._unpacking = gzip.GzipFile(fileobj=packed)

    def readable(self) -> bool:
        """Return True, because the stream can be read."""
        return True

    def readinto(self, buffer: object, /) -> int:
        """Fill the buffer, or a part of it; return the number of bytes, which is 0 at the end."""
        view = memoryview(buffer)  # type: ignore[arg-type]
        piece = self._unpacking.read1(len(view))
        view[: len(piece)] = piece
        return len(piece)


@contextmanager
def _unbroken(line: int) -> Iterator[None]:
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile, UnicodeError):
        raise FileBroken(f"after line {line}") from None


@contextmanager
def opened(path: str, encoding: str = "") -> Iterator[Source]:
    """Open a file by its path, or standard input for the path `-`, as a Source; close the file at the end.

    Raises OSError, NotText, FileBroken and EncodingUnknown.
    """
    if path == "-":
        yield Source(sys.stdin.buffer, name="standard input", encoding=encoding)
        return
    with Path(path).open("rb") as raw:
        size = Path(path).stat().st_size
        yield Source(raw, name=path, size=size, encoding=encoding)


def given(body: bytes, encoding: str = "") -> Source:
    """Return a Source of bytes in memory; raises NotText, FileBroken and EncodingUnknown."""
    return Source(io.BytesIO(body), name="the body", size=len(body), encoding=encoding)


def digest_of(path: str) -> str | None:
    """Return the SHA-256 of a file in hexadecimal; None for standard input and for all that is not a regular file."""
    if path == "-" or not Path(path).is_file():
        return None
    with Path(path).open("rb") as raw:
        return hashlib.file_digest(raw, "sha256").hexdigest()


def _encoding(head: bytes, wanted: str) -> str:
    """Return the name of the encoding of a file: UTF-8 or UTF-16 if none is wanted.

    Raises NotText if the beginning of the file is not text, and EncodingUnknown.
    """
    if head.startswith(_UTF_16) and not wanted:
        return "utf-16"
    for mark, what in _BINARIES:
        if head.startswith(mark):
            raise NotText(f"it looks like {what}, which can be saved as CSV")
    name = _known(wanted) if wanted else "utf-8"
    if b"\0" in head and not name.startswith(("utf-16", "utf-32")):
        raise NotText("it has bytes of nothing")
    return "utf-8-sig" if name == "utf-8" and head.startswith(codecs.BOM_UTF8) else name


def _known(encoding: str) -> str:
    try:
        name = codecs.lookup(encoding).name
        "".encode(name)
    except (LookupError, ValueError, TypeError):
        raise EncodingUnknown(encoding) from None
    return name
