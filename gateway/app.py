"""The web application: its routes, and the service that they use."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from http import HTTPStatus
from importlib.metadata import version

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from gateway import health, logging, metrics
from gateway.administration import admin_door
from gateway.docs import documentation
from gateway.errors import MethodForbidden, PathUnknown
from gateway.files import file_door, file_jobs
from gateway.login import oauth
from gateway.middleware import Doorkeeper, Route
from gateway.redox import endpoint, webhook_door
from gateway.request import answered, call_of
from gateway.service import Service, opened
from gateway.settings import Settings
from gateway.uploads import upload_door
from store.settings import StoreSettings

ROUTES: tuple[tuple[str, str, Route], ...] = (
    ("POST", "/auth/authenticate", endpoint.authenticate),
    ("POST", "/auth/refreshToken", endpoint.refresh_token),
    ("POST", oauth.PATH, oauth.token),
    ("POST", "/endpoint", endpoint.endpoint),
    ("POST", "/query", endpoint.query),
    ("POST", upload_door.PATH, upload_door.upload),
    ("POST", "/backfill/{kind}", file_door.load),
    ("GET", "/backfill/{job}", file_door.job),
    ("GET", "/webhook", webhook_door.verify),
    ("POST", "/webhook", webhook_door.deliver),
    ("GET", "/health/live", health.live),
    ("GET", "/health/ready", health.ready),
    ("GET", "/metrics", metrics.exposition),
    ("GET", "/docs", documentation.page),
    ("GET", "/openapi.json", documentation.description),
)

_SHORTCUTS = {(method, path): route for method, path, route in ROUTES if "{" not in path}
"""The routes without parameters in their path, which the middleware finds by method and path."""


def create_app(service: Service | None = None) -> FastAPI:
    """Return the application. Without a `service`, it opens one from the environment when it starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        asyncio.get_running_loop().set_exception_handler(logging.loop_failure)
        async with AsyncExitStack() as stack:
            attach(app, service if service else await stack.enter_async_context(_from_environment()))
            await stack.enter_async_context(file_jobs.working(app))
            _let_lie()
            yield

    app = FastAPI(
        title="Data on Demand",
        version=version("data-on-demand"),
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        # A redirect to a path without its last slash would repeat the Host header, which a caller can forge.
        redirect_slashes=False,
        # Telemetry would contain the text of exceptions, which may contain a value.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        exception_handlers={HTTPException: _no_such_route},
    )
    app.add_middleware(Doorkeeper, shortcuts=_SHORTCUTS)
    settings = service.settings if service else Settings.from_environment()
    for method, path, route in (*ROUTES, *(admin_door.routes() if settings.is_administered else ())):
        app.add_api_route(path, route, methods=[method], **documentation.of(method, path))
    return app


GARBAGE = (10_000, 20, 20)
"""The thresholds of the garbage collector. They are high, because a batch makes thousands of objects that are all
needed until it commits."""


def _let_lie() -> None:
    """Exclude all imported objects from garbage collection, because they stay, and set its thresholds."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE)


def attach(app: FastAPI, service: Service) -> None:
    """Set the service that the routes of the application use."""
    app.state.service = service
    app.state.readiness = health.Readiness(service.store)


def worker() -> FastAPI:
    """Return the application for one of several worker processes, with its settings from the environment."""
    settings = Settings.from_environment()
    logging.configure(settings.log_level, settings.log_form)
    return create_app()


@asynccontextmanager
async def _from_environment() -> AsyncIterator[Service]:
    async with opened(Settings.from_environment(), StoreSettings.from_environment()) as service:
        yield service


async def _no_such_route(request: Request, error: Exception) -> Response:
    # Redox answers an unknown route with 403 or 404, and never with 405.
    is_path = isinstance(error, HTTPException) and error.status_code == HTTPStatus.METHOD_NOT_ALLOWED
    return answered(MethodForbidden() if is_path else PathUnknown(), call_of(request.scope))
