"""The limits of an answer: the time that a question may take, and the size of its response."""

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
"""The share of the time after which a time-out of the database means a slow question, and not a database that is
away."""
_LESS = 0.9
"""The share of the visits that would just fit that the next attempt asks for, because visits differ in size."""


async def in_time(asked: Awaitable[Result], seconds: float) -> Result:
    """Return the result of `asked`, if it comes within so many seconds. Raises QuestionTooLong.

    The database then stops its work on the question too.
    """
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
    """Return an answer of at most `most` bytes.

    If an answer is larger, the question is asked again with lower limits, so that the newest records remain and the
    answer is marked as incomplete. Raises AnswerTooLarge if not even the smallest answer fits.
    """
    while True:
        said = await ask(limits)
        size = len(said[1].body)
        if size <= most:
            return said
        limits = fewer(limits, said[0], most / size)


def fewer(limits: Limits, found: Answer, share: float) -> Limits:
    """Return the limits under which a question finds about this share of an answer. Raises AnswerTooLarge.

    `share` is between 0 and 1.
    """
    people = sum(resource.startswith("Patient/") for resource in found.resources)
    visits = len(found.resources) - people
    kept = int((visits or people) * share * _LESS)
    if visits and kept:
        return replace(limits, visits=kept)
    # If one of several potential matches were left, the client would take it for the only match.
    if not visits and kept > 1:
        return replace(limits, potential_matches=kept)
    raise AnswerTooLarge
