"""OAuth 2: a token for a signed assertion (RFC 6749, section 4.4; RFC 7523, section 2.2)."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from gateway.access import OAUTH_LIFE, Tokens, claimed_in
from gateway.errors import AssertionRefused, EncodingBroken, GrantTypeUnsupported, TokenRequestUnfit
from gateway.login.logins import admit_unknown_caller, login
from gateway.request import SMALL, body_of, json_text
from gateway.sandbox import is_loopback
from gateway.service import Service
from store.access import Client

PATH = "/v2/auth/token"
GRANT_TYPE = "client_credentials"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
FORM = "application/x-www-form-urlencoded"

_PARAMETERS = ("grant_type", "client_assertion_type", "client_assertion", "client_id", "scope")
_MOST_PARAMETERS = 20
_PORTS = {"http": 80, "https": 443}


async def token(request: Request) -> Response:
    """An access token for an assertion."""
    service = await admit_unknown_caller(request)
    try:
        given = _form(request, await body_of(request, SMALL))
    except EncodingBroken as error:
        raise TokenRequestUnfit(error.place) from None
    if "grant_type" not in given:
        raise TokenRequestUnfit("grant_type")
    if given["grant_type"] != GRANT_TYPE:
        raise GrantTypeUnsupported("grant_type")
    issued = await _asserted(request, service, given)
    answer = json_text(
        {
            "access_token": issued.access_token,
            "token_type": "Bearer",
            "expires_in": int(OAUTH_LIFE.total_seconds()),
            "scope": scope_of(issued.client),
        }
    )
    answer.headers["pragma"] = "no-cache"
    return answer


def scope_of(client: Client) -> str:
    """Return the scope of a client's tokens: `push`, `query`, or both, whatever scope the client requested."""
    verbs = {"push": any(grant.push for grant in client.grants), "query": any(grant.query for grant in client.grants)}
    return " ".join(verb for verb, may in verbs.items() if may)


def audiences(request: Request, public_url: str) -> Collection[str]:
    """Return the audiences (`aud`) that an assertion for this service may have: the URL of PATH below the public URL.

    Without a public URL, they come from the address of the connection, and never from the `Host` header: another server
    that received an assertion of our client could send it to us with a `Host` header that names that server.
    """
    if public_url:
        return {public_url.rstrip("/") + PATH}
    host, port = request.scope.get("server") or ("", None)
    hosts = {host, "localhost"} if is_loopback(host) else {host}
    scheme = request.url.scheme
    return {
        f"{scheme}://{f'[{each}]' if ':' in each else each}{suffix}{PATH}"
        for each in hosts
        for suffix in ({f":{port}"} if port else set()) | ({""} if port in (None, _PORTS.get(scheme)) else set())
    }


async def _asserted(request: Request, service: Service, given: dict[str, str]) -> Tokens:
    async with login(request, "assertion") as tried:
        if given.get("client_assertion_type") != ASSERTION_TYPE:
            raise AssertionRefused("client_assertion_type")
        assertion = given.get("client_assertion", "")
        tried.claimed = claimed_in(assertion).issuer
        if given.get("client_id", tried.claimed) != tried.claimed:
            raise AssertionRefused("client_id")
        addressed = audiences(request, service.settings.public_url)
        issued = await service.authentication.assert_client(assertion, addressed)
        tried.name = issued.client.name
    return issued


def _form(request: Request, body: bytes) -> dict[str, str]:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise TokenRequestUnfit("Content-Type")
    try:
        pairs = parse_qsl(body.decode("ascii"), strict_parsing=True, errors="strict", max_num_fields=_MOST_PARAMETERS)
    except ValueError:
        raise TokenRequestUnfit from None
    for name in _PARAMETERS:
        if sum(name == each for each, _ in pairs) > 1:
            raise TokenRequestUnfit(name)
    return dict(pairs)
