"""The routes of the admin API. Each is one act of management, with its body and an example of the body."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.administration import admin_bodies as bodies
from gateway.administration.management import Administration
from gateway.administration.views import client_json, keys_json, tenant_json, webhook_json

Json = dict[str, Any]
Named = Mapping[str, str]


@dataclass(frozen=True)
class AdminRoute:
    """One route of the admin API.

    `act` gets the names in the path and the body, and returns the JSON of the response. `takes` is the class of the
    body; None for a request without a body.
    """

    method: str
    path: str
    summary: str
    act: Callable[[Administration, Named, Any], Awaitable[Json]]
    takes: type[bodies.Body] | None = None
    example: Json | None = None
    status: int = 200


async def _tenants(by: Administration, _named: Named, _given: bodies.Body) -> Json:
    return {"tenants": [tenant_json(each) for each in await by.tenants()]}


async def _tenant(by: Administration, named: Named, _given: bodies.Body) -> Json:
    return tenant_json(await by.tenant(named["name"]))


async def _add_tenant(by: Administration, _named: Named, given: bodies.NewTenant) -> Json:
    return tenant_json(await by.add_tenant(given.tenant()))


async def _change_tenant(by: Administration, named: Named, given: bodies.ChangedTenant) -> Json:
    changed = await by.change_tenant(
        named["name"], given.settings(), add=given.add_source_ids, remove=given.remove_source_ids
    )
    return tenant_json(changed)


async def _clients(by: Administration, _named: Named, _given: bodies.Body) -> Json:
    return {"clients": [client_json(each) for each in await by.clients()]}


async def _client(by: Administration, named: Named, _given: bodies.Body) -> Json:
    return client_json(await by.client(named["name"]))


async def _add_client(by: Administration, _named: Named, given: bodies.NewClient) -> Json:
    grants = [each.grant() for each in given.grants]
    client, secret = await by.add_client(given.name, grants, given.environment, given.public_keys())
    return {**client_json(client), "secret": secret}


async def _rotate_client(by: Administration, named: Named, given: bodies.Rotation) -> Json:
    secret = await by.rotate_client(named["name"], given.retire_after)
    return {**client_json(await by.client(named["name"])), "secret": secret}


async def _retire_client(by: Administration, named: Named, _given: bodies.Body) -> Json:
    await by.retire_client(named["name"])
    return client_json(await by.client(named["name"]))


async def _revoke_client(by: Administration, named: Named, _given: bodies.Body) -> Json:
    await by.revoke_client(named["name"])
    return client_json(await by.client(named["name"]))


async def _allow_client(by: Administration, named: Named, given: bodies.NewGrant) -> Json:
    return client_json(await by.allow_client(named["name"], given.grant()))


async def _disallow_client(by: Administration, named: Named, given: bodies.OneTenant) -> Json:
    return client_json(await by.disallow_client(named["name"], given.tenant))


async def _keys(by: Administration, named: Named, _given: bodies.Body) -> Json:
    return {"keys": keys_json(await by.client(named["name"]))}


async def _add_keys(by: Administration, named: Named, given: bodies.NewKeys) -> Json:
    return {"keys": keys_json(await by.add_keys(named["name"], given.public_keys()))}


async def _remove_key(by: Administration, named: Named, _given: bodies.Body) -> Json:
    return {"keys": keys_json(await by.remove_key(named["name"], named["kid"]))}


async def _webhooks(by: Administration, _named: Named, _given: bodies.Body) -> Json:
    return {"webhooks": [webhook_json(each) for each in await by.webhooks()]}


async def _webhook(by: Administration, named: Named, _given: bodies.Body) -> Json:
    return webhook_json(await by.webhook(named["name"]))


async def _add_webhook(by: Administration, _named: Named, given: bodies.NewWebhook) -> Json:
    webhook, token = await by.add_webhook(given.name, given.tenants)
    return {**webhook_json(webhook), "verificationToken": token}


async def _rotate_webhook(by: Administration, named: Named, given: bodies.Rotation) -> Json:
    token = await by.rotate_webhook(named["name"], given.retire_after)
    return {**webhook_json(await by.webhook(named["name"])), "verificationToken": token}


async def _retire_webhook(by: Administration, named: Named, _given: bodies.Body) -> Json:
    await by.retire_webhook(named["name"])
    return webhook_json(await by.webhook(named["name"]))


async def _revoke_webhook(by: Administration, named: Named, _given: bodies.Body) -> Json:
    await by.revoke_webhook(named["name"])
    return webhook_json(await by.webhook(named["name"]))


async def _allow_webhook(by: Administration, named: Named, given: bodies.OneTenant) -> Json:
    return webhook_json(await by.allow_webhook(named["name"], given.tenant))


async def _disallow_webhook(by: Administration, named: Named, given: bodies.OneTenant) -> Json:
    return webhook_json(await by.disallow_webhook(named["name"], given.tenant))


_TENANT = {"name": "north", "destinationId": "9d2f7a1c-4a3e-4c55-8d1b-5f0f6f6f0a01", "timeZone": "America/Denver"}
_TENANT_TWO = {"name": "south", "destinationId": "9d2f7a1c-4a3e-4c55-8d1b-5f0f6f6f0a02"}
_GRANT = {"tenant": "north", "push": True, "query": True, "models": ["Scheduling"]}
_KEY = {
    "kty": "EC",
    "crv": "P-384",
    "kid": "2026-1",
    "x": "Y3vfLsvTc70WOwUYnx3dYayq6c914oi9C-b35zdO8jon56HIjO6at6nD1ILgGywk",
    "y": "Xofy3e1-i5CZxgZXvO7cVOZdxFK36E9iGqArEwquVglsZfKxxe-IzXoBU4oMM-Ji",
}
_ROTATION = {"retireAfterHours": 24}
_TENANTS, _CLIENTS, _WEBHOOKS = "/admin/tenants", "/admin/clients", "/admin/webhooks"
_CLIENT, _WEBHOOK = f"{_CLIENTS}/{{name}}", f"{_WEBHOOKS}/{{name}}"

ROUTES: tuple[AdminRoute, ...] = (
    AdminRoute("GET", _TENANTS, "Shows every tenant.", _tenants),
    AdminRoute("POST", _TENANTS, "Adds a tenant.", _add_tenant, bodies.NewTenant, _TENANT, 201),
    AdminRoute("GET", f"{_TENANTS}/{{name}}", "Shows a tenant.", _tenant),
    AdminRoute(
        "PATCH",
        f"{_TENANTS}/{{name}}",
        "Changes settings of a tenant, and says whether a replay is due.",
        _change_tenant,
        bodies.ChangedTenant,
        {"identifyingTypes": ["EPI", "MR"]},
    ),
    AdminRoute("GET", _CLIENTS, "Shows every client.", _clients),
    AdminRoute(
        "POST",
        _CLIENTS,
        "Adds a client; its secret is said this once.",
        _add_client,
        bodies.NewClient,
        {"name": "portal", "grants": [_GRANT]},
        201,
    ),
    AdminRoute("GET", _CLIENT, "Shows a client.", _client),
    AdminRoute(
        "POST",
        f"{_CLIENT}/rotate",
        "Gives a client a new secret, said this once; the former holds until it is retired.",
        _rotate_client,
        bodies.Rotation,
        _ROTATION,
    ),
    AdminRoute("POST", f"{_CLIENT}/retire", "Ends the former secret of a client.", _retire_client, bodies.Nothing, {}),
    AdminRoute(
        "POST",
        f"{_CLIENT}/allow",
        "Says what a client may do with a tenant, in place of what it might before.",
        _allow_client,
        bodies.NewGrant,
        {"tenant": "north", "query": True},
    ),
    AdminRoute(
        "POST",
        f"{_CLIENT}/disallow",
        "Takes a tenant away from a client.",
        _disallow_client,
        bodies.OneTenant,
        {"tenant": "north"},
    ),
    AdminRoute("GET", f"{_CLIENT}/keys", "Shows the public keys of a client.", _keys),
    AdminRoute(
        "POST", f"{_CLIENT}/keys", "Gives a client more public keys.", _add_keys, bodies.NewKeys, {"keys": [_KEY]}, 201
    ),
    AdminRoute("DELETE", f"{_CLIENT}/keys/{{kid:path}}", "Takes a public key from a client.", _remove_key),
    AdminRoute("POST", f"{_CLIENT}/revoke", "Ends a client and its tokens.", _revoke_client, bodies.Nothing, {}),
    AdminRoute("GET", _WEBHOOKS, "Shows every webhook.", _webhooks),
    AdminRoute(
        "POST",
        _WEBHOOKS,
        "Adds a webhook; its verification token is said this once.",
        _add_webhook,
        bodies.NewWebhook,
        {"name": "feed", "tenants": ["north"]},
        201,
    ),
    AdminRoute("GET", _WEBHOOK, "Shows a webhook.", _webhook),
    AdminRoute(
        "POST",
        f"{_WEBHOOK}/rotate",
        "Gives a webhook a new token, said this once; the former holds until it is retired.",
        _rotate_webhook,
        bodies.Rotation,
        _ROTATION,
    ),
    AdminRoute("POST", f"{_WEBHOOK}/retire", "Ends the former token.", _retire_webhook, bodies.Nothing, {}),
    AdminRoute(
        "POST",
        f"{_WEBHOOK}/allow",
        "Lets a webhook feed one more tenant.",
        _allow_webhook,
        bodies.OneTenant,
        {"tenant": "sandbox"},
    ),
    AdminRoute(
        "POST",
        f"{_WEBHOOK}/disallow",
        "Lets a webhook feed a tenant no more.",
        _disallow_webhook,
        bodies.OneTenant,
        {"tenant": "north"},
    ),
    AdminRoute("POST", f"{_WEBHOOK}/revoke", "Ends a webhook.", _revoke_webhook, bodies.Nothing, {}),
)
