"""Every act of management: the command line and the admin API only say what was given here, and show what came out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from gateway import metrics
from gateway.access import SANDBOX, secret_hash
from gateway.audit import Act, Administrator, audit_trail
from gateway.errors import EnvironmentsMix, NameReserved, NoSuchTenant
from ingest.intake import UNROUTED
from store.access import Client, Grant, PublicKey, Webhook, new_secret
from store.access.tenant import Environment, Tenant
from store.database import Store
from store.errors import ClientUnknown, WebhookUnknown


class Administration:
    """Tenants, clients and webhooks of a store, as one administrator manages them."""

    def __init__(self, store: Store, administrator: Administrator) -> None:
        self._store = store
        self._access = store.access
        self.administrator = administrator

    # --- tenants

    async def tenants(self) -> list[Tenant]:
        """Every tenant, by name."""
        return await self._store.tenants.all()

    async def tenant(self, name: str) -> Tenant:
        """The tenant of a name; raises `NoSuchTenant`."""
        tenant = await self._store.tenants.by_name(name)
        if tenant is None:
            raise NoSuchTenant
        return tenant

    async def add_tenant(self, tenant: Tenant) -> Tenant:
        """Adds a tenant; raises `NameReserved`, TenantExists."""
        if tenant.name == UNROUTED.name:
            raise NameReserved("name")
        async with self._act("tenant add", tenant.name, tenant.name):
            await self._store.tenants.add(tenant)
        return tenant

    async def change_tenant(
        self, name: str, settings: Mapping[str, Any], *, add: Iterable[str] = (), remove: Iterable[str] = ()
    ) -> Tenant:
        """Change settings of a tenant, named as the fields of Tenant, and add and remove source ids; return the tenant.

        Raises `NoSuchTenant`, TenantInvalid, and TenantExists naming what another tenant has already.
        """
        async with self._act("tenant change", name, name):
            changed = await self._store.tenants.change(name, settings, add=add, remove=remove)
            if changed is None:
                raise NoSuchTenant
        return changed

    # --- clients

    async def clients(self) -> list[Client]:
        """Every client, by name."""
        return await self._access.clients()

    async def client(self, name: str) -> Client:
        """The client of a name; raises ClientUnknown."""
        client = await self._access.client(name)
        if client is None:
            raise ClientUnknown
        return client

    async def add_client(
        self,
        name: str,
        grants: Iterable[Grant],
        environment: Environment | None = None,
        keys: Iterable[PublicKey] = (),
    ) -> tuple[Client, str]:
        """Adds a client of its tenants' environment, and gives it with its secret, which is known this once.

        Raises `NameReserved`, `NoSuchTenant`, `EnvironmentsMix`, ClientInvalid, ClientExists.
        """
        if name == SANDBOX:
            raise NameReserved("name")
        granted, secret = tuple(grants), new_secret()
        where = await self._environment([grant.tenant for grant in granted], environment)
        hashed = await asyncio.to_thread(secret_hash, secret)
        client = Client(name, str(uuid4()), hashed, where, granted, str(uuid4()), tuple(keys))
        async with self._act("client add", name, *_tenants(client)):
            await self._access.add_client(client)
        return client, secret

    async def rotate_client(self, name: str, retire_after: timedelta | None = None) -> str:
        """A new secret of a client; the former holds until it is retired, or for so long. Raises RotationOpen, ..."""
        client, secret = await self.client(name), new_secret()
        hashed = await asyncio.to_thread(secret_hash, secret)
        async with self._act("client rotate", name, *_tenants(client)):
            await self._access.rotate_client(name, hashed, _moment(retire_after))
        return secret

    async def retire_client(self, name: str) -> None:
        """Ends the former secret of a client, with the tokens got by it."""
        async with self._act("client retire", name, *_tenants(await self.client(name))):
            await self._access.retire_client(name)

    async def revoke_client(self, name: str) -> None:
        """Ends a client and its tokens."""
        async with self._act("client revoke", name, *_tenants(await self.client(name))):
            await self._access.revoke_client(name)

    async def allow_client(self, name: str, grant: Grant) -> Client:
        """Says what a client may do with a tenant of its environment, in place of what it might before."""
        environment = (await self.client(name)).environment
        await self._environment([grant.tenant], environment)
        async with self._act("client allow", name, grant.tenant):
            await self._access.allow_client(name, grant)
        return await self.client(name)

    async def disallow_client(self, name: str, tenant: str) -> Client:
        """Takes a tenant away from a client; raises GrantUnknown."""
        async with self._act("client disallow", name, tenant):
            await self._access.disallow_client(name, tenant)
        return await self.client(name)

    async def add_keys(self, name: str, keys: Iterable[PublicKey]) -> Client:
        """Gives a client more keys to sign with; raises KeyExists, TooManyKeys."""
        async with self._act("client key add", name, *_tenants(await self.client(name))):
            for key in keys:
                await self._access.add_key(name, key)
        return await self.client(name)

    async def remove_key(self, name: str, kid: str) -> Client:
        """Takes a key from a client, with the tokens got by it; raises KeyUnknown."""
        async with self._act("client key remove", name, *_tenants(await self.client(name))):
            await self._access.remove_key(name, kid)
        return await self.client(name)

    # --- webhooks

    async def webhooks(self) -> list[Webhook]:
        """Every webhook, by name."""
        return await self._access.webhooks()

    async def webhook(self, name: str) -> Webhook:
        """The webhook of a name; raises WebhookUnknown."""
        webhook = await self._access.webhook(name)
        if webhook is None:
            raise WebhookUnknown
        return webhook

    async def add_webhook(self, name: str, tenants: Iterable[str]) -> tuple[Webhook, str]:
        """Adds a webhook for tenants of one environment, and gives it with its token, which is known this once."""
        if name == SANDBOX:
            raise NameReserved("name")
        fed, token = tuple(dict.fromkeys(tenants)), new_secret()
        await self._environment(fed)
        async with self._act("webhook add", name, *fed):
            return await self._access.add_webhook(name, token, fed), token

    async def rotate_webhook(self, name: str, retire_after: timedelta | None = None) -> str:
        """A new token of a webhook; the former holds until it is retired, or for so long. Raises RotationOpen, ..."""
        token = new_secret()
        async with self._act("webhook rotate", name, *(await self.webhook(name)).tenants):
            await self._access.rotate_webhook(name, token, _moment(retire_after))
        return token

    async def retire_webhook(self, name: str) -> None:
        """Ends the former token of a webhook."""
        async with self._act("webhook retire", name, *(await self.webhook(name)).tenants):
            await self._access.retire_webhook(name)

    async def revoke_webhook(self, name: str) -> None:
        """Ends a webhook."""
        async with self._act("webhook revoke", name, *(await self.webhook(name)).tenants):
            await self._access.revoke_webhook(name)

    async def allow_webhook(self, name: str, tenant: str) -> Webhook:
        """Lets a webhook feed one more tenant of the environment of its others."""
        fed = (await self.webhook(name)).tenants
        still = [each for each in fed if await self._store.tenants.by_name(each)]
        await self._environment([*still, tenant])
        async with self._act("webhook allow", name, tenant):
            await self._access.allow_webhook(name, tenant)
        return await self.webhook(name)

    async def disallow_webhook(self, name: str, tenant: str) -> Webhook:
        """Lets a webhook feed a tenant no more; raises GrantUnknown, also for its last one."""
        async with self._act("webhook disallow", name, tenant):
            await self._access.disallow_webhook(name, tenant)
        return await self.webhook(name)

    # --- what every act passes

    @asynccontextmanager
    async def _act(self, what: str, name: str, *tenants: str) -> AsyncIterator[None]:
        act = Act(what, name, tenants)
        try:
            yield
        except Exception as error:
            await self._acted(act, type(error).__name__)
            raise
        await self._acted(act, "")

    async def _acted(self, act: Act, problem: str) -> None:
        """Where an act is known to be done, or refused with a problem."""
        metrics.labelled(metrics.ACTS, act.what, "refused" if problem else "done").inc()
        await audit_trail.administered(self._store, self.administrator, act, problem)

    async def _environment(self, tenants: Iterable[str], said: Environment | None = None) -> Environment:
        """The one environment of all; raises `EnvironmentsMix`: a client of another one would reach nothing."""
        found = {(await self.tenant(name)).environment for name in tenants} | ({said} if said else set())
        if not found:
            raise NoSuchTenant("tenants")
        if len(found) > 1:
            raise EnvironmentsMix("environment")
        return found.pop()


def _tenants(client: Client) -> tuple[str, ...]:
    return tuple(grant.tenant for grant in client.grants)


def _moment(after: timedelta | None) -> datetime | None:
    return None if after is None else datetime.now(UTC) + after
