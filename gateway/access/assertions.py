"""Client assertions: a JWT that a client signs to say who it is (RFC 7523, section 3), good for minutes and once."""

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
"""Seconds that an assertion may be good for from now on."""
SKEW = 60
"""Seconds by which the clocks of a client and of this service may differ."""

_PLACE = "client_assertion"
_UNREADABLE = (JoseError, ValueError, TypeError, KeyError, RecursionError)


@dataclass(frozen=True)
class Claimed:
    """What an assertion says before anything of it was checked."""

    algorithm: object
    kid: object
    issuer: str


@dataclass(frozen=True)
class Judged:
    """What an assertion says, all of it right; that it comes for the first time is still to be seen."""

    jti: str
    expires: datetime


def claimed_in(assertion: str) -> Claimed:
    """Who an assertion says to be of; raises `AssertionRefused`."""
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
    """The client's key that an assertion says to be signed with; raises `AssertionRefused`."""
    key = client.key(claimed.kid) if client and isinstance(claimed.kid, str) else None
    if key is None:
        raise AssertionRefused(_PLACE)
    return key


def judged(assertion: str, key: PublicKey, api_key: str, audiences: Collection[str], now: datetime) -> Judged:
    """What an assertion says that is signed with a key, of that client and for this service.

    Raises `AssertionRefused`, which names a claim only of an assertion that its client did sign.
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
