"""Transactions that a dead process left open, which hold their documents until MongoDB's own limit: ended at once.

Who loses a race looks whether the winner is still there. A transaction is an orphan when it does nothing and the
connection that spoke for it last is gone: the system closes the connections of a process however it ends. Should it be
somebody's after all, that one's next word is an error that says to try again, and no harm is done.
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
"""Microseconds for which a transaction has said nothing, before it is looked at."""
PAUSE = 0.25
"""Seconds between two looks of one process."""

# Our own user's: no other right is needed than to read and write.
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
    """The open transactions of the dead, for one process's client."""

    def __init__(self, client: Connection, *, seconds: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._seconds = seconds
        self._next = seconds()
        self.is_refused = False
        """Whether MongoDB did not let us look."""

    async def end(self) -> int:
        """End them, unless that was tried a moment ago; how many there were.

        Where MongoDB does not let us look, they last as long as `transactionLifetimeLimitSeconds` says; that is logged
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
    """The sessions among what `$currentOp` tells whose transaction is nobody's any more."""
    living = {(each["host"], each.get("connectionId")) for each in operations if each["type"] == "op"}
    return [
        each["lsid"]["id"]
        for each in operations
        if each["type"] == "idleSession"
        and each.get("transaction", {}).get("timeInactiveMicros", 0) >= IDLE
        and (each["host"], each.get("connectionId")) not in living
    ]
