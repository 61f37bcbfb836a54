"""A real mongod for the whole run, an empty database for each test, and how hard Hypothesis tries."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from hypothesis import HealthCheck, settings
from pymongo import monitoring

from gateway.access import authentication
from store.access.tenant import Tenant
from store.database import Connection, Store, connect
from store.mongod.embedded import EmbeddedMongod
from store.partition import Partition
from tests.gateway.commands import Command, Outcome, run
from tests.shard_keys import LISTENER

monitoring.register(LISTENER)  # each client of this process that is made from here on is listened to
_ANY_PACE = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]}
settings.register_profile("quick", max_examples=25, **_ANY_PACE)
_THOROUGH = {"thorough": 50, "thorough law": 100, "thorough leaf": 200}
"""Examples of each property, of those of lives (each example a dozen events, in two tenants), of those of messages."""
for _name, _examples in _THOROUGH.items():
    settings.register_profile(_name, max_examples=_examples, derandomize=True, **_ANY_PACE)
settings.register_profile("night", max_examples=2000, **_ANY_PACE)
_PACE = os.environ.get("HYPOTHESIS_PROFILE") or ("thorough" if os.environ.get("CI") == "true" else "quick")
settings.load_profile(_PACE)
_LAWS = Path(__file__).parent / "laws"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds options for what takes long: a larger population whose questions are explained, and all histories."""
    parser.addoption("--people", type=int, default=1000, help="patients whose questions are explained (1000)")
    parser.addoption("--all-histories", action="store_true", help="identity over larger alphabets: some minutes")


def pytest_collectstart(collector: pytest.Collector) -> None:
    """Has Hypothesis try the laws the hardest, where it is to be thorough; a test keeps the pace it is imported at."""
    if isinstance(collector, pytest.Module):
        is_law = _LAWS in collector.path.parents
        of_leaves = collector.path.stem in {"test_recall", "test_account", "test_hush"}
        thorough = "thorough leaf" if of_leaves else "thorough law" if is_law else "thorough"
        settings.load_profile(thorough if _PACE == "thorough" else _PACE)


@pytest.fixture(scope="session", autouse=True)
def _quick_hashes() -> Iterator[None]:
    """A secret is hashed with less work than in life, where it takes 64 MB and a good part of a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(authentication, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        yield


@pytest.fixture(autouse=True)
def _shard_keys() -> Iterator[None]:
    """Fails a test in which the store sent a command that a sharded cluster would spread over all shards, or refuse."""
    yield
    if found := LISTENER.take():
        pytest.fail("\n".join(found), pytrace=False)


@pytest.fixture(scope="session")
def mongod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedMongod]:
    """One embedded mongod, with fail points and a quick eye for what has expired."""
    parameters = {"enableTestCommands": "1", "ttlMonitorSleepSecs": "1"}
    with EmbeddedMongod(tmp_path_factory.mktemp("mongod"), parameters=parameters) as running:
        yield running


@pytest.fixture(scope="session")
async def connection(mongod: EmbeddedMongod) -> AsyncIterator[Connection]:
    """One connected client of it.

    It polls: a stream of heartbeats would break off, and cancel what is under way, whenever tests without a loop keep
    the loop waiting for longer than a heartbeat may take.
    """
    connected = connect(f"{mongod.uri}&serverMonitoringMode=poll")
    yield connected
    await connected.close()


@pytest.fixture
async def store(connection: Connection) -> AsyncIterator[Store]:
    """A store in a database as good as new; emptying one takes a tenth of the time of making another."""
    attached = await Store.attach(connection, "tests")
    yield attached

    async def empty(name: str) -> None:
        await attached.database[name].delete_many({})

    await asyncio.gather(*map(empty, await attached.database.list_collection_names()))


@pytest.fixture
async def tenant(store: Store) -> Tenant:
    """A tenant in an odd zone."""
    added = Tenant(
        name="riverside",
        destination_id="0b7c6a52-6a0e-4d0f-9d7b-1f3a5c7e9b01",
        environment="Development",
        time_zone="Asia/Kathmandu",
        source_ids=("0b7c6a52-6a0e-4d0f-9d7b-1f3a5c7e9bf1",),
    )
    await store.tenants.add(added)
    return added


@pytest.fixture
def partition(store: Store, tenant: Tenant) -> Partition:
    """That tenant's documents."""
    return store.partition(tenant)


@pytest.fixture
def command(
    store: Store, mongod: EmbeddedMongod, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Command:
    """Runs a command on the test's database."""
    monkeypatch.setenv("DATA_ON_DEMAND_MONGODB_URI", mongod.uri)
    monkeypatch.setenv("DATA_ON_DEMAND_DATABASE", store.database.name)

    async def execute(*arguments: str) -> Outcome:
        return await run(capsys, *arguments)

    return execute
