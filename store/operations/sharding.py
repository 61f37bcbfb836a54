"""How the database lies on a sharded cluster: by what each collection is split, and which stay whole.

Every query names its tenant, so what is split by the tenant first is asked of one shard, or of the few that a giant
tenant lies on. Behind it stands what tells a tenant's documents apart, so that even one tenant can be split.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bson import MaxKey, MinKey
from pymongo import ASCENDING

from store import access, journal
from store.access import tenants
from store.audit import audit_log
from store.documents import KINDS, Json
from store.errors import ServerUnfit, driver_errors
from store.indexes import declared
from store.partition import CLAIMS
from store.work import checkpoints, jobs, leases

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

Key = tuple[str, ...]

_BY_ID: Key = ("tenant", "_id")
SPLIT: Mapping[str, Key] = {
    **dict.fromkeys((*KINDS, CLAIMS, journal.COLLECTION, audit_log.COLLECTION), _BY_ID),
    # Parts are found by their entry, and told apart by a unique index that begins with these two.
    journal.PARTS: ("tenant", "entry"),
}
"""The shard key of each collection that grows with the tenants' data."""

_SMALL = frozenset({*access.INDEXES, *jobs.INDEXES, *tenants.INDEXES, leases.COLLECTION, checkpoints.COLLECTION})
WHOLE = _SMALL | {"secrets", "health"}
"""Collections that stay whole on the database's primary shard: they are small, and some hold values that are unique
over all tenants, which only a collection that is whole can promise."""


def violations() -> list[str]:
    """What a sharded cluster would refuse, or let happen twice; nothing where all is well.

    A unique index of a collection that is split must begin with its shard key, else it holds on each shard alone.
    """
    undecided = [f"{collection}: neither split nor whole" for collection in declared().keys() - SPLIT.keys() - WHOLE]
    unknown = [f"{collection}: not declared" for collection in (SPLIT.keys() | WHOLE) - declared().keys()]
    loose = [
        f"{collection}.{index.document['name']}: unique, and does not begin with {', '.join(key)}"
        for collection, key in SPLIT.items()
        for index in declared().get(collection, ())
        if index.document.get("unique") and tuple(index.document["key"])[: len(key)] != key
    ]
    return sorted(undecided + unknown + loose)


def definitions() -> Iterator[str]:
    """Every index that is declared, as mongosh makes it."""
    for collection, indexes in sorted(declared().items()):
        for index in indexes:
            options = dict(index.document)
            key = options.pop("key")
            yield f"db.getCollection({_said(collection)}).createIndex({_said(key)}, {_said(options)})"


@dataclass(frozen=True, slots=True)
class Step:
    """One command of the database `admin`."""

    command: Json

    def __str__(self) -> str:
        """As mongosh says it."""
        if "shardCollection" in self.command:
            return f"sh.shardCollection({_said(self.command['shardCollection'])}, {_said(self.command['key'])})"
        said = (self.command[name] for name in ("updateZoneKeyRange", "min", "max", "zone"))
        return f"sh.updateZoneKeyRange({', '.join(map(_said, said))})"


def steps(database: str, pins: Mapping[str, str]) -> Iterator[Step]:
    """Commands that split the collections; `pins` are tenants that are to lie on the shards of a zone, by name."""
    for collection, key in sorted(SPLIT.items()):
        yield Step({"shardCollection": f"{database}.{collection}", "key": dict.fromkeys(key, 1)})
    for tenant, zone in pins.items():
        for collection, (_, within) in sorted(SPLIT.items()):
            least, most = {"tenant": tenant, within: MinKey()}, {"tenant": tenant, within: MaxKey()}
            yield Step(
                {"updateZoneKeyRange": f"{database}.{collection}", "min": least, "max": most, "zone": zone},
            )


async def split(database: AsyncDatabase[Json], pins: Mapping[str, str]) -> list[Step]:
    """Split the collections of a database, and give what was done; raises ServerUnfit where there is no cluster."""
    done = list(steps(database.name, pins))
    with driver_errors():
        hello = await database.client.admin.command("hello")
        if hello.get("msg") != "isdbgrid":
            raise ServerUnfit("no sharded cluster")
        for collection, key in SPLIT.items():
            await database[collection].create_index([(name, ASCENDING) for name in key])
        for step in done:
            await database.client.admin.command(step.command)
    return done


def _said(value: Any) -> str:
    """A value as mongosh reads it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_said(name)}: {_said(each)}" for name, each in value.items()) + "}"
    if isinstance(value, MinKey | MaxKey):
        return f"{type(value).__name__}()"
    return json.dumps(value)
