"""A resource as MongoDB stores it: in an envelope with its tenant, its search parameters, and the fold's own data."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from store.search import TYPES

Json = dict[str, Any]

KINDS = tuple(TYPES)
"""The FHIR types that are stored, each in a collection of its name."""


class Kind(Protocol):
    """A kind of record: the properties of it that the store uses."""

    @property
    def name(self) -> str:
        """The name that documents of the kind have in `kind`."""
        ...

    @property
    def type(self) -> str:
        """The FHIR type of its resources."""
        ...


def _first() -> int:
    """Return a random first version, so that a document that is made again never has a former version."""
    return secrets.randbits(52)


@dataclass(frozen=True, slots=True)
class Document:
    """One resource of one tenant."""

    type: str
    """The FHIR type of the resource, which is the name of the collection."""
    id: str
    resource: Json
    search: Json = field(default_factory=dict)
    """FHIR search parameters of the resource; see `store.search`."""
    fold: Json = field(default_factory=dict)
    """The fold's own data about the record: its orders, stamps and spans."""
    version: int = field(default_factory=_first, compare=False)
    """A number that each write changes, and that this id never has again."""
    kind: str = ""
    """The name of the kind of record; several kinds may share a FHIR type."""

    def member(self, path: str) -> Any:
        """Return the member at a path such as `search.date` or `fold.span.until`; None if it is absent."""
        room, *names = path.split(".")
        found: Any = {"search": self.search, "fold": self.fold}[room]
        for name in names:
            found = found.get(name) if isinstance(found, dict) else None
        return found

    @property
    def newness(self) -> Any:
        """The value that orders the documents of a kind from old to new; None if the document does not have it."""
        return self.member(TYPES[self.type].newest)


def envelope(tenant: str, document: Document) -> Json:
    """Return a document as MongoDB stores it. Its `_id` begins with the tenant."""
    return {
        "_id": document_id(tenant, document.id),
        "tenant": tenant,
        "kind": document.kind,
        "version": document.version,
        "resource": document.resource,
        "search": document.search,
        "fold": document.fold,
    }


def document_id(tenant: str, resource_id: str) -> str:
    """Return the `_id` of a tenant's resource."""
    return f"{tenant}|{resource_id}"


def document_key(tenant: str, resource_id: str) -> Json:
    """Return the filter to write one document: the whole shard key, because a cluster refuses a write without it."""
    return {"tenant": tenant, "_id": document_id(tenant, resource_id)}


def document_keys(tenant: str, resource_ids: Iterable[str]) -> Json:
    """Return the filter to write several documents of a tenant."""
    return {"tenant": tenant, "_id": {"$in": [document_id(tenant, each) for each in resource_ids]}}


REMOVED = "!removed"
"""In the place of a tenant's name: the notes that a tenant was removed have it. No tenant can have this name.

A note keeps this name, because a change of the shard key would move it between the shards of a cluster. If a tenant of
the removed tenant's name is added again, the note gets the member `lifted`: the time of the addition.
"""
LIFTED_BEFORE = "!lifted"
"""In the place of a tenant's name: former versions gave it to a note when a tenant of that name was added again."""


def removal_key(tenant: str) -> Json:
    """Return the filter of the journal's note that a tenant was removed; writers of events read it with theirs."""
    return document_key(REMOVED, tenant)


def with_removal(tenant: str, ids: Iterable[str]) -> Json:
    """Return the filter of a tenant's entries with these ids, and of its removal note."""
    named = [*(document_id(tenant, each) for each in ids), document_id(REMOVED, tenant)]
    return {"tenant": {"$in": [tenant, REMOVED]}, "_id": {"$in": named}, "lifted": None}


def from_envelope(of_type: str, found: Json, kind: str = "") -> Document:
    """Return the document of an envelope. `kind` is for a document of version 1, which has none."""
    return Document(
        type=of_type,
        id=found["_id"].partition("|")[2],
        resource=found["resource"],
        search=found.get("search", {}),
        fold=found.get("fold", {}),
        version=found["version"],
        kind=found.get("kind", kind),
    )
