"""A tenant: the partition of one organisation's feed in one environment, with its settings."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

from store.data_version import DATA_VERSION
from store.errors import TenantInvalid

Environment = Literal["Development", "Staging", "Production"]
PersonUpdates = Literal["keep", "replace"]

# A name begins the _id of every document of its tenant and ends there at "|".
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Tenant:
    """One organisation's feed in one environment. Raises TenantInvalid with the name of the property that is wrong."""

    name: str
    destination_id: str
    environment: Environment = "Development"
    time_zone: str = "UTC"
    source_ids: tuple[str, ...] = ()
    identifying_types: tuple[str, ...] = ()
    """The types of identifiers that tell people apart, strongest first. If empty, the names of the types decide."""
    no_identifier: tuple[str, ...] = ()
    """Words that stand in the place of an identifier and identify nobody, in addition to those that hold for every
    tenant."""
    census_hours: Mapping[str, float] = field(default_factory=dict, hash=False)
    person_updates: PersonUpdates = "keep"
    understood: int = DATA_VERSION
    """The data version (`DATA_VERSION`) in which the service has understood every journal entry of the tenant."""
    folded: int = DATA_VERSION
    """The data version in which the service has folded every record of the tenant."""
    revision: int = 0
    """The number of changes of settings that decide how events are understood (`UNDERSTOOD_BY`)."""
    changed: datetime | None = None
    """The time of the last such change; None if there was none."""
    understood_revision: int = 0
    """The revision of the settings under which the service has understood every journal entry."""
    folded_revision: int = 0
    """The revision of the settings under which the service has folded every record."""

    def __post_init__(self) -> None:
        for place, is_right in _CHECKS.items():
            if not is_right(self):
                raise TenantInvalid(place)
        # UUIDs are compared without regard to case, so they are stored in one spelling.
        object.__setattr__(self, "destination_id", str(UUID(self.destination_id)))
        object.__setattr__(self, "source_ids", tuple(dict.fromkeys(str(UUID(source)) for source in self.source_ids)))

    @property
    def is_migrating(self) -> bool:
        """Return whether some journal entries may be understood by a former version or under former settings."""
        return self.understood < DATA_VERSION or self.understood_revision < self.revision

    @property
    def is_replay_due(self) -> bool:
        """Return whether some records may be folded by a former version or under former settings."""
        return self.folded < DATA_VERSION or self.folded_revision < self.revision

    @property
    def zone(self) -> ZoneInfo:
        """Return the time zone of times that the feed sends without an offset."""
        return ZoneInfo(self.time_zone)


def canonical_uuid(text: str) -> str | None:
    """Return a UUID in lower case with hyphens, or None if the text is no UUID."""
    try:
        return str(UUID(text))
    except ValueError:
        return None


def is_time_zone(name: str) -> bool:
    """Return whether this is the name of a time zone in the IANA database."""
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # an unknown name; a directory of zones; a path outside of the zones
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


UNDERSTOOD_BY = frozenset({"time_zone", "identifying_types", "no_identifier", "person_updates"})
"""The settings that decide how events are understood and folded. After a change of one of them a replay is due."""


def to_document(tenant: Tenant) -> dict[str, Any]:
    """Return a tenant as a MongoDB document, without the state of a replay, which lies in another collection."""
    return {
        "_id": tenant.name,
        "destination_id": tenant.destination_id,
        "environment": tenant.environment,
        "time_zone": tenant.time_zone,
        # Absent instead of empty: for a unique index two empty lists are equal.
        **({"source_ids": list(tenant.source_ids)} if tenant.source_ids else {}),
        "identifying_types": list(tenant.identifying_types),
        "no_identifier": list(tenant.no_identifier),
        # Pairs, because a patient class may contain a dot or a dollar sign.
        "census_hours": [[patient_class, hours] for patient_class, hours in tenant.census_hours.items()],
        "person_updates": tenant.person_updates,
        "understood": tenant.understood,
        "folded": tenant.folded,
        "revision": tenant.revision,
        **({"changed": tenant.changed} if tenant.changed else {}),
    }


def from_document(found: dict[str, Any]) -> Tenant:
    """Return the tenant of a MongoDB document."""
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
        revision=found.get("revision", 0),
        changed=found.get("changed"),
        understood_revision=found.get("understood_revision", 0),
        folded_revision=found.get("folded_revision", 0),
    )
