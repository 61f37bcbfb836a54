"""Refolding: all parts that are connected with some parts are folded again from the journal. Nothing is written yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ingest.fold.events import Event
from ingest.fold.records import records_of
from ingest.fold.resource_ids import with_resource_ids
from ingest.fold.world import World
from ingest.folding.changes import Outcome
from ingest.folding.history import History
from ingest.folding.loading import Loaded, record_of
from ingest.keys import acts_on_others, rules_of, worn_pairs
from ingest.understanding import NEVER_FOLDED, Piece, Understood, part_id
from store.entries import Entry, Part
from store.partition import Partition


@dataclass(slots=True)
class Verdicts:
    """The decisions of the fold about parts, by their ids in the fold."""

    findings: dict[str, list[str]]
    """Codes of issues."""
    unfolded: dict[str, str]
    """The reason why no record accepted a part."""


def with_verdicts(understood: Understood, verdicts: Verdicts) -> Entry:
    """Return the journal entry of an event, with the verdicts on its folded parts."""
    entry = understood.entry
    changed = {piece.number: _with_verdict(piece.part, piece.id, verdicts) for piece in understood.parts}
    if all(part is entry.parts[number] for number, part in changed.items()):
        return entry
    return replace(entry, parts=tuple(changed.get(number, part) for number, part in enumerate(entry.parts)))


def _with_verdict(part: Part, event_id: str, verdicts: Verdicts) -> Part:
    """Return a part with what folding decided: nearly always nothing, and then the part itself."""
    why, found = verdicts.unfolded.get(event_id), verdicts.findings.get(event_id, ())
    if why is None and not found and not part.findings:
        return part
    return replace(part, findings=tuple(found), open=part.open or why, held=part.held or why is not None)


@dataclass(frozen=True, slots=True)
class Refold:
    """The outcome of connected parts that were folded again, and the parts and documents behind it."""

    outcome: Outcome
    marks: list[Entry]
    """The journal entries for which the fold now has another verdict."""
    pieces: frozenset[str]
    """The ids of the parts that were folded."""

    def is_of(self, past: History) -> bool:
        """Whether the journal and the store have not changed since."""
        return self.pieces == past.pieces.keys() and are_alike(past.loaded, self.outcome.before)


def are_alike(now: Loaded, before: Loaded) -> bool:
    """Whether both have the same documents in the same versions."""
    return {place: document.version for place, document in now.documents.items()} == {
        place: document.version for place, document in before.documents.items()
    }


def refold(past: History, pieces: list[Piece], partition: Partition) -> Refold:
    """Fold parts, as they are understood now, together with all connected parts of the journal."""
    mine = {piece.id for piece in pieces}
    others = [piece for piece in past.events(partition) if piece.id not in mine]
    outcome = _outcome([*others, *pieces], past.loaded, partition)
    return Refold(outcome, changed_entries(past, outcome.world), frozenset(past.pieces))


def _outcome(pieces: list[Piece], before: Loaded, partition: Partition) -> Outcome:
    world = world_of(pieces, partition, before.worn)
    stored = [record_of(document) for document in before.documents.values()]
    return Outcome(
        world,
        with_resource_ids(records_of(world), stored, partition.tenant.name, world.rules, is_whole=True),
        before,
        is_whole=True,
    )


def world_of(pieces: Iterable[Piece], partition: Partition, worn: Mapping[str, str]) -> World:
    """Return the world after all events of these parts, applied in their order to an empty world.

    `worn`: the keys through which the history of the parts was not followed, each with the order of its wearing.
    """
    events = in_order(pieces)
    world = World(rules_of(partition), worn=worn_pairs(events, worn, partition))
    for event in events:
        world.apply(event)
    return world


def in_order(pieces: Iterable[Piece]) -> list[Event]:
    """Return the events of parts, sorted by order; parts without an event are left out."""
    return sorted((each.event for each in pieces if each.event), key=lambda event: event.order)


def changed_entries(past: History, world: World) -> list[Entry]:
    """Return the journal entries whose verdicts changed, with the new verdicts.

    Newer events may change the verdict on an older event. Parts that were not folded again stay unchanged.
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


def _judge(part: Part, event_id: str, past: History, verdicts: Verdicts) -> Part:
    if event_id not in past.pieces or part.open in NEVER_FOLDED:
        return part
    return _with_verdict(replace(part, open=None, held=acts_on_others(part.reach)), event_id, verdicts)
