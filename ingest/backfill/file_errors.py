"""What can be wrong with a whole file; a wrong row is no error, it is rejected and the others go in."""

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
        self.place = ""  # logs show places, and what a header calls its columns is for its sender alone


class EncodingUnknown(FileUnusable):
    """There is no such encoding."""
