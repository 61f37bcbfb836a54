"""Files are kept once in their tenant, whole or not at all, and go when nobody names them or with their tenant."""

import asyncio
import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from store import files
from store.access.tenant import Tenant
from store.database import Store
from store.documents import Json
from store.entries import Cut, Entry, Part
from store.errors import FileMissing, TenantRemoved
from store.files import LOOSE_FOR, PART_BYTES, WRITE_WITHIN, Files
from store.operations import removal
from store.operations.loose_files import LooseFiles
from store.operations.removal import counts, remove
from store.partition import Partition
from store.uploads import LEAST, PLACE, Upload

NOW = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
LATER = NOW + LOOSE_FOR + timedelta(minutes=1)
OTHER = Tenant("riverside-two", "0b7c6a52-6a0e-4d0f-9d7b-1f3a5c7e9b02")


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of more than a few bytes lie in parts."""
    monkeypatch.setattr(files, "PART_BYTES", 6)


def entry(*names: str, entry_id: str = "e1") -> Entry:
    """A journal entry that names files."""
    cuts = tuple(Cut(name, at, 1, "text") for at, name in enumerate(names))
    return Entry(entry_id, b"x" * len(names), NOW, NOW, (Part("1"),), cuts=cuts)


async def sweep(store: Store, before: datetime, tenant: str = "riverside") -> int:
    return await LooseFiles(store.database, tenant).sweep(before)


async def documents(store: Store, tenant: str = "riverside") -> dict[str, int]:
    """How many documents the files of a tenant take."""
    names = (files.COLLECTION, files.PARTS)
    return {name: await store.database[name].count_documents({"tenant": tenant}) for name in names}


# --- writing and reading ----------------------------------------------------------------------------------------------


async def test_a_file_comes_back_whole_and_in_pieces(partition: Partition) -> None:
    data = bytes(range(256))
    name = partition.file_name(data)
    await partition.files.put({name: data}, NOW)
    assert await partition.files.read(name) == data
    assert [piece async for piece in partition.files.pieces(name)] == [data]
    assert await partition.files.size(name) == 256


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("size", [7, 12, 13])
async def test_a_long_file_lies_in_parts(size: int, partition: Partition, store: Store) -> None:
    data = bytes(range(size))
    name = partition.file_name(data)
    await partition.files.put({name: data, "short": b"short"}, NOW)
    assert await documents(store) == {"files": 2, "file_parts": -(-size // 6)}
    assert await partition.files.read(name) == data
    pieces = [piece async for piece in partition.files.pieces(name)]
    assert max(map(len, pieces)) == 6
    assert b"".join(map(base64.b64encode, pieces)) == base64.b64encode(data)


async def test_thirty_megabytes_are_kept_and_read(partition: Partition) -> None:
    data = bytes(range(256)) * 4 * 1024 * 30
    await partition.files.put({"name": data}, NOW)
    pieces = [len(piece) async for piece in partition.files.pieces("name")]
    assert pieces == [PART_BYTES, PART_BYTES, len(data) - 2 * PART_BYTES]
    assert await partition.files.read("name") == data
    assert PART_BYTES % 3 == 0


async def test_many_files_are_kept_together(partition: Partition, store: Store) -> None:
    many = {f"{number:048x}": b"%d" % number for number in range(1_100)}
    await partition.files.put(many, NOW)
    await partition.files.put({**many, "one more": b"1"}, NOW)
    assert (await documents(store))["files"] == 1_101


async def test_the_name_of_a_file_follows_from_its_bytes_and_the_key_of_the_database(partition: Partition) -> None:
    assert partition.file_name(b"a") == partition.file_name(bytearray(b"a")) != partition.file_name(b"b")
    assert files.file_name(b"another key", b"a") != partition.file_name(b"a")
    assert len(partition.file_name(b"")) == 48


async def test_a_file_that_is_not_there_is_missing(partition: Partition, store: Store) -> None:
    await store.tenants.add(OTHER)
    await store.partition(OTHER).files.put({"name": b"data"}, NOW)
    with pytest.raises(FileMissing):
        await partition.files.read("name")
    assert await partition.files.size("name") is None


@pytest.mark.usefixtures("small_parts")
async def test_a_file_that_lost_a_part_is_missing(partition: Partition, store: Store) -> None:
    await partition.files.put({"name": b"0123456789"}, NOW)
    await store.database[files.PARTS].delete_one({"part": 1})
    with pytest.raises(FileMissing):
        await partition.files.read("name")


@pytest.mark.usefixtures("small_parts")
async def test_many_writers_of_one_file_leave_one(partition: Partition, store: Store) -> None:
    data = b"0123456789abc"
    both = {"long": data, "short": b"s"}
    await asyncio.gather(*(Files(store.database, "riverside").put(both, NOW) for _ in range(8)))
    assert await partition.files.read("long") == data
    assert await documents(store) == {"files": 2, "file_parts": 3}


@pytest.mark.usefixtures("small_parts")
async def test_a_file_whose_writing_was_interrupted_can_be_written_again(
    partition: Partition, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(Files, "_head", crash)
        with pytest.raises(RuntimeError):
            await partition.files.put({"name": b"0123456789"}, NOW)
    assert await documents(store) == {"files": 0, "file_parts": 2}
    await partition.files.put({"name": b"0123456789"}, NOW + timedelta(hours=1))
    assert await partition.files.read("name") == b"0123456789"
    assert await sweep(store, NOW + timedelta(minutes=1)) == 0
    assert await documents(store) == {"files": 1, "file_parts": 2}
    assert await partition.files.read("name") == b"0123456789"


# --- the sweep --------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("small_parts")
async def test_what_no_entry_names_is_deleted_after_a_day_and_what_one_names_stays(
    partition: Partition, store: Store
) -> None:
    await partition.files.put({"named": b"0123456789", "loose": b"9876543210", "small": b"1"}, NOW)
    await partition.journal.add([entry("named"), entry("other", entry_id="e2")], None)
    assert await sweep(store, NOW) == 0
    assert await sweep(store, LATER - LOOSE_FOR) == 2
    assert await documents(store) == {"files": 1, "file_parts": 2}
    assert await partition.files.read("named") == b"0123456789"
    looked_at = await store.database[files.COLLECTION].count_documents(
        {"tenant": "riverside", "loose": {"$exists": True}}
    )
    assert looked_at == 0
    assert await sweep(store, LATER) == 0
    assert await partition.files.read("named") == b"0123456789"


async def test_a_file_that_was_put_again_is_not_deleted(partition: Partition, store: Store) -> None:
    await partition.files.put({"name": b"data"}, NOW)
    await partition.files.put({"name": b"data"}, LATER)
    assert await sweep(store, LATER) == 0
    await partition.files.put({"name": b"data"}, NOW)  # by a process whose clock is slow
    assert await sweep(store, LATER) == 0
    assert await sweep(store, LATER + timedelta(seconds=1)) == 1


@pytest.mark.usefixtures("small_parts")
async def test_a_file_that_is_put_while_the_sweep_looks_at_it_stays(
    partition: Partition, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await partition.files.put({"name": b"0123456789"}, NOW)
    is_named = LooseFiles._is_named

    async def looks(self: LooseFiles, name: str) -> bool:
        found = await is_named(self, name)
        await partition.files.put({"name": b"0123456789"}, LATER)  # its event is about to name it
        return found

    monkeypatch.setattr(LooseFiles, "_is_named", looks)
    assert await sweep(store, LATER) == 0
    assert await partition.files.read("name") == b"0123456789"


async def test_a_file_of_one_tenant_is_not_kept_by_the_entry_of_another(partition: Partition, store: Store) -> None:
    await store.tenants.add(OTHER)
    await store.partition(OTHER).journal.add([entry("name")], None)
    await partition.files.put({"name": b"data"}, NOW)
    assert await sweep(store, LATER) == 1


@pytest.mark.usefixtures("small_parts")
async def test_the_remains_of_an_interrupted_writing_are_deleted(partition: Partition, store: Store) -> None:
    await partition.files.put({"name": b"0123456789"}, NOW)
    await store.database[files.COLLECTION].delete_one({"_id": "riverside|name"})
    assert await sweep(store, NOW) == 0
    assert (await documents(store))["file_parts"] == 2
    await sweep(store, LATER)
    assert (await documents(store))["file_parts"] == 0


# --- the journal names them -------------------------------------------------------------------------------------------


async def test_the_journal_keeps_where_files_were_cut_out(partition: Partition, store: Store) -> None:
    cuts = (
        Cut("a", 3, 20, "base64"),
        Cut("b", 30, 20, "upload", original="https://x/upload/1"),
        Cut("a", 60, 20, "text"),
    )
    kept = replace(entry(), cuts=cuts)
    await partition.journal.add([kept, replace(entry(entry_id="e2"), body=b"2")], None)
    found = await partition.journal.one("e1")
    assert found is not None
    assert (found.cuts, found.files) == (cuts, ("a", "b"))
    await partition.journal.mark([replace(found, issues=({"path": "x", "reason": "y"},), cuts=())], None)
    assert (await partition.journal.known(["e1"]))["e1"].cuts == cuts
    without = await store.database["journal"].find_one({"_id": "riverside|e2"})
    assert without is not None
    assert without.keys() & {"files", "cuts"} == set()


async def test_the_entries_that_name_a_file_are_found_by_an_index(partition: Partition, store: Store) -> None:
    await partition.journal.add([entry("a"), entry(entry_id="e2")], None)
    wanted: Json = {"tenant": "riverside", "files": {"$exists": True, "$eq": "a"}}
    plan = await store.database["journal"].find(wanted).hint("files").explain()
    assert plan["executionStats"]["totalDocsExamined"] == 1


# --- removal ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """No waits for what is under way."""

    async def no_time(_store: Store) -> float:
        return -1.0

    monkeypatch.setattr(removal, "SETTLED", 0.0)
    monkeypatch.setattr(removal, "FRESH", -1.0)
    monkeypatch.setattr(removal, "_longest_transaction", no_time)


async def gone(store: Store, **more: Any) -> None:
    await remove(store, "riverside", "tester", waiting="unrouted", **{"is_of": lambda *_: False, **more})


@pytest.mark.usefixtures("small_parts", "hasty")
async def test_the_files_of_a_removed_tenant_go_and_no_more_can_be_written(partition: Partition, store: Store) -> None:
    await store.tenants.add(OTHER)
    other = store.partition(OTHER)
    for each in (partition, other):
        await each.files.put({"long": b"0123456789", "short": b"1"}, NOW)
    stale = Files(store.database, "riverside")
    await gone(store)
    for data in (b"1", b"0123456789"):
        with pytest.raises(TenantRemoved):
            await stale.put({"name": data}, NOW)
    assert set((await counts(store, "riverside")).values()) == {0}
    assert await other.files.read("long") == b"0123456789"
    assert await other.files.read("short") == b"1"


@pytest.mark.usefixtures("hasty")
async def test_the_files_of_events_that_wait_for_a_route_go_with_the_events(tenant: Tenant, store: Store) -> None:
    waiting = store.partition(Tenant("unrouted", "00000000-0000-4000-8000-000000000000"))
    await waiting.files.put({"mine": b"1", "ours": b"2", "theirs": b"3"}, NOW)
    await waiting.files.put({"on its way": b"4"}, datetime.now(UTC))
    await waiting.journal.add([entry("mine", "ours", "on its way"), entry("ours", "theirs", entry_id="e2")], None)
    await gone(store, is_of=lambda each, _: each.id == "e1")
    assert await waiting.files.size("mine") is None
    assert [await waiting.files.size(name) for name in ("ours", "theirs", "on its way")] == [1, 1, 1]


@pytest.mark.usefixtures("small_parts", "hasty")
async def test_files_that_race_with_a_removal_leave_nothing_behind(
    partition: Partition, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_over, refused = False, 0
    monkeypatch.setattr(removal, "SETTLED", 1.0)

    async def putting(own: int) -> None:
        nonlocal refused
        number = own
        while not is_over:
            number += 10
            data = b"%d" % number * (1 + number % 3)
            try:
                await Files(store.database, "riverside").put({f"{number}": data, f"long {number}": data * 9}, NOW)
            except TenantRemoved:
                refused += 1

    writers = [asyncio.create_task(putting(own)) for own in range(4)]
    while await store.database["files"].count_documents({"tenant": "riverside"}) < 40:  # noqa: ASYNC110 - it is MongoDB
        await asyncio.sleep(0.01)
    await gone(store)
    is_over = True
    await asyncio.gather(*writers)
    assert refused > 0
    assert set((await counts(store, "riverside")).values()) == {0}


def test_a_write_ends_before_a_removal_looks_for_the_last_time() -> None:
    assert WRITE_WITHIN + 1 < removal.SETTLED


# --- uploads ----------------------------------------------------------------------------------------------------------


async def test_an_upload_is_its_clients_for_a_day(store: Store) -> None:
    upload = Upload("u1", "app", 4, "0" * 40, NOW)
    await store.uploads.add(upload, b"data")
    ids = ["u1", "u2"]
    assert await store.uploads.some(ids, "app", LATER - timedelta(minutes=2)) == {"u1": upload}
    assert await store.uploads.some(ids, "other", NOW) == await store.uploads.some(ids, "app", LATER) == {}
    assert await store.uploads.read(upload) == b"data"


async def test_many_uploads_are_looked_up_together(store: Store) -> None:
    ids = [f"u{number}" for number in range(2_500)]
    for each in (ids[0], ids[-1]):
        await store.uploads.add(Upload(each, "app", 4, "0" * 40, NOW), b"data")
    assert set(await store.uploads.some(ids, "app", NOW)) == {ids[0], ids[-1]}


async def test_the_bytes_of_a_clients_uploads_are_counted(store: Store) -> None:
    for number, (client, size) in enumerate((("app", LEAST + 1), ("app", 0), ("other", 4))):
        await store.uploads.add(Upload(f"u{number}", client, size, "0" * 40, NOW), b"data")
    assert [await store.uploads.bytes_of(name) for name in ("app", "other", "nobody")] == [2 * LEAST + 1, LEAST, 0]


async def test_an_upload_ends_and_its_bytes_go(store: Store) -> None:
    await store.uploads.add(Upload("u1", "app", 4, "0" * 40, NOW), b"data")
    await store.uploads.add(Upload("u2", "app", 4, "0" * 40, LATER), b"more")
    assert await store.uploads.end(LATER) == 1
    assert await sweep(store, LATER, PLACE) == 1
    assert await documents(store, PLACE) == {"files": 1, "file_parts": 0}
    assert await store.uploads.bytes_of("app") == LEAST
