"""The responses to pushes, questions and deliveries: their Meta, and their bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from starlette.responses import Response

from gateway.request.call import Call
from store.access.tenant import Tenant

Json = dict[str, Any]

JSON_TYPE = "application/json; charset=utf-8"


def accepted(call: Call, tenants: Sequence[Tenant], logs: Sequence[Json]) -> Response:
    """Return the response to an accepted push; it has a Meta only."""
    return _json({"Meta": _meta(call, tenants, logs)})


def answer(call: Call, tenant: Tenant, body: Json, *, is_incomplete: bool) -> Response:
    """Return the response to a question: the answer, then the Meta."""
    meta = _meta(call, [tenant], [call.log])
    if is_incomplete:
        meta["IsIncomplete"] = True
    return _json({**body, "Meta": meta})


def received(call: Call) -> Response:
    """Return the response to an accepted delivery of a webhook."""
    return _json({"Meta": {"Logs": [call.log]}})


def error_meta(call: Call, errors: Sequence[Json]) -> Json:
    """Return the Meta of a response with errors."""
    return {**_event(call), "Logs": [call.log], **_source(call, with_name=True), "Errors": errors}


def json_text(body: Json) -> Response:
    """Return a response with this JSON."""
    return _json(body)


def _meta(call: Call, tenants: Iterable[Tenant], logs: Sequence[Json]) -> Json:
    destinations = [{"ID": tenant.destination_id, "Name": tenant.name} for tenant in tenants]
    return {**_event(call), "Logs": logs, **_source(call), "Destinations": destinations}


def _event(call: Call) -> Json:
    return {"DataModel": call.event.data_model, "EventType": call.event.event_type} if call.event else {}


def _source(call: Call, *, with_name: bool = False) -> Json:
    source = {"ID": call.source_id, "Name": call.caller if with_name else ""}
    return {"Source": {key: value for key, value in source.items() if value}} if call.source_id else {}


def _json(body: Json) -> Response:
    return Response(orjson.dumps(body), media_type=JSON_TYPE)
