"""Reading the records for an answer. A record comes from the cache if its document did not change since it was read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from query_api.question import Json

if TYPE_CHECKING:
    from mappings.kinds import Kind
    from query_api.readers import Reader
    from store.conditions import Condition
    from store.documents import Document
    from store.reads import Reads, Session

_NAME = ("id",)
"""The elements that are read first: they tell which documents these are, and their versions."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A reader of the documents of one tenant, within one snapshot."""

    partition: Reads
    reader: Reader
    session: Session

    async def find(
        self, kind: Kind, condition: Condition, *, sort: Sequence[tuple[str, int]] = (), limit: int = 0
    ) -> list[tuple[Document, Json]]:
        """Return the documents that meet a condition, each with its record.

        If the record comes from the cache, the document has nothing of its resource but the id.
        """
        find, session = self.partition.find, self.session
        documents = await find(kind, condition, sort=sort, limit=limit, only=self._first, session=session)
        return await self._with_records(kind, documents)

    async def by_ids(self, kind: Kind, ids: Iterable[str]) -> dict[str, Json]:
        """Return the records of these resource ids, by id."""
        documents = await self.partition.by_ids(kind, ids, only=self._first, session=self.session)
        return {document.id: record for document, record in await self._with_records(kind, documents.values())}

    @property
    def _first(self) -> tuple[str, ...]:
        return _NAME if self.partition.record_cache.most else self.reader.elements

    async def _with_records(self, kind: Kind, documents: Iterable[Document]) -> list[tuple[Document, Json]]:
        cache, read = self.partition.record_cache, self.reader.read
        if not cache.most:
            return [(document, read(document.resource)) for document in documents]
        found = [(document, cache.find(self._key(document))) for document in documents]
        new = [document.id for document, record in found if record is None]
        whole = await self.partition.by_ids(kind, new, only=self.reader.elements, session=self.session)
        records: dict[str, Json] = {}
        for document in whole.values():
            records[document.id] = record = read(document.resource)
            cache.put(self._key(document), record)
        return [(document, records[document.id] if record is None else record) for document, record in found]

    def _key(self, document: Document) -> tuple[str, Reader, str, int]:
        return self.partition.tenant.name, self.reader, document.id, document.version
