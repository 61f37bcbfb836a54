"""Who acts, and how: what the audit trail says of an act of management and of a login."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Door = Literal["secret", "refresh token", "assertion", "access token", "verification token", "admin key"]
"""By what a caller proves who it is."""


@dataclass(frozen=True)
class Administrator:
    """Who manages: by the command line, or by the admin API from an address."""

    door: Literal["command line", "admin API"]
    address: str = ""
    log_id: str = ""


@dataclass(frozen=True)
class Act:
    """An act of management: what is done, to whom or what by name, and the tenants that it concerns."""

    what: str
    name: str
    tenants: tuple[str, ...] = ()


@dataclass
class Login:
    """One try of a caller to prove who it is."""

    door: Door
    address: str
    claimed: str = ""
    """The key that the caller names, right or wrong: tries are counted by it, and nothing shows it."""
    name: str = ""
    """The name of the caller, once it is proved."""
