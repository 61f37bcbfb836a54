"""How commands manage: each is one act of the administration, on an open store."""

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
"""A year."""

RetireAfter = Annotated[
    float | None, typer.Option(help="Hours after which the former one ends by itself.", min=0, max=MOST_HOURS)
]


def managed(
    data_dir: Path | None,
    mongodb_uri: str | None,
    act: Callable[[Administration], Coroutine[Any, Any, Result]],
) -> Result:
    """What comes of an act of whoever may run commands on this machine."""

    async def work() -> Result:
        async with opened(data_dir, mongodb_uri) as store:
            return await act(Administration(store, Administrator("command line")))

    return run(work)


def after_hours(hours: float | None) -> timedelta | None:
    """A time to retire after."""
    return None if hours is None else timedelta(hours=hours)
