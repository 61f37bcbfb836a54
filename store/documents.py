"""A resource as it lies in MongoDB: in an envelope that says whose it is, how it is found, what folding remembers."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from store.search import TYPES

Json = dict[str, Any]

KINDS = tuple(TYPES)
"""The FHIR types kept, each in a collection of its name."""


class Kind(Protocol):
    """A kind of record, as far as the store must know it."""

    @property
    def name(self) -> str:
        """The name that documents of the kind carry."""
        ...

    @property
    def type(self) -> str:
        """The FHIR type of its resources."""
        ...


def _first() -> int:
    """Where the versions of a document begin: elsewhere when it is deleted and made again."""
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
    """What folding must remember beside the resource."""
    version: int = field(default_factory=_first, compare=False)
    """Another one after each write, and never again one that this id had."""
    kind: str = ""
    """The name of the kind of record; several kinds may share a FHIR type."""

    def member(self, path: str) -> Any:
        """The member of the `search` or `fold` object at a path such as `search.date`; None if there is none."""
        room, _, name = path.partition(".")
        return {"search": self.search, "fold": self.fold}[room].get(name)

    @property
    def newness(self) -> Any:
        """By what the document is newer or older than others of its kind; None if that is not known."""
        return self.member(TYPES[self.type].newest)


def envelope(tenant: str, document: Document) -> Json:
    """The document as MongoDB keeps it. Its `_id` begins with the tenant."""
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
    """The `_id` of a tenant's resource."""
    return f"{tenant}|{resource_id}"


def document_key(tenant: str, resource_id: str) -> Json:
    """The filter by which one document of a tenant is written: the whole shard key, without which a cluster refuses."""
    return {"tenant": tenant, "_id": document_id(tenant, resource_id)}


REMOVED = "!removed"
"""In the place of a tenant: where the notes stand that a tenant was removed. No tenant can have this name.

A note stays there, since another shard key would move it between the shards of a cluster. Once there is a tenant of
that name again, the note has the member `lifted`: the time when that tenant was added.
"""
LIFTED_BEFORE = "!lifted"
"""In the place of a tenant: where former versions put a note once there was a tenant of that name again."""


def removal_key(tenant: str) -> Json:
    """The filter of the note in the journal: whoever writes events of a tenant reads it with what it reads anyway."""
    return document_key(REMOVED, tenant)


def with_removal(tenant: str, ids: Iterable[str]) -> Json:
    """The filter of a tenant's entries of these ids, and of the note that the tenant is removed, while it stands."""
    named = [*(document_id(tenant, each) for each in ids), document_id(REMOVED, tenant)]
    return {"tenant": {"$in": [tenant, REMOVED]}, "_id": {"$in": named}, "lifted": None}


def opened(of_type: str, found: Json, kind: str = "") -> Document:
    """The reverse of `envelope`. `kind` is that of a document of version 1 of the data, which does not carry it."""
    return Document(
        type=of_type,
        id=found["_id"].partition("|")[2],
        resource=found["resource"],
        search=found.get("search", {}),
        fold=found.get("fold", {}),
        version=found["version"],
        kind=found.get("kind", kind),
    )
