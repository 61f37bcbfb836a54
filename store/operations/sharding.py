"""The database on a sharded cluster: the shard key of each sharded collection, and the unsharded collections.

Every query names its tenant, and each shard key begins with the tenant. Therefore a query goes to one shard, or to the
few shards of a very large tenant. The second member of the key tells the documents of one tenant apart, so that even
one tenant can be spread over shards.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bson import MaxKey, MinKey
from pymongo import ASCENDING

from store import access, files, journal, uploads
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
    **dict.fromkeys((*KINDS, CLAIMS, journal.COLLECTION, files.COLLECTION, audit_log.COLLECTION), _BY_ID),
    # Parts are found by their entry or file, and told apart by a unique index that begins with these two.
    journal.PARTS: ("tenant", "entry"),
    files.PARTS: ("tenant", "file"),
}
"""The shard key of each collection that grows with the data of the tenants."""

_SMALL = frozenset({*access.INDEXES, *jobs.INDEXES, *tenants.INDEXES, leases.COLLECTION, checkpoints.COLLECTION})
WHOLE = _SMALL | {uploads.COLLECTION, "secrets", "health"}
"""Collections that stay whole on the database's primary shard: they are small, and some hold values that are unique
over all tenants, which only a collection that is whole can promise."""


def violations() -> list[str]:
    """Return the faults in the tables of shard keys and indexes, as texts for the developer; empty if there are none.

    A collection must be either sharded or unsharded. A unique index of a sharded collection must begin with the shard
    key; otherwise it is unique on each shard only.
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
    """Yield a mongosh command for each index that the modules declare."""
    for collection, indexes in sorted(declared().items()):
        for index in indexes:
            options = dict(index.document)
            key = options.pop("key")
            yield f"db.getCollection({_said(collection)}).createIndex({_said(key)}, {_said(options)})"


@dataclass(frozen=True, slots=True)
class Step:
    """One command on the database `admin`; its text is the command in mongosh."""

    command: Json

    def __str__(self) -> str:
        """Return the command in the language of mongosh."""
        if "shardCollection" in self.command:
            return f"sh.shardCollection({_said(self.command['shardCollection'])}, {_said(self.command['key'])})"
        said = (self.command[name] for name in ("updateZoneKeyRange", "min", "max", "zone"))
        return f"sh.updateZoneKeyRange({', '.join(map(_said, said))})"


def steps(database: str, pins: Mapping[str, str]) -> Iterator[Step]:
    """Yield the commands that shard the collections of a database.

    `pins` maps the names of tenants to the zone on whose shards their documents must lie.
    """
    for collection, key in sorted(SPLIT.items()):
        yield Step({"shardCollection": f"{database}.{collection}", "key": dict.fromkeys(key, 1)})
    for tenant, zone in pins.items():
        for collection, (_, within) in sorted(SPLIT.items()):
            least, most = {"tenant": tenant, within: MinKey()}, {"tenant": tenant, within: MaxKey()}
            yield Step(
                {"updateZoneKeyRange": f"{database}.{collection}", "min": least, "max": most, "zone": zone},
            )


async def split(database: AsyncDatabase[Json], pins: Mapping[str, str]) -> list[Step]:
    """Shard the collections of a database and return the executed commands. Raises ServerUnfit if it is no cluster."""
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
    """Return a value as mongosh reads it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_said(name)}: {_said(each)}" for name, each in value.items()) + "}"
    if isinstance(value, MinKey | MaxKey):
        return f"{type(value).__name__}()"
    return json.dumps(value)
