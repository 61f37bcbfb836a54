"""Rows: the content of a file as one message for each row, and the rows that are rejected with their reasons."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from ingest.fold.events import Json
from mappings.csv.sheet import Fault
from mappings.reading import Reading
from mappings.redox.catalogue import Event


@dataclass(frozen=True, slots=True)
class Row:
    """A row that can be loaded."""

    line: int
    body: bytes
    """The bytes of the event that the journal keeps."""
    message: Json
    known: Event
    reading: Reading
    doubts: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that cannot be loaded, and its faults."""

    line: int
    text: str
    """The row as it is in the file."""
    faults: tuple[Fault, ...]


Read = Callable[[Json, Event], Reading]
"""The function that reads a message of an event under the settings of the tenant."""


@dataclass(frozen=True)
class Wanted:
    """The conditions for the rows of a file."""

    read: Read
    extracted_at: datetime | None
    """The moment of rows that name no moment themselves; None if each row must name one."""
    latest: datetime
    """The latest moment that a row may have."""
    may: Callable[[Event], bool] = field(default=lambda _: True)
    """Whether the sender of the file may send events of this kind."""


class Rows(Protocol):
    """A file of rows, which also knows the format of a file of its rejects."""

    @property
    def notes(self) -> Collection[str]:
        """Return notes about the file that are known before its rows are read."""

    def __iter__(self) -> Iterator[Row | Rejected]:
        """Give one Row, or one Rejected, for each row of the file."""

    def heading(self) -> str:
        """Return the first line of the file of rejects, or an empty text if it has none."""

    def rejected(self, row: Rejected) -> str:
        """Return the text of a rejected row in the file of rejects."""


def plain(text: str) -> str:
    """Return a text in which delimiters, quotes and line breaks are spaces, so that a CSV cell needs no quotes."""
    return "".join(" " if letter in ',;\t|"\r\n' else letter for letter in text)


def told(faults: Iterable[Fault]) -> tuple[str, str]:
    """Return the paths and the reasons of faults, each joined by "and" to one text that fits in a CSV cell."""
    faults = list(faults)
    reasons = dict.fromkeys(fault.reason for fault in faults)
    paths = dict.fromkeys(fault.path for fault in faults if fault.path)
    return plain(" and ".join(paths)), plain(" and ".join(reasons))
