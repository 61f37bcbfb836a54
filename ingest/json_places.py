"""Places in JSON: where the texts at some paths stand in the bytes, found in one pass over them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

# Repetitions are possessive: one that gave back what it took would need time and memory for it. The mark at the end may
# be absent, so that a text without an end is read once.
_TOKEN = re.compile(rb'"([^"\\]*+(?:\\.[^"\\]*+)*+)("?)|[{}\[\],]', re.DOTALL)
_QUOTE, _OBJECT, _ARRAY, _COMMA = b'"{[,'
_LIST = b"[]"
_CONTROL = re.compile(rb"[\x00-\x1f]")

_Node = dict[bytes, Any]
"""Where the paths go on, by the names of members; `[]` stands for the elements of a list. A leaf is empty."""


def texts_at(body: bytes, paths: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Give the start and end of each text at one of the paths, without its quotation marks, in their order.

    A path is like `Orders[].Results[].Value`. Of a body that is no JSON the places mean nothing.
    """
    root: _Node = {}
    for path in paths:
        _plant(root, path)
    place = _Place(root)
    for found in _TOKEN.finditer(body) if root else ():
        kind = body[found.start()]
        if kind != _QUOTE:
            place.move(kind)
        elif not found[2]:
            return
        elif place.awaits_name:
            place.name = _name(found[1])
        elif place.value == {}:
            yield found.span(1)


def json_text(raw: bytes) -> str | None:
    """Return the text that JSON has between two quotation marks; None if that is no text."""
    if b"\\" not in raw:  # without an escape it is the text itself, and the reader of JSON would need much memory
        return None if _CONTROL.search(raw) else _utf8(raw)
    try:
        text = orjson.loads(b'"%b"' % raw)
    except orjson.JSONDecodeError:
        return None
    return text if isinstance(text, str) else None


def _utf8(raw: bytes) -> str | None:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None


def _plant(root: _Node, path: str) -> None:
    node = root
    for name in path.encode().replace(_LIST, b".[]").split(b"."):
        node = node.setdefault(name, {})


class _Place:
    """A place in JSON while it is read from its beginning to its end."""

    def __init__(self, root: _Node) -> None:
        self._node: _Node | None = root
        self._is_list = True
        self._above: list[tuple[_Node | None, bool]] = []
        self.name: bytes | None = None
        """The name of the present member of an object; None before it."""

    @property
    def awaits_name(self) -> bool:
        """Whether the next text is the name of a member."""
        return self.name is None and not self._is_list

    @property
    def value(self) -> _Node | None:
        """What a path leads to from the present value; None if no path leads to it."""
        if self._node is None or self._is_list:
            return self._node
        return self._node.get(self.name or b"")

    def move(self, kind: int) -> None:
        """Go over a bracket or a comma."""
        if kind == _COMMA:
            self.name = None
        elif kind in (_OBJECT, _ARRAY):
            inside = self.value
            self._above.append((self._node, self._is_list))
            self._is_list = kind == _ARRAY
            self._node = inside.get(_LIST) if inside is not None and self._is_list else inside
            self.name = None
        elif self._above:
            self._node, self._is_list = self._above.pop()


def _name(raw: bytes) -> bytes:
    """Return the name of a member without escapes."""
    text = json_text(raw) if b"\\" in raw else None
    return raw if text is None else text.encode()
