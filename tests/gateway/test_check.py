"""What is unsafe or unfinished is found, with a place and a remedy; where all is well nothing is."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pymongo.errors import OperationFailure

from gateway.check import CHECKS, Facts, findings, gathered
from gateway.settings import Settings
from ingest.incoming import Incoming
from ingest.intake import Intake
from store.access import Client, Grant, Webhook
from store.access.tenant import Tenant
from store.database import Store, connect
from store.mongod.embedded import EmbeddedMongod
from store.operations.posture import Posture, Way, posture, way
from store.partition import Partition
from store.settings import StoreSettings
from tests.gateway.commands import run

OPEN = "0.0.0.0"  # noqa: S104 - nothing listens there
NOW = datetime(2026, 6, 1, tzinfo=UTC)
RIVERSIDE = Tenant(
    "riverside",
    "0b7c6a52-6a0e-4d0f-9d7b-1f3a5c7e9b01",
    "Production",
    source_ids=("0b7c6a52-6a0e-4d0f-9d7b-1f3a5c7e9bf1",),
)
FEED = Client("feed", "key", "hash", "Production", (Grant("riverside", push=True),))
HOOK = Webhook("hook", "hash", ("riverside",))

WELL = Facts(
    settings=Settings(host=OPEN, tls_certificate="/tls.pem", tls_key="/tls.key", admin_key_file="/admin"),
    store_settings=StoreSettings("mongodb://one.example,two.example/?tls=true", mongodb_uri_file=Path("/uri")),
    posture=Posture((8, 0), 3, True, (), False, 0.4, {}, frozenset({"feed"})),
    tenants={"riverside": RIVERSIDE},
    clients=(FEED,),
    webhooks=(HOOK,),
    environment={"DATA_ON_DEMAND_MONGODB_URI_FILE": "/uri", "HOME": "/"},
    way=Way(is_local=False, has_tls=True, is_checked=True),
    modes={"/tls.key": 0o600, "/admin": 0o400, "/uri": 0o700},
    certificate_ends=NOW + timedelta(days=60),
    open_files=65_536,
    now=NOW,
)
"""A configuration in which there is nothing to be found."""


def _set(**settings: Any) -> Facts:
    return replace(WELL, settings=replace(WELL.settings, **settings))


def _of_store(**settings: Any) -> Facts:
    return replace(WELL, store_settings=replace(WELL.store_settings, **settings))


def _posture(**said: Any) -> Facts:
    return replace(WELL, posture=replace(WELL.posture, **said))


_ELSEWHERE = replace(RIVERSIDE, environment="Staging")
_SEVERAL = replace(HOOK, tenants=("riverside", "riverside"))

ILL: Mapping[str, tuple[Facts, str]] = {
    "sandbox-on-a-named-database": (_set(sandbox="empty"), "data_on_demand"),
    "open-without-tls": (_set(tls_certificate="", tls_key=""), OPEN),
    "proxies-too-many": (_set(trusted_proxies="10.1.2.3, 0.0.0.0/0, 127.0.0.0/8"), "0.0.0.0/0"),
    "certificate-ends": (replace(WELL, certificate_ends=NOW + timedelta(days=9)), "/tls.pem (2026-06-10)"),
    "readable-by-others": (
        replace(WELL, modes={"/tls.key": 0o640, "/uri": 0o711, "/run/secrets/uri": 0o444}),
        "/tls.key (640)",
    ),
    "secret-in-environment": (
        replace(WELL, environment={"DATA_ON_DEMAND_MONGODB_URI": "mongodb://me:hush@one.example/"}),
        "DATA_ON_DEMAND_MONGODB_URI",
    ),
    "embedded-database": (
        replace(WELL, way=None, store_settings=StoreSettings(data_dir=Path("/var/lib/dod"))),
        "/var/lib/dod",
    ),
    "database-without-tls": (replace(WELL, way=Way(is_local=False, has_tls=False, is_checked=True)), "mongodb_uri"),
    "database-unchecked": (replace(WELL, way=Way(is_local=False, has_tls=True, is_checked=False)), "mongodb_uri"),
    "database-without-authentication": (_posture(is_authenticated=False), "mongodb_uri"),
    "role-too-wide": (_posture(too_wide=("any resource",)), "any resource"),
    "audit-changeable": (_posture(can_change_audit=True), "audit"),
    "database-out-of-support": (_posture(version=(6, 0)), "6.0"),
    "replica-set-of-one": (_posture(members=1), "1 member"),
    "disk-nearly-full": (_posture(disk_used=0.93), "93% used"),
    "rate-limit-off": (_set(rate_limit=0), "rate_limit"),
    "audit-short": (_of_store(audit_days=365), "365 days"),
    "log-debug": (_set(log_level="debug"), "log_level"),
    "open-events": (_posture(open_events={("riverside", "failed"): 3}), "riverside: 3 failed"),
    "grant-to-nobody": (
        replace(WELL, clients=(replace(FEED, grants=(Grant("gone", query=True),)),)),
        "client feed to gone",
    ),
    "grant-elsewhere": (
        replace(WELL, tenants={"riverside": _ELSEWHERE}),
        "client feed (Production) to riverside (Staging)",
    ),
    "webhook-without-source": (
        replace(WELL, tenants={"riverside": replace(RIVERSIDE, source_ids=())}),
        "webhook hook to riverside",
    ),
    "unknown-setting": (replace(WELL, environment={"DATA_ON_DEMAND_PROT": "1"}), "DATA_ON_DEMAND_PROT"),
    "too-few-files": (replace(WELL, open_files=1_024), "1024 files"),
    "webhook-of-several-tenants": (replace(WELL, webhooks=(_SEVERAL,)), "hook"),
    "client-idle": (_posture(clients_seen=frozenset({"other"})), "feed"),
    "sandbox-left": (
        replace(
            WELL,
            clients=(replace(FEED, name="sandbox"),),
            posture=replace(WELL.posture, clients_seen=frozenset({"sandbox"})),
        ),
        "sandbox",
    ),
}


def test_where_all_is_well_nothing_is_found() -> None:
    assert findings(WELL, CHECKS) == []


def test_every_check_has_its_case() -> None:
    assert [check.name for check in CHECKS] == list(ILL)


@pytest.mark.parametrize("name", ILL)
def test_each_check_finds_what_it_is_for_and_no_other_does(name: str) -> None:
    facts, place = ILL[name]
    [finding] = findings(facts, CHECKS)
    assert (finding.check, finding.where) == (name, (place,))
    assert finding.severity in {"unsafe", "unfinished", "note"}
    assert all((finding.what, finding.why, finding.remedy))


@pytest.mark.parametrize(
    "facts",
    [
        _set(host="127.0.0.1", tls_certificate="", tls_key=""),
        _set(tls_certificate="", tls_key="", trusted_proxies="10.1.2.3"),
        _of_store(audit_days=0),
        _posture(members=None, version=(9, 0), disk_used=None),
        replace(WELL, way=Way(is_local=True, has_tls=False, is_checked=True)),
    ],
    ids=["loopback", "behind a proxy", "an audit for ever", "a sharded cluster of a newer version", "a local database"],
)
def test_what_is_well_in_another_way_is_left_alone(facts: Facts) -> None:
    assert findings(facts, CHECKS) == []


def test_what_is_unsafe_comes_first() -> None:
    several = replace(_set(log_level="debug", rate_limit=0), webhooks=(_SEVERAL,))
    assert [each.severity for each in findings(several, CHECKS)] == ["unsafe", "unfinished", "note"]


# --- facts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("mongodb://127.0.0.1:27017,localhost,[::1]/", Way(True, False, True)),
        ("mongodb://db.example/", Way(False, False, True)),
        ("mongodb://127.0.0.1,db.example/?ssl=true", Way(False, True, True)),
        ("mongodb://db.example/?tls=true&tlsAllowInvalidCertificates=true", Way(False, True, False)),
        ("mongodb+srv://db.example/", Way(False, True, True)),
        ("mongodb+srv://db.example/?tls=false", Way(False, False, True)),
        ("mongodb+srv://db.example/?retryWrites=true&tlsInsecure=true", Way(False, True, False)),
    ],
)
def test_a_uri_says_what_the_way_is(uri: str, expected: Way) -> None:
    assert way(uri) == expected


@pytest.mark.parametrize(
    ("roles", "is_narrow"),
    [
        ([{"role": "readWrite", "db": "tests"}], True),
        ([{"role": "readWrite", "db": "tests"}, {"role": "read", "db": "other"}], False),
        ([{"role": "dbOwner", "db": "tests"}], False),
        ([{"role": "readWriteAnyDatabase", "db": "admin"}], False),
        ([{"role": "root", "db": "admin"}], False),
    ],
)
async def test_a_user_that_may_do_more_than_read_and_write_here_is_noticed(
    roles: list[Any], *, is_narrow: bool, mongod: EmbeddedMongod, store: Store
) -> None:
    users = store.client["tests"]
    try:
        await users.command("createUser", "narrow", pwd="hush", roles=roles)
    except OperationFailure:
        await users.command("updateUser", "narrow", pwd="hush", roles=roles)
    client = connect(mongod.uri.replace("//", "//narrow:hush@").replace("/?", "/tests?"))
    try:
        said = await posture(await Store.attach(client, "tests"))
        assert said.is_authenticated
        assert (said.too_wide == ()) == is_narrow
        assert said.can_change_audit
    finally:
        await client.close()
        await users.command("dropUser", "narrow")


async def test_the_database_is_asked_how_it_stands(store: Store) -> None:
    said = await posture(store)
    assert (said.version, said.members, said.is_authenticated, said.open_events) == ((6, 0), 1, False, {})
    assert said.disk_used is not None
    assert 0 < said.disk_used < 1


async def test_facts_are_gathered_from_files_and_the_store(store: Store, tmp_path: Path) -> None:
    key, uri = tmp_path / "admin", tmp_path / "uri"
    key.write_text("x" * 40)
    uri.write_text("mongodb://127.0.0.1/")
    key.chmod(0o644)
    uri.chmod(0o600)
    settings = Settings(admin_key_file=str(key), tls_certificate=str(tmp_path / "gone"))
    given = StoreSettings.from_environment({"DATA_ON_DEMAND_MONGODB_URI_FILE": str(uri)})
    facts = await gathered(settings, given, store, {})
    assert facts.modes == {str(key): 0o644, str(uri): 0o600}
    assert facts.way == Way(True, False, True)
    assert {each.check for each in findings(facts, CHECKS)} >= {"readable-by-others", "certificate-ends"}


async def test_open_events_are_counted_of_each_tenant_and_of_those_that_wait_for_a_route(
    store: Store, partition: Partition
) -> None:
    intake = Intake(store)
    for number in range(2):
        await intake.push_unrouted(Incoming(b"%d" % number, None, "feed", "log", "attempt"))
    await intake.push([partition], Incoming(b"unreadable", None, "feed", "log", "attempt"))
    facts = await gathered(Settings(), StoreSettings(), store, {})
    assert facts.posture.open_events == {("unrouted", "unrouted"): 2, ("riverside", "unreadable"): 1}


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def directory(mongod: EmbeddedMongod, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command finds the tests' database."""
    for name in [name for name in os.environ if name.startswith("DATA_ON_DEMAND_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DATA_ON_DEMAND_MONGODB_URI", mongod.uri)
    monkeypatch.setenv("DATA_ON_DEMAND_DATABASE", "tests")


@pytest.mark.usefixtures("directory", "store")
async def test_the_command_says_each_finding_and_its_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    told = await run(capsys, "check")
    assert told.status == 1
    assert "UNSAFE  MongoDB lets the service in without a user: mongodb_uri" in told.out
    assert "Remedy: three members on three machines. (replica-set-of-one)" in told.out
    assert told.out.splitlines()[-1].startswith(f"{len(CHECKS)} checks: ")
    as_json = json.loads((await run(capsys, "check", "--json")).out)
    assert all(set(each) == {"severity", "check", "what", "where", "why", "remedy"} for each in as_json)
    assert "replica-set-of-one" in {each["check"] for each in as_json}


@pytest.mark.usefixtures("directory", "store")
async def test_a_note_alone_is_no_reason_to_fail(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for facts, status in ((WELL, 0), (ILL["client-idle"][0], 0), (ILL["log-debug"][0], 1)):

        async def given(*_: object, facts: Facts = facts) -> Facts:
            return facts

        monkeypatch.setattr("gateway.cli.check.gathered", given)
        assert (await run(capsys, "check")).status == status


def test_the_checklist_has_every_check_with_its_severity() -> None:
    page = (Path(__file__).parents[2] / "docs" / "hardening.md").read_text()
    assert re.findall(r"^\| `([a-z-]+)` \| (\w+) \|$", page, re.MULTILINE) == [
        (check.name, check.severity) for check in CHECKS
    ]
