"""How a question ends in time and its answer in size, whatever is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from time import monotonic
from typing import TypeVar

from starlette.responses import Response

from gateway.errors import AnswerTooLarge, QuestionTooLong
from query_api.answers import Answer, Limits
from store.deadline import within
from store.errors import Unavailable

Result = TypeVar("Result")
Said = tuple[Answer, Response]

_ALMOST = 0.9
"""Share of the time after which an operation that the database gave up is taken for too long and not for weather."""
_LESS = 0.9
"""Share of what would just fit that is asked for: visits are not of one size."""


async def in_time(asked: Awaitable[Result], seconds: float) -> Result:
    """What is waited for, for some seconds; raises `QuestionTooLong`. The database works on it no longer either."""
    began = monotonic()
    try:
        async with asyncio.timeout(seconds):
            with within(seconds):
                return await asked
    except (TimeoutError, Unavailable):
        if monotonic() - began < seconds * _ALMOST:
            raise
        raise QuestionTooLong from None


async def in_size(ask: Callable[[Limits], Awaitable[Said]], limits: Limits, most: int) -> Said:
    """An answer of at most so many bytes: of one that is longer the newest are kept, as of one with too many.

    Raises `AnswerTooLarge` where not even the least of it fits.
    """
    while True:
        said = await ask(limits)
        size = len(said[1].body)
        if size <= most:
            return said
        limits = fewer(limits, said[0], most / size)


def fewer(limits: Limits, found: Answer, share: float) -> Limits:
    """The limits under which about a share of an answer is found again; raises `AnswerTooLarge`."""
    people = sum(resource.startswith("Patient/") for resource in found.resources)
    visits = len(found.resources) - people
    kept = int((visits or people) * share * _LESS)
    if visits and kept:
        return replace(limits, visits=kept)
    # Of several who may be meant one alone would be taken for the one who is.
    if not visits and kept > 1:
        return replace(limits, potential_matches=kept)
    raise AnswerTooLarge
