"""The documents of a tenant as they would be if only the events up to a moment existed.

Documents that no later event touched come from the store. All others are folded from their events up to the moment,
including identities: people who were joined or merged later are apart again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ingest.changes import documents_of
from ingest.fold.records import records_of
from ingest.fold.resource_ids import with_resource_ids
from ingest.history import history, person_keys
from ingest.keys import ACROSS_PEOPLE, VISIT_KEY
from ingest.loading import record_of, tokens
from ingest.ordering import last_of
from ingest.refolding import world_of
from ingest.understanding import Piece
from mappings.kinds import PERSON, VISITS
from store.conditions import Condition, every, is_absent, newer_than
from store.documents import Document, Kind
from store.entries import Entry, Part
from store.partition import Partition, Session
from store.reads import Reads


@dataclass(slots=True)
class _Past:
    """The differences from the store: documents that were folded anew, and stored documents that they replace."""

    documents: dict[tuple[str, str], Document] = field(default_factory=dict)
    hidden: set[tuple[str, str]] = field(default_factory=set)


class AsOf(Partition):
    """A partition as of a moment, for reading alone."""

    def __init__(self, partition: Partition, moment: datetime) -> None:
        super().__init__(partition.store, partition.tenant)
        self._present = partition
        self.reads = Reads(0)  # documents that were folded for one question are of no use to another
        self._last = last_of(moment)
        self._past: _Past | None = None

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Session]:
        """Open a session whose reads all see one moment of the store."""
        async with self._present.snapshot() as session:
            self._past = await self._fold(session)
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
        """Return the documents that meet a condition, as they were; call it within a snapshot."""
        past = self._past or _Past()
        stored = await self._present.find(kind, wanted, only=only, session=session)
        folded = [each for each in past.documents.values() if each.kind == kind.name and wanted.matches(each)]
        found = [document for document in stored if (kind.name, document.id) not in past.hidden] + folded
        for name, direction in reversed(sort):
            found.sort(key=lambda document: _sortable(document, name), reverse=direction < 0)
        return found[:limit] if limit else found

    async def by_ids(
        self, kind: Kind, ids: Iterable[str], *, only: Sequence[str] = (), session: Session | None = None
    ) -> dict[str, Document]:
        """Return the documents that have these resource ids, by id, as they were."""
        ids, past = list(ids), self._past or _Past()
        stored = await self._present.by_ids(
            kind, [one for one in ids if (kind.name, one) not in past.hidden], only=only, session=session
        )
        return stored | {one: past.documents[kind.name, one] for one in ids if (kind.name, one) in past.documents}

    async def _fold(self, session: Session) -> _Past:
        """Fold, up to the moment, all records that later events touched."""
        past = _Past()
        later = newer_than(self._last)
        for document in await self._present.find(PERSON, later, session=session):
            if (PERSON.name, document.id) not in past.hidden and document.search.get("active"):
                await self._refold(person_keys(document, self._present), "", past, session)
        for kind in VISITS:
            of_nobody = every([is_absent("patient"), later])
            for document in await self._present.find(kind, of_nobody, session=session):
                if (kind.name, document.id) not in past.hidden:
                    keys = [VISIT_KEY + token for token in tokens(document)]
                    await self._refold(keys, ACROSS_PEOPLE, past, session)
        return past

    async def _refold(self, keys: list[str], reach: str, past: _Past, session: Session) -> None:
        """Fold the parts that some keys connect, up to the moment."""
        part = Part(order=_BEHIND_ALL, keys=tuple(keys), reach=reach)
        seed = Entry(id="", body=b"", effective=_EPOCH, received=_EPOCH, parts=(part,))
        whole = await history(self._present, [Piece(seed, 0)], session)
        past.hidden |= whole.loaded.documents.keys()
        pieces = [piece for piece in whole.events(self._present) if piece.part.order <= self._last]
        world = world_of(pieces, self._present, whole.worn)
        stored = [record_of(document) for document in whole.loaded.documents.values()]
        for document in documents_of(
            with_resource_ids(records_of(world), stored, self.tenant.name, world.rules), self._present
        ):
            past.documents[document.kind, document.id] = document


_BEHIND_ALL = "~"
"""An order behind all others."""
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def _sortable(document: Document, path: str) -> tuple[bool, Any]:
    """Return the sort key of a document by a member; an absent member comes first, as in MongoDB."""
    value = document.member(path)
    return value is not None, value if value is not None else ""
