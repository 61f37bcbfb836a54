"""Understanding a journal anew: each entry gets the parts, keys and order that the present version gives it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ingest.replays.replay_progress import PAGE, TAKEN_UP, Progress, Summary
from ingest.understanding import understand_again
from store.access.tenant import Tenant
from store.commit import transact
from store.database import Store
from store.entries import Entry, Part
from store.partition import Partition
from store.reads import Session
from store.work.checkpoints import understanding_of


async def understand_anew(
    store: Store, partition: Partition, summary: Summary, tell: Progress, *, is_dry: bool = False
) -> None:
    """Understand every journal entry of a tenant anew, under its present settings, and rewrite those that differ.

    It adds the number of these entries to `summary.understood`, and calls `tell` after each page. It notes each page,
    and a run that was interrupted continues there. At the end the tenant is no longer migrating: late events are folded
    again. With `is_dry` it only counts, from the beginning of the journal.
    """
    tenant = partition.tenant
    if not is_dry:
        await _settle(tenant)
    mark = understanding_of(tenant.name)
    after = "" if is_dry else await store.marks.get(mark, tenant.revision)
    if not (is_dry or after):
        await partition.forget_worn()
    while page := await partition.journal.page(after, limit=PAGE, with_bodies=True):
        summary.understood += await understand_page(store, partition, page, is_dry=is_dry)
        after = page[-1].id
        if not is_dry:
            await store.marks.put(mark, after, tenant.revision)
        tell(summary)
    if not is_dry:
        await store.marks.clear(mark)
        await store.tenants.note_understood(tenant)


SETTLED = timedelta(seconds=15)
"""After this time, each running service knows a change of settings and has written the entries that it had begun."""


async def _settle(tenant: Tenant) -> None:
    """Wait until no service writes journal entries that it understood under former settings."""
    left = tenant.changed + SETTLED - datetime.now(UTC) if tenant.changed else timedelta()
    await asyncio.sleep(max(left.total_seconds(), 0))


async def understand_page(store: Store, partition: Partition, page: list[Entry], *, is_dry: bool = False) -> int:
    """Rewrite the entries of a page that are now understood differently; return their number.

    With `is_dry` it only counts.
    """
    changed = await asyncio.to_thread(_understood_otherwise, page, partition)
    if changed and not is_dry:
        await _rewrite(store, partition, page, changed)
    return len(changed)


def _understood_otherwise(entries: Iterable[Entry], partition: Partition) -> list[Entry]:
    """Return the new form of the entries that are now understood differently; leave out the other entries."""
    again = ((entry, _again(entry, partition)) for entry in entries)
    return [new for old, new in again if new != old]


def _again(entry: Entry, partition: Partition) -> Entry:
    """Return an entry understood anew; the result of the fold of each part stays until the part is folded again."""
    new = understand_again(entry, partition).entry
    if len(new.parts) != len(entry.parts) or _is_of_the_door(entry):
        return replace(new, parts=entry.parts) if _is_of_the_door(entry) else _open_again(new)
    parts = (_keeping_verdict(old, part) for old, part in zip(entry.parts, new.parts, strict=True))
    return replace(new, parts=tuple(parts))


def _is_of_the_door(entry: Entry) -> bool:
    """Return whether an entry waits for a route, or was routed: it is understood in the journal of its tenant."""
    return entry.open == "unrouted" or "Routed" in entry.findings


def _open_again(new: Entry) -> Entry:
    """Return an entry whose number of parts changed, with each part open, so that it is folded like a new event."""
    return replace(new, parts=tuple(replace(part, open=part.open or "unmapped") for part in new.parts))


def _keeping_verdict(old: Part, new: Part) -> Part:
    """Return a part as it is understood now, with the findings of the fold; a part that was open stays open."""
    is_kept = new.open is None or old.open in TAKEN_UP
    return replace(new, findings=old.findings, open=old.open if is_kept else new.open, held=new.held or old.held)


async def _rewrite(store: Store, partition: Partition, page: list[Entry], changed: list[Entry]) -> None:
    """Write the new form of the changed entries of a page in one transaction.

    An entry that another process has written since the page was read is understood again within the transaction.
    """
    before = {entry.id: entry for entry in page}
    new = {entry.id: entry for entry in changed}

    async def work(session: Session) -> None:
        await partition.journal.known((), session)
        entries = await partition.journal.some(list(new), session)
        overtaken = {entry.id: entry for entry in entries if entry != before[entry.id]}
        again = await asyncio.to_thread(_understood_otherwise, overtaken.values(), partition) if overtaken else []
        rest = [new[entry.id] for entry in entries if entry.id not in overtaken]
        await partition.journal.mark([*rest, *again], session)

    await transact(store, work)
