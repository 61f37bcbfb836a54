"""The read access to the documents of a tenant, as they are now or as they were at a moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Protocol

from pymongo.asynchronous.client_session import AsyncClientSession

from store.conditions import Condition
from store.documents import Document, Kind
from store.record_cache import RecordCache

if TYPE_CHECKING:
    from store.access.tenant import Tenant
    from store.files import Files

Session = AsyncClientSession
"""A session of the driver: a snapshot, whose reads all see one moment, or a transaction, whose writes are atomic."""


class Reads(Protocol):
    """The documents of one tenant, for reading.

    `store.partition.Partition` reads them as they are, and `ingest.as_of.AsOf` as they were at a moment.
    """

    @property
    def tenant(self) -> Tenant:
        """The tenant whose documents these are."""
        ...

    @property
    def record_cache(self) -> RecordCache:
        """The cache of records that were read from these documents."""
        ...

    def key(self, *parts: str) -> str:
        """Return a keyed hash of texts: equal texts of this tenant have equal hashes."""
        ...

    @property
    def files(self) -> Files:
        """The contents of files of the tenant; a file never changes."""
        ...

    def snapshot(self) -> AbstractAsyncContextManager[Session]:
        """Open a session whose reads all see one moment of the store."""
        ...

    async def find(
        self,
        kind: Kind,
        wanted: Condition,
        *,
        sort: Sequence[tuple[str, int]] = (),
        limit: int = 0,
        only: Sequence[str] = (),
        session: Session,
    ) -> list[Document]:
        """Return the documents of a kind that meet a condition; see `Partition.find`."""
        ...

    async def by_ids(
        self, kind: Kind, ids: Iterable[str], *, only: Sequence[str] = (), session: Session
    ) -> dict[str, Document]:
        """Return the documents that have these resource ids, by id; see `Partition.by_ids`."""
        ...
