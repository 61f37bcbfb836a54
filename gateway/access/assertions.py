"""Client assertions: JWTs with which clients authenticate (RFC 7523, section 3).

Each is valid once, for a few minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from joserfc import jws, jwt
from joserfc.errors import JoseError

from gateway.access.public_keys import ALGORITHMS, signer_of
from gateway.errors import AssertionRefused
from store.access import Client, PublicKey

Json = dict[str, Any]

LONGEST = 300
"""The largest number of seconds from now until the end of an assertion (`exp`)."""
SKEW = 60
"""The number of seconds by which the clock of a client may differ from that of this service."""

_PLACE = "client_assertion"
_UNREADABLE = (JoseError, ValueError, TypeError, KeyError, RecursionError)


@dataclass(frozen=True)
class Claimed:
    """The unverified header and issuer of an assertion."""

    algorithm: object
    kid: object
    issuer: str


@dataclass(frozen=True)
class Judged:
    """The id and the end of a verified assertion. Whether it was presented before is not checked yet."""

    jti: str
    expires: datetime


def claimed_in(assertion: str) -> Claimed:
    """Return the unverified header and issuer of an assertion. Raises AssertionRefused."""
    try:
        unchecked = jws.extract_compact(assertion.encode())
        header, claims = unchecked.headers(), _object(unchecked.payload)
    except _UNREADABLE:
        raise AssertionRefused(_PLACE) from None
    issuer = claims.get("iss")
    if header.get("alg") not in ALGORITHMS.values() or not isinstance(issuer, str):
        raise AssertionRefused(_PLACE)
    return Claimed(header["alg"], header.get("kid"), issuer)


def key_for(claimed: Claimed, client: Client | None) -> PublicKey:
    """Return the public key of the client that the assertion names. Raises AssertionRefused."""
    key = client.key(claimed.kid) if client and isinstance(claimed.kid, str) else None
    if key is None:
        raise AssertionRefused(_PLACE)
    return key


def judged(assertion: str, key: PublicKey, api_key: str, audiences: Collection[str], now: datetime) -> Judged:
    """Verify the signature and the claims of an assertion, and return its id and end.

    `api_key` is the key of the client, `audiences` are the names of this service. Raises AssertionRefused; the error
    names a claim only if the signature is valid.
    """
    signer, algorithm = signer_of(key)
    try:
        claims = jwt.decode(assertion, signer, algorithms=[algorithm]).claims
    except _UNREADABLE:
        raise AssertionRefused(_PLACE) from None
    seconds = now.timestamp()
    for name, is_right in _rules(api_key, audiences, seconds).items():
        if not is_right(claims.get(name)):
            raise AssertionRefused(f"{_PLACE}.{name}")
    return Judged(claims["jti"], datetime.fromtimestamp(claims["exp"], UTC))


def _rules(api_key: str, audiences: Collection[str], now: float) -> Mapping[str, Callable[[Any], bool]]:
    return {
        "iss": lambda given: given == api_key,
        "sub": lambda given: given == api_key,
        "aud": lambda given: any(isinstance(each, str) and each in audiences for each in _listed(given)),
        "exp": lambda given: _is_time(given) and now - SKEW < given <= now + LONGEST + SKEW,
        "iat": lambda given: given is None or (_is_time(given) and given <= now + SKEW),
        "nbf": lambda given: given is None or (_is_time(given) and given <= now + SKEW),
        "jti": lambda given: isinstance(given, str) and bool(given),
    }


def _listed(given: object) -> list[object]:
    return given if isinstance(given, list) else [given]


def _is_time(given: object) -> bool:
    return isinstance(given, int | float) and not isinstance(given, bool)


def _object(payload: bytes) -> Json:
    found = orjson.loads(payload)
    if not isinstance(found, dict):
        raise TypeError
    return found
