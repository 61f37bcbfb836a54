"""Leases: one process at a time does a piece of work; if that process stops renewing, another one takes over."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pymongo.errors import DuplicateKeyError

from store.errors import driver_errors

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

COLLECTION = "leases"


class Leases:
    """The leases of a database. They use the clock of the database, so that the clocks of machines may differ."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]]) -> None:
        self._collection = database[COLLECTION]

    async def take(self, work: str, worker: str, lasting: timedelta) -> bool:
        """Take or renew the lease on a piece of work. Return False if another worker has it."""
        until = {"$add": ["$$NOW", round(lasting.total_seconds() * 1000)]}
        is_free = {"$or": [{"worker": worker}, {"$expr": {"$lte": ["$until", "$$NOW"]}}]}
        with driver_errors():
            taken = await self._collection.update_one(
                {"_id": work, **is_free}, [{"$set": {"worker": worker, "until": until}}]
            )
        return bool(taken.matched_count) or await self._begin(work, worker, until)

    async def _begin(self, work: str, worker: str, until: dict[str, Any]) -> bool:
        """Create the lease of a piece of work that never had one. Return False if another worker has created it."""
        try:
            with driver_errors(passing=DuplicateKeyError):
                begun = await self._collection.update_one(
                    {"_id": work, "worker": worker}, [{"$set": {"until": until}}], upsert=True
                )
        except DuplicateKeyError:
            return False
        return begun.upserted_id is not None

    async def give_back(self, work: str, worker: str) -> None:
        """Delete the lease, so that another worker can take the work at once."""
        with driver_errors():
            await self._collection.delete_one({"_id": work, "worker": worker})
