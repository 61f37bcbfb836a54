"""Uploads: files that a client sent ahead, to name each by its URI in a message.

An upload belongs to its client alone. Its bytes lie among the files, in the place of a tenant that no tenant can have.
Whoever names it has a copy in the files of the tenants of the message; the upload itself ends a day after it came.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pymongo import ASCENDING, IndexModel

from store.documents import Json
from store.errors import driver_errors
from store.files import LOOSE_FOR, Bytes, Files

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

COLLECTION = "uploads"
PLACE = "!uploads"
"""In the place of a tenant's name: the files of uploads have it. No tenant can have this name."""
LEAST = 64 * 1024
"""The bytes for which an upload counts at least, so that the number of a client's uploads is bounded too."""
TOGETHER = 1000
"""Uploads that are looked up together."""

INDEXES: dict[str, list[IndexModel]] = {
    COLLECTION: [
        IndexModel([("client", ASCENDING)], name="client"),
        IndexModel([("at", ASCENDING)], name="at"),
    ]
}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that a client sent ahead."""

    id: str
    client: str
    size: int
    """Bytes of the file."""
    sha1: str
    """The SHA-1 of the file, as hexadecimal digits."""
    at: datetime
    """When the file came."""


class Uploads:
    """The uploads of a database."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]]) -> None:
        self._uploads = database[COLLECTION]
        self._files = Files(database, PLACE)

    async def add(self, upload: Upload, data: Bytes) -> None:
        """Keep an upload: first its bytes, then that it is there. Raises Unavailable."""
        await self._files.put({upload.id: data}, upload.at)
        said = {"client": upload.client, "size": upload.size, "sha1": upload.sha1, "at": upload.at}
        with driver_errors():
            await self._uploads.insert_one({"_id": upload.id, **said})

    async def some(self, ids: Sequence[str], client: str, now: datetime) -> dict[str, Upload]:
        """Return, by id, those of these uploads that are the client's and have not ended."""
        found = list[Json]()
        for start in range(0, len(ids), TOGETHER):
            wanted = {"_id": {"$in": ids[start : start + TOGETHER]}, "client": client, "at": {"$gt": now - LOOSE_FOR}}
            with driver_errors():
                found += await self._uploads.find(wanted).to_list()
        return {each["_id"]: _opened(each) for each in found}

    async def read(self, upload: Upload) -> Bytes:
        """Return the bytes of an upload; raises FileMissing."""
        return await self._files.read(upload.id)

    async def bytes_of(self, client: str) -> int:
        """Return the bytes of all uploads of a client that are there; each counts for `LEAST` at least."""
        size = {"$sum": {"$max": ["$size", LEAST]}}
        summed: list[Json] = [{"$match": {"client": client}}, {"$group": {"_id": None, "size": size}}]
        with driver_errors():
            found = await (await self._uploads.aggregate(summed)).to_list()
        return int(found[0]["size"]) if found else 0

    async def end(self, before: datetime) -> int:
        """End the uploads that came before a moment; return their number. The sweep of files takes their bytes."""
        with driver_errors():
            return (await self._uploads.delete_many({"at": {"$lt": before}})).deleted_count


def _opened(found: Json) -> Upload:
    return Upload(found["_id"], found["client"], found["size"], found["sha1"], found["at"])
