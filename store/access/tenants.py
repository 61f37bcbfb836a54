"""The tenants of a database. Each tenant has its own partition of documents and is addressed by a destination id."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from store import data_version
from store.access.tenant import NAME, UNDERSTOOD_BY, Tenant, canonical_uuid, from_document, to_document
from store.data_version import DATA_VERSION
from store.documents import removal_key
from store.errors import TenantExists, driver_errors
from store.timed_cache import Recent

COLLECTION = "tenants"
INDEXES: dict[str, list[IndexModel]] = {
    COLLECTION: [
        IndexModel([("destination_id", ASCENDING)], name="destination_id", unique=True),
        IndexModel(
            [("source_ids", ASCENDING), ("environment", ASCENDING)],
            name="source_ids_environment",
            unique=True,
            partialFilterExpression={"source_ids": {"$exists": True}},
        ),
    ]
}


class Tenants:
    """All tenants of a database. A change that another process makes takes effect within a few seconds."""

    def __init__(
        self, database: AsyncDatabase[dict[str, Any]], *, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._collection = database[COLLECTION]
        self._journal = database["journal"]
        self._versions = database[data_version.COLLECTION]
        self._recent: Recent[tuple[str, str], tuple[Tenant, ...]] = Recent(seconds)

    async def add(self, tenant: Tenant) -> None:
        """Add a tenant. Raises TenantExists with the name of the property that another tenant has already."""
        try:
            with driver_errors(passing=DuplicateKeyError):
                if not await self._collection.find_one({"_id": tenant.name}):  # also not one that is being removed
                    await self._journal.update_one(removal_key(tenant.name), {"$currentDate": {"lifted": True}})
                await self._collection.insert_one(to_document(tenant))
        except DuplicateKeyError as error:
            raise TenantExists(_place(error)) from None
        self._recent.clear()

    async def change(
        self, name: str, settings: Mapping[str, Any], *, add: Iterable[str] = (), remove: Iterable[str] = ()
    ) -> Tenant | None:
        """Change settings of a tenant, named as the fields of Tenant, and add and remove source ids.

        Return the changed tenant, or None if there is no tenant of this name. Raises TenantInvalid, and TenantExists
        with the name of the property that another tenant has already.
        """
        more, gone = tuple(add), {canonical_uuid(each) for each in remove}
        while True:
            with driver_errors():
                found = await self._collection.find_one({"_id": name, "removing": None})
            if found is None:
                return None
            old = from_document(found)
            sources = (*(each for each in old.source_ids if each not in gone), *more)
            new = replace(old, **{"source_ids": sources, **settings})
            if any(getattr(old, setting) != getattr(new, setting) for setting in UNDERSTOOD_BY):
                new = replace(new, revision=old.revision + 1, changed=datetime.now(UTC))
            if await self._replace(found, to_document(new)):
                self._recent.clear()
                return (await self._opened([to_document(new)]))[0]

    async def _replace(self, old: dict[str, Any], new: dict[str, Any]) -> bool:
        """Replace the document of a tenant. Return False if another caller changed the document at the same time."""
        edition = old.get("edition")  # None stands for an absent member too
        unchanged = {"_id": old["_id"], "removing": None, "edition": edition}
        try:
            with driver_errors(passing=DuplicateKeyError):
                written = await self._collection.replace_one(unchanged, {**new, "edition": (edition or 0) + 1})
                return written.matched_count == 1
        except DuplicateKeyError as error:
            raise TenantExists(_place(error)) from None

    async def note_understood(self, tenant: Tenant) -> None:
        """Record that every journal entry is understood in the present data version, under the settings of `tenant`."""
        await self._note(tenant.name, understood=DATA_VERSION, understood_revision=tenant.revision)

    async def note_folded(self, tenant: Tenant) -> None:
        """Record that every record is folded in the present data version, under the settings of `tenant`."""
        await self._note(tenant.name, folded=DATA_VERSION, folded_revision=tenant.revision)

    async def _note(self, name: str, **said: int) -> None:
        # They are stored apart from the tenant, because the service's database user may not change tenants.
        with driver_errors():
            change = {"$set": {"tenant": name}, "$max": said}
            await self._versions.update_one({"_id": f"versions {name}"}, change, upsert=True)
        self._recent.clear()

    async def _opened(self, found: list[dict[str, Any]]) -> list[Tenant]:
        """Return the tenants of these documents, with the state of the last replay if the tenant ever needed one."""
        former = [
            f"versions {each['_id']}" for each in found if each.get("folded", 1) < DATA_VERSION or each.get("revision")
        ]
        versions: dict[str, dict[str, Any]] = {}
        if former:
            noted = await self._versions.find({"_id": {"$in": former}}).to_list()
            versions = {each["tenant"]: each for each in noted}
        return [from_document(each | _of_versions(versions.get(each["_id"], {}))) for each in found]

    async def all(self) -> list[Tenant]:
        """Return all tenants, sorted by name, without those that are being removed."""
        with driver_errors():
            found = await self._collection.find({"removing": None}).sort("_id").to_list()
            return await self._opened(found)

    async def by_name(self, name: str) -> Tenant | None:
        """Return the tenant with this name, or None."""
        return next(iter(await self._find("_id", name if NAME.fullmatch(name) else None)), None)

    async def by_destination(self, destination_id: str) -> Tenant | None:
        """Return the tenant with this destination id, or None."""
        return next(iter(await self._find("destination_id", canonical_uuid(destination_id))), None)

    async def by_source(self, source_id: str) -> tuple[Tenant, ...]:
        """Return the tenants that this source feeds, sorted by name: at most one for each environment."""
        return await self._find("source_ids", canonical_uuid(source_id))

    async def _find(self, member: str, value: str | None) -> tuple[Tenant, ...]:
        if value is None:
            return ()
        return await self._recent.find_or_read((member, value), lambda: self._read(member, value)) or ()

    async def _read(self, member: str, value: str) -> tuple[Tenant, ...] | None:
        with driver_errors():
            found = await self._collection.find({member: value, "removing": None}).sort("_id").to_list()
            # An absent tenant is not cached, so that a new tenant is found at once.
            return tuple(await self._opened(found)) or None


def _of_versions(noted: dict[str, Any]) -> dict[str, Any]:
    members = ("understood", "folded", "understood_revision", "folded_revision")
    return {member: noted[member] for member in members if member in noted}


def _place(error: DuplicateKeyError) -> str:
    pattern = (error.details or {}).get("keyPattern", {})
    return "name" if "_id" in pattern else next(iter(pattern), "name")
