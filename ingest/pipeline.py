"""The way of a batch of events: read what they name, fold, write what changed. One transaction around it all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ingest.fold.events import Json
from ingest.folding.changes import Changes
from ingest.folding.history import history_of_part
from ingest.folding.plan import LONG, LongHistoryError, Plan, StaleError, make_plan
from ingest.folding.refolding import Refold, refold, with_verdicts
from ingest.keys import OF_ITEMS
from ingest.redeliveries import with_ids
from ingest.understanding import Piece, Understood
from store.entries import Entry, Part
from store.partition import Partition
from store.reads import Session


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of an event: it is in the journal, and if it could be folded its effect can be asked for."""

    journal_id: str
    is_redelivery: bool
    issues: tuple[Json, ...] = ()
    findings: tuple[str, ...] = ()
    open: str | None = None


async def accept(
    partition: Partition,
    batch: Sequence[Understood],
    session: Session,
    plan: Plan | None = None,
    *,
    assumes_absent: bool = False,
) -> list[Accepted]:
    """Journal and fold a batch of one tenant's events within a transaction; return what became of each, in their order.

    All parts of an event are written, or none. Raises LongHistoryError if the parts of one group are connected with
    more than a transaction may wait for; then `prepare` the event alone, and come again with its plan. Raises
    StaleError if the plan was overtaken by another event.

    `assumes_absent`: what was not read is written as new. It is half the work, and now and then in vain: the driver's
    error says then that a key is taken, and the same is to be done again without the assumption.
    """
    ids = {understood.entry.id for understood in batch}
    known = await partition.journal.known(ids, session, held=_keys(batch), naming=_item_keys(batch))
    batch, there = await with_ids(partition, batch, known, session)
    new = {understood.entry.id: understood for understood in reversed(batch) if understood.entry.id not in there}
    pieces = [piece for understood in new.values() for piece in understood.parts]
    plan = await _fold(partition, pieces, known.values(), session, plan, assumes_absent=assumes_absent)
    verdicts = plan.verdicts
    entries = {entry_id: with_verdicts(understood, verdicts) for entry_id, understood in new.items()}
    await partition.journal.add(entries.values(), session)
    first = {id(understood) for understood in new.values()}
    return [
        _accepted(entries.get(understood.entry.id) or there[understood.entry.id], is_new=id(understood) in first)
        for understood in batch
    ]


async def accept_open(
    partition: Partition, batch: Sequence[Understood], session: Session, plan: Plan | None = None
) -> list[Accepted]:
    """Fold events that the journal has unfolded, as they are understood now. Raises as `accept` does."""
    known = await partition.journal.known((), session, held=_keys(batch), naming=_item_keys(batch))
    pieces = [piece for understood in batch for piece in understood.parts]
    mine = {understood.entry.id for understood in batch}
    others = [entry for entry in known.values() if entry.id not in mine]
    plan = await _fold(partition, pieces, others, session, plan)
    verdicts, marks = plan.verdicts, {entry.id: entry for entry in plan.marks}
    entries = [_beside(with_verdicts(each, verdicts), each, marks.get(each.entry.id)) for each in batch]
    await partition.journal.mark(entries, session)
    return [_accepted(entry, is_new=True) for entry in entries]


def _beside(entry: Entry, understood: Understood, mark: Entry | None) -> Entry:
    """An entry with what another group of the batch found of those of its parts that were not folded with it."""
    if mark is None or len(mark.parts) != len(entry.parts):
        return entry
    folded = {piece.number for piece in understood.parts}
    parts = (own if number in folded else mark.parts[number] for number, own in enumerate(entry.parts))
    return replace(entry, parts=tuple(parts))


def _accepted(entry: Entry, *, is_new: bool) -> Accepted:
    return Accepted(entry.id, not is_new, entry.issues, entry.findings, entry.open)


def _keys(events: Iterable[Understood]) -> set[str]:
    """All that these events name and that connects."""
    return {key for each in events for key in each.keys}


def _item_keys(events: Iterable[Understood]) -> set[str]:
    """The keys of all items that these events speak of."""
    return {key for each in events for key in each.item_keys}


async def prepare(partition: Partition, events: Sequence[Understood]) -> Plan:
    """Return what events come to, folded in a thread, from one moment's state of the store."""
    async with partition.snapshot() as session:
        unmarked = [understood.entry.id for understood in events if understood.is_unmarked]
        known = await partition.journal.known(unmarked, session, held=_keys(events), naming=_item_keys(events))
        events, _ = await with_ids(partition, events, known, session)
        pieces = [piece for understood in events for piece in understood.parts]
        mine = {understood.entry.id for understood in events}
        held = _held(entry for entry in known.values() if entry.id not in mine)
        return await make_plan(partition, pieces, held, session, is_apart=True)


def _held(entries: Iterable[Entry]) -> list[Part]:
    """The parts that act on more than they name or on items that come later, and those that no record accepted."""
    return [part for entry in entries for part in entry.parts if part.held or part.reach == OF_ITEMS]


async def _fold(
    partition: Partition,
    pieces: list[Piece],
    known: Iterable[Entry],
    session: Session,
    plan: Plan | None,
    *,
    assumes_absent: bool = False,
) -> Plan:
    """Make a plan, or look whether a prepared one still holds, and write its records."""
    if not pieces:
        return Plan()
    held = _held(known)
    if plan is None:
        plan = await make_plan(partition, pieces, held, session)
    elif plan.part_ids != {piece.id for piece in pieces} or not await plan.is_current(partition, held, session):
        raise StaleError
    changes = Changes()
    for group in plan.groups:
        await changes.add(group.outcome, group.pieces, partition, session)
    await partition.journal.mark(plan.marks, session)
    await changes.write(partition, session, assumes_absent=assumes_absent)
    return plan


@dataclass(frozen=True, slots=True)
class Refolded:
    """Connected parts folded once more, and how far what was stored differed."""

    parts: frozenset[str]
    """Ids of the parts."""
    changed: tuple[tuple[str, str], ...]
    """Documents, by type and id, that are new, different or gone."""
    marked: tuple[str, ...]
    """Journal entries whose findings are others now."""


async def fold_again(
    partition: Partition, seed: Piece, session: Session, *, is_dry: bool = False, ready: Refold | None = None
) -> Refolded:
    """Fold again all parts connected with one of the journal; with `is_dry` only compare. Raises as `accept` does."""
    past = await history_of_part(partition, seed, session, with_bodies=ready is None)
    if ready is None and len(past.pieces) > LONG:
        raise LongHistoryError
    ready = ready or refold(past, [], partition)
    if not ready.is_of(past):
        raise StaleError
    changes = Changes()
    await changes.add(ready.outcome, [], partition, session)
    if not is_dry:
        changes.keys |= past.keys
        await partition.journal.mark(ready.marks, session)
        await changes.write(partition, session)
    changed = [(document.type, document.id) for document in [put for _, put in changes.puts] + changes.gone]
    return Refolded(frozenset(past.pieces), tuple(changed), tuple(entry.id for entry in ready.marks))
