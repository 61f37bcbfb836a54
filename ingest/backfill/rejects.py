"""The file of rejects: the rows that were not loaded, as in their file, each with its line, path and reason."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TextIO

from ingest.backfill.rows import Rejected, Rows


class Rejects:
    """A file that exists only if at least one row was rejected, and that only its owner may read.

    A former file of the same path is deleted at once. Without a path nothing is written.
    """

    def __init__(self, path: Path | None, rows: Rows, encoding: str) -> None:
        self._path = path
        self._rows = rows
        self._encoding = encoding
        self._file: TextIO | None = None
        if path is not None and path.is_file():
            path.unlink()

    def add(self, row: Rejected) -> None:
        """Write one rejected row; the first one creates the file and writes its heading."""
        if self._path is None:
            return
        if self._file is None:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            self._file = os.fdopen(descriptor, "w", encoding=self._encoding, errors="surrogateescape", newline="")
            self._write(self._rows.heading())
        self._write(self._rows.rejected(row))

    def _write(self, text: str) -> None:
        if self._file and text:
            self._file.write(text if text.endswith(("\n", "\r")) else f"{text}\n")

    def close(self) -> None:
        """Close the file, so that all rows are written to it."""
        if self._file:
            self._file.close()
