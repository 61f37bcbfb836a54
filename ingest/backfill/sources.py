"""Files as lines of text: opened, unpacked, decoded; what is no text is told from what is text in another encoding."""

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
"""Bytes by which a file is judged."""
LONGEST_LINE = 16 * 1024 * 1024
"""Characters of a line that are kept; the rest of a longer one is passed over."""

_GZIP = b"\x1f\x8b"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_BINARIES = ((b"PK\x03\x04", "a spreadsheet or an archive"), (b"\xd0\xcf\x11\xe0", "an old spreadsheet"))


class Source:
    """A file that is read once, line by line; bytes that its encoding does not know pass as lone surrogates."""

    def __init__(self, raw: BinaryIO, *, name: str, size: int | None = None, encoding: str = "") -> None:
        self.name = name
        self.number = 0
        """Lines read so far."""
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
        """How much of it is read, from 0 to 1; nothing where its end is not known."""
        return min(1.0, self._raw.tell() / self._size) if self._size else None

    def next(self) -> str | None:
        """The next line with its end; nothing after the last. Raises `FileBroken`."""
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
        """Lines to be read again."""
        self._again += reversed(lines)
        self.number -= len(lines)

    def _pass_over(self) -> None:
        while (rest := self._lines.readline(LONGEST_LINE)) and rest[-1] not in "\r\n":
            pass


class _Joined(io.RawIOBase):
    """A beginning that was read already, and what comes after it."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: object, /) -> int:
        """Fills a buffer, or a part of it."""
        view = memoryview(buffer)  # type: ignore[arg-type]
        if not self._head:
            return self._rest.readinto(view)  # type: ignore[attr-defined, no-any-return]
        piece, self._head = self._head[: len(view)], self._head[len(view) :]
        view[: len(piece)] = piece
        return len(piece)


class _Unpacked(io.RawIOBase):
    """What is packed in a stream, piece by piece: where it breaks, what came before it was read."""

    def __init__(self, packed: io.BufferedReader[Any]) -> None:
        self._unpacking = gzip.GzipFile(fileobj=packed)

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: object, /) -> int:
        """Fills a buffer, or a part of it."""
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
    """A file by its path, or standard input for `-`; raises OSError, `NotText`, `FileBroken`, `EncodingUnknown`."""
    if path == "-":
        yield Source(sys.stdin.buffer, name="standard input", encoding=encoding)
        return
    with Path(path).open("rb") as raw:
        size = Path(path).stat().st_size
        yield Source(raw, name=path, size=size, encoding=encoding)


def given(body: bytes, encoding: str = "") -> Source:
    """A file that is there already."""
    return Source(io.BytesIO(body), name="the body", size=len(body), encoding=encoding)


def digest_of(path: str) -> str | None:
    """The hash of a file's bytes; nothing for what can be read but once."""
    if path == "-" or not Path(path).is_file():
        return None
    with Path(path).open("rb") as raw:
        return hashlib.file_digest(raw, "sha256").hexdigest()


def _encoding(head: bytes, wanted: str) -> str:
    """What a file is written in; raises `NotText` where it is not written."""
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
