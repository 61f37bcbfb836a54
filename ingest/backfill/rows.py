"""Rows: what a file says, one message after the other, and what of it is rejected and why."""

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
    """A row that can be taken in."""

    line: int
    body: bytes
    """What the journal keeps."""
    message: Json
    known: Event
    reading: Reading
    doubts: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that cannot, and why."""

    line: int
    text: str
    """As it stands in the file."""
    faults: tuple[Fault, ...]


Read = Callable[[Json, Event], Reading]
"""How messages are read for the tenant."""


@dataclass(frozen=True)
class Wanted:
    """What the rows of a file are to be."""

    read: Read
    extracted_at: datetime | None
    """When the file was true, where its rows do not say so themselves."""
    latest: datetime
    """No row may be dated later."""
    may: Callable[[Event], bool] = field(default=lambda _: True)
    """Whether events of this kind may come from whoever sent the file."""


class Rows(Protocol):
    """A file of rows; the rejects of it are written in its own form."""

    @property
    def notes(self) -> Collection[str]:
        """What is said of the file before its rows are read."""

    def __iter__(self) -> Iterator[Row | Rejected]:
        """Its rows."""

    def heading(self) -> str:
        """What the file of rejects begins with."""

    def rejected(self, row: Rejected) -> str:
        """A rejected row as the file of rejects has it."""


def plain(text: str) -> str:
    """A text that stands in a cell without quotes, whatever the delimiter."""
    return "".join(" " if letter in ',;\t|"\r\n' else letter for letter in text)


def told(faults: Iterable[Fault]) -> tuple[str, str]:
    """The paths and the reasons of faults, a text each."""
    faults = list(faults)
    reasons = dict.fromkeys(fault.reason for fault in faults)
    paths = dict.fromkeys(fault.path for fault in faults if fault.path)
    return plain(" and ".join(paths)), plain(" and ".join(reasons))
