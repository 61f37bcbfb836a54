"""Opening a file for one tenant: the kind of its rows, how they are read, and the latest moment that they may have."""

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
"""The kinds of files: the name of the template of their rows, or `events`."""


def wanted_of(
    partition: Partition,
    received: datetime,
    extracted_at: datetime | None,
    may: Callable[[Event], bool] = lambda _: True,
) -> Wanted:
    """Return the conditions for the rows of a tenant's file: how they are read, their moment, and its upper limit.

    `may` tells whether the sender may send an event of a kind; by default it may send all.
    """
    return Wanted(
        lambda message, known: reading_of(message, known, partition), extracted_at, received + CLOCK_TOLERANCE, may
    )


def rows_of(kind: str, source: Source, wanted: Wanted, columns: Columns, *, ignores_unknown: bool = False) -> Rows:
    """Return the rows of a file of this kind; raises FileUnusable if the file or its header cannot be used.

    With `ignores_unknown` the columns that no path is known for are skipped instead of being an error.
    """
    if kind == EVENTS:
        return Messages(source, wanted)
    return Report(source, TEMPLATES[kind], wanted, columns, ignores_unknown=ignores_unknown)


def name_of(kind: str, digest: str, toml: str | None = None) -> str:
    """Return the name by which the time of the first load of a file is stored.

    It consists of the kind, the hash `digest` of the file, and the hash of `toml`, the text of the column mapping, if
    that is given.
    """
    said = "" if toml is None else f"|{hashlib.sha256(toml.encode()).hexdigest()}"
    return f"{kind}|{digest}{said}"


def moment_in(text: str, partition: Partition) -> datetime:
    """Return the moment that an ISO 8601 text names; raises ValueError.

    A text without an offset is in the zone of the tenant.
    """
    said = datetime.fromisoformat(text)
    return said if said.tzinfo else said.replace(tzinfo=partition.tenant.zone)
