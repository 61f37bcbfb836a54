"""The sweep of files: those that no event names within a day, and uploads that are older than a day."""

from __future__ import annotations

from datetime import datetime

from ingest.intake import UNROUTED
from store.database import Store
from store.files import LOOSE_FOR
from store.operations.loose_files import LooseFiles
from store.uploads import PLACE


async def sweep_files(store: Store, now: datetime) -> int:
    """End uploads and delete files that nobody named in time; return the number of files. Raises StoreError."""
    before = now - LOOSE_FOR
    await store.uploads.end(before)
    tenants = [*(tenant.name for tenant in await store.tenants.all()), UNROUTED.name, PLACE]
    return sum([await LooseFiles(store.database, tenant).sweep(before) for tenant in tenants])
