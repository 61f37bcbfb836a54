"""Tokens: random secrets that authenticate a client for a limited time. They are stored as keyed hashes only."""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from store.errors import driver_errors

TokenKind = Literal["access", "refresh"]

COLLECTION = "tokens"
INDEXES: dict[str, list[IndexModel]] = {
    COLLECTION: [
        IndexModel([("expires", ASCENDING)], name="expires", expireAfterSeconds=0),
        IndexModel([("client", ASCENDING)], name="client"),
    ]
}

LIVES: dict[TokenKind, timedelta] = {"access": timedelta(hours=24), "refresh": timedelta(days=30)}
SECRET_BYTES = 32
# The check of an assertion allows for clocks that differ, so its id is stored for longer than it is valid.
ASSERTION_MARGIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is stored: its hash, its client, and when it expires and was used."""

    kind: TokenKind
    hash: str = field(repr=False)
    client: str
    expires: datetime
    used: datetime | None = None
    proof: str = ""
    """The hash of the secret or key with which the client got the token (`proof_of`); empty if unknown."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token for its client. This is the only place that has the secret in plain text."""

    secret: str = field(repr=False)
    expires: datetime


def new_secret() -> str:
    """Return a new random secret of 256 bits, as text that is safe in a URL."""
    return secrets.token_urlsafe(SECRET_BYTES)


def utc_now() -> datetime:
    """Return the time of this machine, in UTC."""
    return datetime.now(UTC)


def place_of(error: DuplicateKeyError) -> str:
    """Return the member whose value another document has already, from the error of a unique index."""
    pattern = (error.details or {}).get("keyPattern", {})
    return next((member for member in pattern if member != "_id"), "name")


class Tokens:
    """The tokens of a database."""

    def __init__(
        self,
        database: AsyncDatabase[dict[str, Any]],
        key: bytes,
        *,
        clock: Callable[[], datetime] = utc_now,
        seconds: Callable[[], float] = time.monotonic,  # noqa: ARG002 - subclasses with a cache use it
    ) -> None:
        self._tokens = database[COLLECTION]
        self._key = key
        self._clock = clock

    def hash(self, purpose: str, *secret: str) -> str:
        """Return the keyed hash (HMAC-SHA256, hexadecimal) under which a secret of this purpose is stored."""
        parts = (f"{len(part)}:{part}" for part in (purpose, *secret))
        return hmac.new(self._key, "".join(parts).encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()

    async def issue_token(self, kind: TokenKind, client: str, proof: str = "", life: timedelta | None = None) -> Issued:
        """Create and store a token for a client.

        `life` is by default 24 hours for an access token and 30 days for a refresh token. `proof` is the hash of the
        secret or key that the client showed (`proof_of`); the token ends together with that secret or key.
        """
        secret, now = new_secret(), self._clock()
        expires = now.replace(microsecond=0) + (life or LIVES[kind])
        token = {"kind": kind, "client": client, "expires": expires, "used": None, "proof": proof}
        with driver_errors():
            await self._tokens.insert_one({"_id": self.hash(kind, secret), **token})
        return Issued(secret, expires)

    async def find_token(self, kind: TokenKind, token_hash: str) -> Token | None:
        """Return the token with this hash, expired or not; None if there is none."""
        with driver_errors():
            found = await self._tokens.find_one({"_id": token_hash, "kind": kind})
        return None if found is None else _token(found)

    async def consume_refresh_token(self, secret: str, client: str) -> Token | None:
        """Mark a refresh token as used and return it; None if it is unknown, expired, used, or another client's.

        If several callers present the same token at the same time, one of them gets it.
        """
        now = self._clock()
        usable = {
            "_id": self.hash("refresh", secret),
            "kind": "refresh",
            "client": client,
            "used": None,
            "expires": {"$gt": now},
        }
        with driver_errors():
            found = await self._tokens.find_one_and_update(usable, {"$set": {"used": now}})
        return None if found is None else _token({**found, "used": now})

    async def spend_assertion(self, client: str, jti: str, expires: datetime) -> bool:
        """Store the id (`jti`) of a signed assertion. Return False if the client has presented that id before."""
        spent = {"_id": self.hash("assertion", client, jti), "kind": "assertion", "client": client}
        try:
            with driver_errors(passing=DuplicateKeyError):
                await self._tokens.insert_one(spent | {"expires": expires + ASSERTION_MARGIN})
        except DuplicateKeyError:
            return False
        return True

    async def end_tokens(self, client: str) -> None:
        """Delete all tokens of a client."""
        with driver_errors():
            await self._tokens.delete_many({"client": client})


def _token(found: dict[str, Any]) -> Token:
    return Token(found["kind"], found["_id"], found["client"], found["expires"], found["used"], found.get("proof", ""))
