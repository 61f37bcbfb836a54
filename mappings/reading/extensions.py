"""Extensions: names that a sender chose, each with a url and a value, in any object of a message.

An extension is kept if it has at least one member beside `url`, of any JSON but lists of lists, and is not nested
deeply. Its texts and numbers are kept exactly as they were sent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from zoneinfo import ZoneInfo

from mappings.reading.findings import CLEAR, NO_NUMBER, WRONG_SHAPE, Findings, Index, Json
from mappings.reading.leaf_values import Misfit, number, text

DEEPEST: Final = 8
"""The most objects and lists that an extension may have inside each other."""

_UTC = ZoneInfo("UTC")


class _Unfit(Exception):
    """An extension cannot be kept, for this reason."""


def extensions_reader(path: str, unsaid: str | None) -> Callable[[Any, Index, Findings], Any]:
    """Return the reader of the Extensions at a path; `unsaid` is what null means there."""

    def read(value: Any, index: Index, found: Findings) -> Any:
        if value is None or value == CLEAR:
            return unsaid if value is None else value
        if not isinstance(value, dict):
            found.fault(path, index, WRONG_SHAPE)
            return None
        kept: Json = {}
        for name, extension in value.items():
            try:
                said = _extension(name, extension)
            except _Unfit as unfit:
                found.fault_at(f"{path}.", name, index, str(unfit))
                continue
            if said is not None:
                kept[name] = said
        return kept or None

    return read


def _extension(name: str, extension: Any) -> Any:
    """Return an extension without what says nothing; None if nothing is left. Raises _Unfit."""
    if extension is None:
        return None
    _text(name)
    if extension == CLEAR:
        return CLEAR
    if not isinstance(extension, dict):
        raise _Unfit(WRONG_SHAPE)
    said: Json = _said(extension, 0)
    if said and (said.keys() == {"url"} or not isinstance(said.get("url", ""), str)):
        raise _Unfit(WRONG_SHAPE)
    return said or None


def _said(value: Any, depth: int) -> Any:
    """Return a value without null, blank texts and empty objects and lists; None if nothing is left."""
    if depth > DEEPEST:
        raise _Unfit(WRONG_SHAPE)
    if isinstance(value, dict):
        found = {_text(name): _said(inner, depth + 1) for name, inner in value.items()}
        return {name: inner for name, inner in found.items() if inner is not None} or None
    if isinstance(value, list):
        if any(isinstance(inner, list) for inner in value):
            raise _Unfit(WRONG_SHAPE)
        return [inner for inner in (_said(inner, depth + 1) for inner in value) if inner is not None] or None
    if isinstance(value, str):
        return _text(value) if value.strip() else None
    if value is None or isinstance(value, bool):
        return value
    if isinstance(number(value, _UTC), Misfit):
        raise _Unfit(NO_NUMBER)
    return value


def _text(value: str) -> str:
    read = text(value, _UTC)
    if isinstance(read, Misfit):
        raise _Unfit(read.reason)
    return value
