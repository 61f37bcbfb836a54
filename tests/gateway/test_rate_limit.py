"""How often one caller may call."""

from pathlib import Path

import httpx
import pytest

from gateway.access.rate_limit import OwnCounts, RateLimit, SharedCounts
from gateway.errors import TooManyRequests
from gateway.service import Service
from tests.gateway.calls import who_is


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


def _admitted(rate: RateLimit, caller: str, times: int) -> int:
    done = 0
    for _ in range(times):
        try:
            rate.admit(caller)
        except TooManyRequests:
            return done
        done += 1
    return done


def test_the_limit_is_for_each_caller() -> None:
    rate = RateLimit(3, 100, Clock())
    assert [_admitted(rate, caller, 9) for caller in ("a", "b")] == [3, 3]


def test_a_window_rolls_and_does_not_begin_anew() -> None:
    clock = Clock()
    rate = RateLimit(10, 100, clock)
    clock.seconds = 1_090.0
    assert _admitted(rate, "a", 99) == 10
    clock.seconds = 1_120.0
    assert _admitted(rate, "a", 99) == 2
    clock.seconds = 1_400.0
    assert _admitted(rate, "a", 99) == 10


def test_who_is_refused_is_told_the_limit_and_when_to_come_back() -> None:
    rate = RateLimit(1, 100, Clock())
    rate.admit("a")
    with pytest.raises(TooManyRequests) as refused:
        rate.admit("a")
    assert refused.value.limit == 1
    assert 0 < refused.value.retry_after <= 100


def test_no_limit_admits_everybody() -> None:
    assert _admitted(RateLimit(0, 100, Clock()), "a", 1_000) == 1_000


def test_callers_of_older_windows_are_forgotten() -> None:
    clock = Clock()
    counts = OwnCounts()
    rate = RateLimit(5, 100, clock, counts)
    for caller in range(1_000):
        rate.admit(str(caller))
    clock.seconds = 1_300.0
    rate.admit("last")
    assert len(counts._now) + len(counts._before) == 1


def test_workers_count_a_caller_together(tmp_path: Path) -> None:
    SharedCounts.make(tmp_path / "counts")
    clock = Clock()
    workers = [RateLimit(10, 100, clock, SharedCounts(tmp_path / "counts")) for _ in range(3)]
    clock.seconds = 1_050.0
    assert [_admitted(worker, "a", 4) for worker in workers] == [4, 4, 2]
    assert _admitted(workers[0], "b", 99) == 10
    clock.seconds = 1_150.0
    assert [_admitted(worker, "a", 99) for worker in workers] == [5, 0, 0]
    clock.seconds = 1_400.0
    assert [_admitted(worker, "a", 99) for worker in workers] == [10, 0, 0]


def test_nobody_else_reads_what_the_workers_count(tmp_path: Path) -> None:
    SharedCounts.make(tmp_path / "counts")
    assert (tmp_path / "counts").stat().st_mode & 0o777 == 0o600


async def test_one_request_too_many_is_429(caller: httpx.AsyncClient, service: Service) -> None:
    service.rate.limit = 2
    answers = [await caller.post("/query", json=who_is()) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].headers["x-ratelimit-limit"] == "2"
    assert answers[2].json()["Meta"]["Errors"][0]["Text"] == "Too many requests"


async def test_guessing_at_secrets_is_counted_too(http: httpx.AsyncClient, service: Service) -> None:
    service.rate.limit = 1
    given = {"apiKey": "sandbox", "secret": "guess"}
    answers = [await http.post("/auth/authenticate", json=given) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [401, 429]
