"""The capacity of a worker: how many requests it handles at once.

Some further requests wait in a queue; all others get 503 at once, so that memory does not grow. Pushes and questions
have a gate each, so that a flood of one sort leaves room for the other.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from gateway.errors import NoRoomForBody, Overloaded

if TYPE_CHECKING:
    from starlette.types import Scope

    from gateway.settings import Settings

PATIENCE = 5.0
"""Seconds that a request may wait at a gate. With a longer queue, a new request would not be answered in time."""
LOGINS_AT_ONCE = 500
"""The number of logins at once. They wait for one of the two threads that verify secrets."""
FILES_AT_ONCE, FILES_WAITING = 2, 20


class Gate:
    """A gate admits `at_once` requests at the same time; `waiting` others wait in a queue, for `patience` seconds."""

    def __init__(self, at_once: int, waiting: int = 0, patience: float = PATIENCE) -> None:
        self._places = asyncio.Semaphore(at_once)
        self._most_waiting = waiting
        self._patience = patience
        self.waiting = 0

    def look(self) -> None:
        """Raise Overloaded if a new request would be refused now."""
        if self._places.locked() and self.waiting >= self._most_waiting:
            raise Overloaded

    async def enter(self) -> None:
        """Take a place, after a wait if there is none free. Raises Overloaded."""
        if not self._places.locked():
            await self._places.acquire()
            return
        self.look()
        self.waiting += 1
        try:
            async with asyncio.timeout(self._patience):
                await self._places.acquire()
        except TimeoutError:
            raise Overloaded from None
        finally:
            self.waiting -= 1

    def leave(self) -> None:
        """Release a place."""
        self._places.release()


@dataclass
class Bodies:
    """The number of bytes of all bodies that are in memory at the same time, and its limit."""

    limit: int
    held: int = 0


@dataclass
class Reservation:
    """The places and bytes that one request uses. All are released at its end."""

    _bodies: Bodies
    _held: int = 0
    _gates: list[Gate] = field(default_factory=list)

    async def enter(self, gate: Gate) -> None:
        """Take a place at a gate until the request ends. Raises Overloaded."""
        await gate.enter()
        self._gates.append(gate)

    def hold(self, size: int) -> None:
        """Reserve further bytes for a body. Raises NoRoomForBody."""
        if self._bodies.held + size > self._bodies.limit:
            raise NoRoomForBody
        self._bodies.held += size
        self._held += size

    def end(self) -> None:
        """Release all places and bytes."""
        self._bodies.held -= self._held
        self._held = 0
        while self._gates:
            self._gates.pop().leave()


class Capacity:
    """The gates of one worker, and the memory for bodies."""

    def __init__(self, settings: Settings) -> None:
        # The intake makes batches of all pushes that are in progress, so waiting before it would only cost time.
        self.pushes = Gate(settings.pushes_at_once)
        self.questions = Gate(settings.questions_at_once, settings.questions_waiting)
        self.logins = Gate(LOGINS_AT_ONCE)
        self.files = Gate(FILES_AT_ONCE, FILES_WAITING)
        self.uploads = Gate(FILES_AT_ONCE, FILES_WAITING)
        # There is always room for one body of the largest size, compressed and decompressed; otherwise none could come.
        self.bodies = Bodies(max(settings.bodies_limit, 2 * max(settings.body_limit, settings.upload_limit)))

    def reserve(self, scope: Scope) -> Reservation:
        """Return the reservation of a new request, and put it into the scope of the request."""
        reservation = Reservation(self.bodies)
        scope.setdefault("state", {})["reservation"] = reservation
        return reservation


def reservation_of(scope: Scope) -> Reservation:
    """Return the reservation that `Capacity.reserve` put into the scope of a request."""
    return cast("Reservation", scope["state"]["reservation"])


def held(scope: Scope, size: int) -> None:
    """Reserve bytes for the body of a request. Raises NoRoomForBody."""
    reservation: Reservation | None = scope.get("state", {}).get("reservation")
    if reservation is not None:
        reservation.hold(size)
