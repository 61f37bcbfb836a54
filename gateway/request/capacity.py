"""How much is let in at once. What is too much is sent away with 503 at once, in place of growing memory.

Pushes and questions have a gate each, so that a flood of the one leaves room for the other.
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
"""Seconds that somebody waits at a gate; whoever came after a longer queue would not be answered in time anyway."""
LOGINS_AT_ONCE = 500
"""Secrets are verified by two threads; this is who waits for them, and whose wrong answer is held back."""
FILES_AT_ONCE, FILES_WAITING = 2, 20


class Gate:
    """Lets through so many at a time; so many others wait, in their order, and not for long."""

    def __init__(self, at_once: int, waiting: int = 0, patience: float = PATIENCE) -> None:
        self._places = asyncio.Semaphore(at_once)
        self._most_waiting = waiting
        self._patience = patience
        self.waiting = 0

    def look(self) -> None:
        """Raises `Overloaded` where whoever came now would be sent away."""
        if self._places.locked() and self.waiting >= self._most_waiting:
            raise Overloaded

    async def enter(self) -> None:
        """Takes a place, perhaps after a wait; raises `Overloaded`."""
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
        """Gives a place back."""
        self._places.release()


@dataclass
class Bodies:
    """The bytes of all bodies that are held at once."""

    limit: int
    held: int = 0


@dataclass
class Reservation:
    """What one request takes up: places and bytes, all given back at its end."""

    _bodies: Bodies
    _held: int = 0
    _gates: list[Gate] = field(default_factory=list)

    async def enter(self, gate: Gate) -> None:
        """Takes a place until the answer is sent; raises `Overloaded`."""
        await gate.enter()
        self._gates.append(gate)

    def hold(self, size: int) -> None:
        """Holds some more bytes of a body; raises `NoRoomForBody`."""
        if self._bodies.held + size > self._bodies.limit:
            raise NoRoomForBody
        self._bodies.held += size
        self._held += size

    def end(self) -> None:
        """Gives everything back."""
        self._bodies.held -= self._held
        self._held = 0
        while self._gates:
            self._gates.pop().leave()


class Capacity:
    """The gates and the room for bodies of one worker."""

    def __init__(self, settings: Settings) -> None:
        # The intake puts pushes that are on their way into batches: to wait before it would only cost time.
        self.pushes = Gate(settings.pushes_at_once)
        self.questions = Gate(settings.questions_at_once, settings.questions_waiting)
        self.logins = Gate(LOGINS_AT_ONCE)
        self.files = Gate(FILES_AT_ONCE, FILES_WAITING)
        # One body of the largest size has room at any rate, packed and unpacked, or it never would.
        self.bodies = Bodies(max(settings.bodies_limit, 2 * settings.body_limit))

    def reserve(self, scope: Scope) -> Reservation:
        """Returns the reservation of a new request, and keeps it in the scope of the request."""
        reservation = Reservation(self.bodies)
        scope.setdefault("state", {})["reservation"] = reservation
        return reservation


def reservation_of(scope: Scope) -> Reservation:
    """Returns the reservation of a request that the doorkeeper let in."""
    return cast("Reservation", scope["state"]["reservation"])


def held(scope: Scope, size: int) -> None:
    """Holds bytes of a request's body; raises `NoRoomForBody`."""
    reservation: Reservation | None = scope.get("state", {}).get("reservation")
    if reservation is not None:
        reservation.hold(size)
