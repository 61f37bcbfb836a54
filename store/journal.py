"""The journal: every event as it came, and what the fold decided about it. Only a tenant's removal deletes from it."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bson import Binary
from pymongo import ASCENDING, DESCENDING, IndexModel, UpdateOne

from store.documents import REMOVED, Json, document_id, document_key, with_removal
from store.entries import Entry, content_of, cuts_in, cuts_of, parts_of, update_of
from store.errors import TenantRemoved, driver_errors, undecided

if TYPE_CHECKING:
    from pymongo.asynchronous.client_session import AsyncClientSession
    from pymongo.asynchronous.database import AsyncDatabase

COLLECTION = "journal"
PARTS = "journal_parts"
PART_BYTES = 12 * 1024 * 1024
"""The most bytes of a compressed body in one document, because a BSON document has 16 MiB at most. A longer body is cut
into parts."""
MOST_OF_A_KEY = 64
"""Entries of one key, on average, up to which they are all examined to find those that have another key as well."""
NEWEST = 100
"""Entries that are looked at for the one before another; so many come in one millisecond at most."""

INDEXES: dict[str, list[IndexModel]] = {
    COLLECTION: [
        IndexModel([("tenant", ASCENDING), ("keys", ASCENDING), ("order", ASCENDING)], name="keys"),
        IndexModel(
            [("tenant", ASCENDING), ("keys", ASCENDING), ("order", ASCENDING)],
            name="held",
            partialFilterExpression={"held": True},
        ),
        IndexModel([("tenant", ASCENDING), ("received", DESCENDING)], name="received"),
        IndexModel(
            [("tenant", ASCENDING), ("open", ASCENDING), ("received", ASCENDING)],
            name="open",
            partialFilterExpression={"open": {"$exists": True}},
        ),
        IndexModel([("tenant", 1), ("files", 1)], name="files", partialFilterExpression={"files": {"$exists": True}}),
    ],
    PARTS: [IndexModel([("tenant", ASCENDING), ("entry", ASCENDING), ("part", ASCENDING)], name="entry", unique=True)],
}


class Journal:
    """The journal entries of one tenant."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]], tenant: str) -> None:
        self._entries = database[COLLECTION]
        self._parts = database[PARTS]
        self._tenant = tenant

    async def known(
        self,
        ids: Collection[str],
        session: AsyncClientSession | None = None,
        *,
        held: Collection[str] = (),
        naming: Collection[str] = (),
    ) -> dict[str, Entry]:
        """Return entries without their bodies, by id: those of these ids that exist, and those with certain keys.

        These are all entries with one of the keys `naming`, and the held entries with one of the keys `held`. Raises
        TenantRemoved if the tenant is removed.
        """
        wanted = [with_removal(self._tenant, ids)]  # one query for all, because a round trip costs more than entries
        wanted += [{"tenant": self._tenant, "held": True, "keys": {"$in": list(held)}}] if held else []
        wanted += [{"tenant": self._tenant, "keys": {"$in": list(naming)}}] if naming else []
        with driver_errors(passing=undecided(session)):
            found = self._entries.find(wanted[0] if len(wanted) == 1 else {"$or": wanted}, {"body": 0}, session=session)
            return {entry.id: entry async for entry in _opened(found)}

    async def naming(
        self,
        keys: Iterable[str],
        session: AsyncClientSession | None = None,
        *,
        only_held: bool = False,
        with_bodies: bool = True,
        beside: Collection[str] = (),
    ) -> list[Entry]:
        """Return every entry with one of the keys, and with one of `beside` if that is given; sorted by order."""
        keys = list(keys)
        if not keys:
            return []
        wanted: Json = {"tenant": self._tenant, "keys": {"$in": keys}}
        if beside:
            # MongoDB looks up the first of the two in the index, and examines every entry that it finds.
            named = [list(beside), keys] if await self._are_many(wanted, keys, session) else [keys, list(beside)]
            wanted = {"tenant": self._tenant, "$and": [{"keys": {"$in": each}} for each in named]}
        if only_held:
            wanted["held"] = True
        with driver_errors(passing=undecided(session)):
            found = await self._entries.find(wanted, None if with_bodies else {"body": 0}, session=session).to_list()
            entries = [await self._whole(document, session) if with_bodies else _open(document) for document in found]
        return sorted(entries, key=lambda entry: entry.order)

    async def _are_many(self, wanted: Json, keys: Collection[str], session: AsyncClientSession | None) -> bool:
        """Whether these keys have so many entries that others of the wanted entries' keys are better looked up."""
        most = MOST_OF_A_KEY * len(keys)
        with driver_errors(passing=undecided(session)):
            return await self._entries.count_documents(wanted, limit=most, session=session) == most

    async def received_before(
        self, keys: Iterable[str], moment: datetime, session: AsyncClientSession | None
    ) -> list[Entry]:
        """Return the newest entries with one of the keys that were received up to a moment, without their bodies."""
        wanted: Json = {"tenant": self._tenant, "keys": {"$in": list(keys)}, "received": {"$lte": moment}}
        with driver_errors(passing=undecided(session)):
            found = self._entries.find(wanted, {"body": 0}, session=session, hint="keys")
            return [entry async for entry in _opened(found.sort("received", DESCENDING).limit(NEWEST))]

    async def one(self, entry_id: str, session: AsyncClientSession | None = None) -> Entry | None:
        """Return one entry with its body, or None if there is no such entry."""
        with driver_errors(passing=undecided(session)):
            found = await self._entries.find_one(document_key(self._tenant, entry_id), session=session)
            return await self._whole(found, session) if found else None

    async def newest(self, wanted: Mapping[str, Any], limit: int = 0) -> AsyncIterator[Entry]:
        """Give entries without their bodies, newest receipt first. `wanted` is a filter; a `limit` of 0 means all."""
        with driver_errors():
            found = self._entries.find({**wanted, "tenant": self._tenant}, {"body": 0})
            async for entry in _opened(found.sort("received", DESCENDING).limit(limit)):
                yield entry

    async def in_order_of_receipt(self, wanted: Mapping[str, Any] | None = None) -> AsyncIterator[Entry]:
        """Give entries with their bodies, oldest receipt first."""
        with driver_errors():
            found = self._entries.find({**(wanted or {}), "tenant": self._tenant}).sort("received", ASCENDING)
            async for document in found:
                yield await self._whole(document, None)

    async def page(
        self,
        after: str = "",
        wanted: Mapping[str, Any] | None = None,
        limit: int = 500,
        *,
        with_bodies: bool = False,
    ) -> list[Entry]:
        """Return the next entries in the order of ids, those behind the id `after`."""
        beyond = {"_id": {"$gt": document_id(self._tenant, after), "$lt": document_id(self._tenant, "~")}}
        with driver_errors():
            shown = None if with_bodies else {"body": 0}
            found = self._entries.find({**(wanted or {}), **beyond, "tenant": self._tenant}, shown)
            page = await found.sort("_id", ASCENDING).limit(limit).to_list()
            return [await self._whole(each, None) if with_bodies else _open(each) for each in page]

    async def some(self, ids: Collection[str], session: AsyncClientSession | None = None) -> list[Entry]:
        """Return the entries of these ids that exist, with their bodies, in the order of ids."""
        wanted = {"_id": {"$in": [document_id(self._tenant, each) for each in ids]}, "tenant": self._tenant}
        with driver_errors(passing=undecided(session)):
            found = await self._entries.find(wanted, session=session).sort("_id", ASCENDING).to_list()
            return [await self._whole(each, session) for each in found]

    async def count(self, wanted: Mapping[str, Any] | None = None) -> int:
        """Return the number of entries that match a filter."""
        with driver_errors():
            return await self._entries.count_documents({**(wanted or {}), "tenant": self._tenant})

    async def add(self, entries: Iterable[Entry], session: AsyncClientSession | None) -> None:
        """Write entries. Errors of the driver pass unchanged, because the surrounding transaction handles them."""
        closed = [self._closed(entry) for entry in entries]
        if closed:
            await self._entries.insert_many([document for document, _ in closed], session=session)
        parts = [part for _, parts in closed for part in parts]
        if parts:
            await self._parts.insert_many(parts, session=session)

    async def mark(self, entries: Iterable[Entry], session: AsyncClientSession | None) -> None:
        """Update entries: parts, issues, effective time, data model and event; body, source and receipt stay."""
        updates = [UpdateOne(document_key(self._tenant, entry.id), update_of(entry)) for entry in entries]
        if updates:
            await self._entries.bulk_write(updates, ordered=False, session=session)

    def _closed(self, entry: Entry) -> tuple[Json, list[Json]]:
        """Return an entry as MongoDB stores it, and the parts of a long body."""
        packed = zlib.compress(entry.body, level=1)
        pieces = [packed[at : at + PART_BYTES] for at in range(0, len(packed), PART_BYTES)]
        document: Json = {
            "_id": document_id(self._tenant, entry.id),
            "tenant": self._tenant,
            "received": entry.received,
            **{name: value for name, value in content_of(entry).items() if value is not None},
            "source": entry.source,
            "log": entry.log_id,
            "attempt": entry.attempt_id,
            "size": len(entry.body),
            **cuts_of(entry),
        }
        document |= {"details": entry.details} if entry.details else {}
        if len(pieces) == 1:
            return document | {"body": Binary(packed)}, []
        parts = [
            {
                "_id": f"{document['_id']}|{number}",
                "tenant": self._tenant,
                "entry": entry.id,
                "part": number,
                "body": Binary(piece),
            }
            for number, piece in enumerate(pieces)
        ]
        return document | {"pieces": len(parts)}, parts

    async def _whole(self, document: Json, session: AsyncClientSession | None) -> Entry:
        """Return an entry with its body, also if the body is stored in parts."""
        entry = _open(document)
        if "body" in document:
            return entry
        wanted = {"tenant": self._tenant, "entry": entry.id}
        found = self._parts.find(wanted, session=session).sort("part", ASCENDING)
        packed = b"".join([part["body"] async for part in found])
        return replace(entry, body=zlib.decompress(packed))


async def _opened(found: Any) -> AsyncIterator[Entry]:
    async for document in found:
        yield _open(document)


def _open(found: Json) -> Entry:
    if found["tenant"] == REMOVED:
        raise TenantRemoved
    return Entry(
        id=found["_id"].partition("|")[2],
        body=zlib.decompress(found["body"]) if "body" in found else b"",
        effective=found["effective"],
        received=found["received"],
        parts=parts_of(found),
        model=found["model"],
        event=found["event"],
        issues=tuple(found.get("issues", ())),
        source=found["source"],
        log_id=found["log"],
        attempt_id=found["attempt"],
        details=found.get("details", {}),
        cuts=cuts_in(found),
    )
