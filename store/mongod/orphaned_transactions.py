"""Open transactions of dead processes. They lock their documents until MongoDB's own limit; here they end at once.

A process that loses a write conflict looks whether the winner still lives. A transaction is orphaned if it is idle and
its last connection is closed: the system closes the connections of a process however it ends. If the transaction
belongs to a living process after all, its next operation gets an error that permits a retry, and nothing is lost.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from pymongo import ReadPreference
from pymongo.errors import OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern

if TYPE_CHECKING:
    from pymongo.asynchronous.mongo_client import AsyncMongoClient

    Connection = AsyncMongoClient[dict[str, Any]]

IDLE = 250_000
"""Microseconds that a transaction must be idle before it can count as orphaned."""
PAUSE = 0.25
"""Seconds between two searches of one process."""

# Only operations of our own user, which need no right beyond reading and writing.
_LOOK: list[dict[str, Any]] = [
    {"$currentOp": {"allUsers": False, "idleSessions": True, "idleConnections": True}},
    {
        "$project": {
            "type": 1,
            "host": 1,
            "active": 1,
            "connectionId": 1,
            "lsid": 1,
            "transaction.timeInactiveMicros": 1,
        }
    },
]


class Orphans:
    """The orphaned transactions of a database, for the client of one process."""

    def __init__(self, client: Connection, *, seconds: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._seconds = seconds
        self._next = seconds()
        self.is_refused = False
        """Whether MongoDB has refused the search because the database user lacks the right."""

    async def end(self) -> int:
        """End the orphaned transactions and return their number; 0 if the last search was less than PAUSE seconds ago.

        If MongoDB refuses the search, the transactions stay open for `transactionLifetimeLimitSeconds`; that is logged
        once.
        """
        if self._seconds() < self._next:
            return 0
        self._next = self._seconds() + PAUSE
        with contextlib.suppress(PyMongoError), self._told():
            admin = self._client.get_database(
                "admin", read_preference=ReadPreference.PRIMARY, read_concern=ReadConcern("local")
            )
            async with await admin.aggregate(_LOOK) as looked:
                found = orphaned([each async for each in looked])
            if found:
                await admin.command("killSessions", [{"id": session} for session in found])
            return len(found)
        return 0

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OperationFailure as error:
            if error.code == _UNAUTHORIZED and not self.is_refused:
                self.is_refused = True
                logging.getLogger(__name__).warning("orphans.refused: the database's user may not look for them")
            raise


_UNAUTHORIZED = 13


def orphaned(operations: list[dict[str, Any]]) -> list[Any]:
    """Return the ids (`lsid.id`) of the sessions in the result of `$currentOp` whose transaction is orphaned."""
    living = {(each["host"], each.get("connectionId")) for each in operations if each["type"] == "op"}
    return [
        each["lsid"]["id"]
        for each in operations
        if each["type"] == "idleSession"
        and each.get("transaction", {}).get("timeInactiveMicros", 0) >= IDLE
        and (each["host"], each.get("connectionId")) not in living
    ]
