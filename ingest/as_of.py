"""A tenant's documents as they would be had only the events up to a moment ever come.

What no later event touched is taken as it lies in the store. The rest is folded from its events up to the moment,
identity included: who was joined or merged since then is apart again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ingest import loading
from ingest.changes import documents_of
from ingest.fold.records import written
from ingest.fold.resource_ids import named
from ingest.groups import tokens
from ingest.keys import PERSON_KEY, VISIT_KEY
from ingest.ordering import last_of
from ingest.refolding import refolded
from ingest.understanding import Understood
from store.conditions import Condition
from store.documents import Document
from store.journal import Entry
from store.partition import Partition, Session
from store.reads import Reads


@dataclass(slots=True)
class _Past:
    """What is otherwise than it lies in the store: documents folded anew, and those they take the place of."""

    documents: dict[tuple[str, str], Document] = field(default_factory=dict)
    hidden: set[tuple[str, str]] = field(default_factory=set)


class AsOf(Partition):
    """A partition as of a moment; it reads, and cannot write."""

    def __init__(self, partition: Partition, moment: datetime) -> None:
        super().__init__(partition.store, partition.tenant)
        self._present = partition
        self.reads = Reads(0)  # what was folded now is of no use again
        self._last = last_of(moment)
        self._past: _Past | None = None

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Session]:
        """A session whose reads all see one moment of the store."""
        async with self._present.snapshot() as session:
            self._past = await self._fold(session)
            yield session

    async def find(
        self,
        kind: str,
        wanted: Condition | Mapping[str, Any],
        *,
        sort: Sequence[tuple[str, int]] = (),
        limit: int = 0,
        only: Sequence[str] = (),
        session: Session | None = None,
    ) -> list[Document]:
        """The documents that meet a condition, as they were; only within a snapshot, and never by a filter alone."""
        if not isinstance(wanted, Condition):
            raise TypeError(wanted)
        past = self._past or _Past()
        stored = await self._present.find(kind, wanted, only=only, session=session)
        folded = [each for each in past.documents.values() if each.kind == kind and wanted.matches(each)]
        found = [document for document in stored if (kind, document.id) not in past.hidden] + folded
        for name, direction in reversed(sort):
            found.sort(key=lambda document: _sortable(document, name), reverse=direction < 0)
        return found[:limit] if limit else found

    async def by_ids(
        self, kind: str, ids: Iterable[str], *, only: Sequence[str] = (), session: Session | None = None
    ) -> dict[str, Document]:
        """The documents of these resource ids, as they were."""
        ids, past = list(ids), self._past or _Past()
        stored = await self._present.by_ids(
            kind, [one for one in ids if (kind, one) not in past.hidden], only=only, session=session
        )
        return stored | {one: past.documents[kind, one] for one in ids if (kind, one) in past.documents}

    async def _fold(self, session: Session) -> _Past:
        """Fold anew, up to the moment, whatever later events touched."""
        past = _Past()
        later = {"fold.newest": {"$gt": self._last}}
        stored = self._present.find
        for document in await stored("Patient", later, session=session):
            if ("Patient", document.id) in past.hidden:
                continue
            if document.search.get("active"):
                await self._refold([PERSON_KEY + token for token in tokens(document)], past, session)
        for document in await stored("Appointment", {"search.patient": None, **later}, session=session):
            if ("Appointment", document.id) not in past.hidden:
                await self._refold([VISIT_KEY + token for token in tokens(document)], past, session)
        return past

    async def _refold(self, keys: list[str], past: _Past, session: Session) -> None:
        """Fold the events connected by some keys, up to the moment."""
        seed = Entry(id="", body=b"", order="", effective=_EPOCH, received=_EPOCH, keys=tuple(keys), model="Scheduling")
        whole = await loading.history(self._present, [Understood(seed, None)], session)
        past.hidden |= whole.loaded.documents.keys()
        events = [each for each in whole.events(self._present) if each.entry.order <= self._last]
        world = refolded(events, self._present)
        stored = [loading.record_of(document) for document in whole.loaded.documents.values()]
        for document in documents_of(named(written(world), stored, self.tenant.name), self._present):
            past.documents[document.kind, document.id] = document


_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def _sortable(document: Document, path: str) -> tuple[bool, Any]:
    """A member to sort by; what is missing comes first, as in the database."""
    value = document.member(path)
    return value is not None, value if value is not None else ""
