"""The security posture of the database: who can reach it and how, and what the service's user may do. It only reads."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from pymongo.errors import PyMongoError
from pymongo.uri_parser import parse_uri

from store import journal
from store.access import tokens
from store.audit import audit_log
from store.errors import driver_errors

if TYPE_CHECKING:
    from store.database import Store

_TLS = ("tls", "ssl")
_UNCHECKED = ("tlsInsecure", "tlsAllowInvalidCertificates", "tlsAllowInvalidHostnames")

_OF_OTHERS = frozenset(
    {"createUser", "dropUser", "grantRole", "revokeRole", "createRole", "dropRole", "changePassword", "dropDatabase"}
)
"""Actions that no part of the service needs. With them a user can create users and grant itself roles, or delete all
data."""


@dataclass(frozen=True, slots=True)
class Way:
    """The properties of the connection that a MongoDB URI describes."""

    is_local: bool
    has_tls: bool
    is_checked: bool
    """Whether the driver verifies the certificate of the server."""


@dataclass(frozen=True, slots=True)
class Posture:
    """The state of the database server, and the rights of the service's database user."""

    version: tuple[int, int]
    members: int | None
    """The number of members of the replica set; None for a sharded cluster."""
    is_authenticated: bool
    too_wide: tuple[str, ...]
    """The rights of the database user beyond those that the service needs, in words, such as `any resource`."""
    can_change_audit: bool
    """Whether the database user may change or delete entries of the audit log."""
    disk_used: float | None
    """The used share, from 0 to 1, of the disk with the data; None if the server does not report it."""
    open_events: Mapping[tuple[str, str], int]
    """The number of events that the journal keeps unfolded, by tenant and reason."""
    clients_seen: frozenset[str]
    """The names of clients with a stored token. Tokens are stored until they expire, at most 30 days after the last
    refresh."""


def way(uri: str) -> Way:
    """Return the properties of the connection that a URI describes.

    For `mongodb+srv` the function looks nothing up: such a connection is remote, and has TLS unless the URI says
    otherwise.
    """
    is_looked_up = uri.startswith("mongodb+srv:")
    if is_looked_up:
        options = {name: value == "true" for name, _, value in _pairs(uri)}
        nodes: list[tuple[str, int | None]] = []
    else:
        parsed = parse_uri(uri, warn=False)
        options, nodes = dict(parsed["options"]), parsed["nodelist"]
    given = {name.lower(): value for name, value in options.items()}
    return Way(
        is_local=bool(nodes) and all(_is_local(host) for host, _ in nodes),
        has_tls=any(bool(given[name]) for name in _TLS if name in given) or (is_looked_up and not given.keys() & _TLS),
        is_checked=not any(given.get(name.lower()) for name in _UNCHECKED),
    )


async def posture(store: Store, tenants: Iterable[str] = ()) -> Posture:
    """Return the posture of a store's database, with the open events of these tenants. Raises StoreError."""
    with driver_errors():
        hello = await store.client.admin.command("hello")
        build = await store.client.admin.command("buildInfo")
        status = await store.client.admin.command("connectionStatus", showPrivileges=True)
        seen = await store.database[tokens.COLLECTION].distinct("client")
        events = {(name, reason): count for name in tenants async for reason, count in _open_events(store, name)}
    users = status["authInfo"]["authenticatedUsers"]
    return Posture(
        version=(build["versionArray"][0], build["versionArray"][1]),
        members=len(hello["hosts"]) + len(hello.get("passives", ())) if "setName" in hello else None,
        is_authenticated=bool(users),
        too_wide=tuple(sorted(set(_too_wide(status["authInfo"], store.database.name)))) if users else (),
        can_change_audit=_can_change_audit(status["authInfo"], store.database.name),
        disk_used=await _disk_used(store),
        open_events=events,
        clients_seen=frozenset(seen),
    )


async def _open_events(store: Store, tenant: str) -> AsyncIterator[tuple[str, int]]:
    """Yield each reason for which events of a tenant are open, and the number of these events."""
    # Parts of one event may be open for several reasons: the event counts for each.
    wanted = {"tenant": tenant, "open": {"$exists": True}}
    by_reason = {"_id": "$open", "events": {"$sum": 1}}
    counted = await store.database[journal.COLLECTION].aggregate(
        [{"$match": wanted}, {"$unwind": "$open"}, {"$group": by_reason}]
    )
    async for found in counted:
        yield str(found["_id"]), found["events"]


def _too_wide(info: Mapping[str, Any], database: str) -> Iterator[str]:
    for privilege in info.get("authenticatedUserPrivileges", ()):
        resource, actions = privilege["resource"], set(privilege["actions"])
        if resource.get("anyResource"):
            yield "any resource"
        elif "db" in resource and resource["db"] != database and actions - {"find", "collStats", "listCollections"}:
            yield f"database {resource['db'] or 'of any name'}"
        elif "db" in resource:
            yield from actions & _OF_OTHERS


def _can_change_audit(info: Mapping[str, Any], database: str) -> bool:
    reaching = [
        privilege
        for privilege in info.get("authenticatedUserPrivileges", ())
        if privilege["resource"].get("db") in ("", database)
        and privilege["resource"].get("collection") in ("", audit_log.COLLECTION)
    ]
    return any({"update", "remove"} & set(privilege["actions"]) for privilege in reaching)


async def _disk_used(store: Store) -> float | None:
    try:
        said = await store.database.command("dbStats")
    except PyMongoError:
        return None
    total = said.get("fsTotalSize")
    return said["fsUsedSize"] / total if total else None


def _is_local(host: str) -> bool:
    if host == "localhost" or host.startswith("/"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _pairs(uri: str) -> Iterator[tuple[str, str, str]]:
    return (each.partition("=") for each in uri.partition("?")[2].split("&") if each)
