"""The frame in which commands run: an open store, errors in one line, and an exit status."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from rich.console import Console
from uvicorn.loops.auto import auto_loop_factory

from gateway.errors import GatewayError, KeyFileUnusable, KeyIdUnfit, KeyUnfit, NameReserved, PrivateKeyGiven
from gateway.logging import configure, described
from gateway.settings import SettingNotUnderstood, Settings
from ingest.errors import IngestError
from store.access.tenant import Tenant
from store.database import Store
from store.errors import ClientInvalid, SettingInvalid, StoreError, TenantInvalid, WebhookInvalid
from store.settings import DATA_DIR, MONGODB_URI, MONGODB_URI_FILE, StoreSettings, has_password

Result = TypeVar("Result")

FAILED = 1
WRONG_USAGE = 2

DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help=f"Directory of the embedded database [{DATA_DIR}]", rich_help_panel="Database"),
]
MongodbUri = Annotated[
    str | None,
    typer.Option("--mongodb-uri", help=f"A MongoDB to use instead [{MONGODB_URI}]", rich_help_panel="Database"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Say it in JSON, for programs.")]
TenantName = Annotated[str, typer.Option("--tenant", help="Name of the tenant.")]

out = Console(soft_wrap=True)
err = Console(stderr=True, soft_wrap=True)

_USAGE = (
    *(SettingInvalid, SettingNotUnderstood, TenantInvalid, ClientInvalid, WebhookInvalid),
    *(NameReserved, KeyFileUnusable, KeyIdUnfit, KeyUnfit, PrivateKeyGiven),
)


class CommandFailedError(GatewayError):
    """The command failed."""

    def __init__(self, said: str) -> None:
        super().__init__()
        self.args = (said,)


def store_settings(data_dir: Path | None, mongodb_uri: str | None) -> StoreSettings:
    """Return the settings of the database; options override the environment.

    Raises typer.BadParameter if a URI with a password is an option: other users of the machine could read it.
    """
    if mongodb_uri and has_password(mongodb_uri):
        wrong_usage(f"Everybody on this machine sees the arguments of a process: put the URI into {MONGODB_URI_FILE}.")
    given = StoreSettings.from_environment()
    if mongodb_uri:
        return replace(given, mongodb_uri=mongodb_uri, mongodb_uri_file=None)
    if data_dir:
        return replace(given, mongodb_uri=None, mongodb_uri_file=None, data_dir=data_dir)
    return given


@asynccontextmanager
async def opened(data_dir: Path | None, mongodb_uri: str | None) -> AsyncIterator[Store]:
    """Open the store for the context and close it at the end; a service may run on the same database."""
    store = await Store.open(store_settings(data_dir, mongodb_uri))
    try:
        yield store
    finally:
        await store.close()


def run(work: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
    """Run the work of a command in an event loop and return its result; only warnings and errors are logged."""
    log_to_stderr()
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        return runner.run(work())


def log_to_stderr() -> None:
    """Send warnings and errors to standard error, in the log format of the settings."""
    configure("warning", Settings.from_environment().log_form)


async def tenant_named(store: Store, name: str) -> Tenant:
    """Return the tenant of a name; raises CommandFailedError if there is none."""
    tenant = await store.tenants.by_name(name)
    if tenant is None:
        raise CommandFailedError(f"There is no tenant of the name {name}; `data-on-demand tenant list` shows all.")
    return tenant


@contextmanager
def exit_status() -> Iterator[None]:
    """Print an error on standard error without a traceback, and end the process with an exit status.

    The status is 2 for wrong usage, otherwise 1. An expected error takes one line, an unexpected error several lines.
    """
    try:
        yield
    except (StoreError, IngestError, GatewayError) as error:
        _end(str(error), WRONG_USAGE if isinstance(error, _USAGE) else FAILED)
    except KeyboardInterrupt:
        _end("Stopped.", FAILED)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        _end(f"{error.strerror}: {error.filename or ''}".rstrip(": "), FAILED)
    except Exception as error:  # the text of an unexpected error may contain data of a patient
        _end("\n".join(["Something went wrong here:", *described(error)]), FAILED)


def wrong_usage(said: str) -> NoReturn:
    """Raise typer.BadParameter, which ends a command with status 2 and this message."""
    raise typer.BadParameter(said)


def _end(said: str, status: int) -> NoReturn:
    err.print(said, style="red", markup=False, highlight=False)
    raise SystemExit(status)
