"""Authentication: from a key and a secret to tokens, from a token to its client or webhook."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from gateway.access import assertions
from gateway.access.login_throttle import FREE, Failures
from gateway.access.rate_limit import Counts
from gateway.errors import AssertionRefused, NotAuthenticated, WrongVerificationToken
from store.access import Access, Client, Webhook
from store.access.credentials import proof_of

Json = dict[str, Any]

SANDBOX = "sandbox"
"""The name and API key of the sandbox's client, and the name of its webhook. They are public, so only a sandbox accepts
them."""
OAUTH_LIFE = timedelta(minutes=5)
"""The life of a token that a client gets for an assertion. It has no refresh token, because an assertion is quickly
made."""

_HASHER = PasswordHasher()
_VERIFICATIONS_AT_ONCE = 2
"""A verification takes 64 MB and a core for a moment, so that only few run at the same time and the others wait."""


@dataclass(frozen=True)
class Tokens:
    """The tokens of a client: access token, time when it expires, and refresh token (empty after an assertion)."""

    client: Client
    access_token: str
    expires: datetime
    refresh_token: str = ""

    def to_json(self) -> Json:
        """Return the JSON of the response; times are in UTC, with milliseconds."""
        expires = self.expires.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {"accessToken": self.access_token, "expires": expires, "refreshToken": self.refresh_token}


def secret_hash(secret: str) -> str:
    """Return the argon2 hash of a secret, for storage."""
    return _HASHER.hash(secret)


def verifies(expected: str, secret: str) -> bool:
    """Return whether an argon2 hash belongs to a secret."""
    try:
        return _HASHER.verify(expected, secret)
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False


class Authentication:
    """The authentication of every caller of the service."""

    def __init__(self, access: Access, *, is_sandbox: bool, counts: Counts | None = None) -> None:
        self._access = access
        self._is_sandbox = is_sandbox
        self._threads = ThreadPoolExecutor(_VERIFICATIONS_AT_ONCE, "argon2")
        # An unknown key takes as long as a known one, so that the time of a response does not tell them apart.
        self._nobody = secret_hash(secrets.token_urlsafe())
        key = bytes.fromhex(access.hash("failures", ""))
        self.failures = Failures(counts, key=key, free=0 if is_sandbox else FREE)

    async def authenticate(self, api_key: object, secret: object) -> Tokens:
        """Return new tokens for an API key and its secret. Raises NotAuthenticated."""
        if not isinstance(api_key, str) or not isinstance(secret, str):
            raise NotAuthenticated
        client = await self._holder(api_key)
        known = client.secret_hashes(datetime.now(UTC)) if client else ()
        shown = await self.in_thread(_shown, (*known, self._nobody, self._nobody)[:2], secret)
        if client is None or shown not in known:
            raise NotAuthenticated
        return await self._issue(client, proof_of(shown))

    async def refresh(self, api_key: object, refresh_token: object) -> Tokens:
        """Return new tokens for a refresh token, which is then used up. Raises NotAuthenticated."""
        if not isinstance(api_key, str) or not isinstance(refresh_token, str):
            raise NotAuthenticated
        client = await self._holder(api_key)
        used = await self._access.consume_refresh_token(refresh_token, client.name) if client else None
        if client is None or used is None or not client.stands_by(used.proof, datetime.now(UTC)):
            raise NotAuthenticated
        return await self._issue(client, used.proof)

    async def assert_client(self, assertion: str, audiences: Collection[str]) -> Tokens:
        """Return an access token for an assertion, which is then used up. Raises AssertionRefused.

        `audiences` are the names of this service that the assertion may have as `aud`.
        """
        now, claimed = datetime.now(UTC), assertions.claimed_in(assertion)
        client = await self._holder(claimed.issuer)
        key = assertions.key_for(claimed, client)
        if client is None:
            raise AssertionRefused
        said = await self.in_thread(assertions.judged, assertion, key, client.api_key, audiences, now)
        if not await self._access.spend_assertion(client.name, said.jti, said.expires):
            raise AssertionRefused("client_assertion.jti")
        issued = await self._access.issue_token("access", client.name, key.proof, OAUTH_LIFE)
        return Tokens(client, issued.secret, issued.expires)

    async def client(self, authorization: str) -> Client:
        """Return the client of the access token in an Authorization header. Raises NotAuthenticated."""
        client = await self._access.bearer(bearer_in(authorization))
        if client is None or not self._may(client.name, client.api_key):
            raise NotAuthenticated
        return client

    async def webhook(self, token: object) -> Webhook:
        """Return the webhook with this verification token. Raises WrongVerificationToken."""
        webhook = await self._access.webhook_by_token(token) if isinstance(token, str) and token else None
        if webhook is None or not self._may(webhook.name):
            raise WrongVerificationToken
        return webhook

    async def in_thread(self, judge: Any, *given: Any) -> Any:
        """Return the result of a slow check, which runs in a thread so that other requests need not wait."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, judge, *given)

    def close(self) -> None:
        """Stop the threads, without waiting for checks that run."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _holder(self, api_key: str) -> Client | None:
        client = await self._access.client_by_api_key(api_key)
        return client if client and self._may(client.name, client.api_key) else None

    async def _issue(self, client: Client, proof: str) -> Tokens:
        access, refresh = await asyncio.gather(
            self._access.issue_token("access", client.name, proof),
            self._access.issue_token("refresh", client.name, proof),
        )
        return Tokens(client, access.secret, access.expires, refresh.secret)

    def _may(self, *names: str) -> bool:
        # A database that once was a sandbox still has the sandbox's public keys. Only a sandbox accepts them.
        return self._is_sandbox or SANDBOX not in names


def bearer_in(authorization: str) -> str:
    """Return the bearer token of an Authorization header; an empty text, which is no token, if there is none."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _shown(expected: tuple[str, ...], secret: str) -> str | None:
    """Return the hash of `expected` that belongs to a secret, or None."""
    return next((each for each in expected if verifies(each, secret)), None)
