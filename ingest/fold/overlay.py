"""The overlay: newer words over older words, leaf by leaf.

An absent leaf changes nothing. A value replaces. A block that is one thing (an address, a provider, a coded value) is
replaced whole, and so is every list. The text `""` clears. The two leaves about a death are one word: a person who is
not deceased has no time of death.
"""

from __future__ import annotations

from ingest.fold.events import Json
from mappings.reading import CLEAR

MERGED = frozenset({"Demographics", "PhoneNumber", "Extensions", "Visit"})
"""Objects that are merged member by member; every other object is one thing and is replaced whole."""


def overlay(older: Json, newer: Json, *, clears: bool = True) -> Json:
    """Return the words `older` with the words `newer` over them; neither argument is changed.

    `clears`: the newer words may have texts that clear. If they have none, the work is less.
    """
    result = _without_denied(older, newer)
    for name, value in newer.items():
        if not clears:
            result[name] = overlay(older.get(name, {}), value, clears=False) if name in MERGED else value
        elif value == CLEAR:
            result.pop(name, None)
        elif name in MERGED:
            put(result, name, overlay(older.get(name, {}), value))
        elif isinstance(value, dict):
            _replace(result, name, value)
        elif isinstance(value, list):
            put(result, name, [item for item in map(without_clears, value) if item not in NOTHING] or older.get(name))
        else:
            result[name] = value
    return result


def fill(older: Json, offered: Json) -> Json:
    """Return the words `older`, with the leaves that they lack taken from `offered`."""
    result = dict(older)
    for name, value in _without_denied(offered, older).items():
        if name in MERGED and name in result:
            result[name] = fill(result[name], value)
        elif name not in result and value != CLEAR:
            put(result, name, without_clears(value))
    return result


def _without_denied(words: Json, stronger: Json) -> Json:
    """Return a copy of words without the leaf about a death that stronger words deny."""
    result = dict(words)
    if stronger.get("IsDeceased") is False:
        result.pop("DeathDateTime", None)
    elif result.get("IsDeceased") is False and stronger.get("DeathDateTime", CLEAR) != CLEAR:
        del result["IsDeceased"]
    return result


NOTHING: tuple[object, ...] = (None, {}, [], CLEAR)
"""Values that say nothing."""


def _replace(result: Json, name: str, value: Json) -> None:
    """Replace a block that is one thing by a newer block; a newer block that only clears leaves keeps the others."""
    bare = without_clears(value)
    if bare:
        result[name] = bare
    elif name in result:
        put(result, name, {key: kept for key, kept in result[name].items() if value.get(key) != CLEAR})


def put(result: Json, name: str, value: object) -> None:
    """Set a member of an object, or remove the member if the value says nothing."""
    if value in NOTHING:
        result.pop(name, None)
    else:
        result[name] = value


def without_clears(value: object) -> object:
    """Return a value without the texts that clear, and without what is empty without them."""
    if isinstance(value, dict):
        bare = {key: without_clears(inner) for key, inner in value.items() if inner != CLEAR}
        return {key: inner for key, inner in bare.items() if inner not in NOTHING}
    if isinstance(value, list):
        return [inner for inner in map(without_clears, value) if inner not in NOTHING]
    return value
