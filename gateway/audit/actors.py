"""The people and programs in the audit trail: administrators, their acts, and logins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Door = Literal["secret", "refresh token", "assertion", "access token", "verification token", "admin key"]
"""The sort of credential with which a caller authenticates."""


@dataclass(frozen=True)
class Administrator:
    """An administrator, who uses the command line, or the admin API from an address."""

    door: Literal["command line", "admin API"]
    address: str = ""
    log_id: str = ""


@dataclass(frozen=True)
class Act:
    """An act of management: what is done (`client rotate`), the name of its object, and the tenants it concerns."""

    what: str
    name: str
    tenants: tuple[str, ...] = ()


@dataclass
class Login:
    """One attempt of a caller to authenticate."""

    door: Door
    address: str
    claimed: str = ""
    """The API key that the caller claims to have, right or wrong. Failed attempts are counted by it; it is shown
    nowhere."""
    name: str = ""
    """The name of the caller after the attempt has succeeded; empty before."""
