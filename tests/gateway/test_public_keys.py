"""Public keys: from the files that clients send, by the command line; nothing that could sign, nothing weak."""

import json
import warnings
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import OKPKey, RSAKey

from gateway.access.public_keys import key_of, keys_in, signer_of
from gateway.errors import ActRefused, KeyFileUnusable, KeyIdUnfit, KeyUnfit, PrivateKeyGiven
from store.database import Store
from store.mongod.embedded import EmbeddedMongod
from tests.gateway.commands import Outcome, run
from tests.gateway.signing import ec, public, rsa

Json = dict[str, Any]
Command = Callable[..., Awaitable[Outcome]]
DESTINATION = "9d2f7a1c-4a3e-4c55-8d1b-5f0f6f6f0a01"

# RFC 7517, appendix A.1, and its thumbprint as RFC 7638 has it in section 3.1.
OF_THE_RFC = {
    "kty": "RSA",
    "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn"
    "64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbI"
    "SD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
    "e": "AQAB",
}
THUMBPRINT = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def jwk(key: Any, **changed: Any) -> Json:
    """The public JWK of a key; a member changed to None is left out."""
    return {name: value for name, value in {**key.as_dict(private=False), **changed}.items() if value is not None}


def as_file(thing: Any) -> bytes:
    return json.dumps(thing).encode()


def test_a_key_without_an_id_is_known_by_its_thumbprint() -> None:
    [key] = keys_in(as_file(OF_THE_RFC))
    assert key.kid == THUMBPRINT
    assert key.jwk == OF_THE_RFC


@pytest.mark.parametrize("key", [rsa(), ec()], ids=["RSA", "EC"])
def test_pem_jwk_and_jwks_hold_the_same_key(key: Any) -> None:
    bare = jwk(key, kid=None)
    files = [key.as_pem(private=False), as_file(bare), as_file({"keys": [bare]}), b"\xef\xbb\xbf" + as_file(bare)]
    assert len({keys_in(file)[0].kid for file in files}) == 1
    assert {tuple(sorted(keys_in(file)[0].jwk.items())) for file in files} == {tuple(sorted(bare.items()))}


def test_a_file_may_hold_several_keys() -> None:
    pems = rsa().as_pem(private=False) + b"\n" + ec().as_pem(private=False)
    assert [key.jwk["kty"] for key in keys_in(pems)] == ["RSA", "EC"]
    assert [key.kid for key in keys_in(as_file({"keys": [jwk(ec()), jwk(rsa())]}))] == ["ec", "rsa"]


def test_only_public_members_are_kept() -> None:
    found = key_of(jwk(rsa(), use="sig", alg="RS384", x5t="abc", note="mine"))
    assert set(found.jwk) == {"kty", "n", "e"}
    assert signer_of(found)[1] == "RS384"
    assert not signer_of(found)[0].is_private


def weak_rsa() -> RSAKey:
    with warnings.catch_warnings(action="ignore"):
        return RSAKey.generate_key(1024)


REFUSED: dict[str, tuple[bytes, type[ActRefused], str]] = {
    "a private PEM": (rsa().as_pem(private=True), PrivateKeyGiven, ""),
    "a public and a private PEM": (
        ec().as_pem(private=False) + ec().as_pem(private=True),
        PrivateKeyGiven,
        "",
    ),
    "a private JWK": (as_file(rsa().as_dict(private=True)), PrivateKeyGiven, ""),
    "a private JWK among others": (
        as_file({"keys": [jwk(ec()), ec("b").as_dict(private=True)]}),
        PrivateKeyGiven,
        "keys[1]",
    ),
    "a shared secret": (as_file({"kty": "oct", "k": "c2VjcmV0"}), PrivateKeyGiven, ""),
    "an RSA key of 1024 bits": (as_file(jwk(weak_rsa())), KeyUnfit, "n"),
    "an RSA key of 1024 bits in PEM": (weak_rsa().as_pem(private=False), KeyUnfit, "n"),
    "an EC key on P-256": (as_file(jwk(ec("p", "P-256"))), KeyUnfit, "crv"),
    "an EC key on P-256 in PEM": (ec("p", "P-256").as_pem(private=False), KeyUnfit, "crv"),
    "an EC key on P-521": (as_file({"keys": [jwk(ec("p", "P-521"))]}), KeyUnfit, "keys[0].crv"),
    "an Edwards key": (as_file(jwk(OKPKey.generate_key("Ed25519"))), KeyUnfit, "kty"),
    "an Edwards key in PEM": (OKPKey.generate_key("Ed25519").as_pem(private=False), KeyFileUnusable, ""),
    "a key to encrypt with": (as_file(jwk(rsa(), use="enc")), KeyUnfit, "use"),
    "a key for another algorithm": (as_file(jwk(rsa(), alg="RS256")), KeyUnfit, "alg"),
    "an id of blanks": (as_file(jwk(rsa(), kid=" ")), KeyIdUnfit, "kid"),
    "an id that is an object": (as_file(jwk(rsa(), kid={"$ne": ""})), KeyIdUnfit, "kid"),
    "one id twice": (as_file({"keys": [jwk(rsa()), jwk(ec(), kid="rsa")]}), KeyIdUnfit, "kid"),
    "a point off the curve": (as_file(jwk(ec(), x="AQAB")), KeyFileUnusable, ""),
    "a modulus that is no text": (as_file(jwk(rsa(), n=7)), KeyFileUnusable, ""),
    "half a key": (as_file(jwk(rsa(), n=None)), KeyFileUnusable, ""),
    "a list": (b"[1]", KeyFileUnusable, ""),
    "a set of texts": (as_file({"keys": ["a"]}), KeyFileUnusable, "keys[0]"),
    "an empty set": (as_file({"keys": []}), KeyFileUnusable, ""),
    "broken PEM": (b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", KeyFileUnusable, ""),
    "PEM that ends early": (rsa().as_pem(private=False)[:200], KeyFileUnusable, ""),
    "text": (b"hello", KeyFileUnusable, ""),
    "no text": (b"\xff\xfe", KeyFileUnusable, ""),
    "nothing": (b"", KeyFileUnusable, ""),
    "too much": (b" " * 70_000, KeyFileUnusable, "size"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_is_refused_that_holds(case: str) -> None:
    file, refusal, place = REFUSED[case]
    with pytest.raises(refusal) as refused:
        keys_in(file)
    assert type(refused.value) is refusal
    assert refused.value.place == place


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.fixed_dictionaries({"kty": st.sampled_from(["RSA", "EC"])}, optional=dict.fromkeys("nexykid", _JSON)))
def test_no_json_is_too_odd_to_be_refused_well(members: Json) -> None:
    with pytest.raises(ActRefused):
        keys_in(as_file(members))


# --- by the command line ---------------------------------------------------------------------------------------------


@pytest.fixture
async def command(
    store: Store, mongod: EmbeddedMongod, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Command:
    """Runs a command on the test's database, in which there is a tenant."""
    monkeypatch.setenv("DATA_ON_DEMAND_MONGODB_URI", mongod.uri)
    monkeypatch.setenv("DATA_ON_DEMAND_DATABASE", store.database.name)

    async def execute(*arguments: str) -> Outcome:
        return await run(capsys, *arguments)

    await execute("tenant", "add", "north", "--destination-id", DESTINATION)
    return execute


def written(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    return str(path)


async def test_keys_are_added_listed_and_removed(command: Command, store: Store, tmp_path: Path) -> None:
    first = written(tmp_path / "first.pem", ec().as_pem(private=False))
    second = written(tmp_path / "second.json", as_file({"keys": [jwk(rsa())]}))
    added = await command("client", "add", "app", "--tenant", "north", "--push", "--public-key", first, "--json")
    assert added.status == 0, added
    [kid] = json.loads(added.out)["keys"]
    assert (await command("client", "key", "add", "app", second)).out == "Client app may sign with key rsa.\n"
    listed = json.loads((await command("client", "key", "list", "app", "--json")).out)
    assert [key["kid"] for key in listed["keys"]] == [kid, "rsa"]
    assert keys_in(as_file(listed)) == tuple(key_of(key) for key in listed["keys"])
    assert "P-384" in (await command("client", "key", "list", "app")).out
    assert (await command("client", "key", "remove", "app", kid)).status == 0
    client = await store.access.client("app")
    assert client
    assert client.public_keys == (public(rsa()),)


async def test_an_id_may_begin_with_a_dash(command: Command, store: Store, tmp_path: Path) -> None:
    file = written(tmp_path / "key.json", as_file(jwk(ec(), kid="-h-is-no-option")))
    await command("client", "add", "app", "--tenant", "north", "--push", "--public-key", file)
    assert (await command("client", "key", "remove", "app", "-h-is-no-option")).status == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (ec().as_pem(private=True), "This is a private key"),
        (weak_rsa().as_pem(private=False), "The key is too weak"),
        (b"hello", "This is no public key"),
    ],
)
async def test_a_wrong_file_is_wrong_usage_and_adds_nobody(
    content: bytes, said: str, command: Command, tmp_path: Path
) -> None:
    file = written(tmp_path / "key", content)
    outcome = await command("client", "add", "app", "--tenant", "north", "--push", "--public-key", file)
    assert outcome.status == 2
    assert outcome.err.startswith(said)
    assert json.loads((await command("client", "list", "--json")).out) == []


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("add", "app", "missing.pem"), 2),
        (("add", "nobody", "key.json"), 1),
        (("add", "app", "key.json"), 1),
        (("remove", "app", "unknown"), 1),
        (("list", "nobody"), 1),
    ],
)
async def test_what_is_not_there_or_there_already_is_an_error(
    arguments: tuple[str, ...], status: int, command: Command, tmp_path: Path
) -> None:
    file = written(tmp_path / "key.json", as_file(jwk(ec())))
    await command("client", "add", "app", "--tenant", "north", "--push", "--public-key", file)
    given = [str(tmp_path / each) if "." in each else each for each in arguments]
    outcome = await command("client", "key", *given)
    assert outcome.status == status, outcome
    assert outcome.err
