"""The documents of one tenant. There is no other access to documents, so that no query can leave out the tenant."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

from pymongo import UpdateOne

from store.conditions import Condition, HasId
from store.documents import (
    KINDS,
    Document,
    Json,
    Kind,
    document_id,
    document_key,
    document_keys,
    envelope,
    from_envelope,
)
from store.errors import driver_errors, undecided
from store.files import Bytes, Files, file_name
from store.journal import Journal
from store.reads import Session
from store.search import TYPES
from store.writes import BY_ID, Change, writes_of

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    from store.access.tenant import Tenant
    from store.record_cache import RecordCache

CLAIMS = "claims"
"""The collection with a document for each identifier and visit number. Two transactions that write one of them
conflict."""
TOKEN_BYTES = 12
KEYS_KEPT = 20_000
"""The number of keyed hashes that a process caches for one tenant; a batch needs the hashes of an event several
times."""


WORTH_A_TRIP = 16
"""The number of new documents from which an insert of its own is faster, although it is one more round trip."""

_ALWAYS = tuple(dict.fromkeys(("version", "fold.key", "fold.first", *(each.newest for each in TYPES.values()))))
"""The members that every read includes: the version, the key and the first event of an item, and the members that order
documents from old to new."""


class Shared(Protocol):
    """The properties of a store that its partitions share; `store.database.Store` has them."""

    @property
    def database(self) -> AsyncDatabase[Json]:
        """The database of all tenants."""
        ...

    @property
    def key(self) -> bytes:
        """The secret key of all keyed hashes."""
        ...

    @property
    def record_cache(self) -> RecordCache:
        """The cache of records that this process has read."""
        ...

    def keys_of(self, tenant: str) -> dict[tuple[str, ...], str]:
        """Return the keyed hashes of a tenant's texts that this process has cached."""
        ...


class Partition:
    """Reads and writes the documents of one tenant."""

    def __init__(self, store: Shared, tenant: Tenant) -> None:
        self.tenant = tenant
        self._keys = store.keys_of(tenant.name)
        self.store = store
        self.record_cache = store.record_cache
        self.journal = Journal(store.database, tenant.name)
        self.files = Files(store.database, tenant.name)
        self._collections = {of_type: store.database[of_type] for of_type in KINDS}
        self._claims = store.database[CLAIMS]
        self._digest = hashlib.blake2b(tenant.name.encode(), key=store.key, digest_size=TOKEN_BYTES)

    def key(self, *parts: str) -> str:
        """Return a keyed hash of texts, 16 characters: equal texts of this tenant have equal hashes."""
        known = self._keys.get(parts)
        if known is None:
            digest = self._digest.copy()
            for part in parts:
                encoded = part.encode()
                digest.update(b"%d:" % len(encoded) + encoded)
            known = base64.urlsafe_b64encode(digest.digest()).decode()
            if len(self._keys) >= KEYS_KEPT:
                self._keys.clear()
            self._keys[parts] = known
        return known

    def file_name(self, data: Bytes) -> str:
        """Return the name of a file from its bytes; it is the same in every tenant of the database."""
        return file_name(self.store.key, data)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Session]:
        """Open a session whose reads all see one moment: that of the newest acknowledged write, or a later one."""
        async with self.store.database.client.start_session(snapshot=True) as session:
            yield session

    async def find(
        self,
        kind: Kind,
        wanted: Condition,
        *,
        sort: Sequence[tuple[str, int]] = (),
        limit: int = 0,
        only: Sequence[str] = (),
        session: Session | None = None,
    ) -> list[Document]:
        """Return the documents of a kind that meet a condition.

        `sort`: members, each with 1 for ascending or -1 for descending. `limit`: the most documents, 0 for all. `only`:
        elements of the resource; if there are any, the documents have only these, their version, and the members that
        order documents.
        """
        shown = dict.fromkeys((*_ALWAYS, *(f"resource.{element}" for element in only)), 1) if only else None
        with driver_errors(passing=undecided(session)):
            found = self._collections[kind.type].find({**self._all_of(kind), **wanted.filter}, shown, session=session)
            if sort:
                found = found.sort(list(sort))
            return [from_envelope(kind.type, document, kind.name) for document in await found.limit(limit).to_list()]

    def _all_of(self, kind: Kind) -> Json:
        """Return the filter of all documents of a kind; a type that several kinds share needs the name of the kind."""
        is_shared = TYPES[kind.type].shared
        return {"tenant": self.tenant.name, **({"kind": kind.name} if is_shared else {})}

    async def by_ids(
        self, kind: Kind, ids: Iterable[str], *, only: Sequence[str] = (), session: Session | None = None
    ) -> dict[str, Document]:
        """Return the documents that have these resource ids, by id; `only` as in `find`."""
        wanted = HasId(self.tenant.name, tuple(ids))
        if not wanted.ids:
            return {}
        found = await self.find(kind, wanted, only=only, session=session)
        return {document.id: document for document in found}

    async def each(self, of_type: str) -> AsyncIterator[Document]:
        """Yield every document of a FHIR type, sorted by id."""
        with driver_errors():
            async for found in self._collections[of_type].find({"tenant": self.tenant.name}).sort("_id", 1):
                yield from_envelope(of_type, found)

    async def count(self, of_type: str) -> int:
        """Return how many documents of a FHIR type there are."""
        with driver_errors():
            return int(await self._collections[of_type].count_documents({"tenant": self.tenant.name}))

    async def put(self, documents: Iterable[Document], session: Session | None = None) -> None:
        """Write whole documents. Errors of the driver pass unchanged: the surrounding transaction handles them."""
        await self.change([(None, document) for document in documents], session)

    async def change(
        self, changes: Iterable[Change], session: Session | None = None, *, assumes_absent: bool = False
    ) -> None:
        """Write documents in place of those that were read. Errors of the driver pass unchanged, as in `put`.

        `assumes_absent`: the caller believes that a document that was not read does not exist. If it exists after all,
        the driver raises a duplicate key error.
        """
        for of_type, of_kind in _by_type(changes).items():
            new = [document for old, document in of_kind if old is None]
            inserted = new if assumes_absent and _is_worth_inserting(len(new), len(of_kind)) else []
            if inserted:
                envelopes = [envelope(self.tenant.name, document) for document in inserted]
                await self._collections[of_type].insert_many(envelopes, ordered=False, session=session)
            writes = writes_of(self.tenant.name, [change for change in of_kind if change[0] or not inserted])
            if writes:
                await self._collections[of_type].bulk_write(writes, ordered=False, session=session)

    async def remove(self, gone: Iterable[tuple[str, str]], session: Session | None = None) -> None:
        """Delete documents; each is named by FHIR type and resource id."""
        by_type: dict[str, list[str]] = {}
        for of_type, resource_id in gone:
            by_type.setdefault(of_type, []).append(resource_id)
        for of_type, ids in by_type.items():
            wanted = document_keys(self.tenant.name, ids)
            await self._collections[of_type].delete_many(wanted, hint=BY_ID, session=session)

    async def claim(
        self, keys: Collection[str], new: Collection[str], session: Session, *, assumes_absent: bool = False
    ) -> None:
        """Write the claims of keys, so that this transaction conflicts with every other writer of one of these keys.

        `new` are keys that should have no claim yet. `assumes_absent`: as in `change`.
        """
        name = self.tenant.name
        if new and assumes_absent and _is_worth_inserting(len(new), len(new) + len(keys)):
            first = [{**document_key(name, key), "written": 1} for key in sorted(new)]
            await self._claims.insert_many(first, ordered=False, session=session)
        else:
            keys = {*keys, *new}
        writes = [UpdateOne(document_key(name, key), {"$inc": {"written": 1}}, upsert=True) for key in sorted(keys)]
        if writes:
            await self._claims.bulk_write(writes, ordered=False, session=session)

    async def worn(self, keys: Collection[str], session: Session) -> dict[str, str]:
        """Return which of these keys are worn: shared by so many people that they no longer connect records.

        The value is the order of the event from which on the key connects nobody.
        """
        wanted = {"_id": {"$in": [document_id(self.tenant.name, key) for key in keys]}, "tenant": self.tenant.name}
        with driver_errors(passing=undecided(session)):
            found = self._claims.find({**wanted, "worn": {"$exists": True}}, {"worn": 1}, session=session)
            return {claim["_id"].partition("|")[2]: claim["worn"] async for claim in found}

    async def wear(self, places: Mapping[str, str], session: Session) -> None:
        """Mark keys as worn (see `worn`), each from the order of an event on. Errors pass as in `put`."""
        writes = [
            UpdateOne(document_key(self.tenant.name, key), {"$set": {"worn": place}}, upsert=True)
            for key, place in sorted(places.items())
        ]
        if writes:
            await self._claims.bulk_write(writes, ordered=False, session=session)

    async def forget_worn(self) -> None:
        """Mark all keys as not worn, because all events are going to be understood and folded again."""
        with driver_errors():
            own = {"$gt": document_id(self.tenant.name, ""), "$lt": document_id(self.tenant.name, "~")}
            worn = {"_id": own, "tenant": self.tenant.name, "worn": {"$exists": True}}
            await self._claims.update_many(worn, {"$unset": {"worn": ""}})


def _by_type(changes: Iterable[Change]) -> dict[str, list[Change]]:
    by_type: dict[str, list[Change]] = {}
    for change in changes:
        by_type.setdefault(change[1].type, []).append(change)
    return by_type


def _is_worth_inserting(new: int, together: int) -> bool:
    """Return whether an insert pays: it is half the work of an upsert, but it may be one more round trip."""
    return new == together or new >= WORTH_A_TRIP
