"""Folding onto what is stored: parts on the stored records that they name, and on the history of late visits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ingest.fold.person import HistoryNeededError
from ingest.fold.records import Record, records_of
from ingest.fold.resource_ids import with_resource_ids
from ingest.fold.stored import Stored, world_from
from ingest.folding.changes import Outcome
from ingest.folding.late_events import VisitHistory
from ingest.folding.loading import Loaded, record_of
from ingest.folding.refolding import in_order
from ingest.keys import rules_of, worn_pairs
from ingest.understanding import Piece
from store.partition import Partition


def fold_onto_stored(
    group: Sequence[Piece], before: Loaded, past: VisitHistory, partition: Partition
) -> Outcome | None:
    """Return the outcome of parts on stored records and the history of visits; None if these are not enough."""
    stored = [record_of(document) for document in before.documents.values()]
    events, known = in_order([*group, *past.read(partition)]), past.ids
    worn = worn_pairs(events, before.worn, partition)
    try:
        world = world_from(Stored.of(stored), rules_of(partition), worn, alone=past.alone, visits=past.visits)
        for event in events:
            if event.id in known:
                world.repeat(event, past.alone)
            else:
                world.apply(event)
        records = with_resource_ids(records_of(world), stored, partition.tenant.name, world.rules)
    except HistoryNeededError:
        return None
    return Outcome(world, records, before, is_whole=False, stored=_by_place(stored), visits=past.visits, keys=past.keys)


def _by_place(records: Iterable[Record]) -> dict[tuple[str, str], Record]:
    return {(record.kind.name, record.record["id"]): record for record in records}
