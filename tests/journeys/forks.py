"""Commands as processes of their own, forked from one that has imported everything: starting one costs next to nothing."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

from tests.journeys.processes import environment

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["gateway.cli"])


@dataclass(frozen=True, slots=True)
class Forked:
    """A command under way."""

    process: BaseProcess
    said: Path

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.process.exitcode is None

    def end(self, seconds: float = 120) -> tuple[int | None, str, str]:
        """Waits for its end; its exit status and what it said on standard output and standard error."""
        self.process.join(seconds)
        assert not self.is_running, "it goes on and on"
        return self.process.exitcode, self.said.read_text(), self.said.with_suffix(".err").read_text()

    def kill(self, number: int) -> None:
        """Sends it a signal."""
        assert self.process.pid
        os.kill(self.process.pid, number)


def forked(directory: Path, settings: Mapping[str, str], *arguments: str) -> Forked:
    """A command that was just started."""
    said = directory / f"said-{time.monotonic_ns()}.out"
    for path in (said, said.with_suffix(".err")):
        path.touch()  # it may be killed before it says anything
    process = _FORKS.Process(target=_run, args=(said, {**environment(), **settings}, arguments))
    process.start()
    return Forked(process, said)


def _run(said: Path, variables: Mapping[str, str], arguments: Sequence[str]) -> None:
    from gateway.cli import main  # noqa: PLC0415 - the process that is forked from has it already

    for number, path in ((1, said), (2, said.with_suffix(".err"))):
        os.dup2(os.open(path, os.O_WRONLY), number)
    os.environ.clear()
    os.environ.update(variables)
    main(list(arguments))
