"""Which events of a batch belong together: those that share a key or a stored record."""

from __future__ import annotations

from ingest.keys import PERSON_KEY, VISIT_KEY
from ingest.loading import Loaded
from ingest.understanding import Understood
from store.documents import Document
from store.journal import Entry


def groups(events: list[Understood], loaded: Loaded) -> list[tuple[list[Understood], Loaded]]:
    """Events that share a key, or a stored record, belong together; each group with its documents."""
    owner: dict[str, str] = {}

    def root(name: str) -> str:
        while (above := owner.setdefault(name, name)) != name:
            owner[name] = owner[above]
            name = above
        return name

    loose = {key for each in events if each.entry.held for key in each.entry.keys}
    for each in events:
        for key in _ties(each.entry, loose):
            owner[root(key)] = root(each.entry.id)
    for document in loaded.documents.values():
        for name in _names(document):
            owner[root(name)] = root(f"{document.kind}/{document.id}")
    found: dict[str, tuple[list[Understood], Loaded]] = {}
    for each in events:
        found.setdefault(root(each.entry.id), ([], Loaded()))[0].append(each)
    for document in loaded.documents.values():
        place = root(f"{document.kind}/{document.id}")
        if place in found:
            found[place][1].take([document])
    return list(found.values())


def _ties(entry: Entry, loose: set[str]) -> list[str]:
    """The keys that tie an event to others: visit numbers only where one of them goes by these alone."""
    is_nameless = not any(key.startswith(PERSON_KEY) for key in entry.keys)
    return [key for key in entry.keys if is_nameless or key.startswith(PERSON_KEY) or key in loose]


def _names(document: Document) -> list[str]:
    """What ties a document to events and other documents."""
    if document.kind == "Patient":
        return [PERSON_KEY + token for token in tokens(document)]
    patient = document.search.get("patient")
    return [f"Patient/{patient}"] if patient else [VISIT_KEY + token for token in tokens(document)]


def tokens(document: Document) -> list[str]:
    """The search tokens of a document's identifiers."""
    found = document.search.get("identifier", [])
    return found if isinstance(found, list) else [found]
