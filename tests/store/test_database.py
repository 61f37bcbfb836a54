"""The store as a whole: complete once opened, strict about what counts as written."""

import asyncio
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from os import kill
from pathlib import Path
from uuid import uuid4

import pytest

from store import database
from store.access.tenant import Tenant
from store.database import Connection, Store, connect
from store.errors import MongodMissing, ServerUnfit, SettingInvalid, Unavailable
from store.mongod import executable
from store.mongod.embedded import EmbeddedMongod
from store.settings import StoreSettings


def is_alive(pid: int | None) -> bool:
    return Path(f"/proc/{pid}").exists()


async def test_whoever_opens_a_database_first_makes_its_key_and_all_others_find_it(connection: Connection) -> None:
    name = f"test_{uuid4().hex}"
    stores = await asyncio.gather(*(Store.attach(connection, name) for _ in range(8)))
    keys = {store.key for store in stores}
    await connection.drop_database(name)
    assert len(keys) == 1
    assert len(keys.pop()) == 32


async def test_every_database_has_a_key_of_its_own(store: Store, connection: Connection) -> None:
    name = f"test_{uuid4().hex}"
    other = await Store.attach(connection, name)
    await connection.drop_database(name)
    assert store.key != other.key


async def test_writes_are_confirmed_by_a_journaled_majority_whatever_the_uri_says(mongod: EmbeddedMongod) -> None:
    async with connect(f"{mongod.uri}&w=0&journal=false&readPreference=secondary&readConcernLevel=local") as connection:
        database = connection["test"]
        assert database.write_concern.document == {"w": "majority", "j": True}
        assert database.read_concern.level == "majority"
        assert database.read_preference.mongos_mode == "primary"


async def test_a_store_that_writes_is_ready(store: Store) -> None:
    assert await store.ready()


@pytest.fixture
async def own(tmp_path: Path) -> AsyncIterator[tuple[Store, EmbeddedMongod]]:
    """A store on an embedded mongod that nobody else uses."""
    opened = await Store.open(StoreSettings(data_dir=tmp_path / "data"))
    yield opened, EmbeddedMongod(tmp_path / "data")
    await opened.close()


async def test_without_a_uri_a_mongod_lives_as_long_as_the_store(tmp_path: Path) -> None:
    settings = StoreSettings(data_dir=tmp_path / "data")
    opened = await Store.open(settings)
    tenant = Tenant("riverside", str(uuid4()))
    await opened.tenants.add(tenant)
    key, pid = opened.key, EmbeddedMongod(settings.data_dir).pid
    await opened.close()
    assert not is_alive(pid)
    again = await Store.open(settings)
    assert again.key == key
    assert again.partition(tenant).tenant == tenant
    assert await again.tenants.all() == [tenant]
    await again.close()


async def halt(pid: int) -> None:
    """Stop a process, and wait until all its threads stand still: on a busy machine some go on for a moment."""
    kill(pid, signal.SIGSTOP)
    async with asyncio.timeout(5):
        while not _stands(pid):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.01)


def _stands(pid: int) -> bool:
    threads = Path(f"/proc/{pid}/task").iterdir()
    return all((thread / "stat").read_text().rpartition(") ")[2].startswith("T") for thread in threads)


async def test_a_store_whose_server_does_not_answer_is_not_ready_and_soon_says_so(
    own: tuple[Store, EmbeddedMongod], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, mongod = own
    monkeypatch.setattr(database, "READY_WITHIN", 0.3)
    pid = mongod.pid
    assert pid is not None
    await halt(pid)
    try:
        assert not await asyncio.wait_for(store.ready(), timeout=5)
    finally:
        kill(pid, signal.SIGCONT)
    monkeypatch.undo()
    assert await store.ready()


async def test_an_embedded_mongod_is_stopped_where_opening_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "WIRE_VERSION", 10_000)
    with pytest.raises(ServerUnfit, match="an older version"):
        await Store.open(StoreSettings(data_dir=tmp_path / "data"))
    assert not is_alive(EmbeddedMongod(tmp_path / "data").pid)


async def test_a_uri_is_used_as_it_is_and_no_mongod_is_started(mongod: EmbeddedMongod, tmp_path: Path) -> None:
    settings = StoreSettings(mongodb_uri=mongod.uri, database=f"test_{uuid4().hex}", data_dir=tmp_path / "data")
    opened = await Store.open(settings)
    assert await opened.ready()
    await opened.client.drop_database(settings.database)
    await opened.close()
    assert not settings.data_dir.exists()


async def test_a_server_that_is_away_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "SELECT_WITHIN", 0.1)
    with pytest.raises(Unavailable):
        await Store.open(StoreSettings(mongodb_uri="mongodb://127.0.0.1:1/"))


async def test_a_uri_that_no_client_takes_is_named_as_the_setting_that_is_wrong() -> None:
    with pytest.raises(SettingInvalid, match="DATA_ON_DEMAND_MONGODB_URI"):
        await Store.open(StoreSettings(mongodb_uri="mongodb+srv://one.example:27017/"))


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@pytest.fixture
def single_server(tmp_path: Path, free_port: int) -> Iterator[str]:
    """The URI of a mongod that is no replica set."""
    command = [executable.find(), "--dbpath", tmp_path, "--port", str(free_port), "--bind_ip", "127.0.0.1"]
    with subprocess.Popen([*command, "--nounixsocket"], stdout=subprocess.DEVNULL) as single:
        yield f"mongodb://127.0.0.1:{free_port}/"
        single.terminate()


async def test_a_single_server_without_transactions_is_refused(single_server: str) -> None:
    with pytest.raises(ServerUnfit, match="a single server"):
        await Store.open(StoreSettings(mongodb_uri=single_server))


async def test_without_any_mongod_opening_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executable, "_WHEEL", "no-such-distribution")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MongodMissing, match="DATA_ON_DEMAND_MONGODB_URI"):
        await Store.open(StoreSettings(data_dir=tmp_path / "data"))
