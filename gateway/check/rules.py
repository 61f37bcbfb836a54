"""How each check looks: from the facts to the places where something is so. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from ipaddress import ip_network

from gateway.access import SANDBOX
from gateway.check.facts import Facts, secret_variables
from gateway.serving import OTHER_FILES, is_open
from gateway.settings import networks, unknown_variables
from store.settings import DEFAULT_AUDIT_DAYS

SUPPORTED_UNTIL: Mapping[tuple[int, int], date] = {
    (6, 0): date(2025, 7, 31),
    (7, 0): date(2027, 8, 31),
    (8, 0): date(2029, 10, 31),
}
"""The last day of MongoDB's major versions, as their maker has announced; a version that is not here is newer."""

SOON = timedelta(days=14)
NARROWEST = {4: 16, 6: 48}
"""Bits that a trusted network has in common at least, by version of the protocol."""
FULL = 0.9
OF_A_CONTAINER = "/run/secrets/"
"""Where a container finds its secrets: readable, and seen by nobody but its own processes."""


def shared_sandbox(facts: Facts) -> Iterator[str]:
    """The sandbox on a database of somebody's."""
    if facts.settings.sandbox and facts.store_settings.mongodb_uri:
        yield facts.store_settings.database


def open_without_tls(facts: Facts) -> Iterator[str]:
    """The address that others reach."""
    if is_open(facts.settings):
        yield facts.settings.host


def wide_proxies(facts: Facts) -> Iterator[str]:
    """Trusted networks that are wide."""
    for each in networks(facts.settings.trusted_proxies):
        network = ip_network(each)
        if network.prefixlen < NARROWEST[network.version] and not network.is_loopback:
            yield each


def ending_certificate(facts: Facts) -> Iterator[str]:
    """The certificate with its last day."""
    ends = facts.certificate_ends
    if ends is not None and ends < facts.now + SOON:
        yield f"{facts.settings.tls_certificate} ({ends:%Y-%m-%d})"


def readable_by_others(facts: Facts) -> Iterator[str]:
    """Files that group or others may read or write."""
    for name, mode in facts.modes.items():
        if mode & 0o066 and not name.startswith(OF_A_CONTAINER):
            yield f"{name} ({mode:o})"


def secrets_in_environment(facts: Facts) -> list[str]:
    """Variables with a secret."""
    return secret_variables(facts.environment)


def embedded(facts: Facts) -> Iterator[str]:
    """The directory of the embedded database."""
    if facts.way is None:
        yield str(facts.store_settings.data_dir)


def database_without_tls(facts: Facts) -> Iterator[str]:
    """A way over a network in the clear."""
    if facts.way and not facts.way.is_local and not facts.way.has_tls:
        yield "mongodb_uri"


def database_unchecked(facts: Facts) -> Iterator[str]:
    """A way with TLS to nobody knows whom."""
    if facts.way and facts.way.has_tls and not facts.way.is_checked:
        yield "mongodb_uri"


def database_without_authentication(facts: Facts) -> Iterator[str]:
    """A server that asks for no user."""
    if facts.way and not facts.posture.is_authenticated:
        yield "mongodb_uri"


def changeable_audit(facts: Facts) -> Iterator[str]:
    """The collection of the audit, where our user may do more than add to it."""
    if facts.posture.is_authenticated and facts.posture.can_change_audit:
        yield "audit"


def out_of_support(facts: Facts) -> Iterator[str]:
    """The server's version, where its time is over."""
    until = SUPPORTED_UNTIL.get(facts.posture.version)
    is_old = facts.posture.version < min(SUPPORTED_UNTIL) or (until is not None and facts.now.date() > until)
    if is_old and facts.way:
        yield ".".join(map(str, facts.posture.version))


def alone(facts: Facts) -> Iterator[str]:
    """A replica set in name only."""
    if facts.way and facts.posture.members == 1:
        yield "1 member"


def little_room(facts: Facts) -> Iterator[str]:
    """The share of the disk that is taken."""
    if facts.posture.disk_used is not None and facts.posture.disk_used > FULL:
        yield f"{facts.posture.disk_used:.0%} used"


def unlimited(facts: Facts) -> Iterator[str]:
    """No limit, where it is not off for a reason."""
    if not facts.settings.rate_limit and not facts.settings.sandbox:
        yield "rate_limit"


def short_audit(facts: Facts) -> Iterator[str]:
    """The days that the audit is kept; 0 is for ever."""
    if 0 < facts.store_settings.audit_days < DEFAULT_AUDIT_DAYS:
        yield f"{facts.store_settings.audit_days} days"


def open_events(facts: Facts) -> Iterator[str]:
    """How many events are open, by tenant and reason."""
    for (tenant, reason), events in sorted(facts.posture.open_events.items()):
        yield f"{tenant}: {events} {reason}"


def grants_to_nobody(facts: Facts) -> Iterator[str]:
    """Who may reach which tenant that is not there."""
    reached = [
        *((f"client {client.name}", [grant.tenant for grant in client.grants]) for client in facts.clients),
        *((f"webhook {webhook.name}", list(webhook.tenants)) for webhook in facts.webhooks),
    ]
    for who, tenants in reached:
        for name in tenants:
            if name not in facts.tenants:
                yield f"{who} to {name}"


def grants_elsewhere(facts: Facts) -> Iterator[str]:
    """Grants that open nothing."""
    for client in facts.clients:
        for grant in client.grants:
            tenant = facts.tenants.get(grant.tenant)
            if tenant and tenant.environment != client.environment:
                yield f"client {client.name} ({client.environment}) to {tenant.name} ({tenant.environment})"


def without_source(facts: Facts) -> Iterator[str]:
    """Tenants that a webhook is to feed and cannot."""
    for webhook in facts.webhooks:
        for name in webhook.tenants:
            if name in facts.tenants and not facts.tenants[name].source_ids:
                yield f"webhook {webhook.name} to {name}"


def unknown_settings(facts: Facts) -> list[str]:
    """Variables that nobody reads."""
    return unknown_variables(facts.environment)


def few_files(facts: Facts) -> Iterator[str]:
    """The limit, where it is below what may be needed."""
    if 0 < facts.open_files < facts.settings.connections + OTHER_FILES:
        yield f"{facts.open_files} files"


def idle(facts: Facts) -> Iterator[str]:
    """Clients whose refresh tokens have all ended; those who sign have none, and are not counted."""
    for client in facts.clients:
        if client.name not in facts.posture.clients_seen and not client.public_keys:
            yield client.name


def left_of_a_sandbox(facts: Facts) -> Iterator[str]:
    """The sandbox's client, where it is none."""
    if not facts.settings.sandbox:
        yield from (client.name for client in facts.clients if client.name == SANDBOX)
