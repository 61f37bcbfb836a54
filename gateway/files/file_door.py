"""The routes for files. A small file is loaded at once; a larger one becomes a job that survives a restart."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import orjson
from starlette.requests import Request
from starlette.responses import Response

from gateway import metrics
from gateway.audit import audit_trail
from gateway.errors import NoSubscription, NotReadable, PathUnknown, RequiredFieldMissing
from gateway.files import forms
from gateway.files.file_jobs import allows, file_jobs_of, opened, told
from gateway.request import JSON_TYPE, body_of, call_of, reservation_of
from gateway.service import Service, now, service_of
from ingest.backfill.file_errors import ColumnsUnfit
from ingest.backfill.opening import EVENTS, KINDS, moment_in, name_of
from ingest.backfill.summary import Summary
from ingest.errors import Unavailable
from ingest.ordering import CLOCK_TOLERANCE
from mappings.csv.columns import ColumnsInvalidError, columns_in
from mappings.csv.templates import TEMPLATES
from mappings.times import utc_text
from store.access import Client, Grant
from store.access.tenant import Tenant
from store.work.jobs import Job, Jobs

Json = dict[str, Any]

AT_ONCE = 256 * 1024
"""The largest number of bytes of a file that is loaded before the response; a gzip file always becomes a job."""
_PACKED = b"\x1f\x8b"
_OF = "the query string"


@dataclass(frozen=True, slots=True)
class Upload:
    """An uploaded file, its kind, the description of its columns, and its hash."""

    kind: str
    file: bytes
    toml: str
    digest: str


async def load(request: Request) -> Response:
    """Loads the file that a body is or has, or accepts it and answers where to ask about it."""
    service, call, client = service_of(request), call_of(request.scope), await _caller(request)
    call.act, call.destinations = "load", (request.query_params.get("tenant", ""),)
    kind = request.path_params["kind"]
    if kind not in KINDS:
        raise PathUnknown
    tenant, grant = await _tenant(service, client, request.query_params.get("tenant", ""), kind)
    service.capacity.files.look()
    body = await body_of(request, service.settings.body_limit)
    await reservation_of(request.scope).enter(service.capacity.files)
    upload = await asyncio.to_thread(_upload, kind, body, request.headers.get("content-type", ""))
    begun = await _first_of(service, tenant, name_of(kind, upload.digest, upload.toml))
    extracted_at = await _extracted_at(service, tenant, request.query_params.get("extracted_at", ""), upload)
    options = {
        "begun": utc_text(begun),
        "extracted_at": utc_text(extracted_at) if extracted_at else "",
        "columns": upload.toml,
        "encoding": request.query_params.get("encoding", ""),
        "ignores_unknown": request.query_params.get("ignore_unknown", "") == "true",
        "models": list(grant.models),
        "log": call.log_id,
        "came": audit_trail.origin(call, audit_trail.CLIENT),
    }
    job = Job(str(uuid4()), tenant.name, client.name, kind, options)
    if len(upload.file) > AT_ONCE or upload.file.startswith(_PACKED):
        opened(service, tenant, job, upload.file)  # so that a wrong header is refused now, and not by the job
        await _tenant(service, client, tenant.name, kind)  # the tenant may have been removed while its file was read
        await file_jobs_of(request.app).accept(job, upload.file)
        await audit_trail.remember(
            request, "load", [tenant.name], by=audit_trail.CLIENT, kind=kind, job=job.id, state="begun"
        )
        return _said(request, {}, HTTPStatus.ACCEPTED, job)
    summary = await opened(service, tenant, job, upload.file).run()
    if summary.is_weather:
        raise Unavailable("backfill")
    _count(summary)
    await audit_trail.remember(
        request, "load", [tenant.name], by=audit_trail.CLIENT, kind=kind, **audit_trail.loaded(summary)
    )
    return _said(request, told(summary), HTTPStatus.OK)


async def job(request: Request) -> Response:
    """How far a job is, or what became of it; those of others are not there."""
    service, client = service_of(request), await _caller(request)
    found = await Jobs(service.store.database).one(request.path_params["job"])
    if found is None or found.client != client.name or _grant(client, found.tenant, found.kind) is None:
        raise PathUnknown
    return _said(request, found.outcome, HTTPStatus.OK, found)


def _upload(kind: str, body: bytes, content_type: str) -> Upload:
    """Return the file in a body, which is a form or the file itself. Raises FormUnfit and ColumnsUnfit."""
    parts = forms.parts_of(body, content_type) if forms.is_form(content_type) else {forms.FILE: body}
    file = parts[forms.FILE]
    try:
        toml = parts.get(forms.COLUMNS, b"").decode("utf-8-sig")
        columns_in(toml)
    except UnicodeDecodeError:
        raise ColumnsUnfit("they are not in UTF-8") from None
    except ColumnsInvalidError as error:
        raise ColumnsUnfit(str(error)) from None
    if toml and kind == EVENTS:
        raise ColumnsUnfit("events have none")
    return Upload(kind, file, toml, hashlib.sha256(file).hexdigest())


async def _caller(request: Request) -> Client:
    service, call = service_of(request), call_of(request.scope)
    client = await service.authentication.client(request.headers.get("authorization", ""))
    call.caller, call.source_id = client.name, client.source_id or ""
    service.rate.admit(f"client {client.name}")
    return client


async def _tenant(service: Service, client: Client, name: str, kind: str) -> tuple[Tenant, Grant]:
    """Return the tenant with this name or destination id, and the client's grant to push these rows to it.

    Raises RequiredFieldMissing and NoSubscription.
    """
    if not name:
        raise RequiredFieldMissing("tenant", _OF)
    tenants = service.store.tenants
    tenant = await tenants.by_name(name) or await tenants.by_destination(name)
    grant = _grant(client, tenant.name, kind) if tenant and tenant.environment == client.environment else None
    if tenant is None or grant is None:
        raise NoSubscription("tenant", _OF)
    return tenant, grant


def _grant(client: Client, tenant: str, kind: str) -> Grant | None:
    """Return the grant with which a client may push rows of this kind to a tenant, or None."""
    for grant in client.grants:
        if grant.tenant == tenant and grant.push and (kind == EVENTS or allows(grant.models, TEMPLATES[kind].event)):
            return grant
    return None


async def _first_of(service: Service, tenant: Tenant, name: str) -> datetime:
    """Return the time at which a file of this name first came."""
    present = now()
    present = present.replace(microsecond=present.microsecond // 1000 * 1000)
    return await Jobs(service.store.database).moment_of(tenant.name, name, present)


async def _extracted_at(service: Service, tenant: Tenant, said: str, upload: Upload) -> datetime | None:
    """Return the time at which the data of a file were true; None if the request does not say.

    `now` means the time at which the file first came, so that the same file is no news when it comes again. Raises
    NotReadable.
    """
    if not said:
        return None
    if said == "now":
        return await _first_of(service, tenant, name_of(upload.kind, upload.digest))
    try:
        moment = moment_in(said.replace(" ", "+"), service.store.partition(tenant)).astimezone(UTC)
    except ValueError:
        raise NotReadable("extracted_at", _OF) from None
    if moment > now() + CLOCK_TOLERANCE:
        raise NotReadable("extracted_at", _OF)
    return moment


def _count(summary: Summary) -> None:
    template = TEMPLATES.get(summary.kind)
    names = (template.data_model, template.event_type) if template else ("", "")
    metrics.labelled(metrics.EVENTS, "backfill", *names).inc(summary.applied + summary.already_there)
    metrics.labelled(metrics.REDELIVERIES, "backfill").inc(summary.already_there)


def _said(request: Request, outcome: Json, status: int, job: Job | None = None) -> Response:
    named = {_wire(name): value for name, value in outcome.items() if name != "dryRun"}
    if "Rejects" in named:
        named["Rejects"] = [{_wire(name): value for name, value in each.items() if value} for each in named["Rejects"]]
    told = {"Job": job.id, "Kind": job.kind, **named, "State": job.state} if job else named
    headers = {"Location": f"/backfill/{job.id}"} if job and status == HTTPStatus.ACCEPTED else {}
    body = {**told, "Meta": {"Logs": [call_of(request.scope).log]}}
    return Response(orjson.dumps(body), status, headers, JSON_TYPE)


def _wire(name: str) -> str:
    return f"{name[0].upper()}{name[1:]}"
