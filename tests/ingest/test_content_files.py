"""Contents of events become files of their tenants, and every way that reads the exact bytes gives them again."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import orjson
import pytest

from ingest.content_files import exact_body, without_contents
from ingest.incoming import Incoming, identity_in
from ingest.intake import UNROUTED, Intake, now
from ingest.pipeline import accept
from ingest.replays.file_sweep import sweep_files
from ingest.replays.replay import route
from ingest.replays.sweep import Sweep
from ingest.understanding import Understood, understand
from mappings.file_reference import content_of, reference_in
from mappings.reading.json_text import value_of
from store.access.tenant import Tenant
from store.commit import transact
from store.database import Store
from store.entries import Entry, Part
from store.errors import TenantRemoved
from store.files import LOOSE_FOR, Files
from store.partition import Partition
from store.uploads import Upload

BINARY = bytes(range(256)) * 20
SOURCE = "0b7c6a52-6a0e-4d0f-9d7b-1f3a5c7e9bf2"
NEW = Tenant("hillside", "0b7c6a52-6a0e-4d0f-9d7b-1f3a5c7e9b02", source_ids=(SOURCE,))


def media(contents: str) -> bytes:
    meta = {
        "DataModel": "Media",
        "EventType": "New",
        "EventDateTime": "2026-02-03T04:05:06.000Z",
        "Source": {"ID": SOURCE},
    }
    return orjson.dumps({"Meta": meta, "Media": {"FileContents": contents}}, option=orjson.OPT_INDENT_2)


BODY = media(base64.b64encode(BINARY).decode())


def incoming(body: bytes = BODY, client: str = "app", by: str = "client") -> Incoming:
    """An event as a door received it."""
    return Incoming(body, value_of(body), client, "log", "attempt", {"by": by})


async def entry_of(partition: Partition, body: bytes = BODY, client: str = "app") -> Entry:
    """The entry of an event that has no long contents, with its files kept."""
    event = await without_contents(partition.store, [partition], incoming(body, client), now())
    return understand(event, partition, now(), "1").entry


async def kept(partition: Partition, entry: Entry) -> Entry:
    """The entry as the journal has it."""
    await transact(partition.store, lambda session: accept(partition, [Understood(entry)], session))
    found = await partition.journal.one(entry.id)
    assert found is not None
    return found


async def test_the_journal_has_a_reference_and_gives_the_exact_bytes(partition: Partition) -> None:
    entry = await kept(partition, await entry_of(partition))
    assert len(entry.body) < 500
    assert await exact_body(partition, entry) == BODY
    reference = reference_in(value_of(entry.body)["Media"]["FileContents"])
    assert reference is not None
    assert content_of(reference, await partition.files.read(reference.file)) == base64.b64encode(BINARY).decode()


async def test_a_body_of_megabytes_is_cut_too(partition: Partition) -> None:
    body = media(base64.b64encode(BINARY * 200).decode())
    entry = await kept(partition, await entry_of(partition, body))
    assert await exact_body(partition, entry) == body


async def test_two_files_of_ten_megabytes_in_one_event_are_kept_and_come_back(partition: Partition) -> None:
    files = [base64.b64encode(BINARY * 2048 + each).decode() for each in (b"1", b"2")]
    meta = {"DataModel": "Results", "EventType": "New", "EventDateTime": "2026-02-03T04:05:06.000Z"}
    body = orjson.dumps({"Meta": meta, "Orders": [{"Results": [{"Value": each} for each in files]}]})
    assert len(body) > 26 * 1024 * 1024
    entry = await kept(partition, await entry_of(partition, body))
    assert len(entry.body) < 1000
    assert [await partition.files.size(name) for name in entry.files] == [len(BINARY) * 2048 + 1] * 2
    assert await exact_body(partition, entry) == body


async def test_an_event_without_long_contents_has_its_own_body(store: Store, partition: Partition) -> None:
    for body in (media("short"), BODY.replace(b"Media", b"Poems"), b"[]", b"{}", BODY.replace(b'"Media"', b"7", 1)):
        event = incoming(body)
        assert await without_contents(store, [partition], event, now()) is event
    assert await exact_body(partition, await kept(partition, await entry_of(partition, media("short")))) == media(
        "short"
    )


async def test_a_file_is_kept_in_each_tenant_of_an_event_and_in_no_other(store: Store, partition: Partition) -> None:
    await store.tenants.add(NEW)
    other = store.partition(NEW)
    event = await without_contents(store, [partition, other], incoming(), now())
    assert [await each.files.read(cut.file) for each in (partition, other) for cut in event.cuts] == [BINARY, BINARY]
    assert await store.database["files"].count_documents({}) == 2


async def test_nothing_is_accepted_for_a_tenant_that_is_removed(
    store: Store, partition: Partition, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.database["journal"].insert_one({"_id": "!removed|riverside", "tenant": "!removed"})
    with pytest.raises(TenantRemoved):
        await without_contents(store, [partition], incoming(), now())
    assert await store.database["files"].count_documents({}) == 0


# --- uploads ----------------------------------------------------------------------------------------------------------


async def uploaded(store: Store, client: str = "app", age: timedelta = timedelta()) -> str:
    """The URI of an upload."""
    sha1 = hashlib.sha1(BINARY, usedforsecurity=False).hexdigest()
    upload = Upload(str(uuid4()), client, len(BINARY), sha1, now() - age)
    await store.uploads.add(upload, BINARY)
    return f"https://data.example.org/base/upload/{upload.id}"


async def test_an_upload_that_its_client_names_is_a_file_of_the_tenants(store: Store, partition: Partition) -> None:
    body = media(await uploaded(store))
    entry = await kept(partition, await entry_of(partition, body))
    assert await exact_body(partition, entry) == body
    reference = reference_in(value_of(entry.body)["Media"]["FileContents"])
    assert reference is not None
    assert (reference.size, len(reference.sha1)) == (len(BINARY), 40)
    assert content_of(reference, await partition.files.read(reference.file)) == base64.b64encode(BINARY).decode()
    await sweep_files(store, now() + LOOSE_FOR + timedelta(minutes=1))
    assert await partition.files.read(reference.file) == BINARY
    assert await store.database["uploads"].count_documents({}) == 0


async def test_an_upload_and_the_same_content_in_a_message_are_one_file(store: Store, partition: Partition) -> None:
    await entry_of(partition)
    await entry_of(partition, media(await uploaded(store)))
    assert await store.database["files"].count_documents({"tenant": partition.tenant.name}) == 1


@pytest.mark.parametrize(("client", "by"), [("other", "client"), ("app", "webhook")])
async def test_an_upload_of_another_client_stays_a_text(
    client: str, by: str, store: Store, partition: Partition
) -> None:
    event = incoming(media(await uploaded(store)), client, by)
    assert await without_contents(store, [partition], event, now()) is event


async def test_an_upload_whose_bytes_have_just_gone_stays_a_text(store: Store, partition: Partition) -> None:
    event = incoming(media(await uploaded(store)))
    await store.database["files"].delete_many({"tenant": "!uploads"})
    assert await without_contents(store, [partition], event, now()) is event


async def test_an_upload_that_has_ended_and_a_uri_of_elsewhere_stay_texts(store: Store, partition: Partition) -> None:
    for uri in (await uploaded(store, age=LOOSE_FOR), "https://blob.example.org/upload/7", f"/upload/{uuid4()}"):
        event = incoming(media(uri))
        assert await without_contents(store, [partition], event, now()) is event


# --- other ways to the bytes ------------------------------------------------------------------------------------------


async def test_an_event_that_gets_a_route_takes_its_files_along(store: Store, tenant: Tenant) -> None:
    waiting = store.partition(UNROUTED)
    entry = await entry_of(waiting, client="feed")
    await waiting.journal.add([replace(entry, parts=(Part(entry.order, open="unrouted"),))], None)
    await store.tenants.add(NEW)
    await store.access.add_webhook("feed", "token", (NEW.name,))
    await route(store)
    there = store.partition(NEW)
    found = await there.journal.one(identity_in(BODY))
    assert found is not None
    assert await exact_body(there, found) == BODY


async def test_a_repeated_event_without_time_and_ids_is_compared_by_its_exact_bytes(partition: Partition) -> None:
    body = BODY.replace(b'"EventDateTime": "2026-02-03T04:05:06.000Z",', b"")
    entry = await kept(partition, await entry_of(partition, body))
    assert entry.id == identity_in(body) != identity_in(entry.body)
    assert identity_in(await exact_body(partition, entry)) == entry.id


# --- the sweep --------------------------------------------------------------------------------------------------------


async def test_files_and_uploads_that_nobody_names_are_swept_after_a_day(store: Store, partition: Partition) -> None:
    await uploaded(store)
    for each in (partition, store.partition(UNROUTED)):
        await each.files.put({"loose": b"1"}, now())
    assert await sweep_files(store, now() + LOOSE_FOR - timedelta(minutes=1)) == 0
    assert await sweep_files(store, now() + LOOSE_FOR + timedelta(minutes=1)) == 3
    assert await store.database["files"].count_documents({}) == 0
    assert await store.database["uploads"].count_documents({}) == 0


async def test_the_sweep_of_a_service_sweeps_files(store: Store, partition: Partition) -> None:
    await Files(store.database, partition.tenant.name).put({"loose": b"1"}, now() - LOOSE_FOR - timedelta(minutes=1))
    sweep = Sweep(store, timedelta(seconds=1))
    assert await sweep.once() is not None
    assert await partition.files.size("loose") is None
    await partition.files.put({"loose": b"1"}, now() - LOOSE_FOR - timedelta(minutes=1))
    await sweep.once()
    assert await partition.files.size("loose") == 1


async def test_an_event_can_still_be_pushed_that_has_no_files(partition: Partition) -> None:
    body = media("short")
    accepted = await Intake(partition.store).push([partition], Incoming(body, value_of(body), "app", "", ""))
    found = await partition.journal.one(accepted[0].journal_id)
    assert found is not None
    assert await exact_body(partition, found) == body
