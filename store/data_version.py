"""The version of the data: the form of the documents in a database, and the check that this program can read it.

Version 1 is that of the first release. Version 2 has ranks with gaps in the order of events, the parts of journal
entries, the reach of a part, and the kind of a document. Version 3 compares identifiers by ranked and unknown types,
and texts in one form, whatever their case and composition. Version 4 keeps, with each person, the orders of words and
identifiers, so that late events need no history. Version 5 keeps, with each record, former values of the leaves that
questions look records up by, and from when until when it changed, so that a question about the past finds it. Version 6
has notes and results, whose events were kept unmapped before, and contents of files beside the journal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from store.errors import DataTooNew

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

DATA_VERSION = 6
"""The version that this program writes. It reads earlier versions and migrates each tenant (`ingest.replays`)."""
COLLECTION = "marks"
_ID = "data version"


async def refuse_later(database: AsyncDatabase[dict[str, Any]]) -> None:
    """Raise DataTooNew if a later program wrote the data of a database. It changes nothing."""
    found = await database[COLLECTION].find_one({"_id": _ID})
    version = int(found["at"]) if found else 0
    if version > DATA_VERSION:
        raise DataTooNew(f"version {version}, this program knows up to {DATA_VERSION}")


async def note_version(database: AsyncDatabase[dict[str, Any]]) -> None:
    """Note that a database has data of this version."""
    if not await database[COLLECTION].find_one({"_id": _ID, "at": {"$gte": DATA_VERSION}}):
        # `$max`: a later program may note its own version at the same moment.
        await database[COLLECTION].update_one({"_id": _ID}, {"$max": {"at": DATA_VERSION}}, upsert=True)
