"""What a backfill takes of the machine: processes that write, and little looking for garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from gateway.cli.support.session import log_to_stderr
from ingest.backfill.writers import Writers, count
from store.access.tenant import Tenant
from store.settings import StoreSettings

_SELDOM = (1_000_000, 50, 100)
"""When garbage is looked for: rows make many short-lived objects and no cycles, and looking costs an eighth."""


@contextmanager
def writers_for(tenant: Tenant, settings: StoreSettings, *, is_dry: bool) -> Iterator[Writers | None]:
    """Processes that write, where there is something to write and a core for them."""
    if is_dry or not count():
        yield None
        return
    with Writers(settings, tenant, prepared, count()) as writers:
        yield writers


def prepared() -> None:
    """What a process that writes does first."""
    log_to_stderr()
    gc.set_threshold(*_SELDOM)


@contextmanager
def seldom_cleaned() -> Iterator[None]:
    """Has garbage looked for seldom."""
    before = gc.get_threshold()
    gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)
