"""Public keys of clients, from PEM, a JWK, or a JWKS. Private keys and weak keys are refused."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, RSAKey

from gateway.errors import KeyFileUnusable, KeyIdUnfit, KeyUnfit, PrivateKeyGiven
from store.access import PublicKey

Json = dict[str, Any]
Key = RSAKey | ECKey

ALGORITHMS: Mapping[str, str] = {"RSA": "RS384", "EC": "ES384"}
"""The algorithm of assertions, by the type of the key."""
CURVE = "P-384"
RSA_BITS = (2048, 4096)

_PUBLIC = {"RSA": ("kty", "n", "e"), "EC": ("kty", "crv", "x", "y")}
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----.+?-----END \1-----", re.DOTALL)
_KID = re.compile(r"[\x21-\x7e]{1,200}")
_MOST = 64 * 1024  # bytes of a file


def keys_in(file: bytes) -> tuple[PublicKey, ...]:
    """Return the public keys of a file, in their order.

    Raises PrivateKeyGiven, KeyUnfit, KeyIdUnfit and KeyFileUnusable.
    """
    if len(file) > _MOST:
        raise KeyFileUnusable("size")
    try:
        text = file.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise KeyFileUnusable from None
    keys = tuple(keys_of_pem(text) if text.startswith("-----") else _of_json(text))
    if not keys:
        raise KeyFileUnusable
    if len({key.kid for key in keys}) < len(keys):
        raise KeyIdUnfit("kid")
    return keys


def key_of(jwk: object, place: str = "") -> PublicKey:
    """Return the public key of a JWK. Without a `kid`, its id is the thumbprint (RFC 7638).

    Raises PrivateKeyGiven, KeyUnfit, KeyIdUnfit and KeyFileUnusable, with a place that begins with `place`.
    """
    inside = f"{place}." if place else ""
    if not isinstance(jwk, dict):
        raise KeyFileUnusable(place)
    if _PRIVATE & jwk.keys():
        raise PrivateKeyGiven(place)
    kind = jwk.get("kty")
    if not isinstance(kind, str) or kind not in ALGORITHMS:
        raise KeyUnfit(f"{inside}kty")
    if jwk.get("use", "sig") != "sig":
        raise KeyUnfit(f"{inside}use")
    if jwk.get("alg", ALGORITHMS[kind]) != ALGORITHMS[kind]:
        raise KeyUnfit(f"{inside}alg")
    with _quiet():
        key = _imported(kind, {name: jwk[name] for name in _PUBLIC[kind] if name in jwk}, inside)
    kid = jwk.get("kid", key.thumbprint())
    if not isinstance(kid, str) or not _KID.fullmatch(kid):
        raise KeyIdUnfit(f"{inside}kid")
    return PublicKey(
        kid, {name: str(value) for name, value in key.as_dict(private=False).items() if name in _PUBLIC[kind]}
    )


def _quiet() -> warnings.catch_warnings[None]:
    # The library warns of weak keys, which this module refuses anyway.
    return warnings.catch_warnings(action="ignore", category=SecurityWarning)


def signer_of(key: PublicKey) -> tuple[Key, str]:
    """Return the key object that verifies signatures, and the only algorithm that may be used with it."""
    kind = key.jwk["kty"]
    return _imported(kind, dict(key.jwk), ""), ALGORITHMS[kind]


def _of_json(text: str) -> Iterator[PublicKey]:
    try:
        given = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise KeyFileUnusable from None
    if isinstance(given, dict) and isinstance(given.get("keys"), list):
        for index, jwk in enumerate(given["keys"]):
            yield key_of(jwk, f"keys[{index}]")
    else:
        yield key_of(given)


def keys_of_pem(text: str) -> Iterator[PublicKey]:
    """Yield the public keys of a PEM text. Raises PrivateKeyGiven, KeyUnfit, KeyFileUnusable."""
    if "PRIVATE KEY" in text:
        raise PrivateKeyGiven
    for block in _PEM.finditer(text):
        yield key_of(_key_of_pem(block[0]).as_dict(private=False))


def _key_of_pem(pem: str) -> Key:
    for kind in (RSAKey, ECKey):
        try:
            with _quiet():
                return kind.import_key(pem)
        except (JoseError, ValueError, TypeError):
            continue
    raise KeyFileUnusable


def _imported(kind: str, members: Json, place: str) -> Key:
    try:
        key: Key = RSAKey.import_key(members) if kind == "RSA" else ECKey.import_key(members)
        public = key.public_key
    except (JoseError, ValueError, TypeError, KeyError):
        raise KeyFileUnusable(place.rstrip(".")) from None
    least, most = RSA_BITS
    if kind == "RSA" and not least <= public.key_size <= most:
        raise KeyUnfit(f"{place}n")
    if kind == "EC" and members.get("crv") != CURVE:
        raise KeyUnfit(f"{place}crv")
    return key
