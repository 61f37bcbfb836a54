"""People whom no identifier identifies: they are of a former version or former settings, and no event finds them."""

from __future__ import annotations

from ingest.folding.history import person_keys, take_records_of_people
from ingest.folding.loading import Loaded
from mappings.kinds import PERSON
from store.commit import transact
from store.database import Store
from store.partition import Partition
from store.reads import Session


async def remove_unidentified(store: Store, partition: Partition, *, is_dry: bool = False) -> int:
    """Remove these people with all their records; return how many documents that are. Their events stay in the journal.

    With `is_dry` they are only counted.
    """
    removed = 0
    async for person in partition.each(PERSON.type):
        if person.search.get("active") and not person_keys(person, partition):
            removed += await _remove(store, partition, person.id, is_dry=is_dry)
    return removed


async def _remove(store: Store, partition: Partition, person_id: str, *, is_dry: bool) -> int:
    async def work(session: Session) -> int:
        loaded = Loaded()
        found = await partition.by_ids(PERSON, [person_id], session=session)
        loaded.take(person for person in found.values() if not person_keys(person, partition))
        await take_records_of_people(partition, loaded, session)
        if not is_dry:
            gone = loaded.documents.values()
            await partition.remove(((document.type, document.id) for document in gone), session)
        return len(loaded.documents)

    return await transact(store, work)
