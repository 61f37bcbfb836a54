"""The way of a batch of events: read what they name, fold, write what changed. One transaction around it all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ingest import loading
from ingest.changes import Changes, Outcome
from ingest.fold.events import Event, Json
from ingest.fold.naming import named
from ingest.fold.people import Rules
from ingest.fold.persons import HistoryNeededError
from ingest.fold.records import Stored, restored, written
from ingest.fold.world import World
from ingest.groups import groups
from ingest.loading import Loaded, record_of
from ingest.understanding import NEVER_FOLDED, Understood
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


async def take(partition: Partition, batch: Sequence[Understood], session: Session) -> list[Accepted]:
    """Journal and fold a batch of one tenant's events within a transaction; what became of each, in their order."""
    known = await partition.journal.known({understood.entry.id for understood in batch}, session)
    new = {understood.entry.id: understood for understood in reversed(batch) if understood.entry.id not in known}
    folded = await _fold(partition, [understood for understood in new.values() if understood.event], session)
    entries = {entry_id: _settled(understood.entry, folded) for entry_id, understood in new.items()}
    await partition.journal.add(entries.values(), session)
    first = {id(understood) for understood in new.values()}
    return [
        _accepted(entries.get(understood.entry.id) or known[understood.entry.id], is_new=id(understood) in first)
        for understood in batch
    ]


async def take_again(partition: Partition, event: Understood, session: Session) -> Accepted:
    """Fold an event that the journal has unfolded, as it is understood now."""
    folded = await _fold(partition, [event] if event.event else [], session)
    entry = _settled(event.entry, folded)
    await partition.journal.replace(entry, session)
    return _accepted(entry, is_new=True)


def _accepted(entry: Entry, *, is_new: bool) -> Accepted:
    return Accepted(entry.id, not is_new, entry.issues, entry.findings, entry.open)


@dataclass(slots=True)
class Folded:
    """What folding decided about events: codes of issues, and why one was taken by no record."""

    findings: dict[str, list[str]]
    unfolded: dict[str, str]


def _settled(entry: Entry, folded: Folded) -> Entry:
    """A journal entry with what folding decided."""
    why = folded.unfolded.get(entry.id)
    return replace(
        entry,
        findings=tuple(folded.findings.get(entry.id, ())),
        open=entry.open or why,
        held=entry.held or why is not None,
    )


async def _fold(partition: Partition, events: list[Understood], session: Session) -> Folded:
    """Fold events, each group of connected ones onto what is stored, or from the journal where that is not enough."""
    folded = Folded({}, {})
    if not events:
        return folded
    changes = Changes()
    loaded = await loading.named(partition, events, session)
    later = await partition.journal.held({key for each in events for key in each.entry.keys}, session)
    for group, theirs in groups(events, loaded):
        outcome = None if _is_late(group, later) else _onto_stored(group, theirs, partition)
        if outcome is None:
            outcome = await _from_journal(group, partition, session)
        await changes.add(outcome, group, partition, session)
        folded.findings |= outcome.world.findings.of
        folded.unfolded |= outcome.world.people.unfolded
    await changes.write(partition, session)
    return folded


def _is_late(group: list[Understood], held: Iterable[Entry]) -> bool:
    """Whether a held event that names the same is newer than one of the group: it may see things otherwise now."""
    orders: dict[str, str] = {}
    for each in group:
        for key in each.entry.keys:
            orders[key] = min(orders.get(key, each.entry.order), each.entry.order)
    return any(entry.order > orders[key] for entry in held for key in entry.keys if key in orders)


def rules_of(partition: Partition) -> Rules:
    """What the tenant decides about its people and times."""
    return Rules(partition.tenant.zone, frozenset(partition.tenant.identifying_types))


def _onto_stored(group: list[Understood], before: Loaded, partition: Partition) -> Outcome | None:
    """The outcome of events on stored records; None where these are not enough."""
    stored = [record_of(document) for document in before.documents.values()]
    people = [record for record in stored if record.kind == "Patient"]
    visits = [record for record in stored if record.kind != "Patient"]
    world = restored(Stored(people, visits), rules_of(partition))
    try:
        for event in _in_order(group):
            world.apply(event)
        records = named(written(world), stored, partition.tenant.name)
    except HistoryNeededError:
        return None
    return Outcome(world, records, before, is_whole=False)


async def _from_journal(group: list[Understood], partition: Partition, session: Session) -> Outcome:
    """The outcome of all events connected with a group, folded anew."""
    past = await loading.history(partition, group, session)
    outcome = _folded_anew([*past.events(partition), *group], past.loaded, partition)
    await partition.journal.mark(_changed_entries(past.entries.values(), outcome.world), session)
    return outcome


def _folded_anew(events: list[Understood], before: Loaded, partition: Partition) -> Outcome:
    world = refolded(events, partition)
    stored = [record_of(document) for document in before.documents.values()]
    return Outcome(world, named(written(world), stored, partition.tenant.name), before, is_whole=True)


@dataclass(frozen=True, slots=True)
class Refolded:
    """Connected events folded once more, and how far what was stored differed."""

    events: frozenset[str]
    """Journal ids."""
    changed: tuple[tuple[str, str], ...]
    """Documents, by kind and id, that are new, different or gone."""
    marked: tuple[str, ...]
    """Journal entries whose findings are others now."""


async def refold(partition: Partition, seed: Entry, session: Session, *, is_dry: bool = False) -> Refolded:
    """Fold anew all events connected with one of the journal; with `is_dry` only compare."""
    past = await loading.history(partition, [Understood(seed, None)], session)
    outcome = _folded_anew(past.events(partition), past.loaded, partition)
    marks = _changed_entries(past.entries.values(), outcome.world)
    changes = Changes()
    await changes.add(outcome, [], partition, session)
    if not is_dry:
        changes.keys |= {key for entry in past.entries.values() for key in entry.keys}
        await partition.journal.mark(marks, session)
        await changes.write(partition, session)
    changed = [(document.kind, document.id) for document in changes.puts] + changes.gone
    return Refolded(frozenset(past.entries), tuple(changed), tuple(marks))


def refolded(events: Iterable[Understood], partition: Partition) -> World:
    """The world that events amount to, in their order, from nothing."""
    world = World(rules_of(partition))
    for event in _in_order(events):
        world.apply(event)
    return world


def _in_order(events: Iterable[Understood]) -> list[Event]:
    return sorted((each.event for each in events if each.event), key=lambda event: event.order)


def _changed_entries(entries: Iterable[Entry], world: World) -> dict[str, Json]:
    """Older events may be found right or wrong in the light of newer ones: what the journal is to say of them."""
    folded = Folded(world.findings.of, world.people.unfolded)
    changes: dict[str, Json] = {}
    for entry in entries:
        if entry.open in NEVER_FOLDED:
            continue
        after = _settled(replace(entry, open=None, held=loading.is_held(entry)), folded)
        if (after.findings, after.open, after.held) != (entry.findings, entry.open, entry.held):
            changes[entry.id] = {"findings": list(after.findings), "open": after.open, "held": after.held or None}
    return changes
