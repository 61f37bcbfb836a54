"""Clinical words: what clinical events say of a person. They count where no other event says anything.

PatientAdmin and Scheduling say who a person is; a note or a result repeats what its system knows of the person. So the
words of clinical events are kept apart, and a unit of them counts only if the other events leave the unit unsaid. A
unit that another event cleared counts again if a clinical event says it after that; a list whose elements are documents
of their own, such as the allergies, does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ingest.fold.events import Json
from ingest.fold.lifecycles import WHOLES
from ingest.fold.overlay import MERGED
from ingest.fold.words import Words, path_of

_DECEASED, _DEATH = "IsDeceased", "DeathDateTime"
_NONE: Json = {}


def combined(words: Words, clinical: Words) -> Json:
    """Return the words that count of a person: `words`, and those units of `clinical` that they leave unsaid."""
    return _filled(words, clinical) if clinical.said else words.said


def _filled(words: Words, clinical: Words) -> Json:
    result = dict(words.said)
    for steps, value in _unsaid(words, clinical):
        block = result
        for step in steps[:-1]:
            block[step] = dict(block.get(step, _NONE))
            block = block[step]
        block[steps[-1]] = value
    return result


Steps = tuple[str, ...]
"""The names of members that lead to a unit."""


def shown(words: Words, clinical: Words) -> list[list[str]]:
    """Return the members that lead to each unit of `combined` that is of `clinical`."""
    return [list(steps) for steps, _ in _unsaid(words, clinical)]


def without(record: Json, units: Iterable[list[str]]) -> Json:
    """Return a record without the units that `shown` gave."""
    result = dict(record)
    for name, *rest in units:
        if rest and name in result:
            inner = without(result[name], [rest])
            if inner:
                result[name] = inner
            else:
                del result[name]
        else:
            result.pop(name, None)
    return result


def _unsaid(words: Words, clinical: Words) -> Iterator[tuple[Steps, object]]:
    yield from _units(words, clinical, words.said, clinical.said, (), "", "")


def _units(
    words: Words, clinical: Words, said: Json, offered: Json, above: Steps, path: str, cleared: str
) -> Iterator[tuple[Steps, object]]:
    """Give the units of `offered` that count beside `said`.

    `cleared`: the order of the newest event that cleared a block around them.
    """
    for name, value in offered.items():
        here = path_of(path, name)
        if name in WHOLES and here in words.stamps:  # a stored list is not with its words, but the stamp tells of it
            continue
        since = max(cleared, words.stamps.get(here, ""))
        if name in MERGED:
            inner = said.get(name, _NONE)
            yield from _units(words, clinical, inner, value, (*above, name), here, since)
        elif name not in said and not _is_of_a_death_that_is_known(name, said):
            order = clinical.stamps.get(here, clinical.newest or "")
            left = _left(value, words, here, order)
            if order > since and left is not None:
                yield (*above, name), left


def _is_of_a_death_that_is_known(name: str, said: Json) -> bool:
    return name in (_DECEASED, _DEATH) and not said.keys().isdisjoint((_DECEASED, _DEATH))


def _left(value: object, words: Words, path: str, order: str) -> object:
    """Return a unit without the leaves that other events cleared after its order."""
    if not isinstance(value, dict):
        return value
    return {name: leaf for name, leaf in value.items() if words.stamps.get(path_of(path, name), "") < order} or None
