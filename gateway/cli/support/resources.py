"""The resources of a machine that a backfill uses: writer processes, and a rare garbage collection."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from gateway.cli.support.session import log_to_stderr
from ingest.backfill.writers import Writers, count
from store.access.tenant import Tenant
from store.settings import StoreSettings

_SELDOM = (1_000_000, 50, 100)
"""Thresholds of the garbage collector: rows make no cycles, and it would take an eighth of the time."""


@contextmanager
def writers_for(tenant: Tenant, settings: StoreSettings, *, is_dry: bool) -> Iterator[Writers | None]:
    """Give writer processes for a tenant; None for a dry run, or if the machine has only one core."""
    if is_dry or not count():
        yield None
        return
    with Writers(settings, tenant, prepared, count()) as writers:
        yield writers


def prepared() -> None:
    """Prepare a writer process: send its log to standard error, and collect garbage rarely."""
    log_to_stderr()
    gc.set_threshold(*_SELDOM)


@contextmanager
def seldom_cleaned() -> Iterator[None]:
    """Collect garbage rarely while the context lasts."""
    before = gc.get_threshold()
    gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)
