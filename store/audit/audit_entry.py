"""One entry of the audit log and its MongoDB document. The document is compact: there is one for each question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bson import Binary

from store.documents import Json

NO_TENANT = "-"
"""The tenant of entries that belong to no tenant, or to an unknown one; no tenant can have this name."""
MOST_RESOURCES = 200_000
"""The largest number of resources in one document: 16 bytes each, and a BSON document has at most 16 MiB. An entry with
more resources becomes several documents."""
ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Remembered:
    """One entry of the audit log: the act, who did it, from where, and its result."""

    event: str
    who: str = ""
    """The name of a client, of a webhook, or of a user of the operating system."""
    by: str = ""
    """The sort of caller that `who` names: client, webhook, operator or admin."""
    peer: str = ""
    """The network address of the caller; `local` for a command."""
    tenant: str = NO_TENANT
    model: str = ""
    type: str = ""
    log_id: str = ""
    status: int = 200
    count: int | None = None
    """The number of results; None for an act without results."""
    resources: tuple[str, ...] = ()
    """References to the resources that the service showed: `Patient/ID`."""
    details: Json = field(default_factory=dict)
    at: datetime | None = None
    """The time at which the entry was written; None if it is not written yet."""
    id: str = ""


def closed(entry: Remembered, ids: Iterator[str], at: datetime, expires: datetime | None) -> Iterator[Json]:
    """Yield the MongoDB documents of an entry: one, or several if it has more than MOST_RESOURCES resources."""
    for start in range(0, max(1, len(entry.resources)), MOST_RESOURCES):
        said = {
            "event": entry.event,
            "who": entry.who,
            "by": entry.by,
            "from": entry.peer,
            "model": entry.model,
            "type": entry.type,
            "log": entry.log_id,
            "count": entry.count,
            "resources": packed(entry.resources[start : start + MOST_RESOURCES]),
            "details": entry.details,
            "expires": expires,
        }
        yield {
            "_id": f"{entry.tenant}|{stamp(at)}.{next(ids)}",
            "tenant": entry.tenant,
            "at": at,
            "status": entry.status,
            **{name: value for name, value in said.items() if value not in ("", None, {})},
        }


def packed(resources: Sequence[str]) -> Json:
    """Return the ids of references (`Patient/UUID`) by resource type, each id as 16 bytes, one after the other."""
    ids: dict[str, list[str]] = {}
    for each in resources:
        kind, _, resource_id = each.partition("/")
        ids.setdefault(kind, []).append(resource_id)
    return {kind: Binary(bytes.fromhex("".join(of_kind).replace("-", ""))) for kind, of_kind in ids.items()}


def unpacked(resources: Mapping[str, bytes]) -> Iterator[str]:
    """Yield the references that `packed` was given, grouped by type."""
    for kind, ids in resources.items():
        for start in range(0, len(ids), ID_BYTES):
            each = ids[start : start + ID_BYTES].hex()
            yield f"{kind}/{each[:8]}-{each[8:12]}-{each[12:16]}-{each[16:20]}-{each[20:]}"


def stamp(at: datetime) -> str:
    """Return a time as 13 digits of milliseconds since 1970. Ids that begin with it sort by time."""
    return f"{int(at.timestamp() * 1000):013d}"


def opened(found: Json) -> Remembered:
    """Return the entry of one document that `closed` made."""
    return Remembered(
        event=found["event"],
        who=found.get("who", ""),
        by=found.get("by", ""),
        peer=found.get("from", ""),
        tenant=found["tenant"],
        model=found.get("model", ""),
        type=found.get("type", ""),
        log_id=found.get("log", ""),
        status=found["status"],
        count=found.get("count"),
        resources=tuple(unpacked(found.get("resources", {}))),
        details=found.get("details", {}),
        at=found["at"],
        id=found["_id"].partition("|")[2],
    )


def pushed(tenant: str, found: Json) -> Remembered:
    """Return the audit entry of a push, made from the projected journal entry of the pushed event."""
    details = found.get("details", {})
    entry_id = found["_id"].partition("|")[2]
    return Remembered(
        event="push",
        who=details.get("user") or found["source"],
        by=details.get("by", ""),
        peer=details.get("from", ""),
        tenant=tenant,
        model=found["model"],
        type=found["event"],
        log_id=found["log"],
        details={"entry": entry_id} | ({"open": found["open"]} if "open" in found else {}),
        at=found["received"],
        id=entry_id,
    )
