"""The credentials of callers: secrets, of which two are valid during a rotation, and the public keys of clients."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Former:
    """The hash of the secret before the present one, and the time until which that secret is valid (None: no end)."""

    hash: str = field(repr=False)
    until: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Return whether the former secret is still valid at `now`."""
        return self.until is None or now < self.until


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The public key of a client that signs its assertions: the key id and the public members of the JWK."""

    kid: str
    jwk: Mapping[str, str] = field(hash=False)

    @property
    def proof(self) -> str:
        """Return the proof (see `proof_of`) of the tokens that a client gets with this key."""
        return proof_of(*sorted(f"{name}={value}" for name, value in self.jwk.items()))


def proof_of(*parts: str) -> str:
    """Return a short hash of a secret's hash or of a key. A token stores it, and ends together with that credential."""
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=12).hexdigest()


def rotated(member: str, new: str, until: datetime | None, now: datetime) -> tuple[dict[str, Any], list[Any]]:
    """Return the filter and the update that set a new secret hash in `member` and keep the old one as `former`.

    The filter matches only if no former secret is valid at `now`, so that at most two secrets are valid at a time.
    """
    is_over = [{"former": None}, {"former.until": {"$lte": now}}]
    former = {"hash": f"${member}", "until": {"$literal": until}}
    return {"$or": is_over}, [{"$set": {"former": former, member: {"$literal": new}}}]


def rotation_ended() -> dict[str, Any]:
    """Return the update that ends the former secret."""
    return {"$set": {"former": None}}
