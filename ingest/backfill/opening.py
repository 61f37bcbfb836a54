"""Opening a file for one tenant: which kind of rows it holds, how they are read, by when they must be."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime

from ingest.backfill.messages import Messages
from ingest.backfill.reports import Report
from ingest.backfill.rows import Rows, Wanted
from ingest.backfill.sources import Source
from ingest.ordering import CLOCK_TOLERANCE
from ingest.understanding import reading_of
from mappings.csv.columns import Columns
from mappings.csv.templates import TEMPLATES
from mappings.redox.catalogue import Event
from store.partition import Partition

EVENTS = "events"
KINDS = (*TEMPLATES, EVENTS)
"""What files hold: the rows of a template, or events."""


def wanted_of(
    partition: Partition,
    received: datetime,
    extracted_at: datetime | None,
    may: Callable[[Event], bool] = lambda _: True,
) -> Wanted:
    """What the rows of a tenant's file are to be."""
    return Wanted(
        lambda message, known: reading_of(message, known, partition), extracted_at, received + CLOCK_TOLERANCE, may
    )


def rows_of(kind: str, source: Source, wanted: Wanted, columns: Columns, *, ignores_unknown: bool = False) -> Rows:
    """The rows of a file; raises `FileUnusable` where its header does not fit."""
    if kind == EVENTS:
        return Messages(source, wanted)
    return Report(source, TEMPLATES[kind], wanted, columns, ignores_unknown=ignores_unknown)


def name_of(kind: str, digest: str, toml: str | None = None) -> str:
    """By what it is remembered when a file came first: the file alone, or as understood by columns of one's own."""
    said = "" if toml is None else f"|{hashlib.sha256(toml.encode()).hexdigest()}"
    return f"{kind}|{digest}{said}"


def moment_in(text: str, partition: Partition) -> datetime:
    """The moment that a text names, in the tenant's zone where it says none; raises ValueError."""
    said = datetime.fromisoformat(text)
    return said if said.tzinfo else said.replace(tzinfo=partition.tenant.zone)
