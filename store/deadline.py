"""A time limit for operations of the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pymongo


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Limit all operations of the database within the context to this number of seconds together.

    The server also ends an operation that takes longer. The driver then raises an error with `timeout` set.
    """
    with pymongo.timeout(seconds):
        yield
