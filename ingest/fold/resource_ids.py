"""Resource ids: a person keeps the id of the store, and all other ids are computed from what identifies the record.

The fold does not decide ids. A person who is folded again is recognised by identifiers. The id of a visit follows from
its person and number, so that a retry writes the same document.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain, count
from uuid import UUID, uuid5

from ingest.fold.events import Json
from ingest.fold.records import Record
from mappings.kinds import APPOINTMENT, PERSON, Kind

_SPACE = UUID("8f7c2b1e-5a07-4b6e-9d0b-6d3c1f0e4a55")


@lru_cache(maxsize=20_000)
def uuid_of(*parts: str) -> str:
    """Return the UUID of texts; equal texts give equal UUIDs."""
    return str(uuid5(_SPACE, "\x1f".join(parts)))


def with_resource_ids(records: Iterable[Record], stored: Iterable[Record], tenant: str) -> list[Record]:
    """Return records with their lasting ids and references; `stored` are the records that they replace."""
    records = list(records)
    ids = dict(_people(records, list(stored), tenant))
    people = [_with_people(record, ids) for record in records]
    bookings = {slot: uuid_of(tenant, *slot) for record in people if (slot := _slot(record)) is not None}
    return [_with_visit(record, bookings) for record in people]


def _people(records: list[Record], stored: list[Record], tenant: str) -> Iterator[tuple[str, str]]:
    """Give, for each new person, the id in the fold and the lasting id.

    The lasting id is that of the stored person with most identifiers in common, or else a computed id.
    """
    free = {record.record["id"]: _pairs(record.record) for record in stored if record.kind is PERSON}
    for record in records:
        if record.kind is PERSON and record.record["id"] in free:
            del free[record.record["id"]]
    taken = {record.record["id"] for record in [*records, *stored] if record.kind is PERSON}
    for record in records:
        if record.kind is not PERSON or not record.record["id"].startswith("new:"):
            continue
        mine = _pairs(record.record)
        best = max(free, key=lambda held: (_alike(mine, free[held]), held), default=None)
        if best is not None and _alike(mine, free[best]) > 0:
            del free[best]
            yield record.record["id"], best
        else:
            yield record.record["id"], _unused(taken, tenant, PERSON.type, record.record["id"])


def _unused(taken: set[str], *parts: str) -> str:
    """Return a computed id that is not in `taken`: another person may have kept the first id that these texts give."""
    ids = (uuid_of(*parts, *again) for again in chain([()], (([str(number)]) for number in count(1))))
    return next(found for found in ids if found not in taken)


def _alike(mine: dict[tuple[str, str], bool], theirs: dict[tuple[str, str], bool]) -> int:
    """Return how alike two people are: one for each common identifier, two if it is current for both."""
    return sum(2 if not (mine[pair] or theirs[pair]) else 1 for pair in mine.keys() & theirs.keys())


def _pairs(record: Json) -> dict[tuple[str, str], bool]:
    return {(i["IDType"], i["ID"]): i.get("ended", False) for i in record.get("Identifiers", ())}


def _with_people(record: Record, ids: dict[str, str]) -> Record:
    """Return a record that refers to people by their lasting ids."""
    if not ids:
        return record
    turned = dict(record.record)
    for name in ("id", "patient", "replacedBy"):
        if name in turned:
            turned[name] = ids.get(turned[name], turned[name])
    if "replaces" in turned:
        turned["replaces"] = [ids.get(gone, gone) for gone in turned["replaces"]]
    memory = record.memory
    if "owner" in memory:
        memory = {**memory, "owner": ids.get(memory["owner"], memory["owner"])}
    return Record(record.kind, turned, memory, record.wholes)


Slot = tuple[str, ...]
"""The texts that a resource id is computed from: the type; for a visit its person, thread and occurrence; for an item
the person who had it first, and its key."""


def _slot(record: Record) -> Slot | None:
    if record.kind is PERSON:
        return None
    memory = record.memory
    if "owner" in memory:
        return item_slot(record.kind, memory["owner"], memory["key"])
    return record.kind.type, record.record.get("patient", ""), *memory["key"], str(memory["occurrence"])


def item_slot(kind: Kind, owner: str, key: Iterable[str]) -> Slot:
    """Return what the resource id of an item is computed from, by the id of the person who had it first and its key."""
    return kind.type, kind.name, owner, *key


def _with_visit(record: Record, ids: dict[Slot, str]) -> Record:
    """Return a record with its own id, and a visit with the id of its appointment."""
    slot = _slot(record)
    if slot is None:
        return record
    link = record.memory.get("appointment")
    booking = ids.get((APPOINTMENT.type, slot[1], *link, "0")) if link else None
    named = {**record.record, "id": ids[slot], **({"appointment": booking} if booking else {})}
    return Record(record.kind, named, record.memory, record.wholes)
