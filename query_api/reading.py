"""Reading the records that an answer tells of: from memory, where a document is as it was when it was last read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from query_api.asking import Json

if TYPE_CHECKING:
    from mappings.kinds import Kind
    from query_api.readers import Reader
    from store.conditions import Condition
    from store.documents import Document
    from store.reads import Reads, Session

_NAME = ("id",)
"""What is read of documents to learn which they are, and of which version."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One reader of one tenant's documents, as of the one moment of a session."""

    partition: Reads
    reader: Reader
    session: Session

    async def find(
        self, kind: Kind, condition: Condition, *, sort: Sequence[tuple[str, int]] = (), limit: int = 0
    ) -> list[tuple[Document, Json]]:
        """The documents that meet a condition, each with its record.

        A document may hold no more of its resource than the id: its record is then one that is remembered.
        """
        find, session = self.partition.find, self.session
        documents = await find(kind, condition, sort=sort, limit=limit, only=self._first, session=session)
        return await self._with_records(kind, documents)

    async def by_ids(self, kind: Kind, ids: Iterable[str]) -> dict[str, Json]:
        """The records of these resource ids, by id."""
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
