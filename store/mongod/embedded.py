"""The embedded mongod: a replica set of one member on the loopback address, with its data in one directory.

Processes that open the same directory share one mongod. It runs as long as one of them lives, however they end: a
supervisor (`mongod_supervisor.py`) watches the locks that they hold. Locks tell whether a mongod runs. Process ids do
not tell it, because the system uses them again.
"""

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from store.errors import MongodFailed
from store.mongod import executable, mongod_supervisor

START_WITHIN = 120.0  # seconds; after a crash mongod reads its journal first
ATTEMPTS = 5
PAUSE = 0.02  # seconds between two checks


class EmbeddedMongod:
    """The use of a directory's mongod by this process. Enter the context, or call `start` and `stop`."""

    def __init__(self, data_dir: Path, *, parameters: Mapping[str, str] | None = None) -> None:
        self.data_dir = data_dir.absolute()
        self.log = self.data_dir / "mongod.log"
        self.port: int | None = None
        self._documents = self.data_dir / "mongodb"
        self._parameters = dict(parameters or {})
        self._users: int | None = None

    @property
    def uri(self) -> str:
        """Return the MongoDB URI of the running mongod. Raises MongodFailed before `start`."""
        if self.port is None:
            raise MongodFailed("not started")
        return f"mongodb://127.0.0.1:{self.port}/?directConnection=true"

    @property
    def pid(self) -> int | None:
        """Return the process id of the running mongod, or None."""
        return mongod_supervisor.read_state(self.data_dir).get("pid")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def start(self) -> str:
        """Start mongod, or join the one that runs on the directory. Return its URI once it accepts writes.

        Raises MongodMissing and MongodFailed. It blocks the thread, as `stop` does.
        """
        if self._users is not None:
            return self.uri
        try:
            for directory in (self.data_dir, self._documents):
                directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise MongodFailed(f"{self.data_dir} ({error.strerror})") from None
        deadline = time.monotonic() + START_WITHIN
        self._users = self._open_lock(mongod_supervisor.USERS)
        try:
            self._use(self._users, deadline)
            self.port = self._answering(deadline)
        except BaseException:
            self._leave()
            raise
        return self.uri

    def stop(self) -> None:
        """Stop using mongod. If no other process uses it, wait until it has stopped."""
        if self._users is None:
            return
        is_last = _locks(self._users, fcntl.LOCK_EX)
        self._leave()
        if is_last:
            self._await_end()

    def _leave(self) -> None:
        if self._users is not None:
            os.close(self._users)
        self._users = self.port = None

    def _use(self, users: int, deadline: float) -> None:
        # The lock is refused only while a supervisor stops a mongod without users; after that a new one starts.
        while not _locks(users, fcntl.LOCK_SH):
            self._wait(deadline)

    def _answering(self, deadline: float) -> int:
        """Return the port of the mongod that runs on the directory; start one if none runs."""
        started = 0
        while True:
            running = self._open_lock(mongod_supervisor.RUNNING)
            try:
                if _locks(running, fcntl.LOCK_EX):
                    if started:
                        self._judge(started)
                    self._launch(running)
                    started += 1
            finally:
                os.close(running)  # the supervisor and mongod have inherited the lock
            port = mongod_supervisor.read_state(self.data_dir).get("port")
            if port is not None and executable.takes_writes(self._documents, port):
                return port
            self._wait(deadline)

    def _wait(self, deadline: float) -> None:
        if time.monotonic() > deadline:
            raise MongodFailed(f"no answer within {START_WITHIN:.0f} s, see {self.log}")
        time.sleep(PAUSE)

    def _judge(self, started: int) -> None:
        """Raise MongodFailed unless another start may help.

        Another start may help if another program took the port, or if somebody stopped mongod or killed its supervisor.
        """
        status = mongod_supervisor.read_state(self.data_dir).get("status")
        if status not in (executable.PORT_TAKEN, 0, None) or started == ATTEMPTS:
            said = (
                executable.complaint(self.log)
                or executable.complaint(self.data_dir / mongod_supervisor.OUTPUT)
                or "without a word"
            )
            raise MongodFailed(f"status {status}, {said}, see {self.log}")

    def _launch(self, running: int) -> None:
        program = executable.find()
        port = executable.free_port(mongod_supervisor.read_state(self.data_dir))
        arguments = executable.arguments(self._documents, self.log, port, self._parameters)
        (self.data_dir / mongod_supervisor.STATE).unlink(missing_ok=True)
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".log.before"))
        keeping = [sys.executable, "-I", "-S", mongod_supervisor.__file__]
        subprocess.run(  # noqa: S603 - the command is ours
            [*keeping, str(self.data_dir), str(port), str(running), str(program), *arguments],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(running,),
            start_new_session=True,  # an interrupt at the terminal reaches us only: we finish, then mongod stops
            cwd="/",
            env={**os.environ, "LC_ALL": "C"},  # mongod refuses to start under a locale that the system lacks
        )

    def _open_lock(self, name: str) -> int:
        try:
            return os.open(self.data_dir / name, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise MongodFailed(f"{self.data_dir / name} ({error.strerror})") from None

    def _await_end(self) -> None:
        began = time.monotonic()
        while time.monotonic() < began + mongod_supervisor.GRACE + 5:
            if self._is_free(mongod_supervisor.RUNNING, fcntl.LOCK_EX):
                return
            # The supervisor waits for this lock and stops mongod at once, unless a new user came first.
            if time.monotonic() > began + 1 and self._is_free(mongod_supervisor.USERS, fcntl.LOCK_SH):
                return
            time.sleep(PAUSE)

    def _is_free(self, name: str, kind: int) -> bool:
        lock = self._open_lock(name)
        try:
            return _locks(lock, kind)
        finally:
            os.close(lock)


def _locks(file: int, kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
