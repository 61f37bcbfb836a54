"""The JSON of tenants, clients and webhooks for the command line and the admin API, without secrets."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from mappings.times import utc_text
from store.access import Client, Former, Webhook
from store.access.tenant import Tenant

Json = dict[str, Any]


def tenant_json(tenant: Tenant) -> Json:
    """Return the JSON of a tenant."""
    return {
        "name": tenant.name,
        "destinationId": tenant.destination_id,
        "environment": tenant.environment,
        "timeZone": tenant.time_zone,
        "sourceIds": list(tenant.source_ids),
        "identifyingTypes": list(tenant.identifying_types),
        "noIdentifier": list(tenant.no_identifier),
        "censusHours": dict(tenant.census_hours),
        "personUpdates": tenant.person_updates,
        "replayDue": tenant.is_replay_due,
    }


def client_json(client: Client) -> Json:
    """Return the JSON of a client, with its grants and the ids of its public keys."""
    return {
        "name": client.name,
        "environment": client.environment,
        "apiKey": client.api_key,
        "sourceId": client.source_id,
        "grants": [
            {"tenant": each.tenant, "push": each.push, "query": each.query, "models": list(each.models)}
            for each in client.grants
        ],
        "keys": [key.kid for key in client.public_keys],
        **_former(client.former),
        "revoked": client.revoked,
    }


def keys_json(client: Client) -> list[Json]:
    """Return the public keys of a client as JWKs."""
    return [{"kid": key.kid, **key.jwk} for key in client.public_keys]


def webhook_json(webhook: Webhook) -> Json:
    """Return the JSON of a webhook, with the tenants that it feeds."""
    return {
        "name": webhook.name,
        "tenants": list(webhook.tenants),
        **_former(webhook.former),
        "revoked": webhook.revoked,
    }


def _former(former: Former | None) -> Json:
    """Return whether a former secret is still valid (`rotating`), and until when if that is limited."""
    if former is None or not former.holds(datetime.now(UTC)):
        return {"rotating": False}
    return {"rotating": True, **({"formerUntil": utc_text(former.until)} if former.until else {})}
