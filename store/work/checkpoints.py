"""Checkpoints: the position that long work has reached, so that the work can continue after an interruption."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from store.errors import driver_errors

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

COLLECTION = "marks"


def replay_of(tenant: str) -> str:
    """Return the name of the work that folds all events of a tenant again."""
    return f"replay {tenant}"


def understanding_of(tenant: str) -> str:
    """Return the name of the work that understands all journal entries of a tenant again."""
    return f"understanding {tenant}"


def work_of(tenant: str) -> list[str]:
    """Return the names of all work for which a tenant may have a checkpoint."""
    return [replay_of(tenant), understanding_of(tenant)]


class Marks:
    """The checkpoints of a database: a text for each piece of work that has begun and has not ended."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]]) -> None:
        self._collection = database[COLLECTION]

    async def get(self, work: str, revision: int = 0) -> str:
        """Return the checkpoint of a piece of work; empty if the work has not begun or has ended.

        `revision` is the revision of the settings under which the work runs. After a change of settings the checkpoint
        is empty, and the work begins again.
        """
        with driver_errors():
            found = await self._collection.find_one({"_id": work})
        return str(found["at"]) if found and found.get("revision", 0) == revision else ""

    async def put(self, work: str, at: str, revision: int = 0) -> None:
        """Store the checkpoint `at` of a piece of work, under this revision of the settings."""
        with driver_errors():
            noted = {"$set": {"at": at, "revision": revision}}
            await self._collection.update_one({"_id": work}, noted, upsert=True)

    async def clear(self, work: str) -> None:
        """Delete the checkpoint, because the work has ended."""
        with driver_errors():
            await self._collection.delete_one({"_id": work})
