"""The documents of a tenant as they would be if only the events up to a moment existed.

A document that no later event changed comes from the store. Of the others those are folded from their events up to the
moment that may be meant (`store.former`), including identities: people who were joined or merged later are apart again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ingest.fold.records import Record, records_of
from ingest.fold.resource_ids import with_resource_ids
from ingest.folding.changes import documents_of
from ingest.folding.history import History, history, person_keys
from ingest.folding.loading import record_of, tokens
from ingest.folding.refolding import world_of
from ingest.keys import ACROSS_PEOPLE, VISIT_KEY
from ingest.ordering import last_of, milliseconds_of
from ingest.understanding import Piece
from mappings.kinds import PERSON, VISITS
from store.conditions import Condition, every, is_absent, names_parameter, newer_than
from store.documents import Document, Kind
from store.entries import Entry, Part
from store.files import Files
from store.former import may_have_met, may_have_met_at, unchanged_since
from store.partition import Partition
from store.reads import Session
from store.record_cache import RecordCache
from store.search import TYPES

TOGETHER = 100
"""The largest number of records that are folded in one piece."""


@dataclass(slots=True)
class _Past:
    """The differences from the store: documents that were folded again, and the stored documents that they replace."""

    records: dict[str, list[Record]] = field(default_factory=dict)
    """The folded records by the name of the kind, until somebody asks for documents of the kind."""
    documents: dict[tuple[str, str], Document] = field(default_factory=dict)
    hidden: set[tuple[str, str]] = field(default_factory=set)
    is_whole: bool = False
    """Whether all records that changed after the moment were folded."""


class AsOf:
    """The documents of a tenant as of a moment; it satisfies `store.reads.Reads`."""

    def __init__(self, partition: Partition, moment: datetime) -> None:
        self.tenant = partition.tenant
        self.key = partition.key
        self.record_cache = RecordCache(0)  # documents that were folded for one question are of no use to another
        self._present = partition
        self._last = last_of(moment)
        self._moment = milliseconds_of(self._last)
        self._past = _Past()

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Session]:
        """Open a session whose reads all see one moment of the store."""
        self._past = _Past()
        async with self._present.snapshot() as session:
            yield session

    @property
    def files(self) -> Files:
        """The contents of files of the tenant; a file never changes."""
        return self._present.files

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
        """Return the documents that meet a condition, as they were; call it within a snapshot.

        People who are named by the condition must have been found within the same snapshot.
        """
        if self.tenant.is_replay_due or not (kind in (PERSON, *VISITS) or names_parameter(wanted, "patient")):
            await self._fold_all(session)
            stored = await self._present.find(kind, wanted, only=only, session=session)
        elif kind is PERSON:
            people = await self._each_of(kind, may_have_met(wanted, TYPES[kind.type]), session)
            await self._fold_people(people.values(), session)
            stored = [document for document in people.values() if wanted.matches(document)]
        elif kind in VISITS:
            await self._fold_visits(kind, wanted, session)
            same = every([wanted, unchanged_since(self._last, self._moment)])
            stored = await self._present.find(kind, same, sort=sort, limit=limit, only=only, session=session)
        else:
            stored = await self._present.find(kind, wanted, only=only, session=session)
        folded = [each for each in (await self._documents(kind)).values() if wanted.matches(each)]
        found = [document for document in stored if (kind.name, document.id) not in self._past.hidden] + folded
        for name, direction in reversed(sort):
            found.sort(key=lambda document: _sortable(document, name), reverse=direction < 0)
        return found[:limit] if limit else found

    async def by_ids(
        self, kind: Kind, ids: Iterable[str], *, only: Sequence[str] = (), session: Session
    ) -> dict[str, Document]:
        """Return the documents that have these resource ids, by id, as they were."""
        ids = list(ids)
        if kind is PERSON:
            people = await self._present.by_ids(kind, self._not_folded(kind, ids), session=session)
            await self._fold_people(people.values(), session)
        stored = await self._present.by_ids(kind, self._not_folded(kind, ids), only=only, session=session)
        past = await self._documents(kind)
        return stored | {one: past[one] for one in ids if one in past}

    def _not_folded(self, kind: Kind, ids: Iterable[str]) -> list[str]:
        return [one for one in ids if (kind.name, one) not in self._past.hidden]

    # --- which records are folded -------------------------------------------------------------------------------------

    async def _each_of(self, kind: Kind, ways: Iterable[Condition], session: Session) -> dict[str, Document]:
        """Return the stored documents that meet at least one of these conditions, by id."""
        found: dict[str, Document] = {}
        for way in ways:
            found |= {each.id: each for each in await self._present.find(kind, way, session=session)}
        return found

    async def _fold_people(self, people: Iterable[Document], session: Session) -> None:
        """Fold those of these people who changed after the moment."""
        await self._fold((each for each in people if each.fold["newest"] > self._last), session)

    async def _fold_visits(self, kind: Kind, wanted: Condition, session: Session) -> None:
        """Fold the visits that may have met a condition and changed after the moment, with all of their people."""
        visits = await self._each_of(kind, may_have_met_at(self._moment, wanted, TYPES[kind.type]), session)
        visits = {one: visits[one] for one in self._not_folded(kind, visits)}
        whose = {each.search["patient"] for each in visits.values() if "patient" in each.search}
        people = await self._present.by_ids(PERSON, whose, session=session)
        await self._fold(
            [*people.values(), *(each for each in visits.values() if "patient" not in each.search)], session
        )

    async def _fold_all(self, session: Session) -> None:
        """Fold all records that changed after the moment.

        That is needed while data of a former version are migrated, and for kinds that are asked for without a person.
        """
        if self._past.is_whole:
            return
        later = newer_than(self._last)
        people = await self._present.find(PERSON, later, session=session)
        await self._fold((each for each in people if each.search.get("active")), session)
        for kind in VISITS:
            await self._fold(
                await self._present.find(kind, every([is_absent("patient"), later]), session=session), session
            )
        self._past.is_whole = True

    async def _fold(self, records: Iterable[Document], session: Session) -> None:
        """Fold people, and bookings of nobody, with all that they are connected with, up to the moment."""
        left = list(records)
        while left:
            some, left = left[:TOGETHER], left[TOGETHER:]
            parts = [self._seed(each) for each in some if (each.kind, each.id) not in self._past.hidden]
            if parts:
                seed = Entry(id="", body=b"", effective=_EPOCH, received=_EPOCH, parts=tuple(parts))
                pieces = [Piece(seed, number) for number in range(len(parts))]
                whole = await history(self._present, pieces, session)
                for record in await asyncio.to_thread(self._folded, whole):
                    self._past.records.setdefault(record.kind.name, []).append(record)
                self._past.hidden |= whole.loaded.documents.keys()

    def _seed(self, record: Document) -> Part:
        """Return a part that is connected with all events of a person, or of a booking of nobody."""
        if record.kind == PERSON.name:
            return Part(order=record.fold["first"], keys=tuple(person_keys(record, self._present)), reach="")
        return Part(order="", keys=tuple(VISIT_KEY + token for token in tokens(record)), reach=ACROSS_PEOPLE)

    def _folded(self, whole: History) -> list[Record]:
        """Return the records of connected events up to the moment."""
        # While the journal is migrated, the orders in it may be those of before.
        until = "" if self.tenant.is_migrating else self._last
        pieces = [piece for piece in whole.events(self._present, until) if piece.part.order <= self._last]
        world = world_of(pieces, self._present, whole.worn)
        stored = [record_of(document) for document in whole.loaded.of(PERSON)]
        return with_resource_ids(records_of(world), stored, self.tenant.name, world.rules, is_whole=True)

    async def _documents(self, kind: Kind) -> dict[str, Document]:
        """Return the documents of a kind that were folded, by id; those of a list of a person come with the person."""
        names = {kind.name} if kind in VISITS else self._past.records.keys() - {each.name for each in VISITS}
        records = [record for name in names for record in self._past.records.pop(name, ())]
        if records:
            made = await asyncio.to_thread(lambda: list(documents_of(records, self._present)))
            self._past.documents |= {(document.kind, document.id): document for document in made}
        return {place[1]: each for place, each in self._past.documents.items() if place[0] == kind.name}


_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def _sortable(document: Document, path: str) -> tuple[bool, Any]:
    """Return the sort key of a document by a member; an absent member comes first, as in MongoDB."""
    value = document.member(path)
    return value is not None, value if value is not None else ""
