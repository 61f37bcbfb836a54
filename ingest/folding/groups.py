"""Groups: the parts of a batch that belong together, because they share a key or a stored record."""

from __future__ import annotations

from ingest.folding.loading import Loaded, is_hold, tokens
from ingest.keys import PERSON_KEY, VISIT_KEY
from ingest.understanding import Piece
from mappings.kinds import PERSON
from store.documents import Document
from store.entries import Part


def groups(pieces: list[Piece], loaded: Loaded) -> list[tuple[list[Piece], Loaded]]:
    """Return the groups of parts that share a key or a stored record, each with its documents."""
    owner: dict[str, str] = {}

    def root(name: str) -> str:
        while (above := owner.setdefault(name, name)) != name:
            owner[name] = owner[above]
            name = above
        return name

    loose = {key for each in pieces if each.part.held for key in each.part.keys}
    loose.update(name for document in loaded.documents.values() if is_hold(document) for name in _numbers(document))
    for each in pieces:
        for key in _ties(each.part, loose, loaded):
            owner[root(key)] = root(each.id)
    for document in loaded.documents.values():
        for name in _names(document, loose):
            owner[root(name)] = root(_place(document))
    found: dict[str, tuple[list[Piece], Loaded]] = {}
    for each in pieces:
        found.setdefault(root(each.id), ([], Loaded(worn=loaded.worn)))[0].append(each)
    for document in loaded.documents.values():
        place = root(_place(document))
        if place in found:
            found[place][1].take([document])
    return list(found.values())


def _ties(part: Part, loose: set[str], loaded: Loaded) -> list[str]:
    """Return the keys that tie a part to others; a worn identifier ties nothing.

    A visit number does so only if a part finds visits by number alone, or if a hold has it, which a person may take.
    """
    tying = (key for key in part.keys if key not in loaded.worn)
    return [key for key in tying if key.startswith(PERSON_KEY) or (key.startswith(VISIT_KEY) and key in loose)]


def _place(document: Document) -> str:
    return f"{document.kind}/{document.id}"


def _names(document: Document, loose: set[str]) -> list[str]:
    """Return the keys and places that tie a document to parts and to other documents."""
    if document.kind == PERSON.name:
        return [PERSON_KEY + token for token in tokens(document)]
    patient = document.search.get("patient")
    numbers = _numbers(document)
    return [f"{PERSON.name}/{patient}", *(key for key in numbers if key in loose)] if patient else numbers


def _numbers(document: Document) -> list[str]:
    return [VISIT_KEY + token for token in tokens(document)]
