"""Folding again from the journal: of one person, a tenant, or events that were kept and not folded.

The replay of a tenant has three passes. First every journal entry is understood anew: format, parts, keys, order and
issues, but not its receipt. Then what was kept open is taken up, the events of each person together. Then the records
are folded again, and people are removed whom no identifier identifies any more. Each pass goes on while the service
takes events in, and where it stopped if it was interrupted.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

from ingest import pipeline
from ingest.fold.events import Pair
from ingest.folding.history import history_of_part
from ingest.folding.plan import LongHistoryError, StaleError
from ingest.folding.refolding import Refold, refold
from ingest.folding.unidentified import remove_unidentified
from ingest.incoming import identity_in
from ingest.intake import UNROUTED
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
"""Groups after which a replay notes how far it is."""


async def replay_person(store: Store, partition: Partition, pair: Pair, *, is_dry: bool = False) -> Summary:
    """Fold again all events connected with one identifier."""
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
    """Understand and fold again all events of a tenant, while others go on.

    A run that was interrupted is taken up where it stopped; with `is_dry` it begins at the beginning and only compares.
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
    """Return the partition of a tenant as it is now, no longer migrating, but under the settings that it had."""
    tenant = next((each for each in await store.tenants.all() if each.name == partition.tenant.name), None)
    same = tenant is not None and tenant.revision == partition.tenant.revision
    return store.partition(tenant) if tenant is not None and same else partition


async def route(store: Store) -> Summary:
    """Bring in the events that waited for a route, where there is one now."""
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
    """Entries by id, without their bodies."""
    async for page in pages(partition, after, wanted):
        for entry in page:
            yield entry


async def _refold(store: Store, partition: Partition, seed: Piece, *, is_dry: bool) -> Refolded:
    ready: Refold | None = None

    async def work(session: Session) -> Refolded:
        await partition.journal.known((), session)  # a tenant that was removed is not folded back
        return await pipeline.fold_again(partition, seed, session, is_dry=is_dry, ready=ready)

    while True:
        try:
            return await transact(store, work)
        except (LongHistoryError, StaleError):
            async with partition.snapshot() as session:
                past = await history_of_part(partition, seed, session)
            ready = await asyncio.to_thread(refold, past, [], partition)


async def _routes(store: Store, entry: Entry) -> tuple[Tenant, ...]:
    """The tenants that the source of an event feeds now, through the webhook that brought it."""
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
    """Take an event into the tenants it belongs to, with the receipt it has, and mark it as routed."""

    async def work(session: Session) -> None:
        for tenant in tenants:
            partition = store.partition(tenant)
            # What could not be read when it came is known by its bytes alone; a redelivery is known by what it says.
            understood = understand_again(entry, partition).under(identity_in(entry.body))
            await pipeline.accept(partition, [understood], session)
        routed = Part(entry.order, findings=("Routed",))
        await waiting.journal.mark([replace(entry, parts=(routed,))], session)

    await transact(store, work)
