"""Keeps one mongod running while any process uses its directory, and stops it when the last of them has gone.

Runs as a script in a process of its own, on the standard library alone. Who uses the directory holds a shared lock on
its file USERS, which the system takes back from a process however it dies; the keeper waits for that file's exclusive
lock. It was handed the lock on RUNNING and hands it on to mongod: while that one is held, a mongod is alive.
"""

import ctypes
import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

STATE = "mongod.json"
USERS = "mongod.users"
RUNNING = "mongod.running"
OUTPUT = "mongod.out"

GRACE = 30.0  # seconds between asking mongod to stop and making it
SHORT_LIFE = 5.0  # seconds; a mongod that is killed sooner, three times in a row, is given up
PATIENCE = 3


def write_state(data_dir: Path, **state: int) -> None:
    """Says, for everyone at once, where mongod answers (`port`, `pid`, `keeper`) or how it ended (`status`)."""
    draft = data_dir / f"{STATE}.{os.getpid()}"
    draft.write_text(json.dumps(state))
    draft.replace(data_dir / STATE)


def read_state(data_dir: Path) -> dict[str, int]:
    """What `write_state` said last; empty if nothing readable."""
    try:
        state = json.loads((data_dir / STATE).read_text())
    except (OSError, ValueError):
        return {}
    return {key: value for key, value in state.items() if isinstance(value, int)} if isinstance(state, dict) else {}


class Keeper:
    """One mongod's keeper."""

    def __init__(self, data_dir: Path, port: int, running: int, command: list[str]) -> None:
        self._data_dir = data_dir
        self._port = port
        self._running = running
        self._command = command
        self._tie = _tie_to_parent()
        self._mongod: subprocess.Popen[bytes] | None = None
        self._stopping = False
        self._ended = threading.Event()

    def keep(self) -> int:
        """Runs mongod, again if it was killed, and gives its exit status."""
        short_lives = 0
        while True:
            began = time.monotonic()
            status = self._live_once()
            short_lives = short_lives + 1 if time.monotonic() - began < SHORT_LIFE else 0
            if self._stopping or status >= 0 or short_lives == PATIENCE:
                break
        self._ended.set()
        write_state(self._data_dir, port=self._port, status=status)
        return status

    def stop_when_unused(self) -> None:
        """Waits until no process uses the directory, then stops mongod."""
        users = os.open(self._data_dir / USERS, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(users, fcntl.LOCK_EX)
        self.stop()

    def stop(self) -> None:
        """Asks mongod to stop, and makes it when it does not within the grace."""
        self._stopping = True
        self._signal(signal.SIGTERM)
        threading.Thread(target=self._insist, daemon=True).start()

    def _insist(self) -> None:
        if not self._ended.wait(GRACE):
            self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        if self._mongod is not None:
            self._mongod.send_signal(number)

    def _live_once(self) -> int:
        with (self._data_dir / OUTPUT).open("wb") as output:
            self._mongod = subprocess.Popen(  # noqa: S603 - the command is ours
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=(self._running,),
                preexec_fn=self._tie,  # noqa: PLW1509 - there are no threads that hold a lock
            )
        write_state(self._data_dir, port=self._port, pid=self._mongod.pid, keeper=os.getpid())
        if self._stopping:
            self._mongod.terminate()
        return self._mongod.wait()


def _tie_to_parent() -> Callable[[], None] | None:
    """What a child calls so that the kernel stops it, gracefully, when its parent dies; Linux alone has this."""
    if not sys.platform.startswith("linux"):
        return None
    parent, prctl = os.getpid(), ctypes.CDLL(None).prctl

    def tie() -> None:
        prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:
            os._exit(1)

    return tie


def main(arguments: list[str]) -> int:
    """Leaves the process that called, so that nobody has to wait for it, and keeps: DATA_DIR PORT RUNNING COMMAND..."""
    data_dir, port, running, *command = arguments
    if os.fork():
        return 0
    keeper = Keeper(Path(data_dir), int(port), int(running), command)
    signal.signal(signal.SIGTERM, lambda *_: keeper.stop())
    threading.Thread(target=keeper.stop_when_unused, daemon=True).start()
    return keeper.keep()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
