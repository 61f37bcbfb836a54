"""Folding again from the journal: all parts connected with some, from nothing, as a value that a transaction writes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ingest import loading
from ingest.changes import Outcome
from ingest.fold.events import Event
from ingest.fold.identities import Rules
from ingest.fold.records import records_of
from ingest.fold.resource_ids import with_resource_ids
from ingest.fold.world import World
from ingest.keys import acts_on_others
from ingest.loading import Loaded, record_of
from ingest.understanding import NEVER_FOLDED, Piece, Understood, part_id
from store.entries import Entry, Part
from store.partition import Partition


@dataclass(slots=True)
class Verdicts:
    """What folding decides about parts, by the id that the fold knows them by."""

    findings: dict[str, list[str]]
    """Codes of issues."""
    unfolded: dict[str, str]
    """Why a part was taken by no record."""


def with_verdicts(understood: Understood, verdicts: Verdicts) -> Entry:
    """Return the journal entry of an event with what folding decided of the parts that were folded."""
    entry = understood.entry
    folded = {piece.number for piece in understood.parts}
    parts = tuple(
        _with_verdict(part, part_id(entry.id, number), verdicts) if number in folded else part
        for number, part in enumerate(entry.parts)
    )
    return entry if parts == entry.parts else replace(entry, parts=parts)


def _with_verdict(part: Part, event_id: str, verdicts: Verdicts) -> Part:
    why = verdicts.unfolded.get(event_id)
    return replace(
        part,
        findings=tuple(verdicts.findings.get(event_id, ())),
        open=part.open or why,
        held=part.held or why is not None,
    )


def rules_of(partition: Partition) -> Rules:
    """Return what the tenant decides about its people and times."""
    return Rules(partition.tenant.zone, frozenset(partition.tenant.identifying_types))


@dataclass(frozen=True, slots=True)
class Refold:
    """Connected parts folded again, and what they were folded from."""

    outcome: Outcome
    marks: list[Entry]
    """Journal entries of which the fold now finds something else."""
    pieces: frozenset[str]
    """The ids of the parts that it was folded from."""

    def is_of(self, past: loading.History) -> bool:
        """Whether the journal and the store are as they were."""
        return self.pieces == past.pieces.keys() and are_alike(past.loaded, self.outcome.before)


def are_alike(now: Loaded, before: Loaded) -> bool:
    """Whether the same documents were read, in the same versions."""
    return {place: document.version for place, document in now.documents.items()} == {
        place: document.version for place, document in before.documents.items()
    }


def refold(past: loading.History, pieces: list[Piece], partition: Partition) -> Refold:
    """Fold parts, as they are understood now, with all parts of the journal that are connected with them."""
    mine = {piece.id for piece in pieces}
    others = [piece for piece in past.events(partition) if piece.id not in mine]
    outcome = _outcome([*others, *pieces], past.loaded, partition)
    return Refold(outcome, changed_entries(past, outcome.world), frozenset(past.pieces))


def _outcome(pieces: list[Piece], before: Loaded, partition: Partition) -> Outcome:
    world = world_of(pieces, partition)
    stored = [record_of(document) for document in before.documents.values()]
    return Outcome(world, with_resource_ids(records_of(world), stored, partition.tenant.name), before, is_whole=True)


def world_of(pieces: Iterable[Piece], partition: Partition) -> World:
    """Return the world that parts amount to, in their order, from nothing."""
    world = World(rules_of(partition))
    for event in in_order(pieces):
        world.apply(event)
    return world


def in_order(pieces: Iterable[Piece]) -> list[Event]:
    """Return what parts say, in their order; those that are not folded are left out."""
    return sorted((each.event for each in pieces if each.event), key=lambda event: event.order)


def changed_entries(past: loading.History, world: World) -> list[Entry]:
    """Return the entries of which the journal is to say something else now.

    An older event may be found right or wrong in the light of newer ones. Parts that were not folded again stay as
    they are.
    """
    verdicts = Verdicts(world.findings.of, world.people.unfolded)
    changed: list[Entry] = []
    for entry in past.entries.values():
        parts = tuple(
            _judge(part, part_id(entry.id, number), past, verdicts) for number, part in enumerate(entry.parts)
        )
        if parts != entry.parts:
            changed.append(replace(entry, parts=parts))
    return changed


def _judge(part: Part, event_id: str, past: loading.History, verdicts: Verdicts) -> Part:
    if event_id not in past.pieces or part.open in NEVER_FOLDED:
        return part
    return _with_verdict(replace(part, open=None, held=acts_on_others(part)), event_id, verdicts)
