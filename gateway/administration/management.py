"""The acts of management. The command line and the admin API only read their input and show their result."""

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
    """The tenants, clients and webhooks of a store. Each change is counted and written to the audit log."""

    def __init__(self, store: Store, administrator: Administrator) -> None:
        self._store = store
        self._access = store.access
        self.administrator = administrator

    # --- tenants

    async def tenants(self) -> list[Tenant]:
        """Return all tenants, sorted by name."""
        return await self._store.tenants.all()

    async def tenant(self, name: str) -> Tenant:
        """Return the tenant with this name. Raises NoSuchTenant."""
        tenant = await self._store.tenants.by_name(name)
        if tenant is None:
            raise NoSuchTenant
        return tenant

    async def add_tenant(self, tenant: Tenant) -> Tenant:
        """Add a tenant and return it. Raises NameReserved and TenantExists."""
        if tenant.name == UNROUTED.name:
            raise NameReserved("name")
        async with self._act("tenant add", tenant.name, tenant.name):
            await self._store.tenants.add(tenant)
        return tenant

    async def change_tenant(
        self, name: str, settings: Mapping[str, Any], *, add: Iterable[str] = (), remove: Iterable[str] = ()
    ) -> Tenant:
        """Change settings of a tenant, named as the fields of Tenant, and its source ids; return the changed tenant.

        Raises NoSuchTenant, TenantInvalid, and TenantExists with the name of the property that another tenant has.
        """
        async with self._act("tenant change", name, name):
            changed = await self._store.tenants.change(name, settings, add=add, remove=remove)
            if changed is None:
                raise NoSuchTenant
        return changed

    # --- clients

    async def clients(self) -> list[Client]:
        """Return all clients, sorted by name, with the revoked ones."""
        return await self._access.clients()

    async def client(self, name: str) -> Client:
        """Return the client with this name. Raises ClientUnknown."""
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
        """Add a client; return it with its secret, which can never be read again.

        All its tenants must have one environment; that is then the client's environment. Raises NameReserved,
        NoSuchTenant, EnvironmentsMix, ClientInvalid, ClientExists.
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
        """Give a client a new secret and return it.

        The former secret stays valid for `retire_after`, or until it is retired. Raises ClientUnknown, ClientRevoked,
        RotationOpen.
        """
        client, secret = await self.client(name), new_secret()
        hashed = await asyncio.to_thread(secret_hash, secret)
        async with self._act("client rotate", name, *_tenants(client)):
            await self._access.rotate_client(name, hashed, _moment(retire_after))
        return secret

    async def retire_client(self, name: str) -> None:
        """End the former secret of a client, and the tokens from it. Raises ClientUnknown and ClientRevoked."""
        async with self._act("client retire", name, *_tenants(await self.client(name))):
            await self._access.retire_client(name)

    async def revoke_client(self, name: str) -> None:
        """Revoke a client and delete its tokens. Raises ClientUnknown."""
        async with self._act("client revoke", name, *_tenants(await self.client(name))):
            await self._access.revoke_client(name)

    async def allow_client(self, name: str, grant: Grant) -> Client:
        """Set the grant of a client for a tenant of its environment, in place of an earlier one; return the client.

        Raises NoSuchTenant, EnvironmentsMix, ClientUnknown, ClientRevoked, ClientInvalid.
        """
        environment = (await self.client(name)).environment
        await self._environment([grant.tenant], environment)
        async with self._act("client allow", name, grant.tenant):
            await self._access.allow_client(name, grant)
        return await self.client(name)

    async def disallow_client(self, name: str, tenant: str) -> Client:
        """Remove a client's grant for a tenant; return the client.

        Raises GrantUnknown, ClientUnknown, ClientRevoked.
        """
        async with self._act("client disallow", name, tenant):
            await self._access.disallow_client(name, tenant)
        return await self.client(name)

    async def add_keys(self, name: str, keys: Iterable[PublicKey]) -> Client:
        """Add public keys to a client; return it. Raises KeyExists, TooManyKeys, ClientUnknown, ClientRevoked."""
        async with self._act("client key add", name, *_tenants(await self.client(name))):
            for key in keys:
                await self._access.add_key(name, key)
        return await self.client(name)

    async def remove_key(self, name: str, kid: str) -> Client:
        """Remove a public key of a client and end the tokens from it; return the client. Raises KeyUnknown."""
        async with self._act("client key remove", name, *_tenants(await self.client(name))):
            await self._access.remove_key(name, kid)
        return await self.client(name)

    # --- webhooks

    async def webhooks(self) -> list[Webhook]:
        """Return all webhooks, sorted by name, with the revoked ones."""
        return await self._access.webhooks()

    async def webhook(self, name: str) -> Webhook:
        """Return the webhook with this name. Raises WebhookUnknown."""
        webhook = await self._access.webhook(name)
        if webhook is None:
            raise WebhookUnknown
        return webhook

    async def add_webhook(self, name: str, tenants: Iterable[str]) -> tuple[Webhook, str]:
        """Add a webhook for tenants of one environment; return it with its token, which can never be read again."""
        if name == SANDBOX:
            raise NameReserved("name")
        fed, token = tuple(dict.fromkeys(tenants)), new_secret()
        await self._environment(fed)
        async with self._act("webhook add", name, *fed):
            return await self._access.add_webhook(name, token, fed), token

    async def rotate_webhook(self, name: str, retire_after: timedelta | None = None) -> str:
        """Give a webhook a new token and return it.

        The former token stays valid for `retire_after`, or until it is retired. Raises WebhookUnknown, WebhookRevoked,
        RotationOpen.
        """
        token = new_secret()
        async with self._act("webhook rotate", name, *(await self.webhook(name)).tenants):
            await self._access.rotate_webhook(name, token, _moment(retire_after))
        return token

    async def retire_webhook(self, name: str) -> None:
        """End the former token of a webhook. Raises WebhookUnknown and WebhookRevoked."""
        async with self._act("webhook retire", name, *(await self.webhook(name)).tenants):
            await self._access.retire_webhook(name)

    async def revoke_webhook(self, name: str) -> None:
        """Revoke a webhook. Raises WebhookUnknown."""
        async with self._act("webhook revoke", name, *(await self.webhook(name)).tenants):
            await self._access.revoke_webhook(name)

    async def allow_webhook(self, name: str, tenant: str) -> Webhook:
        """Let a webhook feed one more tenant, of the same environment; return it. Raises EnvironmentsMix."""
        fed = (await self.webhook(name)).tenants
        still = [each for each in fed if await self._store.tenants.by_name(each)]
        await self._environment([*still, tenant])
        async with self._act("webhook allow", name, tenant):
            await self._access.allow_webhook(name, tenant)
        return await self.webhook(name)

    async def disallow_webhook(self, name: str, tenant: str) -> Webhook:
        """Stop a webhook feeding a tenant; return the webhook. Raises GrantUnknown, also if it has no other tenant."""
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
        """Count an act and write it to the audit log; `problem` names the error of a refused act."""
        metrics.labelled(metrics.ACTS, act.what, "refused" if problem else "done").inc()
        await audit_trail.administered(self._store, self.administrator, act, problem)

    async def _environment(self, tenants: Iterable[str], said: Environment | None = None) -> Environment:
        """Return the environment of all tenants. Raises EnvironmentsMix if the tenants have several."""
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
