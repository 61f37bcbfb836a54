"""Transactions: either all writes of a batch are committed, durably on a majority, or none of them."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from pymongo import ReadPreference, WriteConcern
from pymongo.errors import BulkWriteError, ConnectionFailure, DuplicateKeyError, PyMongoError
from pymongo.read_concern import ReadConcern

from store.errors import StoreError, Unavailable, driver_errors

if TYPE_CHECKING:
    from pymongo.asynchronous.client_session import AsyncClientSession

    from store.database import Store

Result = TypeVar("Result")

PATIENCE = 10.0
"""Seconds after which a transaction that keeps losing conflicts gives up; the sender of the event tries again."""
FIRST_PAUSE = 0.002
LONGEST_PAUSE = 0.25


class Contended(StoreError):
    """Others wrote the same records first, again and again."""

    fault = "weather"


async def transact(
    store: Store,
    work: Callable[[AsyncClientSession], Awaitable[Result]],
    *,
    patience: float = PATIENCE,
    tries: int | None = None,
) -> Result:
    """Run `work` in a transaction, commit it, and return its result.

    The commit is journaled on a majority and visible to every later read. `work` reads and writes in the session that
    it gets. It may run several times, so it must have no other effect. Raises Contended after `tries` lost conflicts;
    Unavailable after `patience` seconds, or if the database does not answer; and StoreError for other errors of the
    driver.
    """
    until = time.monotonic() + patience
    pause, tried = FIRST_PAUSE, 0
    with driver_errors():
        while True:
            try:
                return await _once(store, work, until)
            except PyMongoError as error:
                if not _is_lost_race(error):
                    raise
                is_away = isinstance(error, ConnectionFailure)
                tried += not is_away  # a smaller transaction would not help
                if tries is not None and tried >= tries:
                    raise Contended from None
                if time.monotonic() > until:
                    raise Unavailable("transaction") from None
                if not (is_away or _is_taken(error)):
                    await store.orphans.end()
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, no secret
            pause = min(pause * 2, LONGEST_PAUSE)


async def _once(store: Store, work: Callable[[AsyncClientSession], Awaitable[Result]], until: float) -> Result:
    async with store.client.start_session() as session:
        await session.start_transaction(
            read_concern=ReadConcern("snapshot"),
            write_concern=WriteConcern("majority", j=True),
            read_preference=ReadPreference.PRIMARY,
        )
        try:
            result = await work(session)
        except BaseException:
            await session.abort_transaction()
            raise
        await _commit(session, until)
        return result


async def _commit(session: AsyncClientSession, until: float) -> None:
    """Commit. If the outcome is unknown, commit again: MongoDB treats that as the same commit."""
    while True:
        try:
            await session.commit_transaction()
        except PyMongoError as error:
            if not error.has_error_label("UnknownTransactionCommitResult") or time.monotonic() > until:
                raise
            await asyncio.sleep(FIRST_PAUSE)
        else:
            return


def _is_lost_race(error: PyMongoError) -> bool:
    """Return whether the same work, or a smaller part of it, may succeed if it is tried again."""
    took_too_long = getattr(error, "code", None) == _TRANSACTION_EXCEEDED_LIFETIME
    return took_too_long or error.has_error_label("TransientTransactionError") or _is_taken(error)


def _is_taken(error: PyMongoError) -> bool:
    """Return whether the error says that a key of a new document exists already."""
    if isinstance(error, BulkWriteError):
        return any(each["code"] in _TAKEN for each in error.details["writeErrors"])
    return isinstance(error, DuplicateKeyError)


_TAKEN = (11000, 11001)
_TRANSACTION_EXCEEDED_LIFETIME = 290
"""MongoDB ended the transaction because it lasted too long; the error has no label that says so."""
