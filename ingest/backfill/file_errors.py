"""Errors of a whole file. A wrong row raises no error: the row is rejected, and the other rows are loaded."""

from __future__ import annotations

from ingest.errors import IngestError


class FileUnusable(IngestError):
    """The file cannot be read."""

    fault = "sender"


class FileEmpty(FileUnusable):
    """The file is empty, it has not even a header."""


class NotText(FileUnusable):
    """The file is no text."""


class FileBroken(FileUnusable):
    """The file ends or breaks in the middle."""


class ColumnsUnfit(FileUnusable):
    """The columns do not fit, nothing was loaded."""

    def __init__(self, said: str = "") -> None:
        super().__init__(said)
        self.place = ""  # logs show places, and the names of columns are for the sender of the file alone


class EncodingUnknown(FileUnusable):
    """There is no such encoding."""
