"""The journal: every event as it came, and what became of it. Only the removal of its tenant deletes an event."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

from bson import Binary
from pymongo import ASCENDING, DESCENDING, IndexModel, UpdateOne

from store.documents import REMOVED, Json, document_id, document_key, with_removal
from store.errors import TenantRemoved, driver_errors, undecided

if TYPE_CHECKING:
    from pymongo.asynchronous.client_session import AsyncClientSession
    from pymongo.asynchronous.database import AsyncDatabase

COLLECTION = "journal"
PARTS = "journal_parts"
PART_BYTES = 12 * 1024 * 1024
"""A body longer than this when compressed lies in parts; BSON ends at 16 MiB."""

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
    ],
    PARTS: [IndexModel([("tenant", ASCENDING), ("entry", ASCENDING), ("part", ASCENDING)], name="entry", unique=True)],
}


@dataclass(frozen=True, slots=True)
class Part:
    """What one event says of one owner: one person, in most events the only one."""

    order: str
    """A text that sorts as events do."""
    keys: tuple[str, ...] = ()
    """Hashes of what the part names: identifiers and visit numbers. Records find their events by them."""
    reach: str = ""
    """On what the part acts beyond the person whom it names; nothing in most parts. See `ingest.keys`."""
    held: bool = False
    """The part acts on more than it names, or no record took it: who comes before it asks for the whole history."""
    open: str | None = None
    """Why the part is not folded; None if it is."""
    findings: tuple[str, ...] = ()
    """What folding found wrong with the part: codes."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One event in the journal."""

    id: str
    """A hash of what identifies the event, within its tenant."""
    body: bytes
    effective: datetime
    received: datetime
    parts: tuple[Part, ...]
    """What the event says of each owner; at least one part."""
    model: str = ""
    event: str = ""
    issues: tuple[Json, ...] = ()
    """What could not be understood: `{path, reason}`."""
    source: str = ""
    """Who sent it: the name of a client or webhook."""
    log_id: str = ""
    attempt_id: str = ""
    details: Json = field(default_factory=dict)

    @property
    def order(self) -> str:
        """The order of the first part, which is that of the event."""
        return self.parts[0].order

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of all parts."""
        return _union(part.keys for part in self.parts)

    @property
    def held(self) -> bool:
        """Whether any part is held."""
        return any(part.held for part in self.parts)

    @property
    def open(self) -> str | None:
        """Why the first part that is not folded is not; None if all are."""
        return next(iter(self.open_reasons), None)

    @property
    def open_reasons(self) -> tuple[str, ...]:
        """Why parts are not folded, each reason once."""
        return tuple(dict.fromkeys(part.open for part in self.parts if part.open))

    @property
    def findings(self) -> tuple[str, ...]:
        """What folding found wrong with any part: codes, each once."""
        return _union(part.findings for part in self.parts)


def _union(texts: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(texts)))


class Journal:
    """The events of one tenant."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]], tenant: str) -> None:
        self._entries = database[COLLECTION]
        self._parts = database[PARTS]
        self._tenant = tenant

    async def known(
        self, ids: Collection[str], session: AsyncClientSession | None = None, *, held: Collection[str] = ()
    ) -> dict[str, Entry]:
        """Those of the entries that are there already, and held ones of these keys; bodiless; raises TenantRemoved."""
        wanted = with_removal(self._tenant, ids)
        if held:  # one question for both: a round trip costs more than what it brings
            wanted = {"$or": [wanted, {"tenant": self._tenant, "held": True, "keys": {"$in": list(held)}}]}
        with driver_errors(passing=undecided(session)):
            found = self._entries.find(wanted, {"body": 0}, session=session)
            return {entry.id: entry async for entry in _opened(found)}

    async def naming(
        self,
        keys: Iterable[str],
        session: AsyncClientSession | None = None,
        *,
        only_held: bool = False,
        with_bodies: bool = True,
    ) -> list[Entry]:
        """Every entry that names one of the keys, in order."""
        wanted: Json = {"tenant": self._tenant, "keys": {"$in": list(keys)}}
        if only_held:
            wanted["held"] = True
        with driver_errors(passing=undecided(session)):
            found = await self._entries.find(wanted, None if with_bodies else {"body": 0}, session=session).to_list()
            entries = [await self._whole(document, session) if with_bodies else _open(document) for document in found]
        return sorted(entries, key=lambda entry: entry.order)

    async def one(self, entry_id: str, session: AsyncClientSession | None = None) -> Entry | None:
        """One entry, with its body."""
        with driver_errors(passing=undecided(session)):
            found = await self._entries.find_one(document_key(self._tenant, entry_id), session=session)
            return await self._whole(found, session) if found else None

    async def newest(self, wanted: Mapping[str, Any], limit: int = 0) -> AsyncIterator[Entry]:
        """Entries without their bodies, newest receipt first. `wanted` filters by members of the entry."""
        with driver_errors():
            found = self._entries.find({**wanted, "tenant": self._tenant}, {"body": 0})
            async for entry in _opened(found.sort("received", DESCENDING).limit(limit)):
                yield entry

    async def in_order_of_receipt(self, wanted: Mapping[str, Any] | None = None) -> AsyncIterator[Entry]:
        """Entries with their bodies, oldest receipt first."""
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
        """Return entries by id, those after one of them."""
        beyond = {"_id": {"$gt": document_id(self._tenant, after), "$lt": document_id(self._tenant, "~")}}
        with driver_errors():
            shown = None if with_bodies else {"body": 0}
            found = self._entries.find({**(wanted or {}), **beyond, "tenant": self._tenant}, shown)
            page = await found.sort("_id", ASCENDING).limit(limit).to_list()
            return [await self._whole(each, None) if with_bodies else _open(each) for each in page]

    async def some(self, ids: Collection[str], session: AsyncClientSession | None = None) -> list[Entry]:
        """Return the entries of these ids that are there, with their bodies, by id."""
        wanted = {"_id": {"$in": [document_id(self._tenant, each) for each in ids]}, "tenant": self._tenant}
        with driver_errors(passing=undecided(session)):
            found = await self._entries.find(wanted, session=session).sort("_id", ASCENDING).to_list()
            return [await self._whole(each, session) for each in found]

    async def count(self, wanted: Mapping[str, Any] | None = None) -> int:
        """How many entries there are of a kind."""
        with driver_errors():
            return await self._entries.count_documents({**(wanted or {}), "tenant": self._tenant})

    async def add(self, entries: Iterable[Entry], session: AsyncClientSession | None) -> None:
        """Write entries. A driver's error passes as it is: the transaction around decides."""
        closed = [self._closed(entry) for entry in entries]
        if closed:
            await self._entries.insert_many([document for document, _ in closed], session=session)
        parts = [part for _, parts in closed for part in parts]
        if parts:
            await self._parts.insert_many(parts, session=session)

    async def mark(self, entries: Iterable[Entry], session: AsyncClientSession | None) -> None:
        """Write everything of entries but their bodies and how they came: parts, issues, data model and event."""
        updates = [UpdateOne(document_key(self._tenant, entry.id), _update(_understanding(entry))) for entry in entries]
        if updates:
            await self._entries.bulk_write(updates, ordered=False, session=session)

    def _closed(self, entry: Entry) -> tuple[Json, list[Json]]:
        """An entry as MongoDB keeps it, and the parts of a long body."""
        packed = zlib.compress(entry.body, level=1)
        pieces = [packed[at : at + PART_BYTES] for at in range(0, len(packed), PART_BYTES)]
        document: Json = {
            "_id": document_id(self._tenant, entry.id),
            "tenant": self._tenant,
            "received": entry.received,
            **{name: value for name, value in _understanding(entry).items() if value is not None},
            "source": entry.source,
            "log": entry.log_id,
            "attempt": entry.attempt_id,
            "size": len(entry.body),
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
        """An entry with its body, also where that lies in parts."""
        entry = _open(document)
        if "body" in document:
            return entry
        wanted = {"tenant": self._tenant, "entry": entry.id}
        found = self._parts.find(wanted, session=session).sort("part", ASCENDING)
        packed = b"".join([part["body"] async for part in found])
        return replace(entry, body=zlib.decompress(packed))


def _update(said: Json) -> Json:
    kept = {name: value for name, value in said.items() if value is not None}
    gone = {name: "" for name in said if name not in kept}
    return ({"$set": kept} if kept else {}) | ({"$unset": gone} if gone else {})


async def _opened(found: Any) -> AsyncIterator[Entry]:
    async for document in found:
        yield _open(document)


def _understanding(entry: Entry) -> Json:
    """What an entry says besides its bytes and how it came, as MongoDB keeps it; None for what there is nothing of.

    An entry of one part lies flat. Of several parts the flat members are the union, for the indexes.
    """
    several = len(entry.parts) > 1
    reasons = entry.open_reasons
    return {
        "order": entry.order,
        "effective": entry.effective,
        "model": entry.model,
        "event": entry.event,
        "keys": list(entry.keys),
        "reach": entry.parts[0].reach or None,
        "held": entry.held or None,
        "open": list(reasons) if len(reasons) > 1 else entry.open,
        "issues": list(entry.issues) or None,
        "findings": list(entry.findings) or None,
        "parts": [asdict(part) for part in entry.parts] if several else None,
    }


def _parts_of(found: Json) -> tuple[Part, ...]:
    """The parts of an entry; a number in their place counted the pieces of a long body, in data of version 1."""
    several = found.get("parts")
    members = several if isinstance(several, list) else [found]
    return tuple(
        Part(
            order=member["order"],
            keys=tuple(member["keys"]),
            reach=member.get("reach") or "",
            held=bool(member.get("held")),
            open=member.get("open"),
            findings=tuple(member.get("findings") or ()),
        )
        for member in members
    )


def _open(found: Json) -> Entry:
    if found["tenant"] == REMOVED:
        raise TenantRemoved
    return Entry(
        id=found["_id"].partition("|")[2],
        body=zlib.decompress(found["body"]) if "body" in found else b"",
        effective=found["effective"],
        received=found["received"],
        parts=_parts_of(found),
        model=found["model"],
        event=found["event"],
        issues=tuple(found.get("issues", ())),
        source=found["source"],
        log_id=found["log"],
        attempt_id=found["attempt"],
        details=found.get("details", {}),
    )
