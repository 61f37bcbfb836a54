"""The admin API: a request carries the admin key and does one act. Without a configured key there is no such API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from gateway.access import bearer_in
from gateway.administration.admin_bodies import read
from gateway.administration.admin_routes import ROUTES, AdminRoute
from gateway.administration.management import Administration
from gateway.audit import Administrator
from gateway.errors import AdminKeyWrong, PathUnknown
from gateway.login import address_of, admit_unknown_caller, login
from gateway.request import JSON_TYPE, SMALL, body_of, call_of, message_of

NAME = "administrator"
"""The name of the caller in the log."""

Route = Callable[[Request], Awaitable[Response]]


def routes() -> list[tuple[str, str, Route]]:
    """Return method, path and handler of each route."""
    return [(each.method, each.path, _route(each)) for each in ROUTES]


def _route(described: AdminRoute) -> Route:
    async def route(request: Request) -> Response:
        by = await _administration(request)
        given = await _given(request, described)
        body = await described.act(by, request.path_params, given)
        return Response(orjson.dumps(body), described.status, media_type=JSON_TYPE)

    return route


async def _administration(request: Request) -> Administration:
    service = await admit_unknown_caller(request)
    if service.admin_key is None:
        raise PathUnknown
    async with login(request, "admin key") as tried:
        given = bearer_in(request.headers.get("authorization", ""))
        if not given or not await service.authentication.in_thread(service.admin_key.is_right, given):
            raise AdminKeyWrong
        tried.name = NAME
    return Administration(service.store, Administrator("admin API", address_of(request), call_of(request.scope).log_id))


async def _given(request: Request, described: AdminRoute) -> Any:
    if described.takes is None:
        return None
    body = await body_of(request, SMALL)
    may_be_empty = not any(member.is_required() for member in described.takes.model_fields.values())
    return read(described.takes, {} if may_be_empty and not body else await message_of(body))
