"""The supervisor of one mongod: it keeps mongod running as long as a process uses its directory, and then stops it.

The module runs as a script in a process of its own and imports the standard library only. Each process that uses the
directory holds a shared lock on the file USERS; the system releases that lock however the process dies. The supervisor
waits for the exclusive lock on USERS. It inherits the lock on the file RUNNING and passes it on to mongod: as long as
somebody holds that lock, a mongod runs.
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

GRACE = 30.0  # seconds that mongod has to stop before it is killed
SHORT_LIFE = 5.0  # seconds; the supervisor gives up if mongod is killed sooner PATIENCE times in a row
PATIENCE = 3


def write_state(data_dir: Path, **state: int) -> None:
    """Write the state of mongod: `port`, `pid` and `keeper` while it runs, `port` and `status` when it has ended.

    Readers see either the former state or the new one, never a part.
    """
    draft = data_dir / f"{STATE}.{os.getpid()}"
    draft.write_text(json.dumps(state))
    draft.replace(data_dir / STATE)


def read_state(data_dir: Path) -> dict[str, int]:
    """Return the last state that `write_state` wrote; empty if there is no readable file."""
    try:
        state = json.loads((data_dir / STATE).read_text())
    except (OSError, ValueError):
        return {}
    return {key: value for key, value in state.items() if isinstance(value, int)} if isinstance(state, dict) else {}


class Keeper:
    """The supervisor of one mongod. `running` is the descriptor of the locked file, `command` the command line."""

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
        """Run mongod, start it again if it was killed, and return its exit status.

        The supervisor gives up if mongod is killed three times in a row within SHORT_LIFE seconds of its start.
        """
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
        """Wait until no process uses the directory, then stop mongod."""
        users = os.open(self._data_dir / USERS, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(users, fcntl.LOCK_EX)
        self.stop()

    def stop(self) -> None:
        """Ask mongod to stop; kill it if it has not stopped after GRACE seconds."""
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
                preexec_fn=self._tie,  # noqa: PLW1509 - no thread of this process holds a lock
            )
        write_state(self._data_dir, port=self._port, pid=self._mongod.pid, keeper=os.getpid())
        if self._stopping:
            self._mongod.terminate()
        return self._mongod.wait()


def _tie_to_parent() -> Callable[[], None] | None:
    """Return a function for the child process, so that the kernel stops it when its parent dies; None if not Linux."""
    if not sys.platform.startswith("linux"):
        return None
    parent, prctl = os.getpid(), ctypes.CDLL(None).prctl

    def tie() -> None:
        prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:
            os._exit(1)

    return tie


def main(arguments: list[str]) -> int:
    """Detach from the calling process, run the supervisor, and return an exit status.

    The arguments are DATA_DIR PORT RUNNING COMMAND...; the calling process gets 0 at once and need not wait.
    """
    data_dir, port, running, *command = arguments
    if os.fork():
        return 0
    keeper = Keeper(Path(data_dir), int(port), int(running), command)
    signal.signal(signal.SIGTERM, lambda *_: keeper.stop())
    threading.Thread(target=keeper.stop_when_unused, daemon=True).start()
    return keeper.keep()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
