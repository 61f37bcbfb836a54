"""The tenants that a caller reaches: by destination for a client, by source for a webhook.

A tenant that the caller does not reach and a tenant that does not exist give the same answer, so that callers learn
nothing about other tenants.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gateway.errors import NoSubscription, OneDestinationOnly
from gateway.request import destination_ids, name_of
from mappings.redox.catalogue import Event
from store.access import Client, Grant, Webhook
from store.access.tenant import Tenant, canonical_uuid
from store.access.tenants import Tenants

Json = dict[str, Any]


async def destinations_of(message: Json, known: Event, client: Client, tenants: Tenants) -> list[Tenant]:
    """Return the tenants at the destinations of a client's message, each once.

    Raises NoSubscription, and OneDestinationOnly for a question with several destinations.
    """
    ids = [canonical_uuid(given) for given in destination_ids(message, known)]
    if known.kind == "question" and len(ids) > 1:
        raise OneDestinationOnly("Meta.Destinations", name_of(known))
    reached = {tenant.destination_id: tenant for tenant in await _subscribed(client, known, tenants)}
    if not ids:
        raise NoSubscription(of=name_of(known))
    for index, given in enumerate(ids):
        if given not in reached:
            raise NoSubscription(f"Meta.Destinations[{index}].ID", name_of(known))
    return [reached[given] for given in dict.fromkeys(ids) if given]


async def fed_by(webhook: Webhook, source_id: str | None, tenants: Tenants) -> Tenant | None:
    """Return the tenant that a source feeds through a webhook, or None if the webhook has no such tenant."""
    for name in webhook.tenants:
        tenant = await tenants.by_name(name)
        if tenant is not None and source_id in tenant.source_ids:
            return tenant
    return None


def source_id_of(message: Json | None) -> str | None:
    """Return the `Meta.Source.ID` of a delivered message as a canonical UUID, or None if it has none."""
    meta = (message or {}).get("Meta")
    source = meta.get("Source") if isinstance(meta, dict) else None
    given = source.get("ID") if isinstance(source, dict) else None
    return canonical_uuid(given.strip()) if isinstance(given, str) else None


async def _subscribed(client: Client, known: Event, tenants: Tenants) -> Sequence[Tenant]:
    grants = [grant for grant in client.grants if _allows(grant, known)]
    found = [await tenants.by_name(grant.tenant) for grant in grants]
    return [tenant for tenant in found if tenant is not None and tenant.environment == client.environment]


def _allows(grant: Grant, known: Event) -> bool:
    may = grant.query if known.kind == "question" else grant.push
    if not may or not grant.models:
        return may
    return known.data_model.replace(" ", "") in (model.replace(" ", "") for model in grant.models)
