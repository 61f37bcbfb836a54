"""All collections and indexes of the database. Each start creates those that are missing."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from pymongo import IndexModel
from pymongo.errors import CollectionInvalid, OperationFailure

from store import access, files, journal, search, uploads
from store.access import tenants
from store.audit import audit_log
from store.errors import NotPermitted
from store.partition import CLAIMS
from store.work import checkpoints, jobs, leases

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

BARE: dict[str, list[IndexModel]] = {
    CLAIMS: [],
    leases.COLLECTION: [],
    checkpoints.COLLECTION: [],
    "secrets": [],
    "health": [],
}
"""Collections without an index of their own: they are read by `_id` only."""

RETIRED = {"Patient": ("newest",)}
"""Indexes that only former versions used, by collection. They are dropped, because every write would have to maintain
them."""


def declared() -> dict[str, list[IndexModel]]:
    """The indexes of each collection."""
    of_access, of_events = (access.INDEXES, tenants.INDEXES), (journal.INDEXES, files.INDEXES, search.INDEXES)
    rooms = (*of_access, *of_events, uploads.INDEXES, audit_log.INDEXES, jobs.INDEXES, BARE)
    return dict(chain.from_iterable(room.items() for room in rooms))


async def ensure_indexes(database: AsyncDatabase[dict[str, Any]]) -> None:
    """Create missing collections and indexes, and drop retired indexes.

    Collections must exist before the first transaction, which must not create one. Raises NotPermitted if something is
    missing that the database user may not create.
    """
    there = set(await database.list_collection_names())
    for collection, indexes in declared().items():
        try:
            if collection not in there:
                await _create(database, collection)
            if indexes:
                await database[collection].create_indexes(indexes)
        except OperationFailure as error:
            if error.code != _UNAUTHORIZED:
                raise
            if collection not in there or await _lacks(database, collection, indexes):
                raise NotPermitted(collection) from None
    for collection, names in RETIRED.items():
        there_still = await database[collection].index_information()
        for name in (each for each in names if each in there_still):
            await _drop(database, collection, name)


_NAMESPACE_EXISTS, _UNAUTHORIZED, _INDEX_NOT_FOUND = 48, 13, 27


async def _drop(database: AsyncDatabase[dict[str, Any]], collection: str, name: str) -> None:
    """Drop an index. It stays if the database user may not drop it; another process may have dropped it already."""
    try:
        await database[collection].drop_index(name)
    except OperationFailure as error:
        if error.code not in (_INDEX_NOT_FOUND, _UNAUTHORIZED):
            raise


async def _lacks(database: AsyncDatabase[dict[str, Any]], collection: str, indexes: list[IndexModel]) -> bool:
    """Return whether an index is missing. The service's user may create none: it could let the audit log expire."""
    there = await database[collection].index_information()
    return any(index.document["name"] not in there for index in indexes)


async def _create(database: AsyncDatabase[dict[str, Any]], collection: str) -> None:
    """Create a collection; ignore that another process has created it at the same time."""
    try:
        await database.create_collection(collection)
    except CollectionInvalid:
        return
    except OperationFailure as error:
        if error.code != _NAMESPACE_EXISTS:
            raise
