"""A resource as it lies in MongoDB: in an envelope that says whose it is, how it is found, what folding remembers."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from store.search import TYPES

Json = dict[str, Any]

KINDS = tuple(TYPES)
"""The resource types kept, each in a collection of its name."""


def _first() -> int:
    """Where the versions of a document begin: elsewhere when it is deleted and made again."""
    return secrets.randbits(52)


@dataclass(frozen=True, slots=True)
class Document:
    """One resource of one tenant."""

    kind: str
    id: str
    resource: Json
    search: Json = field(default_factory=dict)
    """FHIR search parameters of the resource; see `store.search`."""
    fold: Json = field(default_factory=dict)
    """What folding must remember beside the resource."""
    version: int = field(default_factory=_first, compare=False)
    """Another one after each write, and never again one that this id had."""

    def member(self, path: str) -> Any:
        """The member of the `search` or `fold` object at a path such as `search.date`; None if there is none."""
        room, _, name = path.partition(".")
        return {"search": self.search, "fold": self.fold}[room].get(name)

    @property
    def newness(self) -> Any:
        """By what the document is newer or older than others of its kind; None if that is not known."""
        return self.member(TYPES[self.kind].newest)


def envelope(tenant: str, document: Document) -> Json:
    """The document as MongoDB keeps it. Its `_id` begins with the tenant."""
    return {
        "_id": document_id(tenant, document.id),
        "tenant": tenant,
        "version": document.version,
        "resource": document.resource,
        "search": document.search,
        "fold": document.fold,
    }


def document_id(tenant: str, resource_id: str) -> str:
    """The `_id` of a tenant's resource."""
    return f"{tenant}|{resource_id}"


REMOVED = "!removed"
"""In the place of a tenant: where the notes stand that a tenant was removed. No tenant can have this name."""
LIFTED = "!lifted"
"""Where they stand once there is a tenant of that name again."""


def removal_id(tenant: str) -> str:
    """The `_id` of the note in the journal: whoever writes events of a tenant reads it with what it reads anyway."""
    return document_id(REMOVED, tenant)


def beside_note(tenant: str, ids: Iterable[str]) -> list[str]:
    """The `_id`s of a tenant's entries, and that of the note that the tenant was removed."""
    return [*(document_id(tenant, each) for each in ids), removal_id(tenant)]


def opened(kind: str, found: Json) -> Document:
    """The reverse of `envelope`."""
    return Document(
        kind=kind,
        id=found["_id"].partition("|")[2],
        resource=found["resource"],
        search=found.get("search", {}),
        fold=found.get("fold", {}),
        version=found["version"],
    )
