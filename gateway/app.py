"""The web application: its routes, and the service behind them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway import documentation, endpoint, health, logging, metrics, webhook
from gateway.doorkeeper import Doorkeeper
from gateway.service import Service, opened
from gateway.settings import Settings
from store.settings import StoreSettings

Route = Callable[[Request], Awaitable[Response]]

ROUTES: tuple[tuple[str, str, Route], ...] = (
    ("POST", "/auth/authenticate", endpoint.authenticate),
    ("POST", "/auth/refreshToken", endpoint.refresh_token),
    ("POST", "/endpoint", endpoint.endpoint),
    ("POST", "/query", endpoint.query),
    ("GET", "/webhook", webhook.verify),
    ("POST", "/webhook", webhook.deliver),
    ("GET", "/health/live", health.live),
    ("GET", "/health/ready", health.ready),
    ("GET", "/metrics", metrics.exposition),
    ("GET", "/docs", documentation.page),
    ("GET", "/openapi.json", documentation.description),
)


def create_app(service: Service | None = None) -> FastAPI:
    """The application, on a service that is open already or else on one that it opens from the environment."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        asyncio.get_running_loop().set_exception_handler(logging.loop_failure)
        async with AsyncExitStack() as stack:
            attach(app, service if service else await stack.enter_async_context(_from_environment()))
            yield

    app = FastAPI(
        title="Data on Demand",
        version=version("data-on-demand"),
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        exception_handlers={HTTPException: _no_such_route},
    )
    app.add_middleware(Doorkeeper)
    for method, path, route in ROUTES:
        app.add_api_route(path, route, methods=[method], **documentation.of(method, path))
    return app


def attach(app: FastAPI, service: Service) -> None:
    """Gives the application the service that its routes work with."""
    app.state.service = service
    app.state.readiness = health.Readiness(service.store)


def worker() -> FastAPI:
    """The application of one worker process among several, with its settings from the environment."""
    settings = Settings.from_environment()
    logging.configure(settings.log_level, settings.log_form)
    return create_app()


@asynccontextmanager
async def _from_environment() -> AsyncIterator[Service]:
    async with opened(Settings.from_environment(), StoreSettings.from_environment()) as service:
        yield service


_WRONG_METHOD = 405


async def _no_such_route(_request: Request, error: Exception) -> Response:
    # Redox says 403 or 404 to whatever is not one of its routes; a wrong verb at a right path is the former.
    status = error.status_code if isinstance(error, HTTPException) else 404
    status = 403 if status == _WRONG_METHOD else status
    return JSONResponse({"Meta": {"Errors": [{"Text": "Forbidden" if status == 403 else "Not Found"}]}}, status)
