"""Jobs: files that are worked off after their upload was answered, and the moments that files were first loaded as of.

A job is taken by one process at a time, on a lease that it renews; when the process dies, another takes the job up.
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
"""A file that is longer when compressed lies in parts; BSON ends at 16 MiB."""
LEASE = timedelta(seconds=60)
KEPT = timedelta(days=30)
"""How long it can be asked what became of a job."""

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
    """One file under way, or done."""

    id: str
    tenant: str
    client: str
    kind: str
    options: Json
    state: str = "waiting"
    outcome: Json = field(default_factory=dict)
    """What is told of it: no value of any row."""


class Jobs:
    """The jobs of a database."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]]) -> None:
        self._jobs = database[COLLECTION]
        self._parts = database[PARTS]
        self._moments = database[MOMENTS]

    async def moment_of(self, tenant: str, file: str, now: datetime) -> datetime:
        """When a file, named by its hash, was loaded as of `now` for the first time."""
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
        """Keep a job and its file; it can be taken once both are there."""
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
        """A job."""
        with driver_errors():
            found = await self._jobs.find_one({"_id": job_id})
        return _opened(found) if found else None

    async def waiting(self, now: datetime) -> list[str]:
        """Ids of jobs that nobody works on."""
        with driver_errors():
            found = self._jobs.find({"until": {"$lte": now}}, {"_id": 1}).sort("until", ASCENDING)
            return [str(job["_id"]) async for job in found]

    async def take(self, job_id: str, worker: str, now: datetime) -> Job | None:
        """A job for this worker alone until its lease ends; nothing where another has it or it is done."""
        with driver_errors():
            found = await self._jobs.find_one_and_update(
                {"_id": job_id, "until": {"$lte": now}},
                {"$set": {"state": "running", "worker": worker, "until": now + LEASE}},
                return_document=ReturnDocument.AFTER,
            )
        return _opened(found) if found else None

    async def renew(self, job_id: str, worker: str, outcome: Json, now: datetime) -> bool:
        """Tell how far a job is and keep it; false where another has taken it."""
        with driver_errors():
            done = await self._jobs.update_one(
                {"_id": job_id, "worker": worker, "until": {"$exists": True}},
                {"$set": {"outcome": _packed(outcome), "until": now + LEASE}},
            )
        return bool(done.matched_count)

    async def put_back(self, job_id: str, worker: str, now: datetime) -> None:
        """Let somebody else go on with a job at once."""
        with driver_errors():
            await self._jobs.update_one(
                {"_id": job_id, "worker": worker, "until": {"$exists": True}}, {"$set": {"until": now}}
            )

    async def end(self, job_id: str, worker: str, state: str, outcome: Json) -> None:
        """Tell what became of a job, and let go of its file."""
        with driver_errors():
            done = await self._jobs.update_one(
                {"_id": job_id, "worker": worker},
                {"$set": {"state": state, "outcome": _packed(outcome)}, "$unset": {"until": "", "worker": ""}},
            )
            if done.matched_count:
                await self._parts.delete_many({"job": job_id})

    async def body(self, job_id: str) -> bytes:
        """The file of a job that is not done."""
        with driver_errors():
            found = self._parts.find({"job": job_id}).sort("part", ASCENDING)
            packed = b"".join([part["body"] async for part in found])
        return zlib.decompress(packed)


def _packed(outcome: Json) -> str:
    # Its members are named by paths, whose dots mean something else to MongoDB.
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
