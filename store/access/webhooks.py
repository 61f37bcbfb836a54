"""Webhooks: feeds that prove themselves with a verification token, of which only a keyed hash is kept."""

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
    """A feed that proves itself with a verification token; raises WebhookInvalid naming what cannot be."""

    name: str
    token_hash: str = field(repr=False)
    tenants: tuple[str, ...]
    former: Former | None = None
    """The token before this one, while it still holds."""
    revoked: bool = False

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise WebhookInvalid("name")
        if not self.tenants and not self.revoked:
            raise WebhookInvalid("tenants")

    def stands_by(self, token_hash: str, now: datetime) -> bool:
        """Whether this is the hash of a token that holds at a moment."""
        return token_hash == self.token_hash or (
            self.former is not None and token_hash == self.former.hash and self.former.holds(now)
        )


class Webhooks(Tokens):
    """The webhooks of a database; a change made by another process counts within a few seconds."""

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
        """Adds a webhook, of whose token a hash is kept; raises WebhookExists naming what another one has already."""
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
        """Every webhook, the revoked among them, by name."""
        with driver_errors():
            found = await self._webhooks.find().sort("_id").to_list()
        return [*map(_webhook, found)]

    async def webhook(self, name: str) -> Webhook | None:
        """The webhook of that name, revoked or not."""
        if not NAME.fullmatch(name):
            return None
        with driver_errors():
            found = await self._webhooks.find_one({"_id": name})
        return None if found is None else _webhook(found)

    async def webhook_by_token(self, token: str) -> Webhook | None:
        """The webhook that the verification token proves, if neither has ended."""
        token_hash = self.hash("webhook", token)
        webhook = await self._callers.find_or_read(token_hash, lambda: self._caller(token_hash))
        return webhook if webhook and webhook.stands_by(token_hash, self._clock()) else None

    async def _caller(self, token_hash: str) -> Webhook | None:
        shown = [{"token_hash": token_hash}, {"former.hash": token_hash}]
        with driver_errors():
            found = await self._webhooks.find_one({"$or": shown, "revoked": False})
        return None if found is None else _webhook(found)

    async def rotate_webhook(self, name: str, token: str, until: datetime | None = None) -> None:
        """Gives a webhook a new token; the former holds until it is retired, at the latest until a moment.

        Raises WebhookUnknown, WebhookRevoked, or RotationOpen while two tokens hold already.
        """
        there, change = rotated("token_hash", self.hash("webhook", token), until, self._clock())
        await self._change_webhook(name, there, change, RotationOpen)

    async def retire_webhook(self, name: str) -> None:
        """Ends the former token of a webhook; raises WebhookUnknown, WebhookRevoked."""
        await self._change_webhook(name, {}, rotation_ended(), WebhookUnknown)

    async def allow_webhook(self, name: str, tenant: str) -> None:
        """Lets a webhook feed one more tenant; raises WebhookUnknown, WebhookRevoked."""
        await self._change_webhook(name, {}, {"$addToSet": {"tenants": tenant}}, WebhookUnknown)

    async def disallow_webhook(self, name: str, tenant: str) -> None:
        """Lets a webhook feed a tenant no more; raises GrantUnknown where it does not feed it, or no other one."""
        there = {"tenants": tenant, "tenants.1": {"$exists": True}}
        await self._change_webhook(name, there, {"$pull": {"tenants": tenant}}, GrantUnknown)

    async def revoke_webhook(self, name: str) -> None:
        """Ends a webhook; raises WebhookUnknown."""
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
        """Changes a webhook that is not revoked and of which `there` is true; raises what is in the way."""
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
