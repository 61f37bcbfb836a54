"""Access: who may come in, with nothing kept that would let somebody else in."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from bson import encode

from store.access import Access, Client, Grant, PublicKey, Webhook, new_secret
from store.database import Store
from store.errors import (
    ClientExists,
    ClientInvalid,
    ClientUnknown,
    WebhookExists,
    WebhookInvalid,
    WebhookUnknown,
)
from store.timed_cache import FRESH, MOST, Recent

CLIENT = Client(
    name="portal",
    api_key="key-of-portal",
    secret_hash="$argon2id$of-portal",
    environment="Production",
    grants=(Grant("riverside", push=True, query=True), Grant("lakeside", query=True, models=("Scheduling",))),
    source_id="8e2f5d1c-9f4e-4a83-b7ea-2f1f4a3f7c01",
    public_keys=(PublicKey("key-1", {"kty": "EC", "crv": "P-384", "x": "eA", "y": "eQ", "kid": "key-1"}),),
)
NOON = datetime(2031, 3, 30, 12, tzinfo=UTC)


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        return self.now.timestamp()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def access(store: Store, clock: Clock) -> Access:
    return Access(store.database, store.key, clock=clock, seconds=clock.seconds)


async def test_a_client_comes_back_as_it_was_added(access: Access) -> None:
    await access.add_client(CLIENT)
    assert await access.client("portal") == CLIENT
    assert await access.client_by_api_key("key-of-portal") == CLIENT
    assert await access.clients() == [CLIENT]


async def test_a_client_of_defaults_comes_back_as_it_was_added(access: Access) -> None:
    plain = Client("plain", "k", "h")
    await access.add_client(plain)
    assert await access.client("plain") == plain


@pytest.mark.parametrize("text", ["", "nobody", "\ud800", "a\x00b", '{"$ne": ""}'])
async def test_no_client_is_found_by_another_name_or_key(access: Access, text: str) -> None:
    await access.add_client(CLIENT)
    assert await access.client(text) is None
    assert await access.client_by_api_key(text) is None


@pytest.mark.parametrize(
    ("second", "place"), [(replace(CLIENT, api_key="another"), "name"), (replace(CLIENT, name="another"), "api_key")]
)
async def test_a_second_client_of_the_same_name_or_key_is_refused(access: Access, second: Client, place: str) -> None:
    await access.add_client(CLIENT)
    with pytest.raises(ClientExists) as caught:
        await access.add_client(second)
    assert caught.value.place == place


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("name", "a|b"),
        ("name", ""),
        ("api_key", ""),
        ("api_key", "ä"),
        ("environment", "Moon"),
        ("grants", (Grant("riverside"),)),
        ("source_id", "x"),
    ],
)
def test_a_property_that_cannot_be_is_named(place: str, value: object) -> None:
    with pytest.raises(ClientInvalid) as caught:
        replace(CLIENT, **{place: value})
    assert caught.value.place == place


async def test_a_revoked_client_is_listed_but_comes_in_no_more(access: Access) -> None:
    await access.add_client(CLIENT)
    issued = await access.issue_token("access", "portal")
    refresh = await access.issue_token("refresh", "portal")
    assert await access.bearer(issued.secret) == CLIENT
    await access.revoke_client("portal")
    assert await access.client_by_api_key("key-of-portal") is None
    assert await access.bearer(issued.secret) is None
    assert await access.consume_refresh_token(refresh.secret, "portal") is None
    assert await access.clients() == [replace(CLIENT, revoked=True)]


async def test_a_token_issued_while_its_client_was_revoked_is_worth_nothing(access: Access) -> None:
    await access.add_client(CLIENT)
    await access.revoke_client("portal")
    issued = await access.issue_token("access", "portal")
    assert await access.bearer(issued.secret) is None


async def test_a_revocation_by_another_process_counts_within_seconds(
    store: Store, access: Access, clock: Clock
) -> None:
    await access.add_client(CLIENT)
    issued = await access.issue_token("access", "portal")
    assert await access.bearer(issued.secret) == CLIENT
    await Access(store.database, store.key).revoke_client("portal")
    clock.now += timedelta(seconds=FRESH)
    assert await access.bearer(issued.secret) is None


async def test_revoking_whom_nobody_knows_is_an_error(access: Access) -> None:
    with pytest.raises(ClientUnknown):
        await access.revoke_client("nobody")
    with pytest.raises(WebhookUnknown):
        await access.revoke_webhook("nobody")


async def test_an_access_token_lives_24_hours_even_where_it_is_remembered(access: Access, clock: Clock) -> None:
    await access.add_client(CLIENT)
    issued = await access.issue_token("access", "portal")
    assert issued.expires == NOON + timedelta(hours=24)
    clock.now = issued.expires - timedelta(seconds=1)
    assert await access.bearer(issued.secret) == CLIENT
    clock.now = issued.expires
    assert await access.bearer(issued.secret) is None


async def test_a_refresh_token_lives_30_days(access: Access, clock: Clock) -> None:
    early, late = [await access.issue_token("refresh", "portal") for _ in range(2)]
    assert early.expires == NOON + timedelta(days=30)
    clock.now = early.expires - timedelta(seconds=1)
    token = await access.consume_refresh_token(early.secret, "portal")
    assert token is not None
    assert (token.kind, token.client, token.used) == ("refresh", "portal", clock.now)
    clock.now = late.expires
    assert await access.consume_refresh_token(late.secret, "portal") is None


async def test_of_many_who_use_a_refresh_token_at_once_one_gets_it(access: Access) -> None:
    issued = await access.issue_token("refresh", "portal")
    uses = await asyncio.gather(*(access.consume_refresh_token(issued.secret, "portal") for _ in range(20)))
    assert sum(use is not None for use in uses) == 1
    assert await access.consume_refresh_token(issued.secret, "portal") is None


async def test_a_refresh_token_serves_its_own_client_only_and_is_not_spent_by_others(access: Access) -> None:
    issued = await access.issue_token("refresh", "portal")
    assert await access.consume_refresh_token(issued.secret, "another") is None
    assert await access.consume_refresh_token(issued.secret, "portal") is not None


async def test_a_token_of_one_kind_is_none_of_the_other(access: Access) -> None:
    await access.add_client(CLIENT)
    refresh = await access.issue_token("refresh", "portal")
    issued = await access.issue_token("access", "portal")
    assert await access.bearer(refresh.secret) is None
    assert await access.consume_refresh_token(issued.secret, "portal") is None


@pytest.mark.parametrize("secret", ["", "x", "\ud800", "a\x00b"])
async def test_a_text_that_is_no_token_opens_nothing(access: Access, secret: str) -> None:
    assert await access.bearer(secret) is None
    assert await access.consume_refresh_token(secret, "portal") is None
    assert await access.webhook_by_token(secret) is None


async def test_expired_tokens_are_removed_by_the_database(store: Store) -> None:
    long_ago = Access(store.database, store.key, clock=lambda: datetime(2001, 1, 1, tzinfo=UTC))
    await long_ago.issue_token("access", "portal")
    for _ in range(200):
        if not await store.database["tokens"].count_documents({}):
            break
        await asyncio.sleep(0.1)
    assert await store.database["tokens"].count_documents({}) == 0


async def test_an_assertion_counts_once_for_each_client(access: Access) -> None:
    spent = await asyncio.gather(*(access.spend_assertion("portal", "jti-1", NOON) for _ in range(10)))
    assert sum(spent) == 1
    assert await access.spend_assertion("portal", "jti-2", NOON)
    assert await access.spend_assertion("another", "jti-1", NOON)


async def test_client_and_id_of_an_assertion_are_kept_apart(access: Access) -> None:
    assert await access.spend_assertion("a", "bc", NOON)
    assert await access.spend_assertion("ab", "c", NOON)


async def test_a_webhook_is_found_by_its_token_until_it_is_revoked(access: Access) -> None:
    added = await access.add_webhook("feed", "its-token", ("riverside", "lakeside"))
    assert await access.webhook_by_token("its-token") == added
    assert await access.webhook_by_token("its-token") == added
    assert await access.webhook_by_token("its-token ") is None
    assert await access.webhooks() == [added]
    await access.revoke_webhook("feed")
    assert await access.webhook_by_token("its-token") is None
    assert await access.webhooks() == [replace(added, revoked=True)]


async def test_a_second_webhook_of_the_same_name_or_token_is_refused(access: Access) -> None:
    await access.add_webhook("feed", "its-token", ("riverside",))
    for name, token, place in (("feed", "another", "name"), ("another", "its-token", "token_hash")):
        with pytest.raises(WebhookExists) as caught:
            await access.add_webhook(name, token, ("riverside",))
        assert caught.value.place == place


@pytest.mark.parametrize(
    ("name", "token", "tenants", "place"),
    [("a b", "t", ("riverside",), "name"), ("a", "", ("riverside",), "token"), ("a", "t", (), "tenants")],
)
async def test_a_webhook_that_cannot_be_is_refused(
    access: Access, name: str, token: str, tenants: tuple[str, ...], place: str
) -> None:
    with pytest.raises(WebhookInvalid) as caught:
        await access.add_webhook(name, token, tenants)
    assert caught.value.place == place


async def test_no_secret_lies_in_the_database(store: Store, access: Access) -> None:
    await access.add_client(CLIENT)
    await access.add_webhook("feed", "its-token", ("riverside",))
    issued = [await access.issue_token(kind, "portal") for kind in ("access", "refresh")]
    stored = b""
    for collection in ("clients", "webhooks", "tokens"):
        async for document in store.database[collection].find():
            stored += encode(document)
    for secret in ("its-token", *(each.secret for each in issued)):
        assert secret.encode() not in stored


def test_no_secret_and_no_hash_is_shown() -> None:
    shown = repr((CLIENT, Webhook("feed", "hash-of-feed", ("riverside",))))
    assert "argon2" not in shown
    assert "hash-of-feed" not in shown


async def test_another_database_has_other_hashes(store: Store, access: Access) -> None:
    assert access.hash("access", "a") == Access(store.database, store.key).hash("access", "a")
    assert access.hash("access", "a") != Access(store.database, bytes(32)).hash("access", "a")
    assert access.hash("access", "a") != access.hash("refresh", "a")


def test_secrets_are_long_and_never_the_same() -> None:
    assert len({new_secret() for _ in range(100)}) == 100
    assert len(new_secret()) >= 43


def test_what_was_read_lately_never_fills_the_memory() -> None:
    recent: Recent[int, int] = Recent(lambda: 0.0)
    for number in range(MOST + 5):
        recent.keep(number, number)
    assert sum(recent.find(number) is not None for number in range(MOST + 5)) == 5


async def test_what_many_ask_for_at_once_is_read_once() -> None:
    recent: Recent[int, str] = Recent(lambda: 0.0)
    reads = []

    async def read() -> str:
        reads.append(1)
        await asyncio.sleep(0)
        return "read"

    assert await asyncio.gather(*(recent.find_or_read(1, read) for _ in range(32))) == ["read"] * 32
    assert await recent.find_or_read(1, read) == "read"
    assert len(reads) == 1


async def test_what_was_being_read_when_something_changed_is_not_kept() -> None:
    recent: Recent[int, str] = Recent(lambda: 0.0)
    changed = asyncio.Event()

    async def read_of_before() -> str:
        await changed.wait()
        return "before"

    async def read() -> str:
        return "after"

    before = asyncio.create_task(recent.find_or_read(1, read_of_before))
    await asyncio.sleep(0)
    recent.clear()
    assert await recent.find_or_read(1, read) == "after"
    changed.set()
    assert await before == "before"
    assert recent.find(1) == "after"
