"""What callers prove themselves with: secrets, of which two hold while one is rotated, and keys that they sign with."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Former:
    """The hash of a secret that another one has followed."""

    hash: str = field(repr=False)
    until: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it still opens the door."""
        return self.until is None or now < self.until


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that a client signs with: the public members of its JWK."""

    kid: str
    jwk: Mapping[str, str] = field(hash=False)

    @property
    def proof(self) -> str:
        """What tokens that were got with this key are known by."""
        return proof_of(*sorted(f"{name}={value}" for name, value in self.jwk.items()))


def proof_of(*parts: str) -> str:
    """A short name for what a client proved itself with, from which it cannot be told what it was."""
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=12).hexdigest()


def rotated(member: str, new: str, until: datetime | None, now: datetime) -> tuple[dict[str, Any], list[Any]]:
    """When a secret may be followed by a new one, and how: never more than two hold at a time."""
    is_over = [{"former": None}, {"former.until": {"$lte": now}}]
    former = {"hash": f"${member}", "until": {"$literal": until}}
    return {"$or": is_over}, [{"$set": {"former": former, member: {"$literal": new}}}]


def rotation_ended() -> dict[str, Any]:
    """How the secret before the present one ends."""
    return {"$set": {"former": None}}
