"""The worker processes behind one address: each has a listener, which stays open if its process is replaced."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import structlog
import uvicorn
from uvicorn.supervisors import Multiprocess

from gateway.errors import GatewayError

START_WITHIN = 120.0
"""The seconds within which a worker process must start."""
BACKLOG = 2048
"""The number of connections of a listener that may wait to be accepted."""
_SHARES = sys.platform == "linux"
"""Whether the system distributes connections evenly over several listeners of one port."""


class AddressTakenError(GatewayError):
    """The service cannot listen."""


def bound(host: str, port: int, count: int = 1) -> list[socket.socket]:
    """Return `count` listeners on one address, one for each worker process; raises AddressTakenError.

    If all processes accept from one listener, the quickest process takes every connection. If each process has a
    listener of its own, Linux distributes the connections; on other systems all entries of the list are the same
    listener.
    """
    if count == 1 or not _SHARES:
        return [_listening(host, port)] * count
    # Other processes of this user can share a shared port: a listener that does not share tests whether it is free.
    with _listening(host, port) as alone:
        port = alone.getsockname()[1]
    with ExitStack() as taken:
        listeners = [taken.enter_context(_listening(host, port, is_shared=True)) for _ in range(count)]
        taken.pop_all()
    return listeners


def _listening(host: str, port: int, *, is_shared: bool = False) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise AddressTakenError(f"{host}, {error.strerror}") from None
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if is_shared:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        listener.bind(address)
        # To bind is not enough: only `listen` fails if another service has the port already.
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise AddressTakenError(f"port {port} of {host}, {error.strerror}") from None
    listener.set_inheritable(True)
    return listener


class Workers(Multiprocess):
    """Worker processes, each with a listener that outlives it, so that waiting connections are not refused."""

    def __init__(
        self, config: uvicorn.Config, listeners: list[socket.socket], announce: Callable[[socket.socket], None]
    ) -> None:
        super().__init__(config, listeners[:1])
        self.is_ready = False
        self._listeners = listeners
        self._announce = announce

    def init_processes(self) -> None:
        """Start the worker processes, wait until they are ready, and announce the listener.

        If a process does not start in time, the supervisor ends and `is_ready` is False.
        """
        self.processes_num = 1  # the base class has one listener for all processes, so it starts them one by one
        for listener in self._listeners:
            self.sockets = [listener]
            super().init_processes()
        self.processes_num = len(self.processes)
        self.is_ready = all(self._is_up(process) for process in self.processes) or bool(self.should_exit.is_set())
        if self.is_ready and not self.should_exit.is_set():
            self._announce(self._listeners[0])
        else:
            self.should_exit.set()

    def restart_all(self) -> None:
        """Replace the worker processes one by one, each after its successor is ready; stop if one is not replaced."""
        self._one_by_one(super().restart_all, until_kept=True)

    def keep_subprocess_alive(self) -> None:
        """Start a new worker process in place of each process that has ended."""
        self._one_by_one(super().keep_subprocess_alive)

    def handle_ttin(self) -> None:
        """Log that the number of workers is fixed: a listener without a process would leave connections unanswered."""
        structlog.get_logger().warning("workers.fixed", count=len(self._listeners))

    def handle_ttou(self) -> None:
        """Log that the number of workers is fixed."""
        self.handle_ttin()

    def _one_by_one(self, work: Callable[[], None], *, until_kept: bool = False) -> None:
        """Call `work` for each worker process as if it were the only one.

        With `until_kept` it stops at the first worker process that `work` has not replaced.
        """
        workers = self.processes
        for place, listener in enumerate(self._listeners):
            before = workers[place]
            self.processes, self.sockets = [before], [listener]
            try:
                work()
            finally:
                workers[place] = self.processes[0]
                self.processes = workers
            if until_kept and workers[place] is before:
                return

    def _is_up(self, process: Any) -> bool:
        until = time.monotonic() + START_WITHIN
        while time.monotonic() < until:
            self.handle_signals()
            if self.should_exit.is_set() or not process.process.is_alive():
                return False
            if process.is_ready(timeout=1):
                return True
            time.sleep(0.05)
        return False
