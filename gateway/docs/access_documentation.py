"""The documentation of the routes of OAuth and of administration, as rows and as additions to OpenAPI."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.administration import ROUTES, AdminRoute
from gateway.login import oauth

Json = dict[str, Any]
Described = Mapping[tuple[str, str], tuple[str, str, tuple[int, ...]]]

TOKEN: Described = {
    ("POST", oauth.PATH): (
        "Tokens",
        "Gives an access token of 5 minutes for an assertion that the client signed (RFC 7523), with RS384 or ES384.",
        (400, 401, 408, 413, 415, 429, 503),
    ),
}
_EVERY = (401, 404, 429, 503)
ADMIN: Described = {
    (each.method, each.path): ("Administration", each.summary, _EVERY + ((400, 409, 413, 415) if each.takes else ()))
    for each in ROUTES
}

_REFUSALS: Mapping[str, Mapping[str, str]] = {
    oauth.PATH: {
        "400": "The request is none for a token; `error` is `invalid_request` or `unsupported_grant_type`",
        "401": "The assertion is refused; `error` is `invalid_client`",
    },
    "/admin/": {
        "400": "A member is missing or cannot be; `Meta.Errors` says which",
        "401": "The admin key is wrong",
        "404": "There is none of this name",
        "409": "There is one already, or its state does not allow it",
    },
}
_PATH_EXAMPLES = {"name": "north", "kid": "2026-1"}


def completed(described: Json) -> Json:
    """Add bodies, parameters, security and refusals of these routes to an OpenAPI description; return it.

    It changes the description in place.
    """
    paths = described["paths"]
    paths[oauth.PATH]["post"]["requestBody"] = _form()
    for route in (each for each in ROUTES if _path(each) in paths):
        operation = paths[_path(route)][route.method.lower()]
        operation["security"] = [{"adminKey": []}]
        operation["parameters"] = list(_parameters(route))
        if route.takes is not None:
            operation["requestBody"] = _body(route)
        if route.status != 200:
            operation["responses"][str(route.status)] = operation["responses"].pop("200")
        described["components"]["securitySchemes"]["adminKey"] = {"type": "http", "scheme": "bearer"}
    for path, methods in paths.items():
        refusals = next((said for begun, said in _REFUSALS.items() if path.startswith(begun)), {})
        for operation in methods.values():
            for status in refusals.keys() & operation["responses"].keys():
                operation["responses"][status]["description"] = refusals[status]
    return described


def _path(route: AdminRoute) -> str:
    return route.path.replace(":path}", "}")


def _parameters(route: AdminRoute) -> Iterator[Json]:
    for name, example in _PATH_EXAMPLES.items():
        if f"{{{name}}}" in _path(route):
            schema = {"type": "string"}
            yield {"name": name, "in": "path", "required": True, "schema": schema, "example": example}


def _body(route: AdminRoute) -> Json:
    schema = route.takes.model_json_schema(by_alias=True) if route.takes else {}
    definitions = schema.pop("$defs", {})
    examples = {route.summary: {"summary": route.summary, "value": route.example}}
    content = {"application/json": {"schema": _inlined(schema, definitions), "examples": examples}}
    return {"required": bool(schema.get("required")), "content": content}


def _inlined(schema: Any, definitions: Json) -> Any:
    """Return a schema in which each reference is replaced by its definition, because the bodies are few and small."""
    if isinstance(schema, list):
        return [_inlined(each, definitions) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    return {name: _inlined(value, definitions) for name, value in schema.items()}


def _form() -> Json:
    fields = {
        "grant_type": {"type": "string", "const": oauth.GRANT_TYPE},
        "client_assertion_type": {"type": "string", "const": oauth.ASSERTION_TYPE},
        "client_assertion": {"type": "string"},
        "scope": {"type": "string"},
    }
    required = ["grant_type", "client_assertion_type", "client_assertion"]
    value = f"grant_type={oauth.GRANT_TYPE}&client_assertion_type={oauth.ASSERTION_TYPE}&client_assertion=$ASSERTION"
    example = {
        "summary": "With an assertion that you signed",
        "description": f"curl -X POST $SERVICE{oauth.PATH} --data @form, which holds:",
        "value": value,
    }
    schema = {"type": "object", "properties": fields, "required": required}
    return {"required": True, "content": {oauth.FORM: {"schema": schema, "examples": {"assertion": example}}}}
