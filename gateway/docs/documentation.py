"""The documentation of the routes of the service: the rows, the OpenAPI description, and the route handlers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from gateway.docs import access_documentation, documentation_page, examples, file_examples
from gateway.sandbox import WEBHOOK_TOKEN
from ingest.backfill.opening import KINDS
from mappings.redox.catalogue import EVENTS

Json = dict[str, Any]

INTRODUCTION = (
    "Keeps pushed Redox events and answers Redox questions from them. Get a token at `/auth/authenticate`, push and ask"
    " at `/endpoint`. The examples work as they stand against `data-on-demand serve --sandbox`."
)

_STATUSES: Mapping[int, str] = {
    400: "The message is refused; `Meta.Errors` says why",
    401: "The key, the secret or the token is wrong; the body is `Invalid request`",
    201: "The file is kept, and belongs to its client until a message names its `URI`",
    202: "The file is kept and worked off as a job; `Location` says where to ask about it",
    403: "The verification token is wrong",
    404: "There is no such job of this client",
    408: "The body did not come in time",
    409: "There is one already, or its state does not allow it",
    413: "The body is too large",
    415: "The content encoding of the body is not supported; `Accept-Encoding` says which is",
    429: "Too many requests; `X-RateLimit-Limit` says how many there may be",
    503: "Nothing was kept, or there is too much to do; `Retry-After` says when to come again",
    504: "The question took too long; ask for less",
}

_ROUTES: Mapping[tuple[str, str], tuple[str, str, tuple[int, ...]]] = {
    ("POST", "/auth/authenticate"): (
        "Tokens",
        "Gives an access token of 24 hours and a refresh token.",
        (401, 408, 413, 415, 429, 503),
    ),
    ("POST", "/auth/refreshToken"): (
        "Tokens",
        "Gives new tokens for a refresh token, which works until it is used or 30 days old.",
        (401, 408, 413, 415, 429, 503),
    ),
    **access_documentation.TOKEN,
    ("POST", "/endpoint"): (
        "Messages",
        "Takes a push, or answers a question; `Meta.DataModel` and `Meta.EventType` tell which it is.",
        (400, 401, 408, 413, 415, 429, 503, 504),
    ),
    ("POST", "/query"): (
        "Messages",
        "Answers a question, and takes nothing else.",
        (400, 401, 408, 413, 415, 429, 503, 504),
    ),
    ("POST", "/upload"): (
        "Files",
        "Keeps a file for a day; a message names it by the `URI` that comes back, in the place of its contents.",
        (201, 400, 401, 408, 413, 415, 429, 503),
    ),
    ("POST", "/backfill/{kind}"): (
        "Files",
        "Loads a file: CSV of a template (`data-on-demand template patients`), or `events`, one message a line.",
        (202, 400, 401, 408, 413, 415, 429, 503),
    ),
    ("GET", "/backfill/{job}"): ("Files", "Says how far a job is, and which rows were rejected.", (401, 404, 429)),
    ("GET", "/webhook"): ("Webhook", "Answers a verification with its challenge.", (400, 403)),
    ("POST", "/webhook"): (
        "Webhook",
        "Keeps a delivery, whatever it holds; a body with a `challenge` is a verification.",
        (400, 403, 408, 413, 503),
    ),
    ("GET", "/health/live"): ("Operation", "Says that the process answers.", ()),
    ("GET", "/health/ready"): ("Operation", "Says whether the database confirms majority writes.", (503,)),
    ("GET", "/metrics"): ("Operation", "Counts, in the text format of Prometheus.", ()),
    ("GET", "/docs"): ("Operation", "This documentation as a page.", ()),
    ("GET", "/openapi.json"): ("Operation", "This documentation as OpenAPI.", ()),
}


_WITH_TOKEN = (
    ("/endpoint", "post"),
    ("/query", "post"),
    ("/upload", "post"),
    ("/backfill/{kind}", "post"),
    ("/backfill/{job}", "get"),
)


def _parameter(name: str, example: str, place: str = "query", *, required: bool = False) -> Json:
    return {"name": name, "in": place, "required": required, "schema": {"type": "string"}, "example": example}


_PARAMETERS: Mapping[tuple[str, str], list[Json]] = {
    ("/backfill/{kind}", "post"): [
        {**_parameter("kind", "patients", "path", required=True), "schema": {"type": "string", "enum": [*KINDS]}},
        _parameter("tenant", "sandbox", required=True),
        _parameter("extracted_at", "2026-01-31T08:00:00Z"),
        _parameter("encoding", "windows-1252"),
        _parameter("ignore_unknown", "true"),
    ],
    ("/backfill/{job}", "get"): [_parameter("job", "0b7c6a52-6a0e-4d0f-9d7b-1f3a5c7e9b01", "path", required=True)],
}


def of(method: str, path: str) -> Json:
    """Return the keyword arguments with which FastAPI documents a route; raises KeyError for a route without a row."""
    tag, summary, statuses = {**_ROUTES, **access_documentation.ADMIN}[method, path]
    return {
        "summary": summary,
        "tags": [tag],
        "operation_id": f"{method.lower()}{path.replace('/', '_').replace('.', '_')}",
        "responses": {status: {"description": _STATUSES[status]} for status in statuses},
        "response_class": Response,
        "status_code": HTTPStatus.CREATED if HTTPStatus.CREATED in statuses else HTTPStatus.OK,
    }


_ALONE = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


async def description(request: Request) -> Response:
    """The OpenAPI description."""
    return JSONResponse(openapi(request.app, datetime.now(UTC).date()))


async def page(request: Request) -> Response:
    """The documentation as a page."""
    # The policy allows the style of the page, by its hash, and nothing else: no script, picture or frame.
    policy = f"default-src 'none'; style-src 'sha256-{documentation_page.STYLE_HASH}'; {_ALONE}"
    content = documentation_page.html(openapi(request.app, datetime.now(UTC).date()))
    return HTMLResponse(content, headers={"content-security-policy": policy})


@lru_cache(maxsize=2)
def openapi(app: FastAPI, today: date) -> Json:
    """Return the OpenAPI description of an application, with examples whose times are relative to the day `today`."""
    described = get_openapi(title=app.title, version=app.version, description=INTRODUCTION, routes=app.routes)
    components = described.setdefault("components", {})
    components["schemas"] = {**components.get("schemas", {}), **_schemas()}
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    paths = described["paths"]
    for path, body in _bodies(today).items():
        paths[path]["post"]["requestBody"] = body
    for path, method in _WITH_TOKEN:
        paths[path][method]["security"] = [{"token": []}]
    for (path, method), parameters in _PARAMETERS.items():
        paths[path][method]["parameters"] = parameters
    token = {"schema": {"type": "string"}, "example": WEBHOOK_TOKEN, "name": "verification-token"}
    challenge = {"schema": {"type": "string"}, "example": "b0a7", "name": "challenge", "in": "query", "required": True}
    paths["/webhook"]["get"]["parameters"] = [{**token, "in": "query", "required": True}, challenge]
    paths["/webhook"]["post"]["parameters"] = [{**token, "in": "header"}]
    return access_documentation.completed(described)


def _bodies(today: date) -> dict[str, Json]:
    refreshing = {"With a refresh token": {"apiKey": "sandbox", "refreshToken": "the one you were given"}}
    pushed, asked = examples.pushes(today), examples.asked(today)
    mapped = [event for event in EVENTS if event.model and event.kind != "response"]
    any_of = [_reference(event.model) for event in mapped if event.model]
    questions = [_reference(event.model) for event in mapped if event.model and event.kind == "question"]
    return {
        "/auth/authenticate": _body(examples.CREDENTIALS, {"type": "object", "required": ["apiKey", "secret"]}),
        "/auth/refreshToken": _body(refreshing, {"type": "object", "required": ["apiKey", "refreshToken"]}),
        "/endpoint": _body({**asked, **pushed}, {"anyOf": any_of}),
        "/query": _body(asked, {"anyOf": questions}),
        "/upload": file_examples.upload(),
        "/backfill/{kind}": file_examples.body(today),
        "/webhook": _body(examples.deliveries(today), {"type": "object"}),
    }


def _body(named: Mapping[str, Json], schema: Json) -> Json:
    shown = {name: {"summary": name, "value": value} for name, value in named.items()}
    return {"required": True, "content": {"application/json": {"schema": schema, "examples": shown}}}


def _reference(model: type[Any]) -> Json:
    return {"$ref": f"#/components/schemas/{_names()[model]}"}


@lru_cache(maxsize=1)
def _generated() -> tuple[dict[Any, Json], Json]:
    models = [(event.model, "validation") for event in EVENTS if event.model]
    return models_json_schema(models, by_alias=True, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]


def _names() -> dict[type[Any], str]:
    return {model: reference["$ref"].rpartition("/")[2] for (model, _mode), reference in _generated()[0].items()}


def _schemas() -> Json:
    schemas: Json = _generated()[1]["$defs"]
    return schemas
