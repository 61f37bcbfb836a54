"""Words with stamps: what events said of a record, and for each unit the order of the event that said it.

A unit is what the overlay replaces as one thing: a leaf, an address, a provider, a list. With its stamp a unit takes
the words of a late event exactly as if they had come in their place, so no history is read. What needs more than the
stamp of a present unit has a stamp under a path of its own:

- a unit that was cleared, or a whole block that was: the path stays, with the order of the event that cleared it;
- a leaf that was cleared in a block that is one thing: the path of the leaf, until the whole block is said anew;
- the newest time of death that was said, because it removes an older word that the person is not deceased.

Words that only fill gaps have the lowest stamps: any other word is newer, and of two of them the older one counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ingest.fold.events import Json
from ingest.fold.lifecycles import WHOLES
from ingest.fold.overlay import MERGED, NOTHING, fill, overlay, put, without_clears
from mappings.reading import CLEAR

FILLED = "0."
"""The beginning of the stamp of words that only fill: it sorts before the orders of all events."""
_DECEASED, _DEATH, _DEATH_SAID = "IsDeceased", "DeathDateTime", "<DeathDateTime said>"


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a record."""

    said: Json = field(default_factory=dict)
    """What counts, as blocks of a message."""
    newest: str | None = ""
    """The order of the newest event that said any of it. Each unit of `said` without a stamp of its own is of this
    event. None if the order is not known, as in data of a former version."""
    stamps: Mapping[str, str] = field(default_factory=dict)
    """By path, the orders of all other units, and of those that were cleared."""

    def take(self, said: Json, order: str, *, clears: bool = True) -> Words:
        """Return the words with those of one more event, which is newer or late. `clears` as in `overlay`."""
        if not said:
            return self
        if self.newest is None:
            return Words(overlay(self.said, said, clears=clears), None)
        if order > self.newest and not clears and _DEATH not in said.get("Demographics", _NONE):
            return self._newer(said, order)
        return self._late(said, order)

    def fill(self, offered: Json, order: str) -> Words:
        """Return the words with some that count only where nothing else was said; of two of these the older counts."""
        if self.newest is None:
            return Words(fill(self.said, offered), None)
        result, stamps = dict(self.said), dict(self.stamps)
        for name, value in offered.items():
            stamp = stamps.get(name, self.newest if name in result else "~")
            if FILLED + order < stamp and (stamp == "~" or stamp.startswith(FILLED)):
                bare = without_clears(value)
                if bare not in NOTHING:
                    result[name], stamps[name] = bare, FILLED + order
        return Words(result, self.newest, stamps)

    def inherit(self, ended: Words, at: str) -> Words:
        """Return the words with the gaps filled by those of a record that ended at a moment, which is an order."""
        said = fill(self.said, ended.said)
        if self.newest is None or ended.newest is None:
            return Words(said, None)
        inherited = dict.fromkeys(set(_units(said)) - set(_units(self.said)), at)
        return Words(said, self.newest, {**self.stamps, **inherited})

    def _newer(self, said: Json, order: str) -> Words:
        """Return the words with those of an event that is newer than all, and clears nothing."""
        newest = self.newest or ""
        stamps = {path: stamp for path, stamp in self.stamps.items() if not _says(said, path)} if self.stamps else {}
        for path in _unsaid(self.said, said):
            stamps.setdefault(path, newest)
        if said.get("Demographics", _NONE).get(_DECEASED) is False:
            stamps[f"Demographics/{_DEATH}"] = order
        stamps.update(dict.fromkeys(_KEPT_APART & said.keys(), order))
        return Words(overlay(self.said, said, clears=False), order, stamps)

    def _late(self, said: Json, order: str) -> Words:
        """Return the words with those of an event from whatever place in the order."""
        newest = self.newest or ""
        stamps = {**dict.fromkeys(_units(self.said), newest), **self.stamps}
        laid = _Laying(order, stamps).lay(self.said, said)
        newest = max((stamp for stamp in stamps.values() if not stamp.startswith(FILLED)), default="")
        implied = set(_units(laid)) - _KEPT_APART
        kept = {path: stamp for path, stamp in stamps.items() if stamp != newest or path not in implied}
        return Words(laid, newest, kept)


_NONE: Json = {}
_KEPT_APART = frozenset(WHOLES)
"""Lists that are documents of their own: the words of a stored record are without them, so their stamps are spelled
out."""


def path_of(above: str, name: str) -> str:
    """Return the path of a member of a block, in the manner of JSON Pointer: an extension may have any name."""
    if "/" in name or "~" in name:
        name = name.replace("~", "~0").replace("/", "~1")
    return f"{above}/{name}" if above else name


def _units(said: Json, above: str = "") -> Iterator[str]:
    """Give the paths of the units of some words."""
    for name, value in said.items():
        path = path_of(above, name)
        if name in MERGED:
            yield from _units(value, path)
        else:
            yield path


def _unsaid(older: Json, newer: Json, above: str = "") -> Iterator[str]:
    """Give the paths of those units of older words of which newer words say nothing."""
    if not older.keys() <= newer.keys():
        yield from _units({name: value for name, value in older.items() if name not in newer}, above)
    for name in MERGED:
        if name in older and name in newer:
            yield from _unsaid(older[name], newer[name], path_of(above, name))


def _says(said: Json, path: str) -> bool:
    """Whether words that clear nothing say the unit of a path anew, or the block that the path leads into."""
    block = said
    for step in path.split("/"):
        name = step.replace("~1", "/").replace("~0", "~")
        if name not in block:
            return False
        if name not in MERGED:
            return True
        block = block[name]
    return False


class _Laying:
    """The words of one event, laid unit by unit over words of whatever age."""

    def __init__(self, order: str, stamps: dict[str, str]) -> None:
        """`order`: of the event. `stamps`: of every unit; they are changed."""
        self._order = order
        self._stamps = stamps
        self._below: dict[str, list[str]] = {}
        """The paths that lead further than each path."""
        for path in stamps:
            for place in (place for place, letter in enumerate(path) if letter == "/"):
                self._below.setdefault(path[:place], []).append(path)

    def lay(self, older: Json, said: Json, above: str = "", cleared: str = "") -> Json:
        """Return older words with those of the event where the event is newer.

        `above`: the path of these words. `cleared`: the order of the newest event that cleared a block around them.
        """
        result = dict(older)
        for name, value in said.items():
            path = path_of(above, name)
            stamp = max(cleared, self._stamps.get(path, ""))
            if name in MERGED and value != CLEAR:
                put(result, name, self.lay(older.get(name, {}), value, path, stamp))
            elif name in MERGED and self._order > cleared:
                self._clear_block(result, name, path)
            elif name not in MERGED and self._order > stamp:
                self._take(result, name, value, path)
        if self._order > cleared and (_DECEASED in said or _DEATH in said):
            self._take_death(result, said, above)
        return result

    def _clear_block(self, result: Json, name: str, path: str) -> None:
        """Clear the words of a block that are older than the event."""
        put(result, name, self._newer_words(result.get(name, {}), path))
        self._forget_below(path)
        self._stamps[path] = max(self._order, self._stamps.get(path, ""))

    def _newer_words(self, block: Json, path: str) -> Json:
        kept: Json = {}
        for name, value in block.items():
            below = path_of(path, name)
            if name in MERGED:
                put(kept, name, self._newer_words(value, below))
            elif self._stamps[below] > self._order:
                kept[name] = value
        return kept

    def _forget_below(self, path: str) -> None:
        """Remove the stamps below a path that are older than the event."""
        for below in self._below.get(path, ()):
            if self._stamps.get(below, self._order) < self._order:
                del self._stamps[below]

    def _take(self, result: Json, name: str, value: Any, path: str) -> None:
        """Change one unit, which is older than the event."""
        bare = without_clears(value)
        if isinstance(value, dict) and bare in NOTHING:
            self._clear_leaves(result, name, value, path)
        elif not (isinstance(value, list) and bare in NOTHING):
            self._forget_below(path)
            self._stamps[path] = self._order
            if isinstance(bare, dict):
                # Of its leaves a newer event may have cleared some.
                bare = {leaf: inner for leaf, inner in bare.items() if path_of(path, leaf) not in self._stamps}
            put(result, name, None if value == CLEAR else bare)

    def _clear_leaves(self, result: Json, name: str, value: Json, path: str) -> None:
        """Clear leaves of a block that is one thing; the others stay."""
        for leaf in (leaf for leaf, inner in value.items() if inner == CLEAR):
            below = path_of(path, leaf)
            self._stamps[below] = max(self._order, self._stamps.get(below, ""))
        if name in result:
            put(result, name, {leaf: inner for leaf, inner in result[name].items() if value.get(leaf) != CLEAR})

    def _take_death(self, result: Json, said: Json, above: str) -> None:
        """Let the two leaves about a death agree: the newer word of them decides."""
        deceased, death, newest = (path_of(above, name) for name in (_DECEASED, _DEATH, _DEATH_SAID))
        if said.get(_DEATH, CLEAR) != CLEAR:
            self._stamps[newest] = max(self._order, self._stamps.get(newest, ""))
        elif said.get(_DECEASED) is False and self._order > self._stamps.get(death, ""):
            result.pop(_DEATH, None)
            self._stamps[death] = self._order
        if result.get(_DECEASED) is False and self._stamps[deceased] < self._stamps.get(newest, ""):
            del result[_DECEASED]
