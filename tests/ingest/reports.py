"""Loading files within a test, as the command does."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ingest.backfill.loader import Load
from ingest.backfill.opening import rows_of, wanted_of
from ingest.backfill.rejects import Rejects
from ingest.backfill.sources import given
from ingest.backfill.summary import Summary
from ingest.intake import now
from mappings.csv.columns import Columns
from store.partition import Partition

THEN = datetime(2026, 1, 15, 8, tzinfo=UTC)
"""When the files of the tests were true."""


def table(rows: Iterable[Mapping[str, str]], delimiter: str = ",") -> bytes:
    """A CSV file of these rows."""
    rows = list(rows)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def lines(*texts: Sequence[str] | str) -> bytes:
    """A file of these lines."""
    return "".join(f"{text}\n" for text in texts).encode()


async def load(
    partition: Partition,
    kind: str,
    body: bytes,
    extracted_at: datetime | None = THEN,
    columns: Columns | None = None,
    rejects: Path | None = None,
    **said: Any,
) -> Summary:
    """What loading a file came to."""
    encoding, ignores = said.pop("encoding", ""), said.pop("ignores_unknown", False)
    received = now()
    source = given(body, encoding)
    wanted = wanted_of(partition, received, extracted_at)
    rows = rows_of(kind, source, wanted, columns or Columns(), ignores_unknown=ignores)
    summary = Summary(kind, is_dry=said.pop("is_dry", False))
    written = Rejects(rejects, rows, source.encoding)
    return await Load(partition.store, partition, rows, summary, written, "backfill", received, received, **said).run()


def patient(number: int | str, **said: str) -> dict[str, str]:
    """A row of a person."""
    row = {
        "Patient.Identifiers[1].ID": f"{number}",
        "Patient.Identifiers[1].IDType": "MR",
        "Patient.Demographics.FirstName": "Ada",
        "Patient.Demographics.LastName": f"Quill{number}",
        "Patient.Demographics.DOB": "1980-02-03",
    }
    return row | {f"Patient.{name.replace('__', '.')}": value for name, value in said.items()}
