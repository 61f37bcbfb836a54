"""Rotation: a new secret is good at once, the former until it is retired, and never a third."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from store.access import Access, Client, Former, Grant, PublicKey
from store.access.credentials import proof_of
from store.database import Store
from store.errors import (
    ClientInvalid,
    ClientRevoked,
    ClientUnknown,
    GrantUnknown,
    KeyExists,
    KeyUnknown,
    RotationOpen,
    TooManyKeys,
    WebhookRevoked,
    WebhookUnknown,
)
from store.timed_cache import FRESH

NOON = datetime(2031, 3, 30, 12, tzinfo=UTC)
CLIENT = Client("portal", "key-of-portal", "hash-1", "Production", (Grant("riverside", push=True),))
KEY = PublicKey("one", {"kty": "EC", "crv": "P-384", "x": "eA", "y": "eQ", "kid": "one"})
HOUR = timedelta(hours=1)


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
async def access(store: Store, clock: Clock) -> Access:
    access = Access(store.database, store.key, clock=clock, seconds=clock.seconds)
    await access.add_client(CLIENT)
    await access.add_webhook("feed", "token-1", ("riverside",))
    return access


async def hashes(access: Access) -> tuple[str, ...]:
    """The hashes that hold now."""
    client = await access.client("portal")
    assert client
    return client.secret_hashes(access._clock())


async def proof(access: Access) -> str:
    """What a token would carry that is got with the present secret."""
    client = await access.client("portal")
    assert client
    return proof_of(client.secret_hash)


async def test_two_secrets_hold_until_the_former_is_retired(access: Access) -> None:
    await access.rotate_client("portal", "hash-2")
    assert await hashes(access) == ("hash-2", "hash-1")
    await access.retire_client("portal")
    assert await hashes(access) == ("hash-2",)


async def test_a_former_secret_ends_by_itself_at_its_hour(access: Access, clock: Clock) -> None:
    await access.rotate_client("portal", "hash-2", NOON + HOUR)
    clock.now += HOUR - timedelta(seconds=1)
    assert await hashes(access) == ("hash-2", "hash-1")
    clock.now += timedelta(seconds=1)
    assert await hashes(access) == ("hash-2",)
    await access.rotate_client("portal", "hash-3")
    assert await hashes(access) == ("hash-3", "hash-2")


async def test_a_third_secret_is_refused_and_changes_nothing(access: Access) -> None:
    await access.rotate_client("portal", "hash-2", NOON + HOUR)
    with pytest.raises(RotationOpen):
        await access.rotate_client("portal", "hash-3")
    assert await hashes(access) == ("hash-2", "hash-1")


async def test_a_secret_that_looks_like_an_expression_is_a_text(access: Access) -> None:
    await access.rotate_client("portal", "$api_key")
    assert await hashes(access) == ("$api_key", "hash-1")


async def test_tokens_end_with_the_secret_that_they_were_got_with(access: Access, clock: Clock) -> None:
    first = await access.issue_token("access", "portal", await proof(access))
    await access.rotate_client("portal", "hash-2", NOON + HOUR)
    second = await access.issue_token("access", "portal", await proof(access))
    assert await access.bearer(first.secret)
    assert await access.bearer(second.secret)
    clock.now += HOUR
    assert await access.bearer(first.secret) is None
    assert await access.bearer(second.secret)


async def test_retiring_in_another_process_ends_tokens_within_seconds(
    access: Access, clock: Clock, store: Store
) -> None:
    issued = await access.issue_token("access", "portal", await proof(access))
    elsewhere = Access(store.database, store.key)
    await elsewhere.rotate_client("portal", "hash-2")
    assert await access.bearer(issued.secret)
    await elsewhere.retire_client("portal")
    clock.now += timedelta(seconds=FRESH)
    assert await access.bearer(issued.secret) is None


async def test_tokens_end_with_the_key_that_they_were_got_with_even_if_its_id_comes_again(access: Access) -> None:
    await access.add_key("portal", KEY)
    issued = await access.issue_token("access", "portal", KEY.proof)
    assert await access.bearer(issued.secret)
    await access.remove_key("portal", "one")
    assert await access.bearer(issued.secret) is None
    await access.add_key("portal", PublicKey("one", {**KEY.jwk, "x": "eQ"}))
    assert await access.bearer(issued.secret) is None


async def test_a_refresh_token_carries_what_its_client_proved_itself_with(access: Access) -> None:
    issued = await access.issue_token("refresh", "portal", "proof")
    token = await access.consume_refresh_token(issued.secret, "portal")
    assert token
    assert token.proof == "proof"


async def test_clients_and_tokens_of_before_rotation_go_on(store: Store, access: Access) -> None:
    await store.database["clients"].update_one({"_id": "portal"}, {"$unset": {"former": ""}})
    issued = await access.issue_token("access", "portal")
    await store.database["tokens"].update_many({}, {"$unset": {"proof": ""}})
    assert await access.client("portal") == CLIENT
    assert await access.bearer(issued.secret) == CLIENT
    await access.rotate_client("portal", "hash-2")
    assert await hashes(access) == ("hash-2", "hash-1")


async def test_webhooks_of_before_rotation_go_on(store: Store, access: Access) -> None:
    await store.database["webhooks"].update_one({"_id": "feed"}, {"$unset": {"former": ""}})
    assert await access.webhook_by_token("token-1")
    await access.rotate_webhook("feed", "token-2")
    assert await access.webhook_by_token("token-1")


async def test_two_tokens_of_a_webhook_hold_until_the_former_is_retired(access: Access) -> None:
    await access.rotate_webhook("feed", "token-2")
    assert await access.webhook_by_token("token-1") == await access.webhook_by_token("token-2") is not None
    with pytest.raises(RotationOpen):
        await access.rotate_webhook("feed", "token-3")
    await access.retire_webhook("feed")
    assert await access.webhook_by_token("token-1") is None
    assert await access.webhook_by_token("token-2")


async def test_a_former_token_of_a_webhook_ends_at_its_hour_even_where_it_is_remembered(
    access: Access, clock: Clock
) -> None:
    await access.rotate_webhook("feed", "token-2", NOON + timedelta(seconds=2))
    assert await access.webhook_by_token("token-1")
    clock.now += timedelta(seconds=2)
    assert await access.webhook_by_token("token-1") is None
    assert await access.webhook_by_token("token-2")


async def test_a_webhook_retired_elsewhere_is_out_within_seconds(access: Access, clock: Clock, store: Store) -> None:
    await access.rotate_webhook("feed", "token-2")
    assert await access.webhook_by_token("token-1")
    await Access(store.database, store.key).retire_webhook("feed")
    clock.now += timedelta(seconds=FRESH)
    assert await access.webhook_by_token("token-1") is None


async def test_a_grant_takes_the_place_of_the_one_before_and_leaves_the_others(access: Access) -> None:
    lakeside = Grant("lakeside", query=True, models=("Scheduling",))
    await access.allow_client("portal", lakeside)
    await access.allow_client("portal", Grant("riverside", query=True))
    client = await access.client("portal")
    assert client
    assert set(client.grants) == {lakeside, Grant("riverside", query=True)}
    await access.disallow_client("portal", "riverside")
    client = await access.client("portal")
    assert client
    assert client.grants == (lakeside,)
    with pytest.raises(GrantUnknown):
        await access.disallow_client("portal", "riverside")
    with pytest.raises(ClientInvalid):
        await access.allow_client("portal", Grant("lakeside"))


async def test_a_webhook_keeps_its_last_tenant(access: Access) -> None:
    with pytest.raises(GrantUnknown):
        await access.disallow_webhook("feed", "riverside")
    await access.allow_webhook("feed", "lakeside")
    await access.disallow_webhook("feed", "riverside")
    webhook = await access.webhook("feed")
    assert webhook
    assert webhook.tenants == ("lakeside",)


async def test_keys_are_told_apart_by_their_ids_and_are_not_many(access: Access) -> None:
    for number in range(10):
        await access.add_key("portal", PublicKey(str(number), {}))
    with pytest.raises(KeyExists):
        await access.add_key("portal", PublicKey("3", {}))
    with pytest.raises(TooManyKeys):
        await access.add_key("portal", PublicKey("10", {}))
    await access.remove_key("portal", "3")
    with pytest.raises(KeyUnknown):
        await access.remove_key("portal", "3")


ACTS: dict[str, Callable[[Access, str], Awaitable[None]]] = {
    "rotate": lambda access, name: access.rotate_client(name, "hash"),
    "retire": lambda access, name: access.retire_client(name),
    "allow": lambda access, name: access.allow_client(name, Grant("lakeside", query=True)),
    "disallow": lambda access, name: access.disallow_client(name, "riverside"),
    "add key": lambda access, name: access.add_key(name, KEY),
    "remove key": lambda access, name: access.remove_key(name, "one"),
}
WEBHOOK_ACTS: dict[str, Callable[[Access, str], Awaitable[None]]] = {
    "rotate": lambda access, name: access.rotate_webhook(name, "token"),
    "retire": lambda access, name: access.retire_webhook(name),
    "allow": lambda access, name: access.allow_webhook(name, "lakeside"),
    "disallow": lambda access, name: access.disallow_webhook(name, "riverside"),
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("name", ["nobody", "a\x00b", "\ud800", ""])
async def test_nothing_is_changed_of_a_client_that_is_not_there(act: str, name: str, access: Access) -> None:
    with pytest.raises(ClientUnknown):
        await ACTS[act](access, name)


@pytest.mark.parametrize("act", ACTS)
async def test_nothing_is_changed_of_a_client_that_is_revoked(act: str, access: Access) -> None:
    await access.revoke_client("portal")
    before = await access.client("portal")
    with pytest.raises(ClientRevoked):
        await ACTS[act](access, "portal")
    assert await access.client("portal") == before


@pytest.mark.parametrize("act", WEBHOOK_ACTS)
async def test_nothing_is_changed_of_a_webhook_that_is_revoked_or_not_there(act: str, access: Access) -> None:
    with pytest.raises(WebhookUnknown):
        await WEBHOOK_ACTS[act](access, "nobody")
    await access.revoke_webhook("feed")
    with pytest.raises(WebhookRevoked):
        await WEBHOOK_ACTS[act](access, "feed")


def test_no_hash_of_a_former_secret_is_shown() -> None:
    assert "hash-0" not in repr(Former("hash-0"))
