"""Leases: work that one process does at a time, gone on with by another when that one is silent."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pymongo.errors import DuplicateKeyError

from store.errors import driver_errors

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

COLLECTION = "leases"


class Leases:
    """Who does which work; told by the database's clock, so that those of machines need not agree."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]]) -> None:
        self._collection = database[COLLECTION]

    async def take(self, work: str, worker: str, lasting: timedelta) -> bool:
        """Whether the work is this worker's for so long: it was already, or is nobody's."""
        until = {"$add": ["$$NOW", round(lasting.total_seconds() * 1000)]}
        is_free = {"$or": [{"worker": worker}, {"$expr": {"$lte": ["$until", "$$NOW"]}}]}
        with driver_errors():
            taken = await self._collection.update_one(
                {"_id": work, **is_free}, [{"$set": {"worker": worker, "until": until}}]
            )
        return bool(taken.matched_count) or await self._begin(work, worker, until)

    async def _begin(self, work: str, worker: str, until: dict[str, Any]) -> bool:
        """Take work that nobody ever did."""
        try:
            with driver_errors(passing=DuplicateKeyError):
                begun = await self._collection.update_one(
                    {"_id": work, "worker": worker}, [{"$set": {"until": until}}], upsert=True
                )
        except DuplicateKeyError:
            return False
        return begun.upserted_id is not None

    async def give_back(self, work: str, worker: str) -> None:
        """Let another do the work at once."""
        with driver_errors():
            await self._collection.delete_one({"_id": work, "worker": worker})
