"""One tenant's documents. There is no other way to a document, so a tenant cannot be forgotten."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from pymongo import DeleteOne, ReplaceOne, UpdateOne
from pymongo.asynchronous.client_session import AsyncClientSession

from store.documents import KINDS, Document, document_id, envelope, opened
from store.errors import driver_errors, undecided
from store.journal import Journal

if TYPE_CHECKING:
    from store.mongo import Store
    from store.tenants import Tenant

Session = AsyncClientSession
"""Within which reads see one moment, and writes happen together."""
CLAIMS = "claims"
"""A document for each identifier and visit number ever said: two writers of something new meet there."""
TOKEN_BYTES = 12
KEYS_KEPT = 20_000
"""Keyed hashes of one tenant that a process remembers: an event's are asked for several times within its batch."""


_ALWAYS = ("version", "search.date", "fold.last")
"""What is read of every document: its version, and by what it is newer than others."""


class Partition:
    """What can be done with one tenant's documents."""

    def __init__(self, store: Store, tenant: Tenant) -> None:
        self.tenant = tenant
        self._keys = store.keys_of(tenant.name)
        self.store = store
        self.journal = Journal(store.database, tenant.name)
        self._digest = hashlib.blake2b(tenant.name.encode(), key=store.key, digest_size=TOKEN_BYTES)

    def key(self, *parts: str) -> str:
        """A keyed hash of these texts, 16 characters: the same for equal texts of this tenant, and telling nothing."""
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

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Session]:
        """A session whose reads all see one moment, that of the newest acknowledged write or later."""
        async with self.store.client.start_session(snapshot=True) as session:
            yield session

    async def find(
        self,
        kind: str,
        wanted: Mapping[str, Any],
        *,
        sort: Sequence[tuple[str, int]] = (),
        limit: int = 0,
        only: Sequence[str] = (),
        session: Session | None = None,
    ) -> list[Document]:
        """The documents that match; `wanted` names members such as `search.status`.

        `only`: elements of the resource; where some are named, nothing else is read but what documents are sorted by.
        """
        shown = dict.fromkeys((*_ALWAYS, *(f"resource.{element}" for element in only)), 1) if only else None
        with driver_errors(passing=undecided(session)):
            found = self._collection(kind).find({"tenant": self.tenant.name, **wanted}, shown, session=session)
            if sort:
                found = found.sort(list(sort))
            return [opened(kind, document) for document in await found.limit(limit).to_list()]

    async def by_ids(
        self, kind: str, ids: Iterable[str], *, only: Sequence[str] = (), session: Session | None = None
    ) -> dict[str, Document]:
        """The documents of these resource ids, by id; `only` as in `find`."""
        wanted = [document_id(self.tenant.name, resource_id) for resource_id in ids]
        if not wanted:
            return {}
        found = await self.find(kind, {"_id": {"$in": wanted}}, only=only, session=session)
        return {document.id: document for document in found}

    async def each(self, kind: str) -> AsyncIterator[Document]:
        """Every document of a kind, by id, streaming."""
        with driver_errors():
            async for found in self._collection(kind).find({"tenant": self.tenant.name}).sort("_id", 1):
                yield opened(kind, found)

    async def count(self, kind: str) -> int:
        """How many documents of a kind there are."""
        with driver_errors():
            return int(await self._collection(kind).count_documents({"tenant": self.tenant.name}))

    async def put(self, documents: Iterable[Document], session: Session | None = None) -> None:
        """Write documents whole. A driver's error passes as it is: the transaction around decides."""
        for kind, of_kind in _by_kind(documents).items():
            envelopes = [envelope(self.tenant.name, document) for document in of_kind]
            writes = [ReplaceOne({"_id": found["_id"]}, found, upsert=True) for found in envelopes]
            await self._collection(kind).bulk_write(writes, ordered=False, session=session)

    async def remove(self, gone: Iterable[tuple[str, str]], session: Session | None = None) -> None:
        """Delete documents by kind and resource id."""
        by_kind: dict[str, list[str]] = {}
        for kind, resource_id in gone:
            by_kind.setdefault(kind, []).append(resource_id)
        for kind, ids in by_kind.items():
            deletes = [DeleteOne({"_id": document_id(self.tenant.name, resource_id)}) for resource_id in ids]
            await self._collection(kind).bulk_write(deletes, ordered=False, session=session)

    async def claim(self, keys: Iterable[str], session: Session) -> None:
        """Meet, in a transaction, whoever else writes something new of these keys."""
        ids = sorted({document_id(self.tenant.name, key) for key in keys})
        if ids:
            writes = [
                UpdateOne({"_id": claim}, {"$set": {"tenant": self.tenant.name}, "$inc": {"written": 1}}, upsert=True)
                for claim in ids
            ]
            await self.store.database[CLAIMS].bulk_write(writes, ordered=False, session=session)

    def _collection(self, kind: str) -> Any:
        if kind not in KINDS:
            raise KeyError(kind)
        return self.store.database[kind]


def _by_kind(documents: Iterable[Document]) -> dict[str, list[Document]]:
    by_kind: dict[str, list[Document]] = {}
    for document in documents:
        by_kind.setdefault(document.kind, []).append(document)
    return by_kind
