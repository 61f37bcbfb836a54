"""Running the command line within a test."""

import asyncio
from dataclasses import dataclass

import pytest

from gateway.cli import main


@dataclass(frozen=True)
class Outcome:
    """What a command did."""

    status: int
    out: str
    err: str


async def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> Outcome:
    """What a command says, and its exit status."""
    capsys.readouterr()
    status = await asyncio.to_thread(_status, list(arguments))
    said = capsys.readouterr()
    return Outcome(status, said.out, said.err)


def _status(arguments: list[str]) -> int:
    try:
        main(arguments)
    except SystemExit as end:
        return int(end.code or 0)
    return 0
