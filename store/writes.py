"""The writes of documents: as few statements as MongoDB needs to write the documents of a batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import bson
from bson.raw_bson import RawBSONDocument
from pymongo import ReplaceOne, UpdateMany

from store.documents import Document, Json, document_key, document_keys, envelope

Change = tuple[Document | None, Document]
"""A document as it was read, or None if there was none, and the document to write."""

Write = ReplaceOne[Json] | UpdateMany

STATEMENT_BYTES = 1024 * 1024
"""The largest number of bytes in one update of several documents. MongoDB permits 16 MiB, and holds all of it in
memory."""

BY_ID = "_id_"
"""The name of the index on `_id`. Writes of documents with known ids name it, so that MongoDB tries no other index."""

_MEMORY = ("kind", "version", "fold")
"""The members that a write sets if the resource is unchanged."""
_WHOLE = (*_MEMORY, "resource", "search")


def writes_of(tenant: str, changes: Iterable[Change]) -> list[Write]:
    """Return the writes of changes to one collection; a document that was not read is inserted or replaced."""
    new, whole, memories = list[Write](), list[Document](), list[Document]()
    for old, document in changes:
        if old is None:
            new.append(ReplaceOne(document_key(tenant, document.id), envelope(tenant, document), upsert=True))
        elif old.resource is document.resource and old.search is document.search:
            memories.append(document)
        else:
            whole.append(document)
    return [*new, *_updates(tenant, whole, _WHOLE), *_updates(tenant, memories, _MEMORY)]


def _updates(tenant: str, documents: Iterable[Document], members: Sequence[str]) -> Iterator[UpdateMany]:
    """Yield updates of documents that exist; each document gets its own values of the members.

    MongoDB plans every update that names more than `_id`. So one update of many documents costs MongoDB half of what an
    update for each document costs.
    """
    for some in _fitting((each.id, _encoded(envelope(tenant, each), members)) for each in documents):
        wanted = document_keys(tenant, some)
        place = {"$indexOfArray": [{"$literal": wanted["_id"]["$in"]}, "$_id"]}
        own = {
            name: {"$arrayElemAt": [{"$literal": [each[name] for each in some.values()]}, place]} for name in members
        }
        yield UpdateMany(wanted, [{"$set": own}], hint=BY_ID)


def _encoded(whole: Json, members: Sequence[str]) -> Json:
    """Return members of an envelope, the objects as BSON: its size is known, and the driver sends it unchanged."""
    chosen = ((name, whole[name]) for name in members)
    return {name: RawBSONDocument(bson.encode(value)) if isinstance(value, dict) else value for name, value in chosen}


def _fitting(members_by_id: Iterable[tuple[str, Json]]) -> Iterator[dict[str, Json]]:
    """Yield encoded members by the ids of their documents, as many in one dictionary as fit into one statement."""
    some, size = dict[str, Json](), 0
    for resource_id, members in members_by_id:
        more = sum(len(value.raw) for value in members.values() if isinstance(value, RawBSONDocument))
        if some and size + more > STATEMENT_BYTES:
            yield some
            some, size = {}, 0
        some[resource_id] = members
        size += more
    if some:
        yield some
