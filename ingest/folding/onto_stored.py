"""Folding onto what is stored: parts on the stored records that they name, and on the history of some of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ingest.fold.item_names import Name, shared_names_of
from ingest.fold.person import HistoryNeededError
from ingest.fold.records import Record, records_of
from ingest.fold.resource_ids import with_resource_ids
from ingest.fold.stored import Stored, world_from
from ingest.folding.changes import Outcome
from ingest.folding.late_events import RecordHistory
from ingest.folding.loading import Loaded, record_of
from ingest.folding.refolding import in_order
from ingest.keys import item_key, rules_of, worn_pairs
from ingest.understanding import Piece
from store.partition import Partition


def fold_onto_stored(
    group: Sequence[Piece], before: Loaded, past: RecordHistory, partition: Partition
) -> Outcome | None:
    """Return the outcome of parts on stored records and the history of some; None if these are not enough."""
    stored = [record_of(document) for document in before.documents.values()]
    history = past.read(partition)
    events, known = in_order([*group, *history]), past.ids
    again = _again([*group, *history], past, partition)
    worn = worn_pairs(events, before.worn, partition)
    try:
        world = world_from(
            Stored.of(stored), rules_of(partition), worn, alone=past.alone, visits=past.visits, again=again
        )
        for event in events:
            if event.id in known:
                world.repeat(event, past.alone)
            else:
                world.apply(event)
        records = with_resource_ids(records_of(world), stored, partition.tenant.name, world.rules)
    except HistoryNeededError:
        return None
    return Outcome(
        world,
        records,
        before,
        is_whole=False,
        stored=_by_place(stored),
        visits=past.visits,
        items=again,
        keys=past.keys,
    )


def _again(pieces: Iterable[Piece], past: RecordHistory, partition: Partition) -> frozenset[Name]:
    """Return the items that are folded from all of their events."""
    if not past.items:
        return frozenset()
    named = {(kind.name, key) for piece in pieces if piece.event for kind, key in shared_names_of(piece.event)}
    return frozenset(name for name in named if item_key(*name, partition) in past.items)


def _by_place(records: Iterable[Record]) -> dict[tuple[str, str], Record]:
    return {(record.kind.name, record.record["id"]): record for record in records}
