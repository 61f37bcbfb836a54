"""How a newer word goes over an older one, leaf by leaf.

Absent says nothing. A value replaces. Blocks that are one thing (an address, a provider, a coded value) are replaced
whole, any list likewise. The text `""` clears.
"""

from __future__ import annotations

from ingest.fold.events import Json
from mappings.reading import CLEAR

MERGED = frozenset({"Demographics", "PhoneNumber"})
"""Objects taken member by member; every other object is one thing and replaced whole."""


def overlay(known: Json, said: Json, *, clears: bool = True) -> Json:
    """What is known once `said` was said over it; neither argument is changed.

    `clears`: something may be cleared; where nothing is, words are taken as they are.
    """
    result = dict(known)
    for name, value in said.items():
        if not clears:
            result[name] = overlay(known.get(name, {}), value, clears=False) if name in MERGED else value
        elif value == CLEAR:
            result.pop(name, None)
        elif name in MERGED:
            _put(result, name, overlay(known.get(name, {}), value))
        elif isinstance(value, dict):
            _replace(result, name, value)
        elif isinstance(value, list):
            _put(
                result, name, [item for item in map(_without_clears, value) if item not in _NOTHING] or known.get(name)
            )
        else:
            result[name] = value
    if said.get("IsDeceased") is False and "DeathDateTime" not in said:
        result.pop("DeathDateTime", None)
    return result


def fill(known: Json, offered: Json) -> Json:
    """`known`, with what it says nothing of taken from `offered`."""
    result = dict(known)
    for name, value in offered.items():
        if name in MERGED and name in result:
            result[name] = fill(result[name], value)
        elif name not in result and value != CLEAR:
            _put(result, name, _without_clears(value))
    return result


_NOTHING: tuple[object, ...] = (None, {}, [], CLEAR)


def _replace(result: Json, name: str, value: Json) -> None:
    """A block that is one thing: its leaves said replace it; leaves only cleared leave the rest of it."""
    bare = _without_clears(value)
    if bare:
        result[name] = bare
    elif name in result:
        _put(result, name, {key: kept for key, kept in result[name].items() if value.get(key) != CLEAR})


def _put(result: Json, name: str, value: object) -> None:
    if value in _NOTHING:
        result.pop(name, None)
    else:
        result[name] = value


def _without_clears(value: object) -> object:
    if isinstance(value, dict):
        bare = {key: _without_clears(inner) for key, inner in value.items() if inner != CLEAR}
        return {key: inner for key, inner in bare.items() if inner not in _NOTHING}
    if isinstance(value, list):
        return [inner for inner in map(_without_clears, value) if inner not in _NOTHING]
    return value
