"""The service as the process that it is in life."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

READY = "data-on-demand ready on "
COMMAND = (sys.executable, "-m", "gateway")


def environment() -> dict[str, str]:
    """This process's environment without the settings that a developer may have."""
    return {name: value for name, value in os.environ.items() if not name.startswith("DATA_ON_DEMAND_")}


@dataclass
class Service:
    """A running service."""

    process: subprocess.Popen[str]
    url: str
    log: Path

    @contextmanager
    def client(self, *, with_token: bool = True) -> Iterator[httpx.Client]:
        """A client of the sandbox's, with its token."""
        with httpx.Client(base_url=self.url, timeout=30) as client:
            if with_token:
                key = {"apiKey": "sandbox", "secret": "sandbox-secret"}
                token = client.post("/auth/authenticate", json=key).json()["accessToken"]
                client.headers["authorization"] = f"Bearer {token}"
            yield client

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ends the service; gives its exit status."""
        self.process.send_signal(number)
        return self.process.wait(60)


def spawned(parent: int) -> list[int]:
    """The process numbers of those that a process has begun to work for it."""
    asked = ["ps", "-ww", "-o", "pid=", "-o", "args=", "--ppid", f"{parent}"]
    said = subprocess.run(asked, check=False, capture_output=True, text=True).stdout
    return [int(line.split()[0]) for line in said.splitlines() if "spawn_main" in line]


@contextmanager
def serving(directory: Path, *arguments: str, **settings: str) -> Iterator[Service]:
    """A service on a data directory, on a free port, ready; settings by name, as its environment has them."""
    directory.mkdir(exist_ok=True)
    log = directory / "service.log"
    command = [*COMMAND, "serve", "--port", "0", "--data-dir", str(directory), *arguments]
    with log.open("ab") as errors:
        given = environment() | {f"DATA_ON_DEMAND_{name.upper()}": value for name, value in settings.items()}
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=given)
    try:
        line = process.stdout.readline()
        assert line.startswith(READY), log.read_text()
        yield Service(process, line.removeprefix(READY).strip(), log)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(60)
        process.stdout.close()


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A command that runs to its end."""
    return subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, timeout=180, check=False, env=environment()
    )
