"""`synth` fills a tenant, or a file that fills it alike; `indexes` says what the database is to have."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from store.access.tenant import Tenant
from store.database import Store
from tests.gateway.commands import Command

SOME = ("--patients", "12", "--today", "2026-03-10")


@pytest.fixture
def command(command: Command, tenant: Tenant) -> Command:
    """A command on a database in which there is a tenant."""
    assert tenant.name == "riverside"
    return command


async def test_a_tenant_is_filled_and_the_file_of_the_same_population_brings_nothing_new(
    command: Command, store: Store, tmp_path: Path
) -> None:
    filled = await command("synth", *SOME, "--tenant", "riverside", "--json")
    assert filled.status == 0, filled
    told = json.loads(filled.out)
    assert told["applied"] > 40
    assert await store.database["Patient"].count_documents({"tenant": "riverside"}) == 12
    file = tmp_path / "events.ndjson.gz"
    written = await command("synth", *SOME, "--tenant", "riverside", "--to", str(file), "--interleaved")
    assert written.status == 0, written
    assert len(gzip.decompress(file.read_bytes()).splitlines()) == told["applied"]
    again = await command("backfill", "events", str(file), "--tenant", "riverside", "--json")
    assert (json.loads(again.out)["applied"], json.loads(again.out)["alreadyThere"]) == (0, told["applied"])
    assert [*map(str, tmp_path.iterdir())] == [str(file)]  # noqa: ASYNC240 - a directory of one file


async def test_events_for_nobody_are_written_without_a_database(command: Command, tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("one.ndjson.gz", "two.ndjson.gz")]
    for file in files:
        assert (await command("synth", *SOME, "--to", str(file))).status == 0
    assert files[0].read_bytes() == files[1].read_bytes()
    first = json.loads(gzip.decompress(files[0].read_bytes()).splitlines()[0])
    assert first["Meta"].keys() == {"DataModel", "EventType", "EventDateTime", "Test"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("--patients", "3"),
        ("--patients", "0", "--to", "-"),
        ("--patients", "3", "--to", "-", "--visits-per-patient", "-1"),
        ("--patients", "3", "--to", "-", "--today", "tomorrow"),
        ("--patients", "3", "--tenant", "riverside", "--today", "2999-01-01"),
        ("--patients", "3", "--tenant", "riverside", "--interleaved"),
    ],
)
async def test_what_cannot_be_is_wrong_usage(arguments: tuple[str, ...], command: Command, store: Store) -> None:
    outcome = await command("synth", *arguments)
    assert outcome.status == 2, outcome
    assert await store.database["journal"].count_documents({}) == 0


async def test_nobody_invented_goes_to_a_tenant_of_production(command: Command, store: Store) -> None:
    added = ("--destination-id", "0b7c6a52-6a0e-4d0f-9d7b-1f3a5c7e9b02", "--environment", "Production")
    assert (await command("tenant", "add", "earnest", *added)).status == 0
    refused = await command("synth", *SOME, "--tenant", "earnest")
    assert refused.status == 1
    assert "Production" in refused.err
    assert await store.database["Patient"].count_documents({}) == 0


async def test_a_load_is_remembered_with_what_it_came_to(command: Command, store: Store) -> None:
    assert (await command("synth", *SOME, "--tenant", "riverside")).status == 0
    entries = await store.database["audit"].find({"event": "synth"}).sort("_id").to_list()
    assert [entry["details"]["state"] for entry in entries] == ["begun", "done"]
    assert entries[1]["details"]["applied"] > 40


async def test_indexes_are_printed_split_and_made(command: Command) -> None:
    printed = await command("indexes")
    assert printed.status == 0, printed
    assert 'db.getCollection("Encounter").createIndex({"tenant": 1, "search.patient": 1' in printed.out
    split = await command("indexes", "--shard", "--pin", "riverside=north")
    assert 'sh.shardCollection("tests.journal", {"tenant": 1, "_id": 1})' in split.out
    assert '"riverside", "_id": MaxKey()}, "north")' in split.out
    made = await command("indexes", "--apply")
    assert made.out == f"{printed.out.count('createIndex')} indexes are there\n"


async def test_what_is_no_cluster_is_not_split_and_a_pin_must_name_a_zone(command: Command) -> None:
    assert (await command("indexes", "--shard", "--apply")).status == 1
    assert (await command("indexes", "--shard", "--pin", "riverside")).status == 2
    assert (await command("indexes", "--pin", "riverside=north")).status == 2
