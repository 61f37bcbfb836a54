"""The routes of clients: tokens, pushes and questions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

import query_api
from gateway import metrics
from gateway.access import destinations_of
from gateway.audit import audit_trail
from gateway.errors import MessageRefused, NotAQuestion, NotAuthenticated, NotForSending
from gateway.login import admit_unknown_caller, check_token, login
from gateway.request import (
    SMALL,
    Call,
    Said,
    accepted,
    answer,
    body_of,
    call_of,
    checked,
    event_of,
    in_size,
    in_time,
    json_text,
    message_of,
    name_of,
    question_in,
    reservation_of,
)
from gateway.service import Service, now, service_of
from ingest.as_of import AsOf
from ingest.incoming import Incoming
from ingest.pipeline import Accepted
from mappings.redox.catalogue import Event
from mappings.times import instant
from store.access import Client
from store.access.tenant import Tenant
from store.reads import Reads

Json = dict[str, Any]


async def authenticate(request: Request) -> Response:
    """Tokens for an API key and its secret."""
    service, given = service_of(request), await _credentials(request)
    async with login(request, "secret", given.get("apiKey")) as tried:
        tokens = await service.authentication.authenticate(given.get("apiKey"), given.get("secret"))
        tried.name = tokens.client.name
    return json_text(tokens.to_json())


async def refresh_token(request: Request) -> Response:
    """New tokens for a refresh token, which is then used up."""
    service, given = service_of(request), await _credentials(request)
    async with login(request, "refresh token", given.get("apiKey")) as tried:
        tokens = await service.authentication.refresh(given.get("apiKey"), given.get("refreshToken"))
        tried.name = tokens.client.name
    return json_text(tokens.to_json())


async def _credentials(request: Request) -> Json:
    # The caller is unknown yet: requests are counted by address, and only a small body is read.
    await admit_unknown_caller(request)
    body = await body_of(request, SMALL)
    try:
        return await message_of(body)
    except MessageRefused:
        raise NotAuthenticated from None


async def endpoint(request: Request) -> Response:
    """A push or a question, told apart by its DataModel and EventType."""
    client, body = await _received(request)
    message = await message_of(body)
    known = _noted(request, message, event_of(message))
    if known.kind == "question":
        return await _ask(request, client, message, known)
    if known.kind == "response":
        raise NotForSending("Meta.EventType", name_of(known))
    return await _push(request, client, body, message, known)


async def query(request: Request) -> Response:
    """A question, and nothing else."""
    service_of(request).capacity.questions.look()
    client, body = await _received(request)
    message = await message_of(body)
    known = _noted(request, message, event_of(message))
    if known.kind != "question":
        raise NotAQuestion("Meta.EventType", name_of(known))
    return await _ask(request, client, message, known)


async def _received(request: Request) -> tuple[Client, bytes]:
    service, call = service_of(request), call_of(request.scope)
    async with check_token(request, "access token"):
        client = await service.authentication.client(request.headers.get("authorization", ""))
    call.caller, call.source_id = client.name, client.source_id or ""
    service.rate.admit(f"client {client.name}")
    return client, await body_of(request, service.settings.body_limit)


def _noted(request: Request, message: Json, known: Event) -> Event:
    call = call_of(request.scope)
    call.event, call.act = known, "question" if known.kind == "question" else "push"
    call.destinations = audit_trail.named_in(message)
    return known


async def _push(request: Request, client: Client, body: bytes, message: Json, known: Event) -> Response:
    service, call = service_of(request), call_of(request.scope)
    tenants = await destinations_of(message, known, client, service.store.tenants)
    await reservation_of(request.scope).enter(service.capacity.pushes)
    reading = checked(message, known, tenants[0].zone)
    came = audit_trail.origin(call, audit_trail.CLIENT)
    incoming = Incoming(body, message, client.name, call.log_id, call.attempt_id, came)
    kept = await service.intake.push([service.store.partition(tenant) for tenant in tenants], incoming, reading)
    await audit_trail.delivered(request, tenants, kept, audit_trail.CLIENT)
    count(call, "endpoint", known, kept)
    return accepted(call, tenants, [call.log for _ in tenants])


async def _ask(request: Request, client: Client, message: Json, known: Event) -> Response:
    service, call = service_of(request), call_of(request.scope)
    [tenant] = await destinations_of(message, known, client, service.store.tenants)
    await reservation_of(request.scope).enter(service.capacity.questions)
    question = question_in(message, known, tenant.zone)

    async def ask(limits: query_api.Limits) -> Said:
        found = await _answered(service, tenant, known, question, limits)
        return found, answer(call, tenant, found.body, is_incomplete=found.is_incomplete)

    bounded = in_size(ask, service.limits, service.settings.answer_limit)
    found, said = await in_time(bounded, service.settings.question_seconds)
    await audit_trail.question(request, tenant, found)
    metrics.labelled(metrics.QUESTIONS, known.data_model, known.event_type, str(found.is_incomplete).lower()).inc()
    return said


async def _answered(
    service: Service, tenant: Tenant, known: Event, question: Json, limits: query_api.Limits
) -> query_api.Answer:
    partition, moment = service.store.partition(tenant), now()
    documents: Reads = partition
    if as_of := instant(question["Meta"].get("AsOf", ""), tenant.zone):
        moment = min(as_of, moment)
        documents = AsOf(partition, moment)
    return await query_api.answer(documents, known.data_model, known.event_type, question, limits, moment)


def count(call: Call, door: str, known: Event | None, kept: Sequence[Accepted]) -> None:
    """Count accepted events and their issues, in the call and in the metrics."""
    call.issues = sum(len(each.issues) + len(each.findings) for each in kept)
    names = (known.data_model, known.event_type) if known else ("", "")
    metrics.labelled(metrics.EVENTS, door, *names).inc(len(kept))
    metrics.labelled(metrics.ISSUES, door).inc(call.issues)
    metrics.labelled(metrics.REDELIVERIES, door).inc(sum(each.is_redelivery for each in kept))
