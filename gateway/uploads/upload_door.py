"""The door for uploads: a file of a client, and the URI by which a message of that client names it."""

from __future__ import annotations

import asyncio
import hashlib
from uuid import uuid4

import orjson
from starlette.requests import Request
from starlette.responses import Response

from gateway import metrics
from gateway.audit import audit_trail
from gateway.errors import TooManyUploads, UploadRefused
from gateway.login import check_token
from gateway.request import JSON_TYPE, SMALL, call_of, read_body, reservation_of
from gateway.service import Service, now, service_of
from gateway.uploads.upload_form import UploadForm
from store.access import Client
from store.uploads import Upload

PATH = "/upload"


async def upload(request: Request) -> Response:
    """Keeps the file of a form for its client, and answers with its URI."""
    service, client = service_of(request), await _caller(request)
    await _refuse_too_many(service, client)
    service.capacity.uploads.look()
    limit = service.settings.upload_limit
    form = UploadForm(request.headers.get("content-type", ""), limit)
    await read_body(request, limit + SMALL, form.take)
    file = form.file()
    await reservation_of(request.scope).enter(service.capacity.uploads)
    kept = await _keep(service, client, file)
    await audit_trail.remember(request, "upload", by=audit_trail.CLIENT, upload=kept.id, bytes=kept.size)
    metrics.UPLOADS.inc()
    metrics.UPLOAD_BYTES.inc(kept.size)
    return Response(orjson.dumps({"URI": _uri(request, service, kept)}), 201, media_type=JSON_TYPE)


async def _caller(request: Request) -> Client:
    """Returns the client that calls; raises `NotAuthenticated`, `TooManyRequests`, `UploadRefused`."""
    service, call = service_of(request), call_of(request.scope)
    async with check_token(request, "access token"):
        client = await service.authentication.client(request.headers.get("authorization", ""))
    call.caller, call.source_id, call.act = client.name, client.source_id or "", "upload"
    service.rate.admit(f"client {client.name}")
    if not any(grant.push for grant in client.grants):
        raise UploadRefused
    return client


async def _refuse_too_many(service: Service, client: Client) -> None:
    """Raises `TooManyUploads` if as much waits of the client as may."""
    if await service.store.uploads.bytes_of(client.name) >= service.settings.uploads_limit:
        raise TooManyUploads


async def _keep(service: Service, client: Client, file: bytearray) -> Upload:
    sha1 = await asyncio.to_thread(lambda: hashlib.sha1(file, usedforsecurity=False).hexdigest())
    kept = Upload(str(uuid4()), client.name, len(file), sha1, now())
    await service.store.uploads.add(kept, file)
    return kept


def _uri(request: Request, service: Service, kept: Upload) -> str:
    base = service.settings.public_url or str(request.base_url)
    return f"{base.rstrip('/')}{PATH}/{kept.id}"
