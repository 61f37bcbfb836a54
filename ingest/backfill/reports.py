"""Reports: CSV files of a template, of which each row becomes a message."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC
from itertools import chain

import orjson

from ingest.backfill.csv_records import NOT_ENCODED, Record, is_garbled, records
from ingest.backfill.file_errors import ColumnsUnfit, FileEmpty, NotText
from ingest.backfill.rows import Rejected, Row, Wanted, plain, told
from ingest.backfill.sources import Source
from ingest.fold.events import Json
from mappings.csv.arrangement import arrange, column_of_path
from mappings.csv.columns import Columns
from mappings.csv.sheet import Column, Fault, Sheet, is_wrong
from mappings.csv.templates import EVENT_TIME, Template, columns_of, full_columns, missing_columns
from mappings.times import instant, utc_text

DELIMITERS = (",", ";", "\t", "|")
MARKS = ("Rejected.Line", "Rejected.Path", "Rejected.Reason")
"""The first columns of a file of rejects, before the columns of the file; a load of that file ignores them."""

NO_TIME = "no time is said for this row and none was given for the file"
IN_THE_FUTURE = "the time lies in the future"


class Report:
    """The rows of a CSV file whose header fits its template; raises FileUnusable if the header does not fit."""

    def __init__(
        self, source: Source, template: Template, wanted: Wanted, columns: Columns, *, ignores_unknown: bool = False
    ) -> None:
        self.notes: list[str] = []
        self._wanted = wanted
        self._when = utc_text(wanted.extracted_at) if wanted.extracted_at else ""
        self._is_in_time = wanted.extracted_at is not None and wanted.extracted_at <= wanted.latest
        self._known = template.event
        header, self._delimiter = _header(source, template, columns)
        self._records = records(source, self._delimiter)
        self._header = header
        names = [name.strip() for name in header.cells]
        while names and not names[-1]:
            names.pop()
        self._width = len(names)
        self._is_of_rejects = tuple(names[: len(MARKS)]) == MARKS
        positions = {name: position for position, name in enumerate(names)}
        made, wrong, unknown = _arrange(names, positions, template, columns)
        if names and len(unknown) == len(names) - len(MARKS) * self._is_of_rejects:
            raise ColumnsUnfit("the first line has no column that is known, is the header missing?")
        if unknown and ignores_unknown:
            self.notes.append(f"passed over: {', '.join(unknown)}")
        elif unknown:
            wrong += [f"unknown column {name}{_meant(name, template)}" for name in unknown]
        wrong += [f"missing column {path}" for path in missing_columns(self._known, [column.path for column in made])]
        has_time = any(column.path == EVENT_TIME for column in made)
        if not has_time and wanted.extracted_at is None:
            wrong.append(f"missing column {EVENT_TIME}, as no time of extraction is given")
        if wrong:
            raise ColumnsUnfit("; ".join(wrong))
        self._sheet = Sheet(self._known, made)

    def __iter__(self) -> Iterator[Row | Rejected]:
        """Give one Row, or one Rejected, for each row; a row whose cells are all blank is skipped."""
        for record in self._records:
            cells = [cell.strip() for cell in record.cells]
            if '="' in record.text:
                cells = [_unwrapped(cell) for cell in cells]
            if record.fault or any(cells):
                yield self._judged(record, cells)

    def heading(self) -> str:
        """Return the header of the file of rejects: MARKS and then the header of this file."""
        if self._is_of_rejects:
            return self._header.text
        return self._delimiter.join(MARKS) + self._delimiter + self._header.text

    def rejected(self, row: Rejected) -> str:
        """Return the text of a rejected row, after its line, path and reason."""
        marks = (str(row.line), *told(row.faults))
        text = row.text.split(self._delimiter, len(MARKS))[-1] if self._is_of_rejects else row.text
        return self._delimiter.join(marks) + self._delimiter + text

    def _judged(self, record: Record, cells: list[str]) -> Row | Rejected:
        fault = record.fault or self._ragged(cells) or (is_garbled(record.text) and NOT_ENCODED)
        if fault:
            return Rejected(record.line, record.text, (Fault(self._garbled(cells), fault),))
        message, faults = self._sheet.read(cells)
        message, time_faults = self._dated(message)
        faults += time_faults
        reading = self._wanted.read(message, self._known)
        if faults or reading.missing or any(is_wrong(issue) for issue in reading.issues):
            faults += self._sheet.faults(cells, lambda built: self._wanted.read(self._dated(built)[0], self._known))
            return self._rejected(record, faults or [Fault("", "not understood")])
        faults = self._too_late(reading.message)
        if faults:
            return self._rejected(record, faults)
        doubts = tuple(self._sheet.doubts(cells))
        return Row(record.line, orjson.dumps(message), message, self._known, reading, doubts)

    def _rejected(self, record: Record, faults: Iterable[Fault]) -> Rejected:
        """Return a rejected row whose faults also name the column as the file names it."""
        named = (
            Fault(f"{each.path} ({source})" if (source := self._sheet.source(each.path)) else each.path, each.reason)
            for each in faults
        )
        return Rejected(record.line, record.text, tuple(named))

    def _ragged(self, cells: Sequence[str]) -> str:
        if len(cells) < self._width:
            return f"the row has {len(cells)} cells and the header {self._width}"
        if any(cells[self._width :]):
            return f"the row has {len(cells)} cells and the header {self._width}"
        return ""

    def _garbled(self, cells: Sequence[str]) -> str:
        """Return the names of the columns with bytes that are invalid in the encoding, joined by "and"."""
        names = [name.strip() for name in self._header.cells]
        return " and ".join(name for name, cell in zip(names, cells, strict=False) if is_garbled(cell))

    def _dated(self, built: Json) -> tuple[Json, list[Fault]]:
        """Return the message of a row with its complete Meta, and a list that has a fault if the row has no moment.

        It removes Meta from `built`.
        """
        said = built.pop("Meta", {})
        meta = {"DataModel": self._known.data_model, "EventType": self._known.event_type, **said}
        if "EventDateTime" not in meta:
            if not self._when:
                return {"Meta": meta, **built}, [Fault(EVENT_TIME, NO_TIME)]
            meta["EventDateTime"] = self._when
        return {"Meta": meta, **built}, []

    def _too_late(self, message: Json) -> list[Fault]:
        said = message["Meta"]["EventDateTime"]
        if said == self._when and self._is_in_time:
            return []
        moment = instant(said, UTC)
        return [Fault(EVENT_TIME, IN_THE_FUTURE)] if moment is None or moment > self._wanted.latest else []


def _unwrapped(cell: str) -> str:
    """Return a cell without the formula `="..."` with which reports keep a spreadsheet from removing leading zeros."""
    return cell[2:-1] if cell.startswith('="') and cell.endswith('"') else cell


def _header(source: Source, template: Template, columns: Columns) -> tuple[Record, str]:
    """Return the header of a file, and the delimiter that gives the largest number of known columns in it.

    A delimiter that the column mapping or a line `sep=` names is used instead. Raises FileEmpty, and NotText if the
    header is not valid in the encoding.
    """
    if source.is_empty:
        raise FileEmpty(source.name)
    line = source.next() or ""
    told_by_excel = ""
    if line.startswith("sep="):
        told_by_excel, line = line.strip("\r\n").removeprefix("sep="), source.next() or ""
    while line and not line.strip():
        line = source.next() or ""
    source.put_back([line])
    if is_garbled(line):
        raise NotText("the header is not in UTF-8; its encoding may be windows-1252, say so")
    fixed = columns.delimiter or (told_by_excel if told_by_excel in DELIMITERS else "")
    known = {*columns.sources, *columns_of(template.event), *full_columns(template)}
    best = max((fixed,) if fixed else DELIMITERS, key=lambda each: _score(line, each, known))
    try:
        return next(records(source, best)), best
    except StopIteration:
        raise FileEmpty(source.name) from None


def _score(line: str, delimiter: str, known: set[str]) -> tuple[int, int]:
    names = [name.strip().strip('"') for name in line.split(delimiter)]
    return sum(name in known for name in names), len(names)


def _arrange(
    names: list[str], positions: dict[str, int], template: Template, columns: Columns
) -> tuple[list[Column], list[str], list[str]]:
    """Return the columns of a file that fill paths, the errors in the columns, and the names of unknown columns."""
    known = template.event
    made, wrong = arrange(known, columns, positions)
    wrong += [f"missing column {name}" for name in sorted(columns.sources - columns.ignored - positions.keys())]
    unknown: list[str] = []
    for position, name in enumerate(names):
        if name in columns.sources or name in MARKS:
            continue
        column = column_of_path(known, columns, name, position)
        if column:
            made.append(column)
        else:
            unknown.append(name or f"number {position + 1} (it has no name)")
    named = [name for name in names if name]
    wrong += [f"column {name} is there twice" for name in dict.fromkeys(named) if named.count(name) > 1]
    paths = [column.path for column in made]
    wrong += [f"{path} is filled twice" for path in dict.fromkeys(paths) if paths.count(path) > 1 >= named.count(path)]
    return made, wrong, [plain(name)[:80] for name in unknown]


def _meant(name: str, template: Template) -> str:
    """Return a hint with the name of a known column that is spelled similarly, or an empty text if there is none."""
    every = dict.fromkeys(chain(template.columns, full_columns(template)))
    by_small = {each.lower(): each for each in every}
    near = difflib.get_close_matches(name.lower(), by_small, 1, 0.8)
    return f" (is it {by_small[near[0]]}?)" if near else ""
