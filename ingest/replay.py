"""Folding again from the journal: for one person, a tenant, or events that were kept and not folded."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import astuple, dataclass, field, replace

import orjson
import structlog

from ingest import pipeline
from ingest.fold.events import Pair
from ingest.intake import UNROUTED
from ingest.keys import PERSON_KEY, pair_token
from ingest.pipeline import Refolded
from ingest.refolding import LongHistoryError, Prepared, StaleError, prepare
from ingest.understanding import Understood, understood_again
from store.commit import transact
from store.errors import StoreError
from store.journal import Entry
from store.marks import replay_of
from store.mongo import Store
from store.partition import Partition, Session
from store.tenants import Tenant

_log = structlog.get_logger(__name__)

TAKEN_UP = ("failed", "unmapped", "test")
"""Why an event may be open that can be folded once the cause is gone."""
REMEMBERED = 200_000
"""Ids of events folded lately, kept so that connected events are folded once."""


@dataclass(slots=True)
class Summary:
    """What a replay did."""

    events: int = 0
    groups: int = 0
    """Sets of connected events, each folded in one piece."""
    documents: int = 0
    """Documents that were different, new or gone."""
    entries: int = 0
    """Journal entries whose findings were different."""
    taken_up: int = 0
    """Events that had been kept and not folded, and are folded now."""
    still_open: int = 0

    @property
    def differs(self) -> bool:
        """Whether anything was not as it folds."""
        return bool(self.documents or self.entries)

    def plus(self, other: Summary) -> Summary:
        """Both together."""
        return Summary(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))

    def count(self, refolded: Refolded) -> None:
        """Add one group."""
        self.events += len(refolded.events)
        self.groups += 1
        self.documents += len(refolded.changed)
        self.entries += len(refolded.marked)


@dataclass(slots=True)
class _Lately:
    """Ids met lately, the oldest forgotten first."""

    ids: OrderedDict[str, None] = field(default_factory=OrderedDict)

    def add(self, ids: Iterable[str]) -> None:
        self.ids.update(dict.fromkeys(ids))
        while len(self.ids) > REMEMBERED:
            self.ids.popitem(last=False)


Progress = Callable[[Summary], None]
MARKED_EVERY = 100
"""Groups after which a replay notes how far it is."""


async def replay_person(store: Store, partition: Partition, pair: Pair, *, is_dry: bool = False) -> Summary:
    """Fold again all events connected with one identifier."""
    summary = Summary()
    key = PERSON_KEY + pair_token(pair, partition.key)
    for seed in (await partition.journal.naming([key]))[:1]:
        summary.count(await _refold(store, partition, seed, is_dry=is_dry))
    return summary


async def replay_tenant(
    store: Store, partition: Partition, *, is_dry: bool = False, progress: Progress | None = None
) -> Summary:
    """Fold again all events of a tenant, group by group, while others go on; events that were kept open first.

    A run that was interrupted is taken up where it stopped; with `is_dry` it begins at the beginning and only compares.
    """
    summary = Summary() if is_dry else await take_up(store, partition)
    mark = replay_of(partition.tenant.name)
    lately = _Lately()
    async for entry in _each(partition, "" if is_dry else await store.marks.get(mark)):
        if entry.id in lately.ids or not entry.keys:
            continue
        refolded = await _refold(store, partition, entry, is_dry=is_dry)
        lately.add(refolded.events)
        summary.count(refolded)
        if not is_dry and summary.groups % MARKED_EVERY == 0:
            await store.marks.put(mark, entry.id)
        if progress:
            progress(summary)
    if not is_dry:
        await store.marks.clear(mark)
    return summary


async def take_up(store: Store, partition: Partition, why: Sequence[str] = TAKEN_UP) -> Summary:
    """Fold what was kept open, for one of these reasons, where its cause is gone."""
    summary = Summary()
    async for entry in _each(partition, wanted={"open": {"$in": list(why)}}):
        if await _take_up(store, partition, entry):
            summary.taken_up += 1
        else:
            summary.still_open += 1
    return summary


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
    """Entries by id, a page at a time: no cursor stays open while they are worked on."""
    while page := await partition.journal.page(after, wanted):
        for entry in page:
            yield entry
        after = page[-1].id


async def _refold(store: Store, partition: Partition, seed: Entry, *, is_dry: bool) -> Refolded:
    prepared: Prepared | None = None

    async def work(session: Session) -> Refolded:
        await partition.journal.known((), session)  # a tenant that was removed is not folded back
        return await pipeline.refold(partition, seed, session, is_dry=is_dry, prepared=prepared)

    while True:
        try:
            return await transact(store, work)
        except (LongHistoryError, StaleError):
            prepared = await prepare(partition, [Understood(seed, None)])


async def _take_up(store: Store, partition: Partition, entry: Entry) -> bool:
    """Fold one open event; whether it could be."""
    prepared: Prepared | None = None

    async def work(session: Session) -> bool:
        await partition.journal.known((), session)
        whole = await partition.journal.one(entry.id, session)
        if whole is None or whole.open not in TAKEN_UP:
            return False
        event = understood_again(whole, partition)
        if event.event is None:
            return False
        await pipeline.take_again(partition, event, session, prepared)
        return True

    while True:
        try:
            return await transact(store, work)
        except (LongHistoryError, StaleError):
            whole = await partition.journal.one(entry.id)
            prepared = await prepare(partition, [understood_again(whole or entry, partition)])
        except Exception as error:
            if isinstance(error, StoreError) and error.fault == "weather":
                raise
            # The cause is not gone; that is no reason to leave the others where they are.
            _log.warning("fold failed again", journal_id=entry.id, error=type(error).__name__)
            return False


async def _routes(store: Store, entry: Entry) -> tuple[Tenant, ...]:
    """The tenants that the source of an event feeds now, through the webhook that brought it."""
    try:
        source = orjson.loads(entry.body)["Meta"]["Source"]["ID"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
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
            await pipeline.take(partition, [understood_again(replace(entry, open=None), partition)], session)
        await waiting.journal.mark({entry.id: {"open": None, "findings": ["Routed"]}}, session)

    await transact(store, work)
