"""Clients that sign assertions, and what they sign."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from gateway.access.public_keys import key_of
from gateway.login.oauth import ASSERTION_TYPE, GRANT_TYPE
from store.access import Client, Grant, PublicKey
from store.database import Store

Json = dict[str, Any]
Key = RSAKey | ECKey | OctKey

AUDIENCE = "http://service/v2/auth/token"
PATH = "/v2/auth/token"


@lru_cache
def rsa(kid: str = "rsa", bits: int = 2048) -> RSAKey:
    """An RSA key of the tests, made once."""
    return RSAKey.generate_key(bits, {"kid": kid})


@lru_cache
def ec(kid: str = "ec", curve: str = "P-384") -> ECKey:
    """An EC key of the tests, made once."""
    return ECKey.generate_key(curve, {"kid": kid})


def public(key: Key) -> PublicKey:
    """The public half of a key, as a client's."""
    return key_of({**key.as_dict(private=False), "kid": key.kid})


def claims(client: str, **changed: Any) -> Json:
    """What a right assertion of a client says; a member changed to None is left out."""
    now = int(datetime.now(UTC).timestamp())
    said = {"iss": client, "sub": client, "aud": AUDIENCE, "exp": now + 300, "iat": now, "jti": str(uuid4()), **changed}
    return {name: value for name, value in said.items() if value is not None}


def signed(said: Json, key: Key, algorithm: str = "", **header: Any) -> str:
    """An assertion."""
    chosen = algorithm or ("RS384" if isinstance(key, RSAKey) else "ES384")
    head = {name: value for name, value in {"alg": chosen, "kid": key.kid, **header}.items() if value is not None}
    return jwt.encode(head, said, key, algorithms=[chosen])


def form(assertion: str, **changed: str) -> dict[str, str]:
    """The form that asks for a token."""
    given = {"grant_type": GRANT_TYPE, "client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}
    return {name: value for name, value in {**given, **changed}.items() if value}


async def signer(store: Store, name: str, *keys: PublicKey, **more: Any) -> Client:
    """A client of the sandbox's tenant that signs with some keys."""
    grants = (Grant("sandbox", push=True, query=True),)
    members = {"grants": grants, "public_keys": keys, **more}
    client = Client(name, f"key-of-{name}", "no hash", **members)
    await store.access.add_client(client)
    return client
