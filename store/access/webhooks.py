"""Webhooks: feeds that authenticate with a verification token. The token is stored as a keyed hash only."""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from store.access.credentials import Former, rotated, rotation_ended
from store.access.tenant import NAME
from store.access.tokens import Tokens, place_of, utc_now
from store.errors import (
    GrantUnknown,
    RotationOpen,
    StoreError,
    WebhookExists,
    WebhookInvalid,
    WebhookRevoked,
    WebhookUnknown,
    driver_errors,
)
from store.timed_cache import Recent

COLLECTION = "webhooks"
INDEXES: dict[str, list[IndexModel]] = {
    COLLECTION: [
        IndexModel([("token_hash", ASCENDING)], name="token_hash", unique=True),
        IndexModel([("former.hash", ASCENDING)], name="former_hash", sparse=True),
    ],
}


@dataclass(frozen=True, slots=True)
class Webhook:
    """A feed with a verification token. Raises WebhookInvalid with the name of the property that is not valid."""

    name: str
    token_hash: str = field(repr=False)
    tenants: tuple[str, ...]
    former: Former | None = None
    """The verification token before the present one. It stays valid until its `until`; None if no token was rotated."""
    revoked: bool = False

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise WebhookInvalid("name")
        if not self.tenants and not self.revoked:
            raise WebhookInvalid("tenants")

    def stands_by(self, token_hash: str, now: datetime) -> bool:
        """Return whether this is the hash of a verification token that is valid at `now`."""
        return token_hash == self.token_hash or (
            self.former is not None and token_hash == self.former.hash and self.former.holds(now)
        )


class Webhooks(Tokens):
    """The webhooks of a database. A change that another process makes takes effect within a few seconds."""

    def __init__(
        self,
        database: AsyncDatabase[dict[str, Any]],
        key: bytes,
        *,
        clock: Callable[[], datetime] = utc_now,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(database, key, clock=clock, seconds=seconds)
        self._webhooks = database[COLLECTION]
        self._callers: Recent[str, Webhook] = Recent(seconds)

    async def add_webhook(self, name: str, token: str, tenants: tuple[str, ...]) -> Webhook:
        """Add a webhook and return it.

        Raises WebhookInvalid, and WebhookExists with the name of the property that another webhook has already.
        """
        if not token:
            raise WebhookInvalid("token")
        webhook = Webhook(name, self.hash("webhook", token), tenants)
        try:
            with driver_errors(passing=DuplicateKeyError):
                await self._webhooks.insert_one(_document(webhook))
        except DuplicateKeyError as error:
            raise WebhookExists(place_of(error)) from None
        return webhook

    async def webhooks(self) -> list[Webhook]:
        """Return all webhooks, sorted by name, with the revoked ones."""
        with driver_errors():
            found = await self._webhooks.find().sort("_id").to_list()
        return [*map(_webhook, found)]

    async def webhook(self, name: str) -> Webhook | None:
        """Return the webhook with this name, revoked or not; None if there is none."""
        if not NAME.fullmatch(name):
            return None
        with driver_errors():
            found = await self._webhooks.find_one({"_id": name})
        return None if found is None else _webhook(found)

    async def webhook_by_token(self, token: str) -> Webhook | None:
        """Return the webhook with this valid verification token; None if there is none or if it is revoked."""
        token_hash = self.hash("webhook", token)
        webhook = await self._callers.find_or_read(token_hash, lambda: self._caller(token_hash))
        return webhook if webhook and webhook.stands_by(token_hash, self._clock()) else None

    async def _caller(self, token_hash: str) -> Webhook | None:
        shown = [{"token_hash": token_hash}, {"former.hash": token_hash}]
        with driver_errors():
            found = await self._webhooks.find_one({"$or": shown, "revoked": False})
        return None if found is None else _webhook(found)

    async def rotate_webhook(self, name: str, token: str, until: datetime | None = None) -> None:
        """Give a webhook a new token; the former token stays valid until `until` (None: until `retire_webhook`).

        Raises WebhookUnknown, WebhookRevoked, and RotationOpen if two tokens are valid already.
        """
        there, change = rotated("token_hash", self.hash("webhook", token), until, self._clock())
        await self._change_webhook(name, there, change, RotationOpen)

    async def retire_webhook(self, name: str) -> None:
        """End the former token of a webhook. Raises WebhookUnknown and WebhookRevoked."""
        await self._change_webhook(name, {}, rotation_ended(), WebhookUnknown)

    async def allow_webhook(self, name: str, tenant: str) -> None:
        """Let a webhook feed one more tenant. Raises WebhookUnknown and WebhookRevoked."""
        await self._change_webhook(name, {}, {"$addToSet": {"tenants": tenant}}, WebhookUnknown)

    async def disallow_webhook(self, name: str, tenant: str) -> None:
        """Stop a webhook feeding a tenant.

        Raises GrantUnknown if the webhook does not feed the tenant, or feeds no other one; WebhookUnknown;
        WebhookRevoked.
        """
        there = {"tenants": tenant, "tenants.1": {"$exists": True}}
        await self._change_webhook(name, there, {"$pull": {"tenants": tenant}}, GrantUnknown)

    async def revoke_webhook(self, name: str) -> None:
        """Revoke a webhook. Raises WebhookUnknown."""
        if not NAME.fullmatch(name):
            raise WebhookUnknown
        with driver_errors():
            revoked = await self._webhooks.update_one({"_id": name}, {"$set": {"revoked": True}})
        self._callers.clear()
        if not revoked.matched_count:
            raise WebhookUnknown

    async def _change_webhook(
        self, name: str, there: Mapping[str, Any], change: Any, otherwise: type[StoreError]
    ) -> None:
        """Change a webhook that matches the filter `there`. Raises WebhookUnknown, WebhookRevoked, or `otherwise`."""
        if not NAME.fullmatch(name):
            raise WebhookUnknown
        with driver_errors():
            changed = await self._webhooks.update_one({"_id": name, "revoked": False, **there}, change)
        self._callers.clear()
        if changed.matched_count:
            return
        webhook = await self.webhook(name)
        if webhook is None:
            raise WebhookUnknown
        raise WebhookRevoked if webhook.revoked else otherwise


def _document(webhook: Webhook) -> dict[str, Any]:
    members = asdict(webhook)
    return {"_id": members.pop("name"), **members}


def _webhook(found: dict[str, Any]) -> Webhook:
    former = Former(**found["former"]) if found.get("former") else None
    return Webhook(found["_id"], found["token_hash"], tuple(found["tenants"]), former, found["revoked"])
