"""The end of loose files: those that no journal entry names, and the remains of interrupted writes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from store import files, journal
from store.access.tokens import utc_now
from store.documents import Json, document_key
from store.errors import driver_errors
from store.files import name_in

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

TOGETHER = 500
"""Files that are read together."""
ON_ITS_WAY = timedelta(minutes=5)
"""The time within which an event is in the journal, or is not accepted."""


class LooseFiles:
    """The loose files of one tenant."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]], tenant: str) -> None:
        self._files = database[files.COLLECTION]
        self._parts = database[files.PARTS]
        self._journal = database[journal.COLLECTION]
        self._tenant = tenant

    async def sweep(self, before: datetime) -> int:
        """Delete the files that are loose since before a moment and that no journal entry names; return their number.

        Files that an entry names are loose no more. The remains of interrupted writes are deleted as well.
        """
        deleted = 0
        while heads := await self._since_before(before):
            for head in heads:
                deleted += await self._delete_or_keep(head)
        await self._sweep_parts(before)
        return deleted

    async def forget(self, names: Iterable[str]) -> None:
        """Delete those of these files that no journal entry names any more.

        A file that somebody put a moment ago is left to the sweep, because an event on its way may name it.
        """
        before = utc_now() - ON_ITS_WAY
        for name in names:
            with driver_errors():
                head = await self._files.find_one(document_key(self._tenant, name), {"body": 0})
            if head and ("loose" not in head or head["loose"] < before) and not await self._is_named(name):
                await self._delete(head)

    async def _since_before(self, before: datetime) -> list[Json]:
        wanted = {"tenant": self._tenant, "loose": {"$lt": before}}
        with driver_errors():
            return await self._files.find(wanted, {"body": 0}).limit(TOGETHER).to_list()

    async def _delete_or_keep(self, head: Json) -> int:
        name = name_in(head["_id"])
        if not await self._is_named(name):
            return await self._delete(head)
        with driver_errors():
            if "writing" in head:
                parts = {"tenant": self._tenant, "file": name, "writing": head["writing"]}
                await self._parts.update_many(parts, {"$unset": {"loose": ""}})
            await self._files.update_one(self._as_it_was(head), {"$unset": {"loose": ""}})
        return 0

    async def _is_named(self, name: str) -> bool:
        # The index has entries with files alone, and MongoDB takes it only for a filter that says so.
        wanted = {"tenant": self._tenant, "files": {"$exists": True, "$eq": name}}
        with driver_errors():
            return await self._journal.find_one(wanted, {"_id": 1}, hint="files") is not None

    async def _delete(self, head: Json) -> int:
        """Delete a file unless somebody put it again; return how many files were deleted."""
        with driver_errors():
            done = await self._files.delete_one(self._as_it_was(head))
        if done.deleted_count and "writing" in head:
            await self._delete_parts(name_in(head["_id"]), head["writing"])
        return done.deleted_count

    def _as_it_was(self, head: Json) -> Json:
        return {"tenant": self._tenant, "_id": head["_id"], "loose": head.get("loose")}

    async def _sweep_parts(self, before: datetime) -> None:
        """Delete the parts of files whose writing was interrupted."""
        wanted = {"tenant": self._tenant, "loose": {"$lt": before}}
        with driver_errors():
            found = await self._parts.find(wanted, {"file": 1, "writing": 1}).to_list()
            for name, writing in {(part["file"], part["writing"]) for part in found}:
                head = {**document_key(self._tenant, name), "writing": writing}
                if not await self._files.find_one(head, {"_id": 1}):
                    await self._delete_parts(name, writing)

    async def _delete_parts(self, name: str, writing: str) -> None:
        with driver_errors():
            await self._parts.delete_many({"tenant": self._tenant, "file": name, "writing": writing})
