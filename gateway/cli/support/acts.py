"""Acts of the administration for commands: each runs on an open store, in the name of the command line."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from gateway.administration import Administration
from gateway.audit import Administrator
from gateway.cli.support.session import opened, run

Result = TypeVar("Result")

MOST_HOURS = 8760
"""The largest number of hours for `--retire-after`: a year."""

RetireAfter = Annotated[
    float | None, typer.Option(help="Hours after which the former one ends by itself.", min=0, max=MOST_HOURS)
]


def managed(
    data_dir: Path | None,
    mongodb_uri: str | None,
    act: Callable[[Administration], Coroutine[Any, Any, Result]],
) -> Result:
    """Run an act of the administration on the store that the options name; return its result.

    The audit records the act. Raises StoreError and GatewayError.
    """

    async def work() -> Result:
        async with opened(data_dir, mongodb_uri) as store:
            return await act(Administration(store, Administrator("command line")))

    return run(work)


def after_hours(hours: float | None) -> timedelta | None:
    """Return a number of hours as a timedelta, and None for None."""
    return None if hours is None else timedelta(hours=hours)
