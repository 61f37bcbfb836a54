"""Replays: fold the events of a person or a tenant again, or fold the events that had no route and have one now.

The replay of a tenant has three passes. First, every journal entry is understood anew: format, parts, keys, order and
issues, but not the receipt. Second, the open events are folded, those of each person together. Third, the records are
folded again, and people whom no identifier identifies any more are removed. The service takes events in during each
pass. A replay that was interrupted continues where it stopped.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

from ingest import pipeline
from ingest.content_files import copy_files, exact_body
from ingest.fold.events import Pair
from ingest.folding.history import history_of_part
from ingest.folding.plan import LongHistoryError, StaleError
from ingest.folding.refolding import Refold, refold
from ingest.folding.unidentified import remove_unidentified
from ingest.incoming import identity_in
from ingest.intake import UNROUTED, now
from ingest.keys import PERSON_KEY, pair_token
from ingest.pipeline import Refolded
from ingest.replays.migration import understand_anew
from ingest.replays.open_events import take_up
from ingest.replays.replay_progress import Lately, Progress, Summary, pages, silent
from ingest.understanding import Piece, pieces_of, understand_again
from mappings.reading.json_text import NotJsonError, TooDeepError, value_of
from store.access.tenant import Tenant
from store.commit import transact
from store.database import Store
from store.entries import Entry, Part
from store.partition import Partition
from store.reads import Session
from store.work.checkpoints import replay_of

MARKED_EVERY = 100
"""The number of groups of connected events after which a replay notes its position in the journal."""


async def replay_person(store: Store, partition: Partition, pair: Pair, *, is_dry: bool = False) -> Summary:
    """Fold again all events connected with one identifier, a pair of type and id; return the Summary.

    If no event names the identifier, the Summary has no events. If the tenant is migrating, its whole journal is
    understood anew first. With `is_dry` nothing is written and the Summary counts the differences.
    """
    summary = Summary()
    if partition.tenant.is_migrating and not is_dry:
        await understand_anew(store, partition, summary, silent)
    key = PERSON_KEY + pair_token(pair, partition.key)
    for entry in (await partition.journal.naming([key]))[:1]:
        seed = next(piece for piece in pieces_of(entry) if key in piece.part.keys)
        summary.count(await _refold(store, partition, seed, is_dry=is_dry))
    return summary


async def replay_tenant(
    store: Store, partition: Partition, *, is_dry: bool = False, progress: Progress | None = None
) -> Summary:
    """Understand and fold again all events of a tenant, while the service takes events in; return the Summary.

    A replay that was interrupted continues where it stopped. With `is_dry` it starts at the beginning of the journal
    and only compares. It calls `progress` with the Summary as it goes on.
    """
    summary = Summary()
    tell = progress or silent
    await understand_anew(store, partition, summary, tell, is_dry=is_dry)
    if not is_dry:
        partition = await _current(store, partition)
        summary = summary.plus(await take_up(store, partition))
    mark, revision = replay_of(partition.tenant.name), partition.tenant.revision
    lately, marked = Lately(), 0
    async for entry in _each(partition, "" if is_dry else await store.marks.get(mark, revision)):
        for piece in pieces_of(entry):
            if piece.id not in lately.ids and piece.part.keys:
                refolded = await _refold(store, partition, piece, is_dry=is_dry)
                lately.add(refolded.parts)
                summary.count(refolded)
        if not is_dry and summary.groups >= marked + MARKED_EVERY:
            await store.marks.put(mark, entry.id, revision)
            marked = summary.groups
        tell(summary)
    summary.documents += await remove_unidentified(store, partition, is_dry=is_dry)
    if not is_dry:
        await store.marks.clear(mark)
        await store.tenants.note_folded(partition.tenant)
    return summary


async def _current(store: Store, partition: Partition) -> Partition:
    """Return the partition of a tenant as the database has it now, no longer migrating.

    If the settings of the tenant were changed since, or if the tenant was removed, return the partition that was given.
    """
    tenant = next((each for each in await store.tenants.all() if each.name == partition.tenant.name), None)
    same = tenant is not None and tenant.revision == partition.tenant.revision
    return store.partition(tenant) if tenant is not None and same else partition


async def route(store: Store) -> Summary:
    """Give the events that waited for a route to the tenants that have a route to them now.

    Return a Summary with the number of events that were routed and the number of events that still wait.
    """
    summary = Summary()
    waiting = store.partition(UNROUTED)
    async for entry in _each(waiting, wanted={"open": "unrouted"}):
        whole = await waiting.journal.one(entry.id)
        tenants = await _routes(store, whole) if whole else ()
        if whole and tenants:
            await _bring_in(store, waiting, whole, tenants)
            summary.taken_up += 1
        else:
            summary.still_open += 1
    return summary


async def _each(partition: Partition, after: str = "", wanted: dict[str, object] | None = None) -> AsyncIterator[Entry]:
    """Give the journal entries in the order of ids, without their bodies."""
    async for page in pages(partition, after, wanted):
        for entry in page:
            yield entry


async def _refold(store: Store, partition: Partition, seed: Piece, *, is_dry: bool) -> Refolded:
    ready: Refold | None = None

    async def work(session: Session) -> Refolded:
        await partition.journal.known((), session)  # raises TenantRemoved, so that a replay restores no record
        return await pipeline.fold_again(partition, seed, session, is_dry=is_dry, ready=ready)

    while True:
        try:
            return await transact(store, work)
        except (LongHistoryError, StaleError):
            async with partition.snapshot() as session:
                past = await history_of_part(partition, seed, session)
            ready = await asyncio.to_thread(refold, past, [], partition)


async def _routes(store: Store, entry: Entry) -> tuple[Tenant, ...]:
    """Return the tenants to which the source of an event has a route now, through the webhook that received the event.

    The tuple is empty if the event names no source or cannot be read.
    """
    try:
        source = value_of(entry.body)["Meta"]["Source"]["ID"]
    except (NotJsonError, TooDeepError, KeyError, TypeError):
        return ()
    if not isinstance(source, str):
        return ()
    allowed = {
        name for webhook in await store.access.webhooks() if webhook.name == entry.source for name in webhook.tenants
    }
    return tuple(tenant for tenant in await store.tenants.by_source(source.strip()) if tenant.name in allowed)


async def _bring_in(store: Store, waiting: Partition, entry: Entry, tenants: tuple[Tenant, ...]) -> None:
    """Journal and fold an event in the tenants that it belongs to, with its first receipt; mark it as routed."""
    # The id of an event that was unreadable on arrival comes from its bytes; a redelivery's, from its content.
    event_id = identity_in(await exact_body(waiting, entry))
    for tenant in tenants:
        await copy_files(entry, waiting, store.partition(tenant), now())

    async def work(session: Session) -> None:
        for tenant in tenants:
            partition = store.partition(tenant)
            understood = understand_again(entry, partition).under(event_id)
            await pipeline.accept(partition, [understood], session)
        routed = Part(entry.order, findings=("Routed",))
        await waiting.journal.mark([replace(entry, parts=(routed,))], session)

    await transact(store, work)
