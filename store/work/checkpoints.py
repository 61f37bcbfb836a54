"""How far long work has come, so that it can be taken up again after an interruption."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from store.errors import driver_errors

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

COLLECTION = "marks"


def replay_of(tenant: str) -> str:
    """The work of folding all of a tenant again."""
    return f"replay {tenant}"


def understanding_of(tenant: str) -> str:
    """The work of understanding all entries of a tenant anew."""
    return f"understanding {tenant}"


def work_of(tenant: str) -> list[str]:
    """Return all work that a tenant may have under way."""
    return [replay_of(tenant), understanding_of(tenant)]


class Marks:
    """A text for each piece of work under way."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]]) -> None:
        self._collection = database[COLLECTION]

    async def get(self, work: str, revision: int = 0) -> str:
        """Return how far work has come; an empty text if it has not begun, or is done.

        `revision`: that of the settings under which it is done; work under other settings begins anew.
        """
        with driver_errors():
            found = await self._collection.find_one({"_id": work})
        return str(found["at"]) if found and found.get("revision", 0) == revision else ""

    async def put(self, work: str, at: str, revision: int = 0) -> None:
        """Note how far work has come, under the settings of a revision."""
        with driver_errors():
            noted = {"$set": {"at": at, "revision": revision}}
            await self._collection.update_one({"_id": work}, noted, upsert=True)

    async def clear(self, work: str) -> None:
        """It is done."""
        with driver_errors():
            await self._collection.delete_one({"_id": work})
