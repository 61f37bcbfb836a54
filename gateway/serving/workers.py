"""The processes behind one address: a listener for each of them, kept where a process is replaced."""

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
"""Seconds that worker processes have to start."""
BACKLOG = 2048
"""Connections that may wait to be accepted."""
_SHARES = sys.platform == "linux"
"""Whether the system spreads connections evenly over the listeners of one port."""


class AddressTakenError(GatewayError):
    """The service cannot listen."""


def bound(host: str, port: int, count: int = 1) -> list[socket.socket]:
    """Listeners on one address, one for each of so many processes; raises `AddressTakenError`.

    Where all processes accept from one listener, whoever is quickest takes every connection. With a listener for each,
    Linux spreads them; elsewhere there is one, and all have it.
    """
    if count == 1 or not _SHARES:
        return [_listening(host, port)] * count
    # A shared port is open to any other process of this user: whether somebody has it is asked without sharing.
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
        # Bound is not yet taken: only listening tells whether another service has the port already.
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise AddressTakenError(f"port {port} of {host}, {error.strerror}") from None
    listener.set_inheritable(True)
    return listener


class Workers(Multiprocess):
    """Worker processes, each with a listener that outlives it, so that who waits in its queue is not turned away."""

    def __init__(
        self, config: uvicorn.Config, listeners: list[socket.socket], announce: Callable[[socket.socket], None]
    ) -> None:
        super().__init__(config, listeners[:1])
        self.is_ready = False
        self._listeners = listeners
        self._announce = announce

    def init_processes(self) -> None:
        """Starts the workers, waits for them, and says so."""
        self.processes_num = 1  # the supervisor knows of one listener for all: it is shown each worker alone
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
        """Replaces the workers one after the other, each by one that answers already; ends at one that does not."""
        self._one_by_one(super().restart_all, until_kept=True)

    def keep_subprocess_alive(self) -> None:
        """Starts anew what has died."""
        self._one_by_one(super().keep_subprocess_alive)

    def handle_ttin(self) -> None:
        """Says that there are as many workers as listeners: a listener without one would let callers wait for ever."""
        structlog.get_logger().warning("workers.fixed", count=len(self._listeners))

    def handle_ttou(self) -> None:
        """Says the same."""
        self.handle_ttin()

    def _one_by_one(self, work: Callable[[], None], *, until_kept: bool = False) -> None:
        """Does something with each worker as if there were no other."""
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
