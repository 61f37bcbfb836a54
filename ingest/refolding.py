"""Folding anew: all events connected with some, from nothing, as a value that a transaction can write."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace

from ingest import loading
from ingest.changes import Outcome
from ingest.fold.events import Event, Json
from ingest.fold.identities import Rules
from ingest.fold.records import written
from ingest.fold.resource_ids import named
from ingest.fold.world import World
from ingest.loading import Loaded, record_of
from ingest.understanding import NEVER_FOLDED, Understood
from store.journal import Entry
from store.partition import Partition


@dataclass(slots=True)
class Folded:
    """What folding decided about events: codes of issues, and why one was taken by no record."""

    findings: dict[str, list[str]]
    unfolded: dict[str, str]


def settled(entry: Entry, folded: Folded) -> Entry:
    """A journal entry with what folding decided."""
    why = folded.unfolded.get(entry.id)
    if why is None and entry.id not in folded.findings and not entry.findings:
        return entry
    return replace(
        entry,
        findings=tuple(folded.findings.get(entry.id, ())),
        open=entry.open or why,
        held=entry.held or why is not None,
    )


def rules_of(partition: Partition) -> Rules:
    """What the tenant decides about its people and times."""
    return Rules(partition.tenant.zone, frozenset(partition.tenant.identifying_types))


LONG = 1_000
"""Connected events beyond which they are folded outside of the transaction, which then only looks whether all is as it
was: a transaction that lasts is in the way of others, and MongoDB ends it."""


class LongHistoryError(Exception):
    """More events are connected than are folded within a transaction."""


class StaleError(Exception):
    """What was prepared was overtaken by another event."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """An event folded outside of a transaction, and what it was folded from."""

    outcome: Outcome
    marks: dict[str, Json]
    entries: frozenset[str]

    def is_of(self, past: loading.History) -> bool:
        """Whether the journal and the store are as they were."""
        versions = {place: document.version for place, document in past.loaded.documents.items()}
        before = {place: document.version for place, document in self.outcome.before.documents.items()}
        return self.entries == past.entries.keys() and versions == before


async def prepare(partition: Partition, events: list[Understood]) -> Prepared:
    """Fold events with all that are connected with them, in a thread, from one moment's state of the store."""
    async with partition.snapshot() as session:
        past = await loading.history(partition, events, session)
    return await asyncio.to_thread(prepared_from, past, events, partition)


def prepared_from(past: loading.History, events: list[Understood], partition: Partition) -> Prepared:
    """Events folded with all that are connected with them."""
    known = [each for each in events if each.event is not None]
    outcome = _folded_anew([*past.events(partition), *known], past.loaded, partition)
    return Prepared(outcome, changed_entries(past.entries.values(), outcome.world), frozenset(past.entries))


def _folded_anew(events: list[Understood], before: Loaded, partition: Partition) -> Outcome:
    world = refolded(events, partition)
    stored = [record_of(document) for document in before.documents.values()]
    return Outcome(world, named(written(world), stored, partition.tenant.name), before, is_whole=True)


def refolded(events: Iterable[Understood], partition: Partition) -> World:
    """The world that events amount to, in their order, from nothing."""
    world = World(rules_of(partition))
    for event in in_order(events):
        world.apply(event)
    return world


def in_order(events: Iterable[Understood]) -> list[Event]:
    """Those that can be folded, in their order."""
    return sorted((each.event for each in events if each.event), key=lambda event: event.order)


def changed_entries(entries: Iterable[Entry], world: World) -> dict[str, Json]:
    """Older events may be found right or wrong in the light of newer ones: what the journal is to say of them."""
    folded = Folded(world.findings.of, world.people.unfolded)
    changes: dict[str, Json] = {}
    for entry in entries:
        if entry.open in NEVER_FOLDED:
            continue
        after = settled(replace(entry, open=None, held=loading.is_held(entry)), folded)
        if (after.findings, after.open, after.held) != (entry.findings, entry.open, entry.held):
            changes[entry.id] = {"findings": list(after.findings), "open": after.open, "held": after.held or None}
    return changes
