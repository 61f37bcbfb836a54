"""The search parameters of former values: by them a question about the past finds a record that is otherwise now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import product
from math import prod
from typing import Any

from ingest.fold import past
from ingest.fold.events import Json
from ingest.fold.records import start_of
from mappings.kinds import Kind
from store.partition import Partition
from store.search import TYPES, listed, parameters
from store.search.search_type import EVERY, FORMER


def former_parameters(
    kind: Kind, record: Json, former: Mapping[str, Sequence[str]], now: Json, partition: Partition
) -> Json:
    """Return the tokens and moments of former values, as `search` members.

    `former`: the values that the record does not have now, by the paths of their leaves. `now`: the parameters that it
    has. Of leaves that a question compares together every combination counts. If these are too many, there is a token
    that every question about the past finds.
    """
    said: dict[str, dict[Any, None]] = {}
    for example in _examples(kind, record, former):
        found = {EVERY: EVERY} if example is None else _parameters(kind, example, partition)
        for name, value in found.items():
            known = _values(now.get(name))
            place = f"{FORMER}-{name}" if isinstance(value, datetime) else FORMER
            said.setdefault(place, {}).update(dict.fromkeys(each for each in _values(value) if each not in known))
    return {place: list(values) for place, values in said.items() if values}


def _values(value: Any) -> list[Any]:
    return [] if value is None else [value] if isinstance(value, datetime) else listed(value)


def _parameters(kind: Kind, example: Json, partition: Partition) -> Json:
    whole = {**example, **start_of(example, partition.tenant.zone)}
    found = parameters(kind.table.to_fhir(whole), partition.key, partition.tenant.zone)
    return {name: found[name] for name in TYPES[kind.type].former if name in found}


def _examples(kind: Kind, record: Json, former: Mapping[str, Sequence[str]]) -> Iterator[Json | None]:
    """Give blocks with former values, with the leaves alone that questions compare; None if they are too many."""
    now = past.values_of(kind, record)
    for group in kind.asked_by:
        if any(path in former for path in group):
            values = [[*former.get(path, ()), *([now[path]] if path in now else [])] for path in group]
            if any(set(each) >= past.MANY for each in values) or prod(map(len, values)) > past.MOST:
                yield None
            else:
                yield from (_block(dict(zip(group, said, strict=True))) for said in product(*values))


def _block(values: Mapping[str, str]) -> Json:
    """Return a block that has texts at some paths."""
    block: Json = {}
    for path, value in values.items():
        *above, name = path.split(".")
        inner = block
        for step in above:
            inner = inner.setdefault(step, {})
        inner[name] = value
    return block
