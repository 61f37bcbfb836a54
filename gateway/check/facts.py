"""What a check looks at: settings, files, certificates, who may come in, and how the database stands."""

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
    """All that is known of one configuration at one moment."""

    settings: Settings
    store_settings: StoreSettings
    posture: Posture
    tenants: Mapping[str, Tenant]
    clients: tuple[Client, ...]
    webhooks: tuple[Webhook, ...]
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    way: Way | None = None
    """To the database that the settings name; None to the embedded one."""
    modes: Mapping[str, int] = field(default_factory=dict)
    """Permissions of files and directories with secrets or patients in them."""
    certificate_ends: datetime | None = None
    open_files: int = 0
    """That the system lets a process have."""
    now: datetime = _LONG_AGO


async def gathered(
    settings: Settings, store_settings: StoreSettings, store: Store, environment: Mapping[str, str] = os.environ
) -> Facts:
    """The facts of a configuration and of the store that it names."""
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
    """The variables of an environment that hold a secret."""
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
            continue  # whoever opens it says that it is away


def _ends(certificate: str) -> datetime | None:
    if not certificate:
        return None
    try:
        loaded = x509.load_pem_x509_certificate(Path(certificate).read_bytes())
    except (OSError, ValueError):
        return _LONG_AGO  # nobody can come in by it, as by one that has ended
    return loaded.not_valid_after_utc
