"""Who is calling: a key and a secret for tokens, a token for its client, a verification token for its webhook."""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from gateway.errors import NotAuthenticated, WrongVerificationToken
from store.access import Access, Client, Webhook

Json = dict[str, Any]

SANDBOX = "sandbox"
"""Name and key of the client that everybody knows, and name of its webhook: good in the sandbox and nowhere else."""

_HASHER = PasswordHasher()
_VERIFICATIONS_AT_ONCE = 2
"""A verification takes 64 MB and a core for a moment, so a flood of them waits in line."""


@dataclass(frozen=True)
class Tokens:
    """What a client gets for its key: an access token, when it ends, and a token to get the next one with."""

    access_token: str
    expires: datetime
    refresh_token: str

    def to_json(self) -> Json:
        """The answer in wire names, times in UTC with milliseconds."""
        expires = self.expires.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {"accessToken": self.access_token, "expires": expires, "refreshToken": self.refresh_token}


def secret_hash(secret: str) -> str:
    """The argon2 hash under which a secret is kept."""
    return _HASHER.hash(secret)


class Authentication:
    """The service's only judge of who is calling."""

    def __init__(self, access: Access, *, is_sandbox: bool) -> None:
        self._access = access
        self._is_sandbox = is_sandbox
        self._threads = ThreadPoolExecutor(_VERIFICATIONS_AT_ONCE, "argon2")
        # An unknown key costs what a known one does, so that the time of an answer tells nothing.
        self._nobody = secret_hash(secrets.token_urlsafe())

    async def authenticate(self, api_key: object, secret: object) -> Tokens:
        """Tokens for a key and its secret; raises `NotAuthenticated`."""
        if not isinstance(api_key, str) or not isinstance(secret, str):
            raise NotAuthenticated
        client = await self._holder(api_key)
        expected = client.secret_hash if client else self._nobody
        is_right = await asyncio.get_running_loop().run_in_executor(self._threads, _verifies, expected, secret)
        if client is None or not is_right:
            raise NotAuthenticated
        return await self._issue(client)

    async def refresh(self, api_key: object, refresh_token: object) -> Tokens:
        """New tokens for a refresh token, which is used up; raises `NotAuthenticated`."""
        if not isinstance(api_key, str) or not isinstance(refresh_token, str):
            raise NotAuthenticated
        client = await self._holder(api_key)
        if client is None or not await self._access.consume_refresh_token(refresh_token, client.name):
            raise NotAuthenticated
        return await self._issue(client)

    async def client(self, authorization: str) -> Client:
        """The client whose access token an Authorization header holds; raises `NotAuthenticated`."""
        scheme, _, token = authorization.partition(" ")
        client = await self._access.bearer(token.strip()) if scheme.lower() == "bearer" else None
        if client is None or not self._may(client.name, client.api_key):
            raise NotAuthenticated
        return client

    async def webhook(self, token: object) -> Webhook:
        """The webhook that a verification token proves; raises `WrongVerificationToken`."""
        webhook = await self._access.webhook_by_token(token) if isinstance(token, str) and token else None
        if webhook is None or not self._may(webhook.name):
            raise WrongVerificationToken
        return webhook

    def close(self) -> None:
        """Lets go of the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _holder(self, api_key: str) -> Client | None:
        client = await self._access.client_by_api_key(api_key)
        return client if client and self._may(client.name, client.api_key) else None

    async def _issue(self, client: Client) -> Tokens:
        access, refresh = await asyncio.gather(
            self._access.issue_token("access", client.name), self._access.issue_token("refresh", client.name)
        )
        return Tokens(access.secret, access.expires, refresh.secret)

    def _may(self, *names: str) -> bool:
        # A directory that once was a sandbox keeps the sandbox's keys: outside of one they open nothing.
        return self._is_sandbox or SANDBOX not in names


def _verifies(expected: str, secret: str) -> bool:
    try:
        return _HASHER.verify(expected, secret)
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False
