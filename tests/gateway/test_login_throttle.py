"""Failed logins are slowed and counted; what is right is never made to wait, and nobody is locked out by others."""

import asyncio
from pathlib import Path

import httpx
import pytest
from prometheus_client import REGISTRY

from gateway.access.authentication import secret_hash
from gateway.access.login_throttle import AT_ONCE, Failures, network_of
from gateway.access.rate_limit import OwnCounts, SharedCounts
from gateway.errors import TooManyFailures
from gateway.service import Service
from gateway.settings import Settings
from store.access import Client, Grant
from store.database import Store
from tests.gateway.calls import CANARY
from tests.gateway.signing import PATH, claims, ec, form, public, rsa, signed, signer


class Time:
    """A clock that goes on while somebody sleeps, and not otherwise."""

    def __init__(self) -> None:
        self.now = 1_000_000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def failures(time: Time) -> Failures:
    return Failures(clock=time, sleep=time.sleep)


async def test_each_failure_beyond_a_few_is_held_back_twice_as_long(failures: Failures, time: Time) -> None:
    for _ in range(13):
        await failures.hold_back("192.0.2.1", "key")
    assert time.slept == [0.25, 0.5, 1, 2, 4, 8, 8, 8]


async def test_failures_are_forgotten_after_a_while(failures: Failures, time: Time) -> None:
    for _ in range(10):
        await failures.hold_back("192.0.2.1", "key")
    time.now += 601
    time.slept.clear()
    await failures.hold_back("192.0.2.1", "key")
    assert time.slept == []


async def test_a_key_is_guessed_at_slowly_from_many_addresses(failures: Failures, time: Time) -> None:
    for number in range(8):
        await failures.hold_back(f"192.0.2.{number}", "key")
    assert time.slept == [0.25, 0.5, 1]


async def test_many_keys_are_guessed_at_slowly_from_one_address(failures: Failures, time: Time) -> None:
    for number in range(8):
        await failures.hold_back("192.0.2.1", f"key {number}")
    assert time.slept == [0.25, 0.5, 1]


async def test_who_guesses_from_elsewhere_sends_nobody_away(failures: Failures) -> None:
    for _ in range(20):
        await failures.hold_back("192.0.2.1", "key")
    failures.look("192.0.2.1")
    failures.look("192.0.2.2")


async def test_who_has_several_answers_held_back_is_sent_away_until_they_are_given() -> None:
    go, waiting = asyncio.Event(), asyncio.Semaphore(0)

    async def sleep(_seconds: float) -> None:
        waiting.release()
        await go.wait()

    failures = Failures(free=1, sleep=sleep)
    await failures.hold_back("192.0.2.1")
    tasks = [asyncio.create_task(failures.hold_back("192.0.2.1")) for _ in range(AT_ONCE)]
    for _ in range(AT_ONCE):
        await waiting.acquire()
    with pytest.raises(TooManyFailures) as refused:
        failures.look("192.0.2.1")
    assert refused.value.retry_after == 8
    failures.look("192.0.2.2")
    go.set()
    await asyncio.gather(*tasks)
    failures.look("192.0.2.1")
    assert not failures._held


async def test_a_million_keys_take_no_more_memory_than_some(failures: Failures) -> None:
    counts = failures._counts
    assert isinstance(counts, OwnCounts)
    failures._sleep = lambda _seconds: asyncio.sleep(0)
    for number in range(20_000):
        failures._count(f"key {number}")
    assert len(counts._now) < 20_000
    assert {place.rpartition(" ")[0] for place in counts._now} == {"failures"}
    assert max(int(place.rpartition(" ")[2]) for place in counts._now) < 65_536


async def test_the_workers_of_a_service_count_together(time: Time, tmp_path: Path) -> None:
    SharedCounts.make(tmp_path / "counts")
    workers = [
        Failures(SharedCounts(tmp_path / "counts"), key=b"of the service", clock=time, sleep=time.sleep)
        for _ in range(2)
    ]
    for number in range(8):
        await workers[number % 2].hold_back("192.0.2.1", "key")
    assert time.slept == [0.25, 0.5, 1]


async def test_where_nothing_is_free_nothing_is_slowed(time: Time) -> None:
    failures = Failures(free=0, clock=time, sleep=time.sleep)
    for _ in range(50):
        await failures.hold_back("192.0.2.1", "key")
    assert time.slept == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("192.0.2.1", "192.0.2.2", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("unix", "unix", True),
        ("", "unix", False),
    ],
)
def test_whoever_has_many_addresses_is_one(one: str, other: str, same: bool) -> None:
    assert (network_of(one) == network_of(other)) is same


# --- through HTTP ----------------------------------------------------------------------------------------------------


class TestOutsideOfASandbox:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(admin_key="k" * 32)

    @pytest.fixture
    async def slept(self, service: Service, store: Store, monkeypatch: pytest.MonkeyPatch) -> list[float]:
        """How long answers were held back."""
        grants = (Grant("north", push=True),)
        await store.access.add_client(Client("app", "key-of-app", secret_hash("its secret"), grants=grants))
        await store.access.add_webhook("feed", "token", ("north",))
        await signer(store, "signing", public(ec()))
        time = Time()
        monkeypatch.setattr(service.authentication.failures, "_sleep", time.sleep)
        return time.slept

    async def test_wrong_secrets_are_slowed_and_the_right_one_is_not(
        self, http: httpx.AsyncClient, slept: list[float]
    ) -> None:
        for _ in range(7):
            answer = await http.post("/auth/authenticate", json={"apiKey": "key-of-app", "secret": CANARY})
            assert (answer.status_code, answer.text) == (401, "Invalid request")
        assert slept == [0.25, 0.5]
        answer = await http.post("/auth/authenticate", json={"apiKey": "key-of-app", "secret": "its secret"})
        assert answer.status_code == 200
        assert slept == [0.25, 0.5]

    @pytest.mark.parametrize("door", ["refresh token", "assertion", "admin key", "verification token"])
    async def test_every_door_slows_and_counts(self, door: str, http: httpx.AsyncClient, slept: list[float]) -> None:
        before = _logins(door, "refused")
        for _ in range(6):
            assert (await _knock(http, door)).status_code in (401, 403)
        assert slept == [0.25]
        assert _logins(door, "refused") - before == 6

    async def test_an_expired_token_is_no_guess(self, http: httpx.AsyncClient, slept: list[float]) -> None:
        before = _logins("access token", "refused")
        for _ in range(10):
            answer = await http.post("/endpoint", json={}, headers={"authorization": "Bearer expired"})
            assert answer.status_code == 401
        assert slept == []
        assert _logins("access token", "refused") - before == 10

    @pytest.mark.parametrize("door", ["secret", "assertion", "admin key"])
    @pytest.mark.usefixtures("slept")
    async def test_who_guesses_faster_than_he_is_answered_is_sent_away_unheard(
        self, door: str, http: httpx.AsyncClient, service: Service
    ) -> None:
        failures = service.authentication.failures
        failures._held[network_of("127.0.0.1")] = AT_ONCE
        before = _logins(door, "slowed")
        answer = await _knock(http, door)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "8")
        assert _logins(door, "slowed") - before == 1
        failures._held.clear()

    @pytest.mark.usefixtures("slept")
    async def test_the_counter_names_nobody(self, http: httpx.AsyncClient) -> None:
        await http.post("/auth/authenticate", json={"apiKey": CANARY, "secret": CANARY})
        text = (await http.get("/metrics")).text
        assert 'data_on_demand_logins_total{door="secret",outcome="refused"}' in text
        assert CANARY not in text


async def _knock(http: httpx.AsyncClient, door: str) -> httpx.Response:
    if door == "secret":
        return await http.post("/auth/authenticate", json={"apiKey": "key-of-app", "secret": "wrong"})
    if door == "refresh token":
        return await http.post("/auth/refreshToken", json={"apiKey": "key-of-app", "refreshToken": "wrong"})
    if door == "assertion":
        return await http.post(PATH, data=form(signed(claims("key-of-signing"), rsa(), kid="ec")))
    if door == "admin key":
        return await http.get("/admin/clients", headers={"authorization": "Bearer wrong"})
    return await http.post("/webhook", json={}, headers={"verification-token": "wrong"})


def _logins(door: str, outcome: str) -> float:
    return REGISTRY.get_sample_value("data_on_demand_logins_total", {"door": door, "outcome": outcome}) or 0.0
