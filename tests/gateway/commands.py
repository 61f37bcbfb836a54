"""Running the command line within a test."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
import structlog

from gateway.cli import main


@dataclass(frozen=True)
class Outcome:
    """What a command did."""

    status: int
    out: str
    err: str


Command = Callable[..., Awaitable[Outcome]]
"""Runs a command of these words."""


async def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> Outcome:
    """What a command says, and its exit status."""
    capsys.readouterr()
    status = await asyncio.to_thread(_status, list(arguments))
    said = capsys.readouterr()
    return Outcome(status, said.out, said.err)


def _status(arguments: list[str]) -> int:
    logs, handlers, level = structlog.get_config(), list(logging.root.handlers), logging.root.level
    try:
        main(arguments)
    except SystemExit as end:
        return int(end.code or 0)
    finally:
        # `serve` sends its log to a stream that is the test's, and closed with it.
        structlog.configure(**logs)
        logging.root.handlers[:] = handlers
        logging.root.setLevel(level)
    return 0
