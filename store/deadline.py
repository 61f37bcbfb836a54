"""A time within which everything that is asked of the database ends, there too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pymongo


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Gives every operation within what is left of some seconds; the database too ends what takes longer."""
    with pymongo.timeout(seconds):
        yield
