"""Expressions of Python source: new objects with constants, and copies of constants."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mappings.notation.rows import Subject
from mappings.notation.tree import Json


def any_said(names: Iterable[str]) -> str:
    """Return the expression that is true if one of these variables has a value."""
    return " or ".join(f"{name} is not None" for name in names)


def there(holder: str, member: str, name: str) -> str:
    """Return the expression that is true if an object has a member, and then gives the member's value a name.

    To look whether a member is there before it is read costs less than `get`, because most members are absent.
    """
    return f"{member!r} in {holder} and ({name} := {holder}[{member!r}]) is not None"


def literal(constants: Json, *more: tuple[str, str]) -> str:
    """Return the expression of a new object with these constants and further expressions."""
    members = [*((name, constant(value)) for name, value in constants.items()), *more]
    return f"{{{', '.join(f'{name!r}: {value}' for name, value in members)}}}"


def constant(value: Any) -> str:
    """Return the expression that makes a new copy of a constant, so that no two documents share an object."""
    if isinstance(value, Subject):
        return "subject.copy()"
    if isinstance(value, list):
        return f"[{', '.join(map(constant, value))}]"
    return literal(value) if isinstance(value, dict) else repr(value)
