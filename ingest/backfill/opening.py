"""Opening a file for one tenant: which kind of rows it holds, how they are read, by when they must be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from ingest.backfill.messages import Messages
from ingest.backfill.reports import Report
from ingest.backfill.rows import Rows, Wanted
from ingest.backfill.sources import Source
from ingest.ordering import CLOCK_TOLERANCE
from ingest.understanding import reading_of
from mappings.columns import Columns
from mappings.redox.catalogue import Event
from mappings.templates import TEMPLATES
from store.partition import Partition

EVENTS = "events"
KINDS = (*TEMPLATES, EVENTS)
"""What files hold: the rows of a template, or events."""


def rows_of(
    kind: str,
    source: Source,
    partition: Partition,
    received: datetime,
    extracted_at: datetime | None,
    columns: Columns,
    *,
    ignores_unknown: bool = False,
    may: Callable[[Event], bool] = lambda _: True,
) -> Rows:
    """The rows of a file; raises `FileUnusable` where its header does not fit."""
    wanted = Wanted(
        read=lambda message, known: reading_of(message, known, partition),
        extracted_at=extracted_at,
        latest=received + CLOCK_TOLERANCE,
        may=may,
    )
    if kind == EVENTS:
        return Messages(source, wanted)
    return Report(source, TEMPLATES[kind], wanted, columns, ignores_unknown=ignores_unknown)


def moment_in(text: str, partition: Partition) -> datetime:
    """The moment that a text names, in the tenant's zone where it says none; raises ValueError."""
    said = datetime.fromisoformat(text)
    return said if said.tzinfo else said.replace(tzinfo=partition.tenant.zone)
