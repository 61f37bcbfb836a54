"""Every login, successful or not, goes through this module, which counts it and writes it to the audit log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from starlette.requests import Request

from gateway import metrics
from gateway.audit import Door, Login, audit_trail
from gateway.errors import NotAuthenticated, TooManyFailures, WrongVerificationToken
from gateway.request import call_of, reservation_of
from gateway.service import Service, service_of

Outcome = Literal["accepted", "refused", "slowed"]

WRONG = (NotAuthenticated, WrongVerificationToken)


async def admit_unknown_caller(request: Request) -> Service:
    """Admit a request whose caller is unknown yet, and return the service.

    Requests are counted by address, and only a limited number may wait. Raises TooManyRequests and Overloaded.
    """
    service = service_of(request)
    service.rate.admit(f"address {address_of(request)}")
    await reservation_of(request.scope).enter(service.capacity.logins)
    return service


@asynccontextmanager
async def login(request: Request, door: Door, claimed: object = "") -> AsyncIterator[Login]:
    """Count a login by a secret, a refresh token, an assertion or the admin key, and write it to the audit log.

    The code in the context checks the credential, and sets the `name` of the caller. If it raises NotAuthenticated, the
    login has failed, and the context delays the error. Raises TooManyFailures without entering the context.
    """
    tried = Login(door, address_of(request), claimed if isinstance(claimed, str) else "")
    try:
        service_of(request).authentication.failures.look(tried.address)
    except TooManyFailures:
        _ended(request, tried, "slowed")
        raise
    async with _judged(request, tried):
        yield tried
    await audit_trail.login(request, tried, is_right=True)
    _ended(request, tried, "accepted")


@asynccontextmanager
async def check_token(request: Request, door: Door) -> AsyncIterator[None]:
    """Count a wrong token of a request. This is no login, but a wrong token counts like a failed login.

    The code in the context checks the token and raises NotAuthenticated or WrongVerificationToken.
    """
    async with _judged(request, Login(door, address_of(request))):
        yield


@asynccontextmanager
async def _judged(request: Request, tried: Login) -> AsyncIterator[None]:
    try:
        yield
    except WRONG:
        _ended(request, tried, "refused")
        if tried.door != "access token":  # an expired access token is no attempt to guess one
            await audit_trail.login(request, tried, is_right=False)
            reservation_of(request.scope).end()  # a delayed caller must not take the place of another one
            await service_of(request).authentication.failures.hold_back(tried.address, tried.claimed)
        raise


def address_of(request: Request) -> str:
    """Return the network address of a request's caller; empty if unknown."""
    return request.client.host if request.client else ""


def _ended(request: Request, tried: Login, outcome: Outcome) -> None:
    metrics.labelled(metrics.LOGINS, tried.door, outcome).inc()
    if tried.name:
        call_of(request.scope).caller = tried.name
