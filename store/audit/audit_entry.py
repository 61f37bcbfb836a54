"""One entry of the audit, and how it lies in MongoDB: compact, for there is one for each question ever asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bson import Binary

from store.documents import Json

NO_TENANT = "-"
"""Where entries stand that concern no tenant, or none that is known; no tenant can have this name."""
MOST_RESOURCES = 200_000
"""Resources of one document, each of 16 bytes; BSON ends at 16 MiB. More of them take several documents."""
ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Remembered:
    """One entry: what was done, by whom, from where, and what it came to."""

    event: str
    who: str = ""
    """Name of a client, a webhook or a user of the operating system."""
    by: str = ""
    """What `who` names: client, webhook, operator, admin."""
    peer: str = ""
    """The address that it was done from; `local` for a command."""
    tenant: str = NO_TENANT
    model: str = ""
    type: str = ""
    log_id: str = ""
    status: int = 200
    count: int | None = None
    """How many results there were."""
    resources: tuple[str, ...] = ()
    """What was shown: `Patient/...`."""
    details: Json = field(default_factory=dict)
    at: datetime | None = None
    """When it was remembered; nothing in an entry that is still to be written."""
    id: str = ""


def closed(entry: Remembered, ids: Iterator[str], at: datetime, expires: datetime | None) -> Iterator[Json]:
    """An entry as MongoDB keeps it, its resources packed; of very many resources several."""
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
    """Resources by type: their ids, which are UUIDs, one after the other."""
    ids: dict[str, list[str]] = {}
    for each in resources:
        kind, _, resource_id = each.partition("/")
        ids.setdefault(kind, []).append(resource_id)
    return {kind: Binary(bytes.fromhex("".join(of_kind).replace("-", ""))) for kind, of_kind in ids.items()}


def unpacked(resources: Mapping[str, bytes]) -> Iterator[str]:
    """The reverse of `packed`."""
    for kind, ids in resources.items():
        for start in range(0, len(ids), ID_BYTES):
            each = ids[start : start + ID_BYTES].hex()
            yield f"{kind}/{each[:8]}-{each[8:12]}-{each[12:16]}-{each[16:20]}-{each[20:]}"


def stamp(at: datetime) -> str:
    """A moment as it begins an id, so that ids sort by time."""
    return f"{int(at.timestamp() * 1000):013d}"


def opened(found: Json) -> Remembered:
    """The reverse of `closed`."""
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
    """What an entry of the journal remembers of who brought it."""
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
