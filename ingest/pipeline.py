"""The way of a batch of events: read what they name, fold, write what changed. One transaction around it all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from ingest import loading
from ingest.changes import Changes, Outcome
from ingest.fold.events import Json
from ingest.fold.person import HistoryNeededError
from ingest.fold.records import Record, Stored, restored, written
from ingest.fold.resource_ids import named
from ingest.groups import groups
from ingest.loading import Loaded, record_of
from ingest.refolding import (
    LONG,
    Folded,
    LongHistoryError,
    Prepared,
    StaleError,
    in_order,
    prepared_from,
    rules_of,
    settled,
)
from ingest.understanding import Understood
from store.journal import Entry
from store.partition import Partition, Session


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of an event: it is in the journal, and where it could be folded its effect can be asked for."""

    journal_id: str
    is_redelivery: bool
    issues: tuple[Json, ...] = ()
    findings: tuple[str, ...] = ()
    open: str | None = None


async def take(
    partition: Partition,
    batch: Sequence[Understood],
    session: Session,
    prepared: Prepared | None = None,
    *,
    trusts_new: bool = False,
) -> list[Accepted]:
    """Journal and fold a batch of one tenant's events within a transaction; what became of each, in their order.

    Raises LongHistoryError where the events of one group are connected with more than a transaction may wait for;
    then `prepare` them alone, and come again. Raises StaleError where that was overtaken by another event.

    `trusts_new`: what was not read is written as new. It is half the work, and now and then in vain: the driver's error
    says then that a key is taken, and the same is to be done again without trust.
    """
    ids = {understood.entry.id for understood in batch}
    known = await partition.journal.known(ids, session, held=_keys(batch))
    new = {understood.entry.id: understood for understood in reversed(batch) if understood.entry.id not in known}
    events = [understood for understood in new.values() if understood.event]
    folded = await _fold(partition, events, known.values(), session, prepared, trusts_new=trusts_new)
    entries = {entry_id: settled(understood.entry, folded) for entry_id, understood in new.items()}
    await partition.journal.add(entries.values(), session)
    first = {id(understood) for understood in new.values()}
    return [
        _accepted(entries.get(understood.entry.id) or known[understood.entry.id], is_new=id(understood) in first)
        for understood in batch
    ]


async def take_again(
    partition: Partition, event: Understood, session: Session, prepared: Prepared | None = None
) -> Accepted:
    """Fold an event that the journal has unfolded, as it is understood now. Raises as `take` does."""
    known = await partition.journal.known((), session, held=_keys([event]))
    folded = await _fold(partition, [event] if event.event else [], known.values(), session, prepared)
    entry = settled(event.entry, folded)
    await partition.journal.replace(entry, session)
    return _accepted(entry, is_new=True)


def _accepted(entry: Entry, *, is_new: bool) -> Accepted:
    return Accepted(entry.id, not is_new, entry.issues, entry.findings, entry.open)


def _keys(events: Iterable[Understood]) -> set[str]:
    """All that these events name."""
    return {key for each in events for key in each.entry.keys}


async def _fold(
    partition: Partition,
    events: list[Understood],
    known: Iterable[Entry],
    session: Session,
    prepared: Prepared | None = None,
    *,
    trusts_new: bool = False,
) -> Folded:
    """Fold events, each group of connected ones onto what is stored, or from the journal where that is not enough."""
    folded = Folded({}, {})
    if not events:
        return folded
    changes = Changes()
    loaded = await loading.named(partition, events, session)
    held = [entry for entry in known if entry.held]
    stored: list[tuple[list[Understood], Outcome]] = []
    anew: list[list[Understood]] = []
    for group, theirs in groups(events, loaded):
        outcome = None if _is_late(group, held) else _onto_stored(group, theirs, partition)
        if outcome is None:
            anew.append(group)
        else:
            stored.append((group, outcome))
    while anew:
        group, *anew = anew
        past = await loading.history(partition, group, session, with_bodies=prepared is None)
        # A history reaches further than its events name: others of the batch may speak of the records it comes to.
        reached = [other for other in (*anew, *(each for each, _ in stored)) if _touches(other, past)]
        if reached:
            anew = [other for other in anew if not _touches(other, past)]
            stored = [(other, outcome) for other, outcome in stored if not _touches(other, past)]
            anew.append([*group, *chain.from_iterable(reached)])
        else:
            stored.append((group, await _from_journal(group, past, partition, session, prepared)))
    for group, outcome in stored:
        await changes.add(outcome, group, partition, session)
        folded.findings |= outcome.world.findings.of
        folded.unfolded |= outcome.world.people.unfolded
    await changes.write(partition, session, trusts_new=trusts_new)
    return folded


def _touches(group: list[Understood], past: loading.History) -> bool:
    """Whether one of these events names something that a history came by."""
    return any(not past.keys.isdisjoint(each.entry.keys) for each in group)


def _is_late(group: list[Understood], held: Iterable[Entry]) -> bool:
    """Whether a held event that names the same is newer than one of the group: it may see things otherwise now."""
    orders: dict[str, str] = {}
    for each in group:
        for key in each.entry.keys:
            orders[key] = min(orders.get(key, each.entry.order), each.entry.order)
    return any(entry.order > orders[key] for entry in held for key in entry.keys if key in orders)


def _onto_stored(group: list[Understood], before: Loaded, partition: Partition) -> Outcome | None:
    """The outcome of events on stored records; None where these are not enough."""
    stored = [record_of(document) for document in before.documents.values()]
    people = [record for record in stored if record.kind == "Patient"]
    visits = [record for record in stored if record.kind != "Patient"]
    world = restored(Stored(people, visits), rules_of(partition))
    try:
        for event in in_order(group):
            world.apply(event)
        records = named(written(world), stored, partition.tenant.name)
    except HistoryNeededError:
        return None
    return Outcome(world, records, before, is_whole=False, stored=_by_place(stored))


def _by_place(records: Iterable[Record]) -> dict[tuple[str, str], Record]:
    return {(record.kind, record.record["id"]): record for record in records}


async def _from_journal(
    group: list[Understood],
    past: loading.History,
    partition: Partition,
    session: Session,
    prepared: Prepared | None,
) -> Outcome:
    """The outcome of a group and all events connected with it, folded anew."""
    if prepared is None and len(past.entries) > LONG:
        raise LongHistoryError
    ready = prepared or prepared_from(past, group, partition)
    if not ready.is_of(past):
        raise StaleError
    await partition.journal.mark(ready.marks, session)
    return ready.outcome


@dataclass(frozen=True, slots=True)
class Refolded:
    """Connected events folded once more, and how far what was stored differed."""

    events: frozenset[str]
    """Journal ids."""
    changed: tuple[tuple[str, str], ...]
    """Documents, by kind and id, that are new, different or gone."""
    marked: tuple[str, ...]
    """Journal entries whose findings are others now."""


async def refold(
    partition: Partition, seed: Entry, session: Session, *, is_dry: bool = False, prepared: Prepared | None = None
) -> Refolded:
    """Fold anew all events connected with one of the journal; with `is_dry` only compare. Raises as `take` does."""
    events = [Understood(seed, None)]
    past = await loading.history(partition, events, session, with_bodies=prepared is None)
    if prepared is None and len(past.entries) > LONG:
        raise LongHistoryError
    ready = prepared or prepared_from(past, events, partition)
    if not ready.is_of(past):
        raise StaleError
    changes = Changes()
    await changes.add(ready.outcome, [], partition, session)
    if not is_dry:
        changes.keys |= {key for entry in past.entries.values() for key in entry.keys}
        await partition.journal.mark(ready.marks, session)
        await changes.write(partition, session)
    changed = [(document.kind, document.id) for _, document in changes.puts] + changes.gone
    return Refolded(frozenset(past.entries), tuple(changed), tuple(ready.marks))
