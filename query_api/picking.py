"""What of a record an answer says: the members its response model has, in the model's order, and nothing empty."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from pydantic import BaseModel

from mappings.redox.leaves import members

Json = dict[str, Any]
Pick = Callable[[Json], Json]


@cache
def picker(block: type[BaseModel]) -> Pick:
    """A function from a record to the block of an answer that it fills."""
    rows = tuple((member.name, _value(member.block, many=member.many)) for member in members(block))

    def pick(record: Json) -> Json:
        picked = {name: value(record[name]) if value else record[name] for name, value in rows if name in record}
        return {name: said for name, said in picked.items() if said not in ({}, [])}

    return pick


def _value(block: type[BaseModel] | None, *, many: bool) -> Callable[[Any], Any] | None:
    if block is None:
        return None
    pick = picker(block)
    return (lambda each: [said for one in each if (said := pick(one))]) if many else pick
