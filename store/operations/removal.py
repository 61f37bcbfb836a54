"""The removal of a tenant: delete all its documents, in every collection of the database, also while services run.

First the tenant is marked. From then on no service finds it, and a note in the journal makes every transaction fail
that would write for it. Operations that began before the mark get time to end. Then all documents are deleted and
counted again. Each step can be repeated, so a second removal can continue an interrupted one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pymongo.errors import PyMongoError

from store import journal
from store.access import clients, tenants, tokens, webhooks
from store.access.tenant import Tenant, from_document
from store.documents import LIFTED_BEFORE, Json, document_id, document_keys, removal_key
from store.entries import Entry
from store.errors import StoreError, driver_errors
from store.operations.loose_files import LooseFiles
from store.operations.sharding import SPLIT
from store.timed_cache import FRESH
from store.work import checkpoints, jobs

if TYPE_CHECKING:
    from store.database import Store

SLICE = 2_000
"""The number of documents that one operation deletes."""
LONGEST_TRANSACTION = 60.0
"""The longest time of a transaction in seconds, if the server does not tell it: MongoDB's default."""
SETTLED = 15.0
"""Seconds after which nothing is under way that began with a tenant remembered: a question's last words, a file."""
ROUNDS = 20

Counts = dict[str, int]
Tell = Callable[[str, str, int], None]
"""A function that the removal calls about its progress: with the step, a collection, and a number of documents."""


class TenantUnknown(StoreError):
    """There is no tenant of this name."""

    fault = "operator"


class NotAllGone(StoreError):
    """Somebody goes on writing documents of the tenant; stop that, and remove it again."""

    fault = "operator"


@dataclass(slots=True)
class Removal:
    """The result of a removal: the numbers of documents before and after it, and the changed clients and webhooks."""

    tenant: str
    before: Counts = field(default_factory=dict)
    """The number of documents of the tenant in each collection of the database when the tenant was marked."""
    after: Counts = field(default_factory=dict)
    revoked: list[str] = field(default_factory=list)
    """Clients and webhooks that the removal revoked, because they reached no other tenant: `client NAME`."""
    changed: list[str] = field(default_factory=list)
    """Clients and webhooks that still reach other tenants: `client NAME`, `webhook NAME`."""
    waiting: int = 0
    """The number of deleted events that waited, or had waited, for a route and belonged to the tenant."""
    began: datetime | None = None


def _of(tenant: str) -> Json:
    """Return the filter of all documents that belong to a tenant or name it."""
    beginning = {"$gte": document_id(tenant, ""), "$lt": f"{tenant}}}"}  # in ASCII, } comes next after |
    return {
        "$or": [
            {"tenant": tenant},
            {"tenants": tenant},
            {"grants.tenant": tenant},
            {"_id": beginning},
        ]
    }


def _wanted(collection: str, tenant: str) -> Json:
    """Return the filter of a tenant's documents in a collection; if sharded, by the first member of the shard key."""
    if collection in SPLIT:
        return {"tenant": tenant}
    found = _of(tenant)
    exactly = {tenants.COLLECTION: tenant, checkpoints.COLLECTION: {"$in": checkpoints.work_of(tenant)}}
    if collection in exactly:
        found["$or"].append({"_id": exactly[collection]})
    return found


async def counts(store: Store, tenant: str) -> Counts:
    """Return the number of documents that belong to a tenant or name it, for every collection of the database."""
    with driver_errors():
        found = await store.database.list_collection_names(filter={"type": "collection"})
        names = sorted(name for name in found if not name.startswith("system."))
        return {name: await store.database[name].count_documents(_wanted(name, tenant)) for name in names}


async def unfinished(store: Store) -> list[str]:
    """Return the names of the tenants whose removal has begun and has not ended."""
    with driver_errors():
        found = store.database[tenants.COLLECTION].find({"removing": {"$ne": None}}, {"_id": 1})
        return sorted([str(each["_id"]) async for each in found])


async def known(store: Store, name: str) -> Tenant | None:
    """Return the tenant with this name, also while it is being removed; None if there is none."""
    with driver_errors():
        found = await store.database[tenants.COLLECTION].find_one({"_id": name})
    return from_document(found) if found else None


async def remove(
    store: Store,
    name: str,
    by: str,
    *,
    waiting: str,
    is_of: Callable[[Entry, Tenant], bool],
    tell: Tell = lambda *_: None,
) -> Removal:
    """Remove a tenant, or continue its removal; return when nothing is left. Raises TenantUnknown and NotAllGone.

    `waiting` is the tenant of events without a route: of those, the events go for which `is_of` returns True.
    """
    tenant = await known(store, name)
    removal = Removal(name)
    await _mark(store, removal, tenant, by)
    marked = time.monotonic()
    tell("marked", "", sum(removal.before.values()))
    longest = await _longest_transaction(store)
    await asyncio.sleep(FRESH + 1)  # until then services still have the tenant in their caches
    await _disallow(store, removal)
    if tenant is not None:
        await _forget_waiting(store, tenant, waiting, is_of, removal)
    await _delete(store, name, tell)
    # The server searches for expired transactions in intervals of half their lifetime.
    await asyncio.sleep(max(0.0, marked + max(longest * 1.5 + 1, SETTLED) - time.monotonic()))
    for _ in range(ROUNDS):
        await _disallow(store, removal)
        await _delete(store, name, tell)
        with driver_errors():
            await store.database[tenants.COLLECTION].delete_one({"_id": name})
        removal.after = await counts(store, name)
        if not any(removal.after.values()):
            return removal
    raise NotAllGone(", ".join(collection for collection, left in removal.after.items() if left))


async def _mark(store: Store, removal: Removal, tenant: Tenant | None, by: str) -> None:
    """Mark a tenant as removed. If it is marked already, take the counts from the first mark."""
    notes, here = store.database[journal.COLLECTION], removal_key(removal.tenant)
    with driver_errors():
        # Also without such a note: a database user that may not delete must fail before the tenant is marked.
        await notes.delete_one({**here, "tenant": LIFTED_BEFORE})
        note = await notes.find_one({**here, "lifted": None})
        if tenant is None and note is None:
            raise TenantUnknown(removal.tenant)
        if note is None:
            note = {**here, "name": removal.tenant, "by": by, "received": tokens.utc_now()}
            await store.database[tenants.COLLECTION].update_one({"_id": removal.tenant}, {"$set": {"removing": True}})
            await notes.replace_one(here, note, upsert=True)
        if "counts" not in note:
            note["counts"] = await counts(store, removal.tenant)
            await notes.update_one(here, {"$set": {"counts": note["counts"]}})
    removal.before, removal.began = note["counts"], note["received"]


async def _longest_transaction(store: Store) -> float:
    name = "transactionLifetimeLimitSeconds"
    try:
        return float((await store.client.admin.command({"getParameter": 1, name: 1}))[name])
    except (PyMongoError, KeyError):  # this user may not read it, or the server is a mongos
        return LONGEST_TRANSACTION


async def _disallow(store: Store, removal: Removal) -> None:
    """Remove the tenant from clients and webhooks; revoke those without another tenant, and delete their tokens."""
    others: dict[str, Any] = {
        clients.COLLECTION: ("grants", {"$ne": ["$$this.tenant", removal.tenant]}),
        webhooks.COLLECTION: ("tenants", {"$ne": ["$$this", removal.tenant]}),
    }
    with driver_errors():
        for collection, (member, is_other) in others.items():
            async for found in store.database[collection].find(_of(removal.tenant), {member: 1}):
                left = {"$filter": {"input": f"${member}", "cond": is_other}}
                nothing = {"$eq": [{"$size": f"${member}"}, 0]}
                change: list[Json] = [{"$set": {member: left}}, {"$set": {"revoked": {"$or": ["$revoked", nothing]}}}]
                await store.database[collection].update_one({"_id": found["_id"]}, change)
                is_revoked = all(_tenant_of(each) == removal.tenant for each in found[member])
                named = f"{collection.removesuffix('s')} {found['_id']}"
                (removal.revoked if is_revoked else removal.changed).append(named)
                if is_revoked and collection == clients.COLLECTION:
                    await store.database[tokens.COLLECTION].delete_many({"client": found["_id"]})


def _tenant_of(grant: Json | str) -> object:
    return grant["tenant"] if isinstance(grant, dict) else grant


async def _forget_waiting(
    store: Store, tenant: Tenant, waiting: str, is_of: Callable[[Entry, Tenant], bool], removal: Removal
) -> None:
    """Delete those events under the tenant `waiting` that belonged to the removed tenant."""
    entries = journal.Journal(store.database, waiting)
    gone = {entry.id: entry.files async for entry in entries.in_order_of_receipt() if is_of(entry, tenant)}
    with driver_errors():
        for start in range(0, len(gone), SLICE):
            some = [*gone][start : start + SLICE]
            await store.database[journal.PARTS].delete_many({"tenant": waiting, "entry": {"$in": some}})
            await store.database[journal.COLLECTION].delete_many(document_keys(waiting, some))
    await LooseFiles(store.database, waiting).forget({name for names in gone.values() for name in names})
    removal.waiting = len(gone)


async def _delete(store: Store, name: str, tell: Tell) -> None:
    """Delete the tenant's documents in every collection. The journal goes first: all records can be made from it."""
    kept = {tenants.COLLECTION, clients.COLLECTION, webhooks.COLLECTION}
    found = [each for each, count in (await counts(store, name)).items() if count and each not in kept]
    for collection in sorted(found, key=lambda each: (each != journal.COLLECTION, each)):
        await _emptied(store, collection, name, tell)


async def _emptied(store: Store, collection: str, name: str, tell: Tell) -> None:
    some, done, wanted = list[Any](), 0, _wanted(collection, name)

    async def delete() -> None:
        if collection == jobs.COLLECTION:
            await store.database[jobs.PARTS].delete_many({"job": {"$in": some}})
        await store.database[collection].delete_many({**wanted, "_id": {"$in": some}})

    with driver_errors():
        async for found in store.database[collection].find(wanted, {"_id": 1}):
            some.append(found["_id"])
            done += 1
            if len(some) == SLICE:
                await delete()
                some.clear()
                tell("deleted", collection, done)
        if some:
            await delete()
            tell("deleted", collection, done)
