"""The facts that the checks look at: settings, files, certificate, clients, webhooks, and the state of the database."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from gateway.settings import Settings
from ingest.intake import UNROUTED
from store.access import Client, Webhook
from store.access.tenant import Tenant
from store.database import Store
from store.operations.posture import Posture, Way, posture, way
from store.settings import MONGODB_URI, StoreSettings, has_password

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Facts:
    """The facts about one configuration at one moment."""

    settings: Settings
    store_settings: StoreSettings
    posture: Posture
    tenants: Mapping[str, Tenant]
    clients: tuple[Client, ...]
    webhooks: tuple[Webhook, ...]
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    way: Way | None = None
    """The connection to the database that the URI describes; None for the embedded database."""
    modes: Mapping[str, int] = field(default_factory=dict)
    """The permission bits of the files and directories that contain secrets or patients, by path."""
    certificate_ends: datetime | None = None
    open_files: int = 0
    """The number of files that the system lets a process open, its hard limit; negative if there is no limit."""
    now: datetime = _LONG_AGO


async def gathered(
    settings: Settings, store_settings: StoreSettings, store: Store, environment: Mapping[str, str] = os.environ
) -> Facts:
    """Return the facts about a configuration and about the open store; raises StoreError.

    It reads files, the database and the limits of the process, and changes nothing.
    """
    uri = store_settings.mongodb_uri
    tenants = {tenant.name: tenant for tenant in await store.tenants.all()}
    return Facts(
        settings,
        store_settings,
        await posture(store, [*tenants, UNROUTED.name]),
        tenants,
        tuple(client for client in await store.access.clients() if not client.revoked),
        tuple(webhook for webhook in await store.access.webhooks() if not webhook.revoked),
        environment,
        way(uri) if uri else None,
        dict(_modes(settings, store_settings)),
        _ends(settings.tls_certificate),
        resource.getrlimit(resource.RLIMIT_NOFILE)[1],
        datetime.now(UTC),
    )


def secret_variables(environment: Mapping[str, str]) -> list[str]:
    """Return the names of the variables of an environment that contain a secret."""
    named = [name for name in ("DATA_ON_DEMAND_ADMIN_KEY",) if environment.get(name)]
    return [*named, *([MONGODB_URI] if has_password(environment.get(MONGODB_URI, "")) else [])]


def _modes(settings: Settings, store_settings: StoreSettings) -> Iterator[tuple[str, int]]:
    named = (
        settings.tls_key,
        settings.admin_key_file,
        str(store_settings.mongodb_uri_file or ""),
        "" if store_settings.mongodb_uri else str(store_settings.data_dir),
    )
    for name in filter(None, named):
        try:
            yield name, Path(name).stat().st_mode & 0o777
        except OSError:
            continue  # the command that opens the file reports that it is absent


def _ends(certificate: str) -> datetime | None:
    if not certificate:
        return None
    try:
        loaded = x509.load_pem_x509_certificate(Path(certificate).read_bytes())
    except (OSError, ValueError):
        return _LONG_AGO  # clients cannot connect with it, as with an expired certificate
    return loaded.not_valid_after_utc
