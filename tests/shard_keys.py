"""A listener to the commands that the store sends: each one on a split collection names its shard key.

A cluster sends a command without the key to every shard, and refuses some of them. The listener is given to every client
of the process, so it judges whatever a test makes the store do. What a test or the bench asks past the store is free.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from store.operations.sharding import SPLIT, Key

Json = Mapping[str, Any]

FEW = 2
"""Tenants that one command may name: its own, and the place of the notes about removed tenants."""
_ROOT = Path(__file__).resolve().parents[1]
_PRODUCT, _FREE = {"store", "ingest", "query_api", "gateway"}, {"tests", "bench"}
_SOMEBODY = "a task of the driver"


def violations(command: Json) -> Iterator[str]:
    """What a cluster would spread or refuse in a command: its collection, its name, and the names of its members."""
    name = next(iter(command))
    collection = command[name]
    if name in _STATEMENTS and isinstance(collection, str) and collection in SPLIT:
        for fault in _STATEMENTS[name](command, SPLIT[collection]):
            yield f"{collection}: {name} {fault}"


class ShardKeys(CommandListener):
    """Keeps the violations until they are taken."""

    def __init__(self, sender: Callable[[], str | None]) -> None:
        """`sender` names the place in the code that sent the present command, or returns None if that place is free."""
        self._sender = sender
        self._found: list[str] = []

    def take(self) -> list[str]:
        """The violations since the last call, each once."""
        found, self._found = self._found, []
        return [*dict.fromkeys(found)]

    def started(self, event: CommandStartedEvent) -> None:
        found = [*violations(event.command)]
        if found and (sender := self._sender()):
            self._found += [f"{each} (sent by {sender})" for each in found]

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Nothing: what a command does is judged by what it says."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Nothing, as of commands that succeed."""


def sender() -> str | None:
    """The line of the product that sent the present command; None if a test or the bench sent it by itself."""
    frame = sys._getframe()
    while frame := frame.f_back:
        path = Path(frame.f_code.co_filename)
        if frame.f_code.co_filename == __file__ or not path.is_relative_to(_ROOT):
            continue
        room = path.relative_to(_ROOT).parts[0]
        if room in _FREE:
            return None
        if room in _PRODUCT:
            return f"{path.relative_to(_ROOT)}:{frame.f_lineno}"
    return _SOMEBODY


LISTENER = ShardKeys(sender)
"""That of the whole run, which `conftest.py` registers before the first client is made."""


# --- what a statement must say ----------------------------------------------------------------------------------------


def _reading(wanted: Json, key: Key) -> Iterator[str]:
    """A read, or a write of several documents, names its tenant."""
    tenants = _values(wanted, key[0])
    if tenants is None or len(tenants) > FEW:
        yield f"by {_names(wanted)} does not name {key[0]}"


def _single(wanted: Json, key: Key) -> Iterator[str]:
    """A write of one document names its whole key."""
    lacking = [member for member in key if len(_values(wanted, member) or ()) != 1]
    if lacking:
        yield f"by {_names(wanted)} does not name {', '.join(lacking)}"


def _change(wanted: Json, change: Json | Sequence[Json], key: Key) -> Iterator[str]:
    """What is written leaves the key as it is; a document that replaces another says the same key."""
    stages: Iterable[Json] = [change] if isinstance(change, Mapping) else change
    for stage in stages:
        if not any(name.startswith("$") for name in stage):
            others = [member for member in key if [stage.get(member)] != _values(wanted, member)]
            if others:
                yield f"by {_names(wanted)} writes another {', '.join(others)}"
        for name, members in stage.items():
            touched = [member for member in key if name.startswith("$") and member in members]
            if touched or name in {"$replaceRoot", "$replaceWith"}:
                yield f"by {_names(wanted)} changes {', '.join(touched) or 'the whole'} with {name}"


def _find(command: Json, key: Key) -> Iterator[str]:
    return _reading(command.get("filter", {}), key)


def _count(command: Json, key: Key) -> Iterator[str]:
    return _reading(command.get("query", {}), key)


def _aggregate(command: Json, key: Key) -> Iterator[str]:
    first: Json = next(iter(command["pipeline"]), {})
    return _reading(first.get("$match", {}), key)


def _insert(command: Json, key: Key) -> Iterator[str]:
    for document in command["documents"]:
        lacking = [member for member in key if document.get(member) is None]
        if lacking:
            yield f"of {_names(document)} does not name {', '.join(lacking)}"


def _update(command: Json, key: Key) -> Iterator[str]:
    for each in command["updates"]:
        yield from (_reading if each.get("multi") else _single)(each["q"], key)
        yield from _change(each["q"], each["u"], key)


def _delete(command: Json, key: Key) -> Iterator[str]:
    for each in command["deletes"]:
        yield from (_single if each["limit"] else _reading)(each["q"], key)


def _find_and_modify(command: Json, key: Key) -> Iterator[str]:
    wanted = command.get("query", {})
    yield from _single(wanted, key)
    yield from _change(wanted, command.get("update", {"$set": {}}), key)


_STATEMENTS: Mapping[str, Callable[[Json, Key], Iterator[str]]] = {
    "find": _find,
    "count": _count,
    "distinct": _count,
    "aggregate": _aggregate,
    "insert": _insert,
    "update": _update,
    "delete": _delete,
    "findAndModify": _find_and_modify,
}
"""The commands that a cluster sends to shards by their key; all others, such as getMore, carry no filter."""


def _values(wanted: Json, member: str) -> list[Any] | None:
    """The values to one of which a filter binds a member; None if it leaves the member open."""
    if member in wanted:
        value = wanted[member]
        if not isinstance(value, Mapping):
            return None if value is None else [value]
        return [value["$eq"]] if "$eq" in value else value.get("$in")
    for each in wanted.get("$and", ()):
        if (values := _values(each, member)) is not None:
            return values
    ways = [_values(each, member) for each in wanted.get("$or", ())]
    if not ways or any(values is None for values in ways):
        return None
    return [*dict.fromkeys(value for values in ways for value in values or ())]


def _names(members: Json) -> str:
    """The names of a filter's members, and never what they are compared with."""
    return ", ".join(sorted(members)) or "nothing"
