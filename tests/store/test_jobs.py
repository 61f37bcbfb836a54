"""Jobs: one worker at a time, on a lease; files kept until they are done; moments that do not change."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from store.database import Store
from store.work import jobs as rooms
from store.work.jobs import LEASE, Job, Jobs

NOW = datetime.now(UTC).replace(microsecond=0)
"""The day of the run: what has expired is removed by the database, at once."""
JOB = Job("0b7c6a52-0000-4000-8000-000000000001", "riverside", "reports", "patients", {"encoding": ""})


@pytest.fixture
def jobs(store: Store) -> Jobs:
    return Jobs(store.database)


async def test_a_job_is_kept_with_its_file(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "PART_BYTES", 1000)
    body = random.Random(7).randbytes(5000)  # noqa: S311 - anything that does not compress
    await jobs.add(JOB, body, NOW)
    assert await jobs.one(JOB.id) == JOB
    assert await jobs.body(JOB.id) == body
    assert await jobs.one("another") is None


async def test_one_worker_has_a_job_until_its_lease_ends(jobs: Jobs) -> None:
    await jobs.add(JOB, b"x", NOW)
    assert await jobs.waiting(NOW) == [JOB.id]
    assert await jobs.take(JOB.id, "one", NOW) is not None
    assert await jobs.take(JOB.id, "two", NOW + LEASE / 2) is None
    assert await jobs.renew(JOB.id, "one", {"reasons": {"a.b: c": 1}}, NOW + LEASE / 2)
    assert await jobs.take(JOB.id, "two", NOW + LEASE) is None
    taken = await jobs.take(JOB.id, "two", NOW + 2 * LEASE)
    assert taken is not None
    assert taken.outcome == {"reasons": {"a.b: c": 1}}
    assert not await jobs.renew(JOB.id, "one", {}, NOW + 2 * LEASE)
    await jobs.end(JOB.id, "one", "failed", {})
    assert await jobs.body(JOB.id) == b"x"


async def test_what_is_done_waits_for_nobody_and_has_no_file(jobs: Jobs, store: Store) -> None:
    await jobs.add(JOB, b"x", NOW)
    await jobs.take(JOB.id, "one", NOW)
    await jobs.put_back(JOB.id, "one", NOW)
    assert await jobs.take(JOB.id, "two", NOW) is not None
    await jobs.end(JOB.id, "two", "done", {"applied": 1})
    assert await jobs.waiting(NOW + timedelta(days=1)) == []
    assert await jobs.take(JOB.id, "one", NOW + timedelta(days=1)) is None
    assert await store.database[rooms.PARTS].count_documents({}) == 0
    done = await jobs.one(JOB.id)
    assert done is not None
    assert (done.state, done.outcome) == ("done", {"applied": 1})


async def test_a_file_has_one_moment_for_each_tenant(jobs: Jobs) -> None:
    later = NOW + timedelta(hours=1)
    assert await jobs.moment_of("riverside", "file", NOW) == NOW
    assert await jobs.moment_of("riverside", "file", later) == NOW
    assert await jobs.moment_of("hilltop", "file", later) == later
