"""Whose documents there are: each tenant is a partition of its own, addressed by a destination id."""

import math
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from store import data_version
from store.data_version import DATA_VERSION
from store.documents import removal_key
from store.errors import TenantExists, TenantInvalid, driver_errors
from store.recent import Recent

Environment = Literal["Development", "Staging", "Production"]
PersonUpdates = Literal["keep", "replace"]

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

# A name begins the _id of every document of its tenant and ends there at "|".
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Tenant:
    """One organisation's feed in one environment; raises TenantInvalid naming the property that cannot be."""

    name: str
    destination_id: str
    environment: Environment = "Development"
    time_zone: str = "UTC"
    source_ids: tuple[str, ...] = ()
    identifying_types: tuple[str, ...] = ()
    """Types of identifiers that tell people apart, strongest first; if there are none, the names of types decide."""
    no_identifier: tuple[str, ...] = ()
    """Words that stand where an identifier is due and name nobody, beside those of every tenant."""
    census_hours: Mapping[str, float] = field(default_factory=dict, hash=False)
    person_updates: PersonUpdates = "keep"
    understood: int = DATA_VERSION
    """The version of the data in which every journal entry of the tenant is understood."""
    folded: int = DATA_VERSION
    """The version of the data in which every record of the tenant is folded."""

    def __post_init__(self) -> None:
        for place, is_right in _CHECKS.items():
            if not is_right(self):
                raise TenantInvalid(place)
        # UUIDs are compared without case, so they are kept in one spelling.
        object.__setattr__(self, "destination_id", str(UUID(self.destination_id)))
        object.__setattr__(self, "source_ids", tuple(dict.fromkeys(str(UUID(source)) for source in self.source_ids)))

    @property
    def is_migrating(self) -> bool:
        """Whether journal entries may still be understood as a former version understood them."""
        return self.understood < DATA_VERSION

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which its times without an offset are meant."""
        return ZoneInfo(self.time_zone)


def canonical_uuid(text: str) -> str | None:
    """The one spelling of a UUID, None for any other text."""
    try:
        return str(UUID(text))
    except ValueError:
        return None


def is_time_zone(name: str) -> bool:
    """Whether the IANA data know the zone."""
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # unknown; a directory of the zone data; a path that leaves them
        return False
    return True


_CHECKS: dict[str, Callable[[Tenant], bool]] = {
    "name": lambda tenant: NAME.fullmatch(tenant.name) is not None,
    "destination_id": lambda tenant: canonical_uuid(tenant.destination_id) is not None,
    "environment": lambda tenant: tenant.environment in get_args(Environment),
    "time_zone": lambda tenant: is_time_zone(tenant.time_zone),
    "source_ids": lambda tenant: all(canonical_uuid(source) for source in tenant.source_ids),
    "identifying_types": lambda tenant: all(tenant.identifying_types),
    "no_identifier": lambda tenant: all(tenant.no_identifier),
    "census_hours": lambda tenant: all(
        patient_class and math.isfinite(hours) and hours > 0 for patient_class, hours in tenant.census_hours.items()
    ),
    "person_updates": lambda tenant: tenant.person_updates in get_args(PersonUpdates),
}


class Tenants:
    """All tenants of a database."""

    def __init__(
        self, database: AsyncDatabase[dict[str, Any]], *, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._collection = database[COLLECTION]
        self._journal = database["journal"]
        self._versions = database[data_version.COLLECTION]
        self._recent: Recent[tuple[str, str], tuple[Tenant, ...]] = Recent(seconds)

    async def add(self, tenant: Tenant) -> None:
        """Adds a tenant; raises TenantExists naming what another one has already."""
        try:
            with driver_errors(passing=DuplicateKeyError):
                if not await self._collection.find_one({"_id": tenant.name}):  # nor is one of it being removed
                    await self._journal.update_one(removal_key(tenant.name), {"$currentDate": {"lifted": True}})
                await self._collection.insert_one(_to_document(tenant))
        except DuplicateKeyError as error:
            raise TenantExists(_place(error)) from None
        self._recent.clear()

    async def set_versions(self, name: str, *, understood: int | None = None, folded: int | None = None) -> None:
        """Note the version of the data in which a tenant's entries are understood, or its records folded.

        The versions lie apart from the tenant, which the service's own database user may not change.
        """
        versions = {"understood": understood, "folded": folded}
        said = {member: version for member, version in versions.items() if version is not None}
        with driver_errors():
            change = {"$set": {"tenant": name}, "$max": said}
            await self._versions.update_one({"_id": f"versions {name}"}, change, upsert=True)
        self._recent.clear()

    async def _opened(self, found: list[dict[str, Any]]) -> list[Tenant]:
        """The tenants of these documents, with the versions of those that a former version added."""
        former = [f"versions {each['_id']}" for each in found if each.get("folded", 1) < DATA_VERSION]
        versions: dict[str, dict[str, Any]] = {}
        if former:
            noted = await self._versions.find({"_id": {"$in": former}}).to_list()
            versions = {each["tenant"]: each for each in noted}
        return [from_document(each | _of_versions(versions.get(each["_id"], {}))) for each in found]

    async def all(self) -> list[Tenant]:
        """Every tenant, by name; one that is being removed is there no more."""
        with driver_errors():
            found = await self._collection.find({"removing": None}).sort("_id").to_list()
            return await self._opened(found)

    async def by_name(self, name: str) -> Tenant | None:
        """The tenant of that name."""
        return next(iter(await self._find("_id", name if NAME.fullmatch(name) else None)), None)

    async def by_destination(self, destination_id: str) -> Tenant | None:
        """The tenant that is addressed so."""
        return next(iter(await self._find("destination_id", canonical_uuid(destination_id))), None)

    async def by_source(self, source_id: str) -> tuple[Tenant, ...]:
        """The tenants that the source feeds: one an environment at most, by name."""
        return await self._find("source_ids", canonical_uuid(source_id))

    async def _find(self, member: str, value: str | None) -> tuple[Tenant, ...]:
        if value is None:
            return ()
        return await self._recent.find_or_read((member, value), lambda: self._read(member, value)) or ()

    async def _read(self, member: str, value: str) -> tuple[Tenant, ...] | None:
        with driver_errors():
            found = await self._collection.find({member: value, "removing": None}).sort("_id").to_list()
            # What is missing is asked for again each time, so that a new tenant counts at once.
            return tuple(await self._opened(found)) or None


def _of_versions(noted: dict[str, Any]) -> dict[str, Any]:
    return {member: noted[member] for member in ("understood", "folded") if member in noted}


def _place(error: DuplicateKeyError) -> str:
    pattern = (error.details or {}).get("keyPattern", {})
    return "name" if "_id" in pattern else next(iter(pattern), "name")


def _to_document(tenant: Tenant) -> dict[str, Any]:
    return {
        "_id": tenant.name,
        "destination_id": tenant.destination_id,
        "environment": tenant.environment,
        "time_zone": tenant.time_zone,
        # Absent rather than empty: a unique index takes two empty lists for equal.
        **({"source_ids": list(tenant.source_ids)} if tenant.source_ids else {}),
        "identifying_types": list(tenant.identifying_types),
        "no_identifier": list(tenant.no_identifier),
        # Pairs, because a patient class may hold a dot or a dollar sign.
        "census_hours": [[patient_class, hours] for patient_class, hours in tenant.census_hours.items()],
        "person_updates": tenant.person_updates,
        "understood": tenant.understood,
        "folded": tenant.folded,
    }


def from_document(found: dict[str, Any]) -> Tenant:
    """A tenant as it lies in MongoDB."""
    return Tenant(
        name=found["_id"],
        destination_id=found["destination_id"],
        environment=found["environment"],
        time_zone=found["time_zone"],
        source_ids=tuple(found.get("source_ids", ())),
        identifying_types=tuple(found["identifying_types"]),
        no_identifier=tuple(found.get("no_identifier", ())),
        census_hours=dict(found["census_hours"]),
        person_updates=found["person_updates"],
        understood=found.get("understood", 1),
        folded=found.get("folded", 1),
    )
