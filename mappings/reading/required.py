"""The required paths of a model: those that are reported if they are absent from a message."""

from __future__ import annotations

from pydantic import BaseModel

from mappings.redox.leaves import Member, members


def required_paths(model: type[BaseModel], above: str = "") -> tuple[str, ...]:
    """Return the required paths of a model, except those inside optional objects."""
    return tuple(path for member in members(model) if member.traits.required for path in paths_if_absent(member, above))


def paths_if_absent(member: Member, above: str) -> tuple[str, ...]:
    """Return the paths to report if a required member is absent: the required paths inside it, else its own path."""
    path = f"{above}{member.name}"
    within = required_paths(member.block, f"{path}.") if member.block and not member.many else ()
    return within or (path,)
