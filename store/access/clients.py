"""Clients: the callers with an API key, their grants, secrets and public keys. Secrets are stored as hashes only."""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, get_args

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from store.access.credentials import Former, PublicKey, proof_of, rotated, rotation_ended
from store.access.tenant import NAME, Environment, canonical_uuid
from store.access.tokens import Token, Tokens, place_of, utc_now
from store.errors import (
    ClientExists,
    ClientInvalid,
    ClientRevoked,
    ClientUnknown,
    GrantUnknown,
    KeyExists,
    KeyUnknown,
    RotationOpen,
    StoreError,
    TooManyKeys,
    driver_errors,
)
from store.timed_cache import Recent

COLLECTION = "clients"
INDEXES: dict[str, list[IndexModel]] = {
    COLLECTION: [IndexModel([("api_key", ASCENDING)], name="api_key", unique=True)],
}
MOST_KEYS = 10


@dataclass(frozen=True, slots=True)
class Grant:
    """What a client may do with one tenant: push, query, or both. An empty `models` permits all data models."""

    tenant: str
    push: bool = False
    query: bool = False
    models: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Client:
    """A caller with an API key. Raises ClientInvalid with the name of the property that is not valid."""

    name: str
    api_key: str
    secret_hash: str = field(repr=False)
    environment: Environment = "Development"
    grants: tuple[Grant, ...] = ()
    source_id: str | None = None
    public_keys: tuple[PublicKey, ...] = ()
    former: Former | None = None
    """The secret before the present one. It stays valid until its `until`; None if no secret was rotated."""
    revoked: bool = False

    def __post_init__(self) -> None:
        for place, is_right in _CHECKS.items():
            if not is_right(self):
                raise ClientInvalid(place)
        object.__setattr__(self, "source_id", self.source_id and canonical_uuid(self.source_id))

    def secret_hashes(self, now: datetime) -> tuple[str, ...]:
        """Return the hashes of the secrets that are valid at `now`: one, or two during a rotation."""
        return (self.secret_hash, *((self.former.hash,) if self.former and self.former.holds(now) else ()))

    def stands_by(self, proof: str, now: datetime) -> bool:
        """Return whether the secret or key behind a token is still valid; `proof` is the token's, from `proof_of`.

        A token without a proof (`""`) is always accepted.
        """
        return (
            not proof
            or any(proof == proof_of(each) for each in self.secret_hashes(now))
            or any(proof == key.proof for key in self.public_keys)
        )

    def key(self, kid: str) -> PublicKey | None:
        """Return the public key with this key id, or None."""
        return next((key for key in self.public_keys if key.kid == kid), None)


def _may_be_api_key(text: str) -> bool:
    return bool(text) and text.isascii() and text.isprintable()


_CHECKS: dict[str, Callable[[Client], bool]] = {
    "name": lambda client: NAME.fullmatch(client.name) is not None,
    "api_key": lambda client: _may_be_api_key(client.api_key),
    "environment": lambda client: client.environment in get_args(Environment),
    "grants": lambda client: all(grant.push or grant.query for grant in client.grants),
    "source_id": lambda client: client.source_id is None or canonical_uuid(client.source_id) is not None,
    "public_keys": lambda client: len({key.kid for key in client.public_keys}) == len(client.public_keys) <= MOST_KEYS,
}


class Clients(Tokens):
    """The clients of a database. A change that another process makes takes effect within a few seconds."""

    def __init__(
        self,
        database: AsyncDatabase[dict[str, Any]],
        key: bytes,
        *,
        clock: Callable[[], datetime] = utc_now,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(database, key, clock=clock, seconds=seconds)
        self._clients = database[COLLECTION]
        self._bearers: Recent[str, tuple[Token, Client]] = Recent(seconds)

    async def add_client(self, client: Client) -> None:
        """Add a client. Raises ClientExists with the name of the property that another client has already."""
        try:
            with driver_errors(passing=DuplicateKeyError):
                await self._clients.insert_one(_document(client))
        except DuplicateKeyError as error:
            raise ClientExists(place_of(error)) from None

    async def clients(self) -> list[Client]:
        """Return all clients, sorted by name, with the revoked ones."""
        with driver_errors():
            found = await self._clients.find().sort("_id").to_list()
        return [*map(_client, found)]

    async def client(self, name: str) -> Client | None:
        """Return the client with this name, revoked or not; None if there is none."""
        if not NAME.fullmatch(name):
            return None
        with driver_errors():
            found = await self._clients.find_one({"_id": name})
        return None if found is None else _client(found)

    async def client_by_api_key(self, api_key: str) -> Client | None:
        """Return the client with this API key; None if there is none or if it is revoked."""
        if not _may_be_api_key(api_key):
            return None
        with driver_errors():
            found = await self._clients.find_one({"api_key": api_key, "revoked": False})
        return None if found is None else _client(found)

    async def revoke_client(self, name: str) -> None:
        """Revoke a client and delete all its tokens. Raises ClientUnknown."""
        if not NAME.fullmatch(name):
            raise ClientUnknown
        with driver_errors():
            revoked = await self._clients.update_one({"_id": name}, {"$set": {"revoked": True}})
        await self.end_tokens(name)
        self._bearers.clear()
        if not revoked.matched_count:
            raise ClientUnknown

    async def rotate_client(self, name: str, secret_hash: str, until: datetime | None = None) -> None:
        """Give a client a new secret; the former secret stays valid until `until` (None: until `retire_client`).

        Raises ClientUnknown, ClientRevoked, and RotationOpen if two secrets are valid already.
        """
        there, change = rotated("secret_hash", secret_hash, until, self._clock())
        await self._change_client(name, there, change, RotationOpen)

    async def retire_client(self, name: str) -> None:
        """End the former secret of a client, and the tokens from it. Raises ClientUnknown and ClientRevoked."""
        await self._change_client(name, {}, rotation_ended(), ClientUnknown)

    async def allow_client(self, name: str, grant: Grant) -> None:
        """Set the grant of a client for one tenant; it replaces an earlier grant for that tenant.

        Raises ClientInvalid if the grant permits nothing, ClientUnknown, and ClientRevoked.
        """
        if not (grant.push or grant.query):
            raise ClientInvalid("grants")
        others = {"$filter": {"input": "$grants", "cond": {"$ne": ["$$this.tenant", grant.tenant]}}}
        granted = {"$concatArrays": [others, [{"$literal": asdict(grant)}]]}
        await self._change_client(name, {}, [{"$set": {"grants": granted}}], ClientUnknown)

    async def disallow_client(self, name: str, tenant: str) -> None:
        """Remove a client's grant for a tenant. Raises GrantUnknown if there is none, ClientUnknown, ClientRevoked."""
        there = {"grants.tenant": tenant}
        await self._change_client(name, there, {"$pull": {"grants": {"tenant": tenant}}}, GrantUnknown)

    async def add_key(self, name: str, key: PublicKey) -> None:
        """Add a public key to a client. Raises KeyExists, TooManyKeys, ClientUnknown and ClientRevoked."""
        there = {"public_keys.kid": {"$ne": key.kid}, f"public_keys.{MOST_KEYS - 1}": {"$exists": False}}
        client = await self.client(name)
        refused = KeyExists if client and client.key(key.kid) else TooManyKeys
        await self._change_client(name, there, {"$push": {"public_keys": asdict(key)}}, refused)

    async def remove_key(self, name: str, kid: str) -> None:
        """Remove a public key and end the tokens from it. Raises KeyUnknown, ClientUnknown, ClientRevoked."""
        await self._change_client(name, {"public_keys.kid": kid}, {"$pull": {"public_keys": {"kid": kid}}}, KeyUnknown)

    async def bearer(self, secret: str) -> Client | None:
        """Return the client of an access token; None if the token is unknown or expired, or the client is revoked."""
        token_hash = self.hash("access", secret)
        known = await self._bearers.find_or_read(token_hash, lambda: self._bearer(token_hash))
        if known is None:
            return None
        (token, client), now = known, self._clock()
        return client if token.expires > now and client.stands_by(token.proof, now) else None

    async def _bearer(self, token_hash: str) -> tuple[Token, Client] | None:
        token = await self.find_token("access", token_hash)
        client = None if token is None else await self.client(token.client)
        if token is None or client is None or client.revoked:
            return None
        return token, client

    async def _change_client(
        self, name: str, there: Mapping[str, Any], change: Any, otherwise: type[StoreError]
    ) -> None:
        """Change a client that matches the filter `there`. Raises ClientUnknown, ClientRevoked, or else `otherwise`."""
        if not NAME.fullmatch(name):
            raise ClientUnknown
        with driver_errors():
            changed = await self._clients.update_one({"_id": name, "revoked": False, **there}, change)
        self._bearers.clear()
        if changed.matched_count:
            return
        client = await self.client(name)
        if client is None:
            raise ClientUnknown
        raise ClientRevoked if client.revoked else otherwise


def _document(client: Client) -> dict[str, Any]:
    members = asdict(client)
    return {"_id": members.pop("name"), **members}


def _client(found: dict[str, Any]) -> Client:
    return Client(
        name=found["_id"],
        api_key=found["api_key"],
        secret_hash=found["secret_hash"],
        environment=found["environment"],
        grants=tuple(Grant(**{**grant, "models": tuple(grant["models"])}) for grant in found["grants"]),
        source_id=found["source_id"],
        public_keys=tuple(PublicKey(**key) for key in found["public_keys"]),
        former=Former(**found["former"]) if found.get("former") else None,
        revoked=found["revoked"],
    )
