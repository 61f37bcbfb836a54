"""The webhook of feeds: its verification, and deliveries. A delivery is kept even if it cannot be understood."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from gateway import metrics
from gateway.access import fed_by, source_id_of
from gateway.audit import audit_trail
from gateway.errors import (
    BodyTooLarge,
    EncodingBroken,
    EncodingUnsupported,
    MessageRefused,
    NoChallenge,
    WrongVerificationToken,
)
from gateway.login import check_token
from gateway.redox.endpoint import count
from gateway.request import SMALL, body_of, bytes_of, call_of, decode, event_in, message_of, received, reservation_of
from gateway.service import service_of
from ingest.incoming import Incoming
from store.access import Webhook

Json = dict[str, Any]

TOKEN = "verification-token"  # noqa: S105 - the name of the header and member that holds one
CHALLENGE = "challenge"


async def verify(request: Request) -> Response:
    """The challenge, for whoever shows the token in the query string."""
    return await _verified(request, request.query_params)


async def deliver(request: Request) -> Response:
    """Keeps a delivery, whatever it holds; or answers a verification that came as a POST."""
    if TOKEN not in request.headers:
        return await _verified(request, await _verification(request))
    service, call = service_of(request), call_of(request.scope)
    async with check_token(request, "verification token"):
        webhook = await service.authentication.webhook(request.headers[TOKEN])
    call.caller = webhook.name
    service.capacity.pushes.look()
    body, message = await _delivered(request, service.settings.body_limit)
    if message is not None and CHALLENGE in message and "Meta" not in message:
        return await _verified(request, {TOKEN: request.headers[TOKEN], **message})
    call.event = event_in(message)
    await reservation_of(request.scope).enter(service.capacity.pushes)
    await _keep(request, webhook, body, message)
    return received(call)


async def _delivered(request: Request, limit: int) -> tuple[bytes, Json | None]:
    """Return the bytes of a delivery without content encoding, and its message; None for a body that is no message.

    If the content encoding is broken or unknown, the bytes are those that came.
    """
    raw = await bytes_of(request, limit)
    try:
        body = await decode(request, raw, limit)
    except (EncodingBroken, EncodingUnsupported):
        return raw, None
    return body, await _message(body)


async def _verification(request: Request) -> Json:
    # Without a token in the header, only the small body of a verification is read.
    if CHALLENGE in request.query_params:
        return dict(request.query_params)
    try:
        return await _message(await body_of(request, SMALL)) or {}
    except (BodyTooLarge, EncodingBroken, EncodingUnsupported):
        raise WrongVerificationToken from None


async def _verified(request: Request, given: Any) -> Response:
    async with check_token(request, "verification token"):
        webhook = await service_of(request).authentication.webhook(given.get(TOKEN))
    call_of(request.scope).caller = webhook.name
    challenge = given.get(CHALLENGE)
    if not isinstance(challenge, str | int) or challenge == "":
        raise NoChallenge
    return PlainTextResponse(str(challenge))


async def _keep(request: Request, webhook: Webhook, body: bytes, message: Json | None) -> None:
    service, call = service_of(request), call_of(request.scope)
    came = audit_trail.origin(call, audit_trail.WEBHOOK)
    incoming = Incoming(body, message, webhook.name, call.log_id, call.attempt_id, came)
    tenant = await fed_by(webhook, source_id_of(message), service.store.tenants)
    if tenant is None:
        await service.intake.push_unrouted(incoming)
        metrics.UNROUTED.inc()
        return
    kept = await service.intake.push([service.store.partition(tenant)], incoming)
    await audit_trail.delivered(request, [tenant], kept, audit_trail.WEBHOOK)
    count(call, "webhook", call.event, kept)


async def _message(body: bytes) -> Json | None:
    try:
        return await message_of(body)
    except MessageRefused:
        return None
