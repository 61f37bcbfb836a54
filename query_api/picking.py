"""What of a record an answer says: the members that its response model has, Extensions, and nothing empty."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from pydantic import BaseModel

from mappings.fhir.records import leaves_of
from mappings.notation import EXTENSIONS
from mappings.redox.leaves import Member, members

Json = dict[str, Any]
Pick = Callable[[Json], Json]


def picker(block: type[BaseModel], held: Iterable[str]) -> Pick:
    """A function from records that may hold these paths to the block of an answer that they fill."""
    rows = (*((member.name, _value(member, held)) for member in members(block)), (EXTENSIONS, None))

    def pick(record: Json) -> Json:
        picked = {name: value(record[name]) if value else record[name] for name, value in rows if name in record}
        return {name: said for name, said in picked.items() if said or said not in ({}, [])}

    return pick


def _value(member: Member, held: Iterable[str]) -> Callable[[Any], Any] | None:
    """What takes from a member's value the part that is answered; None where that is all there can be."""
    above = f"{member.name}{'[]' if member.many else ''}."
    inside = {path.removeprefix(above) for path in held if path.startswith(above)}
    if member.block is None or inside <= leaves_of(member.block).keys():
        return None
    pick = picker(member.block, inside)
    return (lambda each: [said for one in each if (said := pick(one))]) if member.many else pick
