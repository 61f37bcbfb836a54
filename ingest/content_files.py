"""The contents of events as files of their tenants: kept before the event is, and read to give its exact bytes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from ingest.contents import FILE_LEAVES, excerpt, files_to_restore, restore, uris_in
from ingest.incoming import Incoming, identity
from mappings.file_reference import FileReference
from mappings.reading.json_text import value_of
from mappings.redox import catalogue
from store.database import Store
from store.entries import Entry
from store.errors import FileMissing
from store.files import file_name
from store.partition import Partition
from store.reads import Session
from store.uploads import Upload

AT_ONCE = 256 * 1024
"""Bytes of a body that is searched for contents at once; a longer one is searched in a thread."""

CLIENT = "client"
"""What the doors write into `by` of the details of an event that a client sent."""

Result = TypeVar("Result")

_URI = re.compile(r"https?://[^\s/]+(?:/\S*)?/upload/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


async def without_contents(
    store: Store, partitions: Sequence[Partition], incoming: Incoming, now: datetime
) -> Incoming:
    """Return an event without its long contents, which are then files of each of its tenants; its id stays what it was.

    It must be called before the event is understood, and outside of the transaction that writes the event. An event of
    which nothing is cut out comes back itself. Raises TenantRemoved, Unavailable; then the event must not be accepted.
    """
    leaves = file_leaves(incoming.message)
    if not leaves:
        return incoming
    uploads = await _uploads(store, partitions, incoming, leaves, now)
    found = await _in_time(excerpt, incoming.body, leaves, partial(file_name, store.key), uploads)
    if not found.cuts:
        return incoming
    for partition in partitions if found.contents else ():
        await partition.files.put(found.contents or {}, now)
    event_id = identity(incoming.message, incoming.body)
    return replace(incoming, body=found.body, message=value_of(found.body), cuts=found.cuts, id=event_id)


def file_leaves(message: Any) -> tuple[str, ...]:
    """Return the leaves of a message that may hold a file; none if the catalogue does not know its event."""
    meta = message.get("Meta") if isinstance(message, dict) else None
    if not isinstance(meta, dict):
        return ()
    model, event_type = meta.get("DataModel"), meta.get("EventType")
    known = catalogue.event(model, event_type) if isinstance(model, str) and isinstance(event_type, str) else None
    return FILE_LEAVES.get(known.data_model, ()) if known else ()


async def exact_body(partition: Partition, entry: Entry, session: Session | None = None) -> bytes:
    """Return the body of an entry as it came; raises FileMissing. The entry must have its stored body."""
    names = files_to_restore(entry.cuts)
    contents = {name: await partition.files.read(name, session) for name in names}
    return restore(entry.body, entry.cuts, contents)


async def copy_files(entry: Entry, source: Partition, target: Partition, now: datetime) -> None:
    """Put the files that an entry names from the tenant that has the entry into another that is to have it."""
    for name in entry.files:
        await target.files.put({name: await source.files.read(name)}, now)


async def _uploads(
    store: Store, partitions: Sequence[Partition], incoming: Incoming, leaves: Sequence[str], now: datetime
) -> dict[str, FileReference]:
    """Return references to the uploads that an event names, by URI; each is a file of the tenants from then on."""
    references = dict[str, FileReference]()
    # A webhook has no uploads, also if it has the name of a client.
    if incoming.details.get("by") != CLIENT or b"upload" not in incoming.body:
        return references
    named = {uri: found[1] for uri in await _in_time(uris_in, incoming.body, leaves) if (found := _URI.fullmatch(uri))}
    uploads = await store.uploads.some(list(dict.fromkeys(named.values())), incoming.source, now)
    for uri in (uri for uri, upload_id in named.items() if upload_id in uploads):
        with suppress(FileMissing):  # it ended a moment ago
            references[uri] = await _reference_to(store, uploads[named[uri]], partitions, now)
    return references


async def _reference_to(store: Store, upload: Upload, partitions: Sequence[Partition], now: datetime) -> FileReference:
    """Return the reference to an upload, whose bytes are a file of each tenant from then on; raises FileMissing."""
    data = await store.uploads.read(upload)
    name = file_name(store.key, data)
    for partition in partitions:
        await partition.files.put({name: data}, now)
    return FileReference(name, "upload", upload.size, upload.sha1)


async def _in_time(search: Callable[..., Result], body: bytes, *more: Any) -> Result:
    """Return what a search through a body gives; a long body is searched in a thread."""
    return search(body, *more) if len(body) <= AT_ONCE else await asyncio.to_thread(search, body, *more)
