"""Serving: the listeners, one or more worker processes, and an end with status 0 on a signal."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog
import uvicorn
from uvicorn.loops.auto import auto_loop_factory

from gateway import logging
from gateway.access import SHARED_COUNTS, SharedCounts
from gateway.app import create_app
from gateway.errors import GatewayError
from gateway.request import Connection
from gateway.sandbox import is_loopback
from gateway.service import opened
from gateway.serving.tls import Certificate, certificate_of, renew_on_hangup
from gateway.serving.workers import Workers, bound
from gateway.settings import Settings, networks, variable_of
from store.mongod.embedded import EmbeddedMongod
from store.settings import DATA_DIR, DATABASE, MONGODB_URI, MONGODB_URI_FILE, StoreSettings

GRACE = 30
"""The seconds that running requests have to end after a signal."""
KEEP_ALIVE = 65
"""The seconds that an idle connection is kept; load balancers often close idle connections after 60 seconds."""

OTHER_FILES = 256
"""The number of files that a process has open beside the connections of callers: mostly database connections."""

Announce = Callable[[str], None]


class WorkersFailedError(GatewayError):
    """The worker processes did not start; the log says why."""


def url_of(listener: socket.socket, *, is_secure: bool = False) -> str:
    """Return the URL of a listener."""
    host, port = listener.getsockname()[:2]
    scheme = "https" if is_secure else "http"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def serve(settings: Settings, store_settings: StoreSettings, announce: Announce) -> None:
    """Serve until a signal ends the service; call `announce` with the URL once the service accepts requests.

    Raises CertificateUnusableError, AddressTakenError, WorkersFailedError, and StoreError.
    """
    certificate_of(settings)
    if is_open(settings):
        structlog.get_logger().warning(
            "serve.without_tls",
            host=settings.host,
            remedy=f"{variable_of('tls_certificate')}, or a proxy with TLS and {variable_of('trusted_proxies')}",
        )
    _allow_files(settings.connections)
    with ExitStack() as stack:
        listeners = [stack.enter_context(each) for each in bound(settings.host, settings.port, settings.workers)]
        stack.enter_context(_quiet_end())
        if settings.workers == 1:
            _loop(_serve_alone(settings, store_settings, listeners, announce))
        else:
            _serve_together(settings, store_settings, listeners, announce)


def is_open(settings: Settings) -> bool:
    """Return whether tokens and patients may pass over a network without encryption.

    That is so if the address is not loopback and there is neither a certificate nor a trusted proxy.
    """
    return not (is_loopback(settings.host) or settings.tls_certificate or settings.trusted_proxies)


def _allow_files(connections: int) -> None:
    """Raise the limit of open files to the number that the connections need, or to the hard limit of the system."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


async def _serve_alone(
    settings: Settings, store_settings: StoreSettings, listeners: list[socket.socket], announce: Announce
) -> None:
    async with opened(settings, store_settings) as service:
        await _Server(_config(settings, create_app(service)), announce).serve(listeners)


def _serve_together(
    settings: Settings, store_settings: StoreSettings, listeners: list[socket.socket], announce: Announce
) -> None:
    with ExitStack() as stack:
        uri = store_settings.mongodb_uri or stack.enter_context(EmbeddedMongod(store_settings.data_dir)).uri
        shared = replace(store_settings, mongodb_uri=uri)
        _loop(_look(settings, shared))
        metrics = stack.enter_context(tempfile.TemporaryDirectory(prefix="data-on-demand-metrics-"))
        counts = stack.enter_context(tempfile.TemporaryDirectory(prefix="data-on-demand-counts-"))
        SharedCounts.make(Path(counts) / "requests")
        os.environ.update(_environment(settings, shared), PROMETHEUS_MULTIPROC_DIR=metrics)
        os.environ[SHARED_COUNTS] = str(Path(counts) / "requests")
        config = _config(settings, "gateway.app:worker")
        workers = Workers(config, listeners, lambda listener: announce(url_of(listener, is_secure=config.is_ssl)))
        workers.run()
        if not workers.is_ready:
            raise WorkersFailedError


async def _look(settings: Settings, store_settings: StoreSettings) -> None:
    """Open and close the service once, so that an error is reported once and not by each worker process."""
    async with opened(settings, store_settings):
        pass


def _environment(settings: Settings, store_settings: StoreSettings) -> Mapping[str, str]:
    """Return the environment variables that give worker processes these settings."""
    own = {variable_of(name): str(value) for name, value in vars(settings).items()}
    stores = {DATABASE: store_settings.database, DATA_DIR: str(store_settings.data_dir)}
    return own | stores | {MONGODB_URI: store_settings.mongodb_uri or "", MONGODB_URI_FILE: ""}


def _config(settings: Settings, app: Any) -> uvicorn.Config:
    proxies = networks(settings.trusted_proxies)
    return uvicorn.Config(
        app,
        factory=isinstance(app, str),
        workers=settings.workers,
        http=Connection,
        limit_concurrency=settings.connections,
        ssl_context_factory=certificate_of(settings),
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,  # its lines would contain query strings, which may contain verification tokens
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=GRACE,
        timeout_worker_healthcheck=int(GRACE),
    )


class _Server(uvicorn.Server):
    """A server that announces its URL when it accepts requests."""

    def __init__(self, config: uvicorn.Config, announce: Announce) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the server, let SIGHUP renew the certificate, and announce the URL."""
        await super().startup(sockets)
        if isinstance(self.config.ssl_context_factory, Certificate) and self.config.ssl:
            renew_on_hangup(self.config.ssl_context_factory, self.config.ssl)
        if self.started and sockets:
            self._announce(url_of(sockets[0], is_secure=self.config.is_ssl))


def _loop(work: Any) -> None:
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        runner.get_loop().set_exception_handler(logging.loop_failure)
        runner.run(work)


@contextmanager
def _quiet_end() -> Iterator[None]:
    """Let SIGINT and SIGTERM end the process with status 0 while the context lasts, also before the server runs."""
    ends = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, _leave) for number in ends}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _leave(_number: int, _frame: object) -> None:
    raise SystemExit(0)
