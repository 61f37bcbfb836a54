"""Readers: functions that are made once from a model, one for each of its paths.

Readers keep the order of the members and look at each member once. Most members are plain texts, and readers accept
plain texts without a further call, because every pushed event passes here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from pydantic import BaseModel

from mappings.reading.extensions import extensions_reader
from mappings.reading.findings import CLEAR, SAYS_NOTHING, Findings, Index, Json
from mappings.reading.json_text import Unusable
from mappings.reading.leaf_values import Misfit, as_sent, converter
from mappings.reading.required import paths_if_absent
from mappings.redox.leaves import Criterion, Kind, Member, members

_LOST: Final = object()
"""Stands for a value that is there and cannot be used: it is left out of the message."""
_TOLD: Final = object()
"""The same, where a door that refuses the message is told of it already: the shape is wrong, or what is required is not
there."""

_TEXT: Final = Kind("Text")

_UNSEARCHED: Final = frozenset({"Meta.Message", "Meta.Transmission"})
"""Retired members about the delivery; their unknown members are no faults."""

_CLEARABLE = re.compile(r"Patient\.(?!Identifiers)[^\[]+")
"""The paths that null may clear: all of the person except identifiers, and none inside a list, which a newer list
replaces whole."""

EXTENSIONS: Final = "Extensions"
_META: Final = "Meta."

Reader = Callable[[Any, Index, Findings], Any]
"""From any JSON value to a clean value, to None if the value says nothing, or to `_LOST` or `_TOLD`."""


@dataclass(frozen=True)
class Manner:
    """How a message is read. `is_closed`: unknown members are faults. `clears`: null and `[]` clear.

    `asks`: the message is a question. Nothing clears in it, and its Extensions say nothing.
    """

    is_closed: bool = True
    clears: bool = False
    asks: bool = False

    def unsaid(self, path: str) -> str | None:
        """Return what null means at a path: CLEAR, or None for nothing."""
        return CLEAR if self.clears and _CLEARABLE.fullmatch(path) else None


def block_reader(  # noqa: C901 - one closure, for a call less with every object read
    model: type[BaseModel], manner: Manner, path: str = "$", above: str = ""
) -> Reader:
    """Return the reader of an object; the paths of its members begin with `above`."""
    parts = members(model)
    readers = {member.name: _member_reader(member, manner, above) for member in parts}
    if above or manner.asks:
        readers.setdefault(EXTENSIONS, _rest_reader(manner, above))
    texts = frozenset(member.name for member in parts if _is_text(member) and not member.many)
    trimmed = frozenset(member.name for member in parts if member.kind and member.kind.is_trimmed)
    cleared = frozenset(member.name for member in parts if manner.unsaid(above + member.name))
    due = tuple((member.name, paths_if_absent(member, above)) for member in parts if member.traits.required)
    read_other = _other_reader(path, manner)
    is_closed = manner.is_closed

    def read_block(value: Any, index: Index, found: Findings) -> Any:  # noqa: C901 - as above
        if value.__class__ is not dict:
            return read_other(value, index, found)
        clean: Json = {}
        lost: tuple[str, ...] = ()
        told: tuple[str, ...] = ()
        for name, item in value.items():
            if name in texts and item.__class__ is str and item.isprintable() and item and not item.isspace():
                clean[name] = item.strip() if name in trimmed else item
            elif item is None:
                if name in cleared:
                    clean[name] = CLEAR
            elif reader := readers.get(name):
                said = reader(item, index, found)
                if said is _LOST:
                    lost += (name,)
                elif said is _TOLD:
                    told += (name,)
                elif said is not None:
                    clean[name] = said
            elif is_closed and _says_something(item):
                found.unknown(above, name, index)
        if due and (clean or lost or told) and found.look_for(due, clean, lost, told, index):
            return clean or _TOLD
        return clean or (_TOLD if told else _LOST if lost else None)

    return read_block


def _member_reader(member: Member, manner: Manner, above: str) -> Reader:
    path = f"{above}{member.name}"
    one = f"{path}[]" if member.many else path
    if member.block:
        within = replace(manner, is_closed=False) if path in _UNSEARCHED else manner
        reader = block_reader(member.block, within, one, f"{one}.")
    else:
        # An element of a list that cannot be read is left out: FHIR has no place beside it.
        kind = member.kind or _TEXT
        reader = _leaf_reader(replace(kind, is_criterion=True) if member.many else kind, one, manner)
    if not member.many:
        return reader
    of_texts = _is_text(member) and not (member.kind and member.kind.is_trimmed)
    if member.block and issubclass(member.block, Criterion):
        reader = _saying_reader(reader, one)
    return _list_reader(reader, path, manner, of_texts=of_texts)


def _is_text(member: Member) -> bool:
    return member.kind is not None and member.kind.type == _TEXT.type


def _saying_reader(reader: Reader, path: str) -> Reader:
    """Return the reader of an element that must say something: if it were left out, more would be answered."""

    def read_element(value: Any, index: Index, found: Findings) -> Any:
        said = reader(value, index, found)
        if said is None:
            found.fault(path, index, SAYS_NOTHING)
        return said

    return read_element


def _says_something(value: Any) -> bool:
    """Return whether a JSON value says something: it is not null, blank or empty, and not made of such values alone."""
    within = [value]
    while within:
        one = within.pop()
        if isinstance(one, dict | list):
            within.extend(one.values() if isinstance(one, dict) else one)
        elif one is not None and not _is_blank(one):
            return True
    return False


def _rest_reader(manner: Manner, above: str) -> Reader:
    """Return the reader of an object's Extensions; those of Meta and of a question say nothing."""
    if manner.asks or above.startswith(_META):
        return _ignore
    return extensions_reader(f"{above}{EXTENSIONS}", CLEAR if manner.unsaid(f"{above}{EXTENSIONS}") else None)


def _list_reader(reader: Reader, path: str, manner: Manner, *, of_texts: bool) -> Reader:
    unsaid = manner.unsaid(path)
    read_other = _other_reader(path, manner)

    def read_list(value: Any, index: Index, found: Findings) -> Any:
        if value.__class__ is not list:
            return read_other(value, index, found)
        if not value:
            return unsaid
        clean = []
        left_out = None
        for position, item in enumerate(value):
            if of_texts and item.__class__ is str and item.isprintable() and item and not item.isspace():
                clean.append(item)
                continue
            said = reader(item, (*index, position), found)
            if said is _LOST or said is _TOLD:
                left_out = _TOLD if said is _TOLD else left_out or _LOST
            elif said is not None:
                clean.append(said)
        return clean or left_out

    return read_list


def _other_reader(path: str, manner: Manner) -> Reader:
    """Return the reader of a value that is neither an object nor a list, though the model expects one of them."""
    unsaid = manner.unsaid(path)

    def read_other(value: Any, index: Index, found: Findings) -> Any:
        if value is None:
            return None
        if unsaid and value == unsaid:
            return unsaid
        found.bad_shape(path, index)
        return _TOLD

    return read_other


def _leaf_reader(kind: Kind, path: str, manner: Manner) -> Reader:
    if kind.type == "Map":
        return _ignore
    if kind.type == "Texts":
        return _one_or_each(path, manner)
    convert = converter(kind)
    misfit = _unread if manner.asks else _misfit

    def read_leaf(value: Any, index: Index, found: Findings) -> Any:
        said = convert(value, found.zone)
        if said.__class__ is not Misfit:
            return said
        meant = misfit(value, said, path, index, found)
        return as_sent(value, found.zone, kind) or _LOST if meant is _LOST and not manner.asks else meant

    return read_leaf


def _misfit(value: Any, misfit: Misfit, path: str, index: Index, found: Findings) -> Any:
    """Return what a misfit means: None, CLEAR, its nearest reading or that it is left out; the last two add a fault."""
    return CLEAR if value == CLEAR else _unread(value, misfit, path, index, found)


def _unread(value: Any, misfit: Misfit, path: str, index: Index, found: Findings) -> Any:
    """Return what a misfit means in a question, in which nothing clears; otherwise as `_misfit`."""
    if value.__class__ is Unusable:
        found.fault(path, index, value.reason)
        return _LOST
    if value is None or _is_blank(value):
        return None
    if _is_misshapen(value):
        found.bad_shape(path, index)
        return _TOLD
    found.fault(path, index, misfit.reason)
    return _LOST if misfit.value is None else misfit.value


def _is_blank(value: Any) -> bool:
    return isinstance(value, str) and not value.strip()


def _is_misshapen(value: Any) -> bool:
    return "\0" in value if isinstance(value, str) else isinstance(value, dict | list)


def _ignore(_value: Any, _index: Index, _found: Findings) -> None:
    return None


def _one_or_each(path: str, manner: Manner) -> Reader:
    one = _leaf_reader(_TEXT, path, manner)
    each = _list_reader(_leaf_reader(_TEXT, f"{path}[]", manner), path, manner, of_texts=True)
    return lambda value, index, found: (each if isinstance(value, list) else one)(value, index, found)
