"""Jobs: uploaded files that the service loads after it has answered the upload.

One process at a time works on a job. It has a lease on the job, and renews it. If the process dies, the lease ends and
another process takes the job. The collection `file_moments` has the time of the first load of each file.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bson import Binary
from pymongo import ASCENDING, IndexModel, ReturnDocument
from pymongo.errors import DuplicateKeyError

from store.documents import Json
from store.errors import driver_errors

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

COLLECTION = "jobs"
PARTS = "job_parts"
MOMENTS = "file_moments"
PART_BYTES = 12 * 1024 * 1024
"""The largest number of compressed bytes in one document; a larger file lies in several, for BSON ends at 16 MiB."""
LEASE = timedelta(seconds=60)
KEPT = timedelta(days=30)
"""The time for which a job and its result are stored."""

INDEXES: dict[str, list[IndexModel]] = {
    COLLECTION: [
        IndexModel([("until", ASCENDING)], name="until", partialFilterExpression={"until": {"$exists": True}}),
        IndexModel([("expires", ASCENDING)], name="expires", expireAfterSeconds=0),
    ],
    PARTS: [
        IndexModel([("job", ASCENDING), ("part", ASCENDING)], name="job", unique=True),
        IndexModel([("expires", ASCENDING)], name="expires", expireAfterSeconds=0),
    ],
    MOMENTS: [],
}


@dataclass(frozen=True, slots=True)
class Job:
    """A job: one uploaded file, how to load it, and its state."""

    id: str
    tenant: str
    client: str
    kind: str
    options: Json
    state: str = "waiting"
    outcome: Json = field(default_factory=dict)
    """The progress or the result of the job; it has no value of any row of the file."""


class Jobs:
    """The jobs of a database."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]]) -> None:
        self._jobs = database[COLLECTION]
        self._parts = database[PARTS]
        self._moments = database[MOMENTS]

    async def moment_of(self, tenant: str, file: str, now: datetime) -> datetime:
        """Return the time of the first load of a file; that is `now` if this is the first load. `file` is its hash."""
        while True:
            try:
                with driver_errors(passing=DuplicateKeyError):
                    found = await self._moments.find_one_and_update(
                        {"_id": f"{tenant}|{file}"},
                        {"$setOnInsert": {"tenant": tenant, "moment": now}},
                        upsert=True,
                        return_document=ReturnDocument.AFTER,
                    )
            except DuplicateKeyError:
                continue
            moment: datetime = found["moment"] if found else now
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    async def add(self, job: Job, body: bytes, now: datetime) -> None:
        """Store a job and its file. Workers see the job only when the whole file is stored."""
        packed = zlib.compress(body, level=1)
        pieces = [packed[at : at + PART_BYTES] for at in range(0, len(packed), PART_BYTES)]
        expires = now + KEPT
        with driver_errors():
            for number, piece in enumerate(pieces):
                part = {
                    "_id": f"{job.id}|{number}",
                    "job": job.id,
                    "part": number,
                    "expires": expires,
                    "tenant": job.tenant,
                }
                await self._parts.insert_one({**part, "body": Binary(piece)})
            await self._jobs.insert_one(
                {
                    "_id": job.id,
                    "tenant": job.tenant,
                    "client": job.client,
                    "kind": job.kind,
                    "options": job.options,
                    "state": job.state,
                    "outcome": _packed(job.outcome),
                    "until": now,
                    "expires": expires,
                }
            )

    async def one(self, job_id: str) -> Job | None:
        """Return the job with this id, or None."""
        with driver_errors():
            found = await self._jobs.find_one({"_id": job_id})
        return _opened(found) if found else None

    async def waiting(self, now: datetime) -> list[str]:
        """Return the ids of the jobs on which no process works, the one that has waited longest first."""
        with driver_errors():
            found = self._jobs.find({"until": {"$lte": now}}, {"_id": 1}).sort("until", ASCENDING)
            return [str(job["_id"]) async for job in found]

    async def take(self, job_id: str, worker: str, now: datetime) -> Job | None:
        """Take a job for a worker until its lease ends. Return None if another worker has it or if it has ended."""
        with driver_errors():
            found = await self._jobs.find_one_and_update(
                {"_id": job_id, "until": {"$lte": now}},
                {"$set": {"state": "running", "worker": worker, "until": now + LEASE}},
                return_document=ReturnDocument.AFTER,
            )
        return _opened(found) if found else None

    async def renew(self, job_id: str, worker: str, outcome: Json, now: datetime) -> bool:
        """Store the progress of a job and renew its lease. Return False if another worker has taken the job."""
        with driver_errors():
            done = await self._jobs.update_one(
                {"_id": job_id, "worker": worker, "until": {"$exists": True}},
                {"$set": {"outcome": _packed(outcome), "until": now + LEASE}},
            )
        return bool(done.matched_count)

    async def put_back(self, job_id: str, worker: str, now: datetime) -> None:
        """End the lease of a job, so that another worker can take it at once."""
        with driver_errors():
            await self._jobs.update_one(
                {"_id": job_id, "worker": worker, "until": {"$exists": True}}, {"$set": {"until": now}}
            )

    async def end(self, job_id: str, worker: str, state: str, outcome: Json) -> None:
        """Store the final state and the result of a job, and delete its file."""
        with driver_errors():
            done = await self._jobs.update_one(
                {"_id": job_id, "worker": worker},
                {"$set": {"state": state, "outcome": _packed(outcome)}, "$unset": {"until": "", "worker": ""}},
            )
            if done.matched_count:
                await self._parts.delete_many({"job": job_id})

    async def body(self, job_id: str) -> bytes:
        """Return the file of a job that has not ended."""
        with driver_errors():
            found = self._parts.find({"job": job_id}).sort("part", ASCENDING)
            packed = b"".join([part["body"] async for part in found])
        return zlib.decompress(packed)


def _packed(outcome: Json) -> str:
    # The names of its members are paths, and in MongoDB a dot has another meaning.
    return json.dumps(outcome)


def _opened(found: Json) -> Job:
    return Job(
        id=found["_id"],
        tenant=found["tenant"],
        client=found["client"],
        kind=found["kind"],
        options=found["options"],
        state=found["state"],
        outcome=json.loads(found["outcome"]),
    )
