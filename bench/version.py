"""Versions of the product side by side: the files of a commit in a folder, and a service that runs from a folder."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

from bench.client import post, token_of
from bench.processor_time import PROC, process_tree, processor_seconds, seconds_of_ended_children
from bench.stage import SERVE, running
from store.mongod.embedded import EmbeddedMongod
from store.settings import DATA_DIR

ROOT = Path(__file__).parents[1]
_MONGOD_ENDS_WITHIN = 60.0
"""Seconds."""


class RevisionUnknownError(Exception):
    """The repository has no such revision."""


def commit_of(revision: str, repository: Path = ROOT) -> str:
    """Returns the full hash of the commit that a revision names; raises RevisionUnknownError."""
    found = _git(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if found.returncode:
        said = f" ({found.stderr.strip()})" if found.stderr.strip() else ""
        raise RevisionUnknownError(f"{repository} has no revision {revision}{said}")
    return found.stdout.strip()


@contextmanager
def checkout(commit: str, tree: Path, repository: Path = ROOT) -> Iterator[Path]:
    """Writes a commit's files to a folder, as a worktree of the repository, and removes them at the end."""
    try:
        _git(repository, "worktree", "add", "--quiet", "--detach", str(tree), commit).check_returncode()
        yield tree
    finally:
        _git(repository, "worktree", "remove", "--force", str(tree))


def _git(repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["git", "-C", str(repository), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


@dataclass(frozen=True, slots=True)
class ProcessorTime:
    """CPU seconds."""

    service: float
    """Of the service's processes and of the commands that have ended."""
    mongod: float

    def __sub__(self, before: ProcessorTime) -> ProcessorTime:
        return ProcessorTime(self.service - before.service, self.mongod - before.mongod)

    def __add__(self, more: ProcessorTime) -> ProcessorTime:
        return ProcessorTime(self.service + more.service, self.mongod + more.mongod)


NO_TIME = ProcessorTime(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the product, at work: its service answers."""

    tree: Path
    """The folder of its source; commands run in it."""
    data: Path
    """The directory of its database, which the service and the commands share."""
    service: str
    """The service's URL."""
    token: str
    pid: int
    """The service's process, or the first of them."""
    mongod: int
    """The process of the service's mongod."""

    @property
    def settings(self) -> dict[str, str]:
        """Environment variables by which Python imports this version's code and the code finds its database."""
        return _settings(self.tree, self.data)

    def request(self, body: bytes) -> bytes:
        """Returns the bytes of an HTTP request that carries a push or a question."""
        return post(self.service, "/endpoint", body, self.token)

    def processor_time(self) -> ProcessorTime:
        """Returns what this version has used so far; two of these, subtracted, are the time of what lies between."""
        service = processor_seconds(process_tree(self.pid)) + seconds_of_ended_children()
        return ProcessorTime(service, processor_seconds([self.mongod]))


@contextmanager
def serving(tree: Path, directory: Path, workers: int) -> Iterator[Version]:
    """Runs a version's service on an empty database, whose embedded mongod and files are its own."""
    directory.mkdir()
    data = directory / "data"
    mongod = None
    try:
        serve = (*SERVE, "--workers", str(workers))
        with running(directory / "service.log", _settings(tree, data), *serve, tree=tree) as (url, pid):
            mongod = EmbeddedMongod(data).pid
            assert mongod, f"no mongod runs on {data}"
            yield Version(tree, data, url, token_of(url), pid, mongod)
    finally:
        _await_end(mongod)


def _settings(tree: Path, data: Path) -> dict[str, str]:
    return {"PYTHONPATH": str(tree), DATA_DIR: str(data)}


def _await_end(pid: int | None) -> None:
    """Waits until a process has ended, so that its files can be removed, for a minute at most."""
    deadline = monotonic() + _MONGOD_ENDS_WITHIN
    while pid and (PROC / str(pid)).exists() and monotonic() < deadline:
        sleep(0.02)
