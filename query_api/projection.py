"""The projection of records onto a response model: members of the model and Extensions, nothing empty."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from pydantic import BaseModel

from mappings.fhir.records import leaves_of
from mappings.notation import EXTENSIONS
from mappings.redox.leaves import Member, members

Json = dict[str, Any]
Projection = Callable[[Json], Json]


def projection(block: type[BaseModel], held: Iterable[str]) -> Projection:
    """Return the function that makes a block of an answer from a record.

    `held`: the paths of all leaves that such a record may have.
    """
    rows = (*((member.name, _value(member, held)) for member in members(block)), (EXTENSIONS, None))

    def pick(record: Json) -> Json:
        picked = {name: value(record[name]) if value else record[name] for name, value in rows if name in record}
        return {name: said for name, said in picked.items() if said or said not in ({}, [])}

    return pick


def _value(member: Member, held: Iterable[str]) -> Callable[[Any], Any] | None:
    """Return the projection of a member's value; None if the answer has all that the value may have."""
    above = f"{member.name}{'[]' if member.many else ''}."
    inside = {path.removeprefix(above) for path in held if path.startswith(above)}
    if member.block is None or inside <= leaves_of(member.block).keys():
        return None
    pick = projection(member.block, inside)
    return (lambda each: [said for one in each if (said := pick(one))]) if member.many else pick
