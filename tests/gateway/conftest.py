"""A service on a fresh database, an HTTP client that speaks to it, and its log."""

import io
import logging
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import structlog
from fastapi import FastAPI

from gateway import logging as service_logging
from gateway.app import attach, create_app
from gateway.service import Service, assembled
from gateway.settings import Settings
from store.database import Store


@pytest.fixture
def settings() -> Settings:
    """An empty sandbox; a test module that wants other settings overrides this."""
    return Settings(sandbox="empty")


@pytest.fixture
async def service(store: Store, settings: Settings) -> AsyncIterator[Service]:
    """The parts of a service, on a database of its own."""
    async with assembled(settings, store) as running:
        yield running


@pytest.fixture
def app(service: Service) -> FastAPI:
    """The web application of that service."""
    application = create_app(service)
    attach(application, service)
    return application


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Whoever calls, without a token."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client:
        yield client


@pytest.fixture
async def caller(http: httpx.AsyncClient) -> httpx.AsyncClient:
    """The sandbox's client, with its token."""
    answer = await http.post("/auth/authenticate", json={"apiKey": "sandbox", "secret": "sandbox-secret"})
    http.headers["authorization"] = f"Bearer {answer.json()['accessToken']}"
    return http


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that the process logs during a test."""
    handlers, level = list(logging.root.handlers), logging.root.level
    lines = io.StringIO()
    service_logging.configure("debug", "json", lines)
    yield lines
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    structlog.reset_defaults()
