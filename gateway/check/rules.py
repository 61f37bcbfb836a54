"""The rules of the checks: each takes the facts and gives the places to which its check applies. They are pure."""

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
"""The last day of support of MongoDB's versions, as announced; a version above 6.0 without a row passes."""

SOON = timedelta(days=14)
NARROWEST = {4: 16, 6: 48}
"""The shortest prefix, in bits, that a trusted network may have, by version of the Internet Protocol."""
FULL = 0.9
OF_A_CONTAINER = "/run/secrets/"
"""The directory of secrets in a container: readable for all, but only processes of the container see it."""


def shared_sandbox(facts: Facts) -> Iterator[str]:
    """Give the name of the database if the sandbox uses a database that a URI names."""
    if facts.settings.sandbox and facts.store_settings.mongodb_uri:
        yield facts.store_settings.database


def open_without_tls(facts: Facts) -> Iterator[str]:
    """Give the address of the listener if others can reach it and the service has neither TLS nor a trusted proxy."""
    if is_open(facts.settings):
        yield facts.settings.host


def wide_proxies(facts: Facts) -> Iterator[str]:
    """Give the trusted networks that are too wide; loopback networks may have any width."""
    for each in networks(facts.settings.trusted_proxies):
        network = ip_network(each)
        if network.prefixlen < NARROWEST[network.version] and not network.is_loopback:
            yield each


def ending_certificate(facts: Facts) -> Iterator[str]:
    """Give the path of the certificate and its last day if it has expired or expires within two weeks."""
    ends = facts.certificate_ends
    if ends is not None and ends < facts.now + SOON:
        yield f"{facts.settings.tls_certificate} ({ends:%Y-%m-%d})"


def readable_by_others(facts: Facts) -> Iterator[str]:
    """Give the files with secrets or patients that the group or others may read or write, with their mode."""
    for name, mode in facts.modes.items():
        if mode & 0o066 and not name.startswith(OF_A_CONTAINER):
            yield f"{name} ({mode:o})"


def secrets_in_environment(facts: Facts) -> list[str]:
    """Return the names of the environment variables that contain a secret."""
    return secret_variables(facts.environment)


def embedded(facts: Facts) -> Iterator[str]:
    """Give the data directory if the database is the embedded one."""
    if facts.way is None:
        yield str(facts.store_settings.data_dir)


def database_without_tls(facts: Facts) -> Iterator[str]:
    """Give the setting of the URI if the connection to the database goes over a network without TLS."""
    if facts.way and not facts.way.is_local and not facts.way.has_tls:
        yield "mongodb_uri"


def database_unchecked(facts: Facts) -> Iterator[str]:
    """Give the setting of the URI if the connection to the database has TLS and the certificate is not verified."""
    if facts.way and facts.way.has_tls and not facts.way.is_checked:
        yield "mongodb_uri"


def database_without_authentication(facts: Facts) -> Iterator[str]:
    """Give the setting of the URI if the service is connected to the database without a user."""
    if facts.way and not facts.posture.is_authenticated:
        yield "mongodb_uri"


def changeable_audit(facts: Facts) -> Iterator[str]:
    """Give the collection of the audit if the user of the service may change or delete its documents."""
    if facts.posture.is_authenticated and facts.posture.can_change_audit:
        yield "audit"


def out_of_support(facts: Facts) -> Iterator[str]:
    """Give the version of MongoDB if it is no longer supported; not for the embedded database."""
    until = SUPPORTED_UNTIL.get(facts.posture.version)
    is_old = facts.posture.version < min(SUPPORTED_UNTIL) or (until is not None and facts.now.date() > until)
    if is_old and facts.way:
        yield ".".join(map(str, facts.posture.version))


def alone(facts: Facts) -> Iterator[str]:
    """Give the number of members if the replica set has only one member; not for the embedded database."""
    if facts.way and facts.posture.members == 1:
        yield "1 member"


def little_room(facts: Facts) -> Iterator[str]:
    """Give the used share of the disk of the database if it is more than FULL."""
    if facts.posture.disk_used is not None and facts.posture.disk_used > FULL:
        yield f"{facts.posture.disk_used:.0%} used"


def unlimited(facts: Facts) -> Iterator[str]:
    """Give the setting of the rate limit if the limit is off; it may be off in the sandbox."""
    if not facts.settings.rate_limit and not facts.settings.sandbox:
        yield "rate_limit"


def short_audit(facts: Facts) -> Iterator[str]:
    """Give the number of days for which the audit is kept if it is below DEFAULT_AUDIT_DAYS; 0 means for ever."""
    if 0 < facts.store_settings.audit_days < DEFAULT_AUDIT_DAYS:
        yield f"{facts.store_settings.audit_days} days"


def open_events(facts: Facts) -> Iterator[str]:
    """Give the number of open events of each tenant and reason."""
    for (tenant, reason), events in sorted(facts.posture.open_events.items()):
        yield f"{tenant}: {events} {reason}"


def grants_to_nobody(facts: Facts) -> Iterator[str]:
    """Give each client or webhook that has a grant for a tenant that does not exist, with the name of this tenant."""
    reached = [
        *((f"client {client.name}", [grant.tenant for grant in client.grants]) for client in facts.clients),
        *((f"webhook {webhook.name}", list(webhook.tenants)) for webhook in facts.webhooks),
    ]
    for who, tenants in reached:
        for name in tenants:
            if name not in facts.tenants:
                yield f"{who} to {name}"


def grants_elsewhere(facts: Facts) -> Iterator[str]:
    """Give each grant for a tenant in another environment than its client; such a grant permits nothing."""
    for client in facts.clients:
        for grant in client.grants:
            tenant = facts.tenants.get(grant.tenant)
            if tenant and tenant.environment != client.environment:
                yield f"client {client.name} ({client.environment}) to {tenant.name} ({tenant.environment})"


def without_source(facts: Facts) -> Iterator[str]:
    """Give each webhook that feeds a tenant without source ids, with this tenant: its deliveries have no route."""
    for webhook in facts.webhooks:
        for name in webhook.tenants:
            if name in facts.tenants and not facts.tenants[name].source_ids:
                yield f"webhook {webhook.name} to {name}"


def unknown_settings(facts: Facts) -> list[str]:
    """Return the names of the variables that begin like a setting but are none."""
    return unknown_variables(facts.environment)


def few_files(facts: Facts) -> Iterator[str]:
    """Give the limit of open files if it is below the number that the connections and other files may need."""
    if 0 < facts.open_files < facts.settings.connections + OTHER_FILES:
        yield f"{facts.open_files} files"


def idle(facts: Facts) -> Iterator[str]:
    """Give the clients without a token; a client that signs assertions has no refresh token, so it is left out."""
    for client in facts.clients:
        if client.name not in facts.posture.clients_seen and not client.public_keys:
            yield client.name


def left_of_a_sandbox(facts: Facts) -> Iterator[str]:
    """Give the client of the sandbox if it is in a database that is not served as a sandbox."""
    if not facts.settings.sandbox:
        yield from (client.name for client in facts.clients if client.name == SANDBOX)
