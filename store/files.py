"""Files: contents of events, kept beside the journal, each once in its tenant, under a name made from its bytes.

A file is written before the journal entry that names it, so it begins as *loose*: nothing may name it yet. The sweep
(`store.operations.loose_files`) looks at each file that has been loose for a day. One that a journal entry names is
loose no more; any other is deleted. Whoever puts a file again makes it loose again, and a deletion names the time since
which the file has been loose, so nothing is deleted that somebody is about to name.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import pymongo
from pymongo import ASCENDING, IndexModel
from pymongo.errors import BulkWriteError, DuplicateKeyError

from store import journal
from store.documents import Json, document_id, document_key, document_keys, with_removal
from store.errors import FileMissing, TenantRemoved, driver_errors, undecided

if TYPE_CHECKING:
    from pymongo.asynchronous.client_session import AsyncClientSession
    from pymongo.asynchronous.database import AsyncDatabase

COLLECTION = "files"
PARTS = "file_parts"
PART_BYTES = 12 * 1024 * 1024
"""The most bytes of a file in one document, because a BSON document has 16 MiB at most; a longer file lies in parts. It
is a multiple of three, so that the base64 of each part is a part of the base64 of the file."""
LOOSE_FOR: Final = timedelta(hours=24)
"""The time for which a file stays that no journal entry names."""
WRITE_WITHIN = 10.0
"""Seconds that one write may take after the look whether the tenant is removed. A removal deletes what was written
until `removal.SETTLED` seconds after its mark, which is longer."""
TOGETHER = 500
"""Files that are written or looked at together."""

Bytes = bytes | bytearray

INDEXES: dict[str, list[IndexModel]] = {
    COLLECTION: [
        IndexModel(
            [("tenant", ASCENDING), ("loose", ASCENDING)],
            name="loose",
            partialFilterExpression={"loose": {"$exists": True}},
        )
    ],
    PARTS: [
        IndexModel([("tenant", 1), ("file", 1), ("writing", 1), ("part", 1)], name="file", unique=True),
        IndexModel(
            [("tenant", ASCENDING), ("loose", ASCENDING)],
            name="loose",
            partialFilterExpression={"loose": {"$exists": True}},
        ),
    ],
}


def file_name(key: bytes, data: Bytes) -> str:
    """Return the name of a file from its bytes and the secret of the database: 48 hexadecimal digits."""
    return hashlib.blake2b(data, key=key, digest_size=24, person=b"file").hexdigest()


class Files:
    """The files of one tenant."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]], tenant: str) -> None:
        self._files = database[COLLECTION]
        self._parts = database[PARTS]
        self._journal = database[journal.COLLECTION]
        self._tenant = tenant

    async def put(self, files: Mapping[str, Bytes], now: datetime) -> None:
        """Keep files by their names, for a day at least; those that are there already are not written again.

        Several writers may put one file at once. Raises TenantRemoved, Unavailable.
        """
        for names in _slices(files, TOGETHER):
            kept = await self._refresh(names, now)
            missing = {name: files[name] for name in names if name not in kept}
            small = {name: data for name, data in missing.items() if len(data) <= PART_BYTES}
            for some in _fitting(small):
                await self._insert(some, now)
            for name in missing.keys() - small.keys():
                await self._insert_in_parts(name, missing[name], now)

    async def _refresh(self, names: Collection[str], now: datetime) -> set[str]:
        """Make those of these files that are there loose since now, and return their names."""
        wanted = document_keys(self._tenant, names)
        await self._refuse_if_removed()
        with driver_errors(), pymongo.timeout(WRITE_WITHIN):
            await self._files.update_many(wanted, {"$max": {"loose": now}})
            return {name_in(found["_id"]) async for found in self._files.find(wanted, {"_id": 1})}

    async def _insert(self, files: Mapping[str, Bytes], now: datetime) -> None:
        heads = [self._head(name, len(data), now) | {"body": bytes(data)} for name, data in files.items()]
        await self._refuse_if_removed()
        try:
            with driver_errors(passing=BulkWriteError), pymongo.timeout(WRITE_WITHIN):
                await self._files.insert_many(heads, ordered=False)
        except BulkWriteError as error:
            if any(each["code"] != _DUPLICATE for each in error.details["writeErrors"]):
                with driver_errors():
                    raise

    async def _insert_in_parts(self, name: str, data: Bytes, now: datetime) -> None:
        """Write a long file: the parts first, under a number of their own, and then what makes them a file."""
        writing, parts = secrets.token_hex(8), 0
        for start in range(0, len(data), PART_BYTES):
            await self._refuse_if_removed()
            piece = bytes(memoryview(data)[start : start + PART_BYTES])
            part = {"tenant": self._tenant, "file": name, "writing": writing, "part": parts, "loose": now}
            with driver_errors(), pymongo.timeout(WRITE_WITHIN):
                await self._parts.insert_one(
                    {"_id": f"{document_id(self._tenant, name)}|{writing}|{parts}", **part, "body": piece}
                )
            parts += 1
        await self._refuse_if_removed()
        try:
            with driver_errors(passing=DuplicateKeyError), pymongo.timeout(WRITE_WITHIN):
                head = self._head(name, len(data), now)
                await self._files.insert_one(head | {"writing": writing, "parts": parts})
        except DuplicateKeyError:  # another writer was faster
            with driver_errors():
                await self._parts.delete_many({"tenant": self._tenant, "file": name, "writing": writing})

    def _head(self, name: str, size: int, now: datetime) -> Json:
        return {**document_key(self._tenant, name), "size": size, "loose": now}

    async def _refuse_if_removed(self) -> None:
        with driver_errors():
            if await self._journal.find_one(with_removal(self._tenant, ()), {"_id": 1}):
                raise TenantRemoved

    # --- reading

    async def read(self, name: str, session: AsyncClientSession | None = None) -> Bytes:
        """Return the bytes of a file; raises FileMissing. A long file is put together in place."""
        head = await self._found(name, session)
        if "body" in head:
            return bytes(head["body"])
        whole = bytearray()
        async for piece in self._pieces(name, head, session):
            whole += piece
        return whole

    async def pieces(self, name: str, session: AsyncClientSession | None = None) -> AsyncIterator[bytes]:
        """Give the bytes of a file one after the other, at most `PART_BYTES` at once; raises FileMissing."""
        head = await self._found(name, session)
        if "body" in head:
            yield bytes(head["body"])
            return
        async for piece in self._pieces(name, head, session):
            yield piece

    async def _found(self, name: str, session: AsyncClientSession | None) -> Json:
        with driver_errors(passing=undecided(session)):
            head = await self._files.find_one(document_key(self._tenant, name), session=session)
        if head is None:
            raise FileMissing(name)
        return head

    async def _pieces(self, name: str, head: Json, session: AsyncClientSession | None) -> AsyncIterator[bytes]:
        wanted, size = {"tenant": self._tenant, "file": name, "writing": head["writing"]}, 0
        with driver_errors(passing=undecided(session)):
            found = self._parts.find(wanted, session=session, batch_size=1)
            async for part in found.sort("part", ASCENDING):
                size += len(part["body"])
                yield part["body"]
        if size != head["size"]:
            raise FileMissing(name)

    async def size(self, name: str) -> int | None:
        """Return the bytes that a file has; None if there is no such file."""
        with driver_errors():
            head = await self._files.find_one(document_key(self._tenant, name), {"size": 1})
        return int(head["size"]) if head else None


_DUPLICATE = 11000


def name_in(head_id: str) -> str:
    """Return the name of a file from the `_id` of its document."""
    return head_id.partition("|")[2]


def _slices(names: Iterable[str], size: int) -> Iterator[list[str]]:
    listed = list(names)
    yield from (listed[start : start + size] for start in range(0, len(listed), size))


def _fitting(files: Mapping[str, Bytes]) -> Iterator[dict[str, Bytes]]:
    """Give files in groups that have `PART_BYTES` together at most."""
    some, size = dict[str, Bytes](), 0
    for name, data in files.items():
        if some and size + len(data) > PART_BYTES:
            yield some
            some, size = {}, 0
        some[name] = data
        size += len(data)
    if some:
        yield some
