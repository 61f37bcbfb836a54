"""Records of a CSV file: rows of cells, which may contain line breaks. A broken row becomes a record with a fault."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.backfill.sources import LONGEST_LINE, Source

LONGEST_ROW = 1024 * 1024
"""The largest number of characters in a row."""
MOST_LINES = 500
"""The number of lines that a row may have after its first line; a longer row has a quote that is not closed."""

TOO_LONG = "the row is longer than 1 MiB"
UNCLOSED = "a quote is opened and not closed"
BAD_QUOTE = "a quote is closed before the cell ends"
NOT_ENCODED = "bytes that are not of the file's encoding"

csv.field_size_limit(LONGEST_LINE)


@dataclass(frozen=True, slots=True)
class Record:
    """One row: the number of its first line, its text, and its cells, or the fault because of which it has no cells."""

    line: int
    text: str
    cells: list[str]
    fault: str = ""


def records(source: Source, delimiter: str) -> Iterator[Record]:
    """Give the records of a file, from its current line on; empty lines are skipped.

    Raises FileBroken if the file ends or breaks in the middle.
    """
    while (line := source.next()) is not None:
        if line.strip("\r\n"):
            yield _record(source, line, delimiter)


def _record(source: Source, line: str, delimiter: str) -> Record:
    number = source.number
    if len(line) > LONGEST_ROW:
        return Record(number, line, [], TOO_LONG)
    cells, fault = _cells(line, delimiter)
    if fault != UNCLOSED:
        return Record(number, line, cells, fault)
    more: list[str] = []
    length = len(line)
    while len(more) < MOST_LINES and length <= LONGEST_ROW and (following := source.next()) is not None:
        more.append(following)
        length += len(following)
        if following.count('"') % 2:
            text = line + "".join(more)
            cells, fault = _cells(text, delimiter)
            if not fault:
                return Record(number, text, cells)
            if fault == BAD_QUOTE:
                break  # a quote that opens a cell of a later row closed it
    source.put_back(more)
    return Record(number, line, [], UNCLOSED)


def _cells(text: str, delimiter: str) -> tuple[list[str], str]:
    try:
        [cells] = csv.reader((text,), delimiter=delimiter, strict=True)
    except csv.Error as error:
        return [], UNCLOSED if "end of data" in str(error) else BAD_QUOTE
    return cells, ""


def is_garbled(text: str) -> bool:
    """Return whether a text contains lone surrogates, to which Source decodes bytes that are invalid in an encoding.

    It does not find invalid bytes of UTF-16, because Source decodes these to U+FFFD.
    """
    return not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text)
