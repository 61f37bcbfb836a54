"""Who may come in: clients with their grants, webhooks, tokens. Only hashes of secrets are kept, never a secret."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, get_args

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from store import tokens
from store.errors import (
    ClientExists,
    ClientInvalid,
    ClientUnknown,
    WebhookExists,
    WebhookInvalid,
    WebhookUnknown,
    driver_errors,
)
from store.recent import Recent
from store.tenants import NAME, Environment, canonical_uuid
from store.tokens import Issued, Token, Tokens, new_secret, utc_now

__all__ = ["INDEXES", "Access", "Client", "Grant", "Issued", "Token", "Webhook", "new_secret"]

CLIENTS, WEBHOOKS = "clients", "webhooks"
INDEXES: dict[str, list[IndexModel]] = {
    CLIENTS: [IndexModel([("api_key", ASCENDING)], name="api_key", unique=True)],
    WEBHOOKS: [IndexModel([("token_hash", ASCENDING)], name="token_hash", unique=True)],
    **tokens.INDEXES,
}


@dataclass(frozen=True, slots=True)
class Grant:
    """What a client may do with one tenant; no models named means all of them."""

    tenant: str
    push: bool = False
    query: bool = False
    models: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Client:
    """Who holds an API key; raises ClientInvalid naming the property that cannot be."""

    name: str
    api_key: str
    secret_hash: str = field(repr=False)
    environment: Environment = "Development"
    grants: tuple[Grant, ...] = ()
    source_id: str | None = None
    public_keys: tuple[str, ...] = ()
    revoked: bool = False

    def __post_init__(self) -> None:
        for place, is_right in _CHECKS.items():
            if not is_right(self):
                raise ClientInvalid(place)
        object.__setattr__(self, "source_id", self.source_id and canonical_uuid(self.source_id))


def _may_be_api_key(text: str) -> bool:
    return bool(text) and text.isascii() and text.isprintable()


_CHECKS: dict[str, Callable[[Client], bool]] = {
    "name": lambda client: NAME.fullmatch(client.name) is not None,
    "api_key": lambda client: _may_be_api_key(client.api_key),
    "environment": lambda client: client.environment in get_args(Environment),
    "grants": lambda client: all(grant.push or grant.query for grant in client.grants),
    "source_id": lambda client: client.source_id is None or canonical_uuid(client.source_id) is not None,
}


@dataclass(frozen=True, slots=True)
class Webhook:
    """A feed that proves itself with a verification token; raises WebhookInvalid naming what cannot be."""

    name: str
    token_hash: str = field(repr=False)
    tenants: tuple[str, ...]
    revoked: bool = False

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise WebhookInvalid("name")
        if not self.tenants:
            raise WebhookInvalid("tenants")


class Access(Tokens):
    """Clients, webhooks and tokens of a database; a change made by another process counts within a few seconds."""

    def __init__(
        self,
        database: AsyncDatabase[dict[str, Any]],
        key: bytes,
        *,
        clock: Callable[[], datetime] = utc_now,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(database, key, clock=clock)
        self._clients = database[CLIENTS]
        self._webhooks = database[WEBHOOKS]
        self._bearers: Recent[str, tuple[Token, Client]] = Recent(seconds)
        self._callers: Recent[str, Webhook] = Recent(seconds)

    async def add_client(self, client: Client) -> None:
        """Adds a client; raises ClientExists naming what another one has already."""
        try:
            with driver_errors(passing=DuplicateKeyError):
                await self._clients.insert_one(_document(client))
        except DuplicateKeyError as error:
            raise ClientExists(_place(error)) from None

    async def clients(self) -> list[Client]:
        """Every client, the revoked among them, by name."""
        with driver_errors():
            found = await self._clients.find().sort("_id").to_list()
        return [*map(_client, found)]

    async def client(self, name: str) -> Client | None:
        """The client of that name, revoked or not."""
        if not NAME.fullmatch(name):
            return None
        with driver_errors():
            found = await self._clients.find_one({"_id": name})
        return None if found is None else _client(found)

    async def client_by_api_key(self, api_key: str) -> Client | None:
        """The client that holds the key and is not revoked."""
        if not _may_be_api_key(api_key):
            return None
        with driver_errors():
            found = await self._clients.find_one({"api_key": api_key, "revoked": False})
        return None if found is None else _client(found)

    async def revoke_client(self, name: str) -> None:
        """Ends a client and all its tokens; raises ClientUnknown."""
        with driver_errors():
            revoked = await self._clients.update_one({"_id": name}, {"$set": {"revoked": True}})
        await self.end_tokens(name)
        self._bearers.clear()
        if not revoked.matched_count:
            raise ClientUnknown

    async def add_webhook(self, name: str, token: str, tenants: tuple[str, ...]) -> Webhook:
        """Adds a webhook, of whose token a hash is kept; raises WebhookExists naming what another one has already."""
        if not token:
            raise WebhookInvalid("token")
        webhook = Webhook(name, self.hash("webhook", token), tenants)
        try:
            with driver_errors(passing=DuplicateKeyError):
                await self._webhooks.insert_one(_document(webhook))
        except DuplicateKeyError as error:
            raise WebhookExists(_place(error)) from None
        return webhook

    async def webhooks(self) -> list[Webhook]:
        """Every webhook, the revoked among them, by name."""
        with driver_errors():
            found = await self._webhooks.find().sort("_id").to_list()
        return [*map(_webhook, found)]

    async def webhook_by_token(self, token: str) -> Webhook | None:
        """The webhook that the verification token proves, if it is not revoked."""
        token_hash = self.hash("webhook", token)
        if known := self._callers.find(token_hash):
            return known
        with driver_errors():
            found = await self._webhooks.find_one({"token_hash": token_hash, "revoked": False})
        if found is None:
            return None
        self._callers.keep(token_hash, _webhook(found))
        return _webhook(found)

    async def allow_webhook(self, name: str, tenant: str) -> None:
        """Lets a webhook feed one more tenant; raises WebhookUnknown."""
        with driver_errors():
            allowed = await self._webhooks.update_one({"_id": name}, {"$addToSet": {"tenants": tenant}})
        self._callers.clear()
        if not allowed.matched_count:
            raise WebhookUnknown

    async def revoke_webhook(self, name: str) -> None:
        """Ends a webhook; raises WebhookUnknown."""
        with driver_errors():
            revoked = await self._webhooks.update_one({"_id": name}, {"$set": {"revoked": True}})
        self._callers.clear()
        if not revoked.matched_count:
            raise WebhookUnknown

    async def bearer(self, secret: str) -> Client | None:
        """The client whose access token this is, if neither has ended."""
        token_hash = self.hash("access", secret)
        known = self._bearers.find(token_hash) or await self._bearer(token_hash)
        if known is None:
            return None
        token, client = known
        return client if token.expires > self._clock() else None

    async def _bearer(self, token_hash: str) -> tuple[Token, Client] | None:
        token = await self.find_token("access", token_hash)
        client = None if token is None else await self.client(token.client)
        if token is None or client is None or client.revoked:
            return None
        self._bearers.keep(token_hash, (token, client))
        return token, client


def _place(error: DuplicateKeyError) -> str:
    pattern = (error.details or {}).get("keyPattern", {})
    return next((member for member in pattern if member != "_id"), "name")


def _document(held: Client | Webhook) -> dict[str, Any]:
    members = asdict(held)
    return {"_id": members.pop("name"), **members}


def _client(found: dict[str, Any]) -> Client:
    grants = tuple(Grant(**{**grant, "models": tuple(grant["models"])}) for grant in found["grants"])
    members = {**found, "grants": grants, "public_keys": tuple(found["public_keys"])}
    return Client(name=members.pop("_id"), **members)


def _webhook(found: dict[str, Any]) -> Webhook:
    return Webhook(found["_id"], found["token_hash"], tuple(found["tenants"]), found["revoked"])
