"""Folding again from the journal: of one person, a tenant, or events that were kept and not folded.

The replay of a tenant has three passes. First every journal entry is understood anew: format, parts, keys, order and
issues, but not its receipt. Then what was kept open is taken up, the events of each person together. Then the records
are folded again. Each pass goes on while the service takes events in, and where it stopped if it was interrupted.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import astuple, dataclass, field, replace

import orjson
import structlog

from ingest import loading, pipeline
from ingest.fold.events import Pair
from ingest.intake import UNROUTED
from ingest.keys import PERSON_KEY, connecting, pair_token
from ingest.pipeline import Refolded
from ingest.plan import LATE, LongHistoryError, Plan, StaleError
from ingest.queue.batch_size import Pace
from ingest.refolding import Refold, refold
from ingest.understanding import Piece, Understood, understand_again
from store.commit import transact
from store.data_version import DATA_VERSION
from store.entries import Entry, Part
from store.errors import StoreError
from store.marks import replay_of, understanding_of
from store.mongo import Store
from store.partition import Partition, Session
from store.tenants import Tenant

_log = structlog.get_logger(__name__)

TAKEN_UP = ("failed", "unmapped", "test", LATE)
"""Why an event may be open that can be folded once the cause is gone."""
TOGETHER = 128
"""Open events that are taken up in one transaction, at most."""
CONNECTED = 10_000
"""Open events that are looked up together at most, because they name the same as those of a page."""
PAGE = 500
"""Journal entries that are read, and understood anew, at a time."""
REMEMBERED = 200_000
"""Ids of parts folded lately, kept so that connected parts are folded once."""


@dataclass(slots=True)
class Summary:
    """What a replay did."""

    understood: int = 0
    """Journal entries that were understood otherwise before."""
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
        return bool(self.understood or self.documents or self.entries)

    def plus(self, other: Summary) -> Summary:
        """Both together."""
        return Summary(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))

    def count(self, refolded: Refolded) -> None:
        """Add one group."""
        self.events += len(refolded.parts)
        self.groups += 1
        self.documents += len(refolded.changed)
        self.entries += len(refolded.marked)


@dataclass(slots=True)
class _Lately:
    """Ids of parts met lately, the oldest forgotten first."""

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
    if partition.tenant.is_migrating and not is_dry:
        await understand_anew(store, partition, summary, _silent)
    key = PERSON_KEY + pair_token(pair, partition.key)
    for entry in (await partition.journal.naming([key]))[:1]:
        seed = next(piece for piece in _pieces(entry) if key in piece.part.keys)
        summary.count(await _refold(store, partition, seed, is_dry=is_dry))
    return summary


async def replay_tenant(
    store: Store, partition: Partition, *, is_dry: bool = False, progress: Progress | None = None
) -> Summary:
    """Understand and fold again all events of a tenant, while others go on.

    A run that was interrupted is taken up where it stopped; with `is_dry` it begins at the beginning and only compares.
    """
    summary = Summary()
    tell = progress or _silent
    await understand_anew(store, partition, summary, tell, is_dry=is_dry)
    if not is_dry:
        partition = await _current(store, partition)
        summary = summary.plus(await take_up(store, partition))
    mark = replay_of(partition.tenant.name)
    lately, marked = _Lately(), 0
    async for entry in _each(partition, "" if is_dry else await store.marks.get(mark)):
        for piece in _pieces(entry):
            if piece.id not in lately.ids and piece.part.keys:
                refolded = await _refold(store, partition, piece, is_dry=is_dry)
                lately.add(refolded.parts)
                summary.count(refolded)
        if not is_dry and summary.groups >= marked + MARKED_EVERY:
            await store.marks.put(mark, entry.id)
            marked = summary.groups
        tell(summary)
    if not is_dry:
        await store.marks.clear(mark)
        await store.tenants.set_versions(partition.tenant.name, folded=DATA_VERSION)
    return summary


def _silent(_summary: Summary) -> None:
    """Tell nobody how far a replay is."""


async def _current(store: Store, partition: Partition) -> Partition:
    """The partition of a tenant as it is now: it may have been migrating before."""
    tenants = await store.tenants.all()
    return store.partition(next((each for each in tenants if each.name == partition.tenant.name), partition.tenant))


def _pieces(entry: Entry) -> list[Piece]:
    return [Piece(entry, number) for number in range(len(entry.parts))]


async def understand_anew(
    store: Store, partition: Partition, summary: Summary, tell: Progress, *, is_dry: bool = False
) -> None:
    """Understand every journal entry by what is known today, and rewrite those that differ.

    When it is done, the tenant is no longer migrating: late events are folded again.
    """
    mark = understanding_of(partition.tenant.name)
    after = "" if is_dry else await store.marks.get(mark)
    while page := await partition.journal.page(after, limit=PAGE, with_bodies=True):
        summary.understood += await _understand_page(store, partition, page, is_dry=is_dry)
        after = page[-1].id
        if not is_dry:
            await store.marks.put(mark, after)
        tell(summary)
    if not is_dry:
        await store.marks.clear(mark)
        await store.tenants.set_versions(partition.tenant.name, understood=DATA_VERSION)


async def _understand_page(store: Store, partition: Partition, page: list[Entry], *, is_dry: bool = False) -> int:
    """Rewrite the entries of a page that are understood otherwise now; return how many these are."""
    changed = await asyncio.to_thread(_understood_otherwise, page, partition)
    if changed and not is_dry:
        await _rewrite(store, partition, page, changed)
    return len(changed)


def _understood_otherwise(entries: Iterable[Entry], partition: Partition) -> list[Entry]:
    """The entries that are understood otherwise now, as they are now."""
    again = ((entry, _again(entry, partition)) for entry in entries)
    return [new for old, new in again if new != old]


def _again(entry: Entry, partition: Partition) -> Entry:
    """An entry understood anew; what the fold decided of a part stays, until the part is folded again."""
    new = understand_again(entry, partition).entry
    if len(new.parts) != len(entry.parts) or _is_of_the_door(entry):
        return replace(new, parts=entry.parts) if _is_of_the_door(entry) else _open_again(new)
    parts = (_keeping_verdict(old, part) for old, part in zip(entry.parts, new.parts, strict=True))
    return replace(new, parts=tuple(parts))


def _is_of_the_door(entry: Entry) -> bool:
    """Whether an entry waits for a route, or was routed: it is understood where it belongs."""
    return entry.open == "unrouted" or "Routed" in entry.findings


def _open_again(new: Entry) -> Entry:
    """An entry that falls into other parts now: it is taken up as one that was never folded."""
    return replace(new, parts=tuple(replace(part, open=part.open or "unmapped") for part in new.parts))


def _keeping_verdict(old: Part, new: Part) -> Part:
    """A part as it is understood now, with what the fold decided; one that can be folded now is still open."""
    is_kept = new.open is None or old.open in TAKEN_UP
    return replace(new, findings=old.findings, open=old.open if is_kept else new.open, held=new.held or old.held)


async def _rewrite(store: Store, partition: Partition, page: list[Entry], changed: list[Entry]) -> None:
    """Write the new form of entries of a page; one that others have written since is understood in the transaction."""
    before = {entry.id: entry for entry in page}
    new = {entry.id: entry for entry in changed}

    async def work(session: Session) -> None:
        await partition.journal.known((), session)
        entries = await partition.journal.some(list(new), session)
        overtaken = [entry for entry in entries if entry != before[entry.id]]
        again = await asyncio.to_thread(_understood_otherwise, overtaken, partition) if overtaken else []
        await partition.journal.mark([*(new[entry.id] for entry in entries if entry not in overtaken), *again], session)

    await transact(store, work)


# --- taking up --------------------------------------------------------------------------------------------------------


async def take_up(store: Store, partition: Partition, why: Sequence[str] = TAKEN_UP) -> Summary:
    """Fold what was kept open, for one of these reasons, if its cause is gone: the events of each person together.

    The journal is read by ids, and these are hashes: taken up in that order, most events would come after a newer one
    of their person, and many of them would need the person's whole history, each for itself. By what they name they are
    found together, so those that could not be understood when they came get their keys first.
    """
    is_open: dict[str, object] = {"open": {"$in": list(why)}}
    async for page in _pages(partition, wanted={**is_open, "keys": []}, with_bodies=True):
        await _understand_page(store, partition, page)
    summary, tried, pace = Summary(), _Lately(), Pace(TOGETHER)
    async for page in _pages(partition, wanted=is_open, limit=TOGETHER):
        entries = await _with_connected(partition, [entry for entry in page if entry.id not in tried.ids], is_open)
        due = [entry.id for entry in _by_name(entries) if entry.id not in tried.ids]
        tried.add(due)
        while due:
            batch, due = due[: pace.size], due[pace.size :]
            began = time.monotonic()
            taken = await _take_up(store, partition, batch)
            pace.took(len(batch), time.monotonic() - began)
            summary.taken_up += taken
            summary.still_open += len(batch) - taken
    return summary


async def _with_connected(partition: Partition, entries: list[Entry], is_open: dict[str, object]) -> list[Entry]:
    """Return open entries, and the open ones that name the same as they do, as far as the journal has keys of them."""
    keys = sorted({key for entry in entries for key in connecting(entry.keys)})
    found = {entry.id: entry for entry in entries}
    if keys:
        named = await partition.journal.page(wanted={**is_open, "keys": {"$in": keys}}, limit=CONNECTED)
        found |= {entry.id: entry for entry in named}
    return list(found.values())


def _by_name(entries: Iterable[Entry]) -> list[Entry]:
    """Return entries so that those that share a key, directly or through others, stand together, the oldest first."""
    above: dict[str, str] = {}

    def root(name: str) -> str:
        while (parent := above.setdefault(name, name)) != name:
            above[name] = above[parent]
            name = parent
        return name

    entries = list(entries)
    for entry in entries:
        for key in connecting(entry.keys):
            above[root(key)] = root(entry.id)
    return sorted(entries, key=lambda entry: (root(entry.id), entry.order))


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
    async for page in _pages(partition, after, wanted):
        for entry in page:
            yield entry


async def _pages(
    partition: Partition,
    after: str = "",
    wanted: dict[str, object] | None = None,
    *,
    limit: int | None = None,
    with_bodies: bool = False,
) -> AsyncIterator[list[Entry]]:
    """Entries by id, a page at a time: no cursor stays open while they are worked on."""
    while page := await partition.journal.page(after, wanted, limit=limit or PAGE, with_bodies=with_bodies):
        yield page
        after = page[-1].id


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
                past = await loading.history(partition, [seed], session)
            ready = await asyncio.to_thread(refold, past, [], partition)


async def _take_up(store: Store, partition: Partition, ids: list[str]) -> int:
    """Fold open events, together if that can be, else each alone; return how many could be folded."""
    try:
        return await _take_up_together(store, partition, ids)
    except Exception as error:
        if isinstance(error, StoreError) and error.fault == "weather" and len(ids) == 1:
            raise
        if len(ids) == 1:
            # The cause is not gone; that is no reason to leave the others where they are.
            _log.warning("fold failed again", journal_id=ids[0], error=type(error).__name__)
            return 0
    middle = len(ids) // 2
    return await _take_up(store, partition, ids[:middle]) + await _take_up(store, partition, ids[middle:])


def _with_open_parts(entry: Entry, partition: Partition) -> Understood:
    """An open event as it is understood now, to fold those of its parts that were kept for a cause that may be gone."""
    again = understand_again(entry, partition)
    if len(again.events) != len(entry.parts):
        return again if entry.open in TAKEN_UP else Understood(entry)
    is_due = [part.open in TAKEN_UP for part in entry.parts]
    parts = (new if due else old for due, old, new in zip(is_due, entry.parts, again.entry.parts, strict=True))
    events = (event if due else None for due, event in zip(is_due, again.events, strict=True))
    return Understood(replace(again.entry, parts=tuple(parts)), tuple(events))


async def _take_up_together(store: Store, partition: Partition, ids: list[str]) -> int:
    plan: Plan | None = None

    async def open_events(session: Session | None = None) -> list[Understood]:
        entries = await partition.journal.some(ids, session)
        found = (_with_open_parts(entry, partition) for entry in entries)
        return [understood for understood in found if understood.parts]

    async def work(session: Session) -> int:
        await partition.journal.known((), session)
        events = await open_events(session)
        await pipeline.accept_open(partition, events, session, plan)
        return len(events)

    while True:
        try:
            return await transact(store, work)
        except (LongHistoryError, StaleError):
            if len(ids) > 1:
                raise
            plan = await pipeline.prepare(partition, await open_events())


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
            await pipeline.accept(partition, [understand_again(entry, partition)], session)
        routed = Part(entry.order, findings=("Routed",))
        await waiting.journal.mark([replace(entry, parts=(routed,))], session)

    await transact(store, work)
