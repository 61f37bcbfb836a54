"""The table from errors to HTTP responses."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import orjson
from starlette.responses import PlainTextResponse, Response

import ingest.backfill.file_errors
import ingest.errors
import query_api.errors
import store.commit
import store.errors
from gateway import errors
from gateway.request.answers import JSON_TYPE, error_meta
from gateway.request.call import Call
from gateway.request.encodings import ACCEPTED

MOST_ERRORS = 50
"""The largest number of errors in one response; a message may have a million."""


@dataclass(frozen=True)
class Problem:
    """The response to one kind of error: the status, and the Type and Module of its entry in `Meta.Errors`."""

    status: int
    type: str
    module: str
    retry_after: int | None = None
    is_plain: bool = False
    """Whether the response is plain text, for callers that have not authenticated."""
    oauth: str = ""
    """The OAuth error code of the response (RFC 6749, section 5.2); empty if the response is not an OAuth response."""


DATA_MODELS = Problem(400, "message", "DataModels")
SEND = Problem(400, "transmission", "Send")
WEATHER = Problem(503, "transmission", "Send", retry_after=5)
ACT = Problem(400, "message", "Administration")
CONFLICT = Problem(409, "message", "Administration")
NOBODY = Problem(404, "message", "Administration")
OURS = Problem(500, "transmission", "Send")

PROBLEMS: Mapping[type[Exception], Problem] = {
    errors.Faults: DATA_MODELS,
    errors.MessageRefused: DATA_MODELS,
    errors.SubscriptionRefused: Problem(400, "message", "Subscriptions"),
    errors.NotAuthenticated: Problem(401, "message", "Authentication", is_plain=True),
    errors.AssertionRefused: Problem(401, "message", "Authentication", oauth="invalid_client"),
    errors.TokenRequestUnfit: Problem(400, "message", "Authentication", oauth="invalid_request"),
    errors.GrantTypeUnsupported: Problem(400, "message", "Authentication", oauth="unsupported_grant_type"),
    errors.AdminKeyWrong: Problem(401, "message", "Administration"),
    errors.WrongVerificationToken: Problem(403, "message", "Authentication", is_plain=True),
    errors.NoChallenge: Problem(400, "message", "Endpoint", is_plain=True),
    errors.TooManyRequests: Problem(429, "message", "Endpoint"),
    errors.MethodForbidden: Problem(403, "message", "Endpoint"),
    errors.PathUnknown: Problem(404, "message", "Endpoint"),
    errors.BodyTooLarge: Problem(413, "message", "Endpoint"),
    errors.EncodingUnsupported: Problem(415, "message", "Endpoint"),
    errors.BodyTooSlow: Problem(408, "message", "Endpoint"),
    errors.Overloaded: WEATHER,
    errors.QuestionTooLong: Problem(504, "transmission", "Send"),
    errors.AnswerTooLarge: SEND,
    errors.ActRefused: ACT,
    errors.NoSuchTenant: NOBODY,
    store.errors.TenantInvalid: ACT,
    store.errors.ClientInvalid: ACT,
    store.errors.WebhookInvalid: ACT,
    store.errors.TenantExists: CONFLICT,
    store.errors.ClientExists: CONFLICT,
    store.errors.WebhookExists: CONFLICT,
    store.errors.KeyExists: CONFLICT,
    store.errors.TooManyKeys: CONFLICT,
    store.errors.RotationOpen: CONFLICT,
    store.errors.ClientRevoked: CONFLICT,
    store.errors.WebhookRevoked: CONFLICT,
    store.errors.ClientUnknown: NOBODY,
    store.errors.WebhookUnknown: NOBODY,
    store.errors.KeyUnknown: NOBODY,
    store.errors.GrantUnknown: NOBODY,
    query_api.errors.QuestionRefused: SEND,
    ingest.backfill.file_errors.FileUnusable: DATA_MODELS,
    ingest.errors.Unavailable: WEATHER,
    store.commit.Contended: WEATHER,
    store.errors.Unavailable: WEATHER,
}
"""The response to each kind of error. An error without a row gets the row of its nearest base class; without any,
status 500."""

PLAIN_TYPE = {401: "text/html"}


def problem_of(error: Exception) -> Problem:
    """Return the response to an error, as a row of PROBLEMS or OURS."""
    return next((PROBLEMS[kind] for kind in type(error).__mro__ if kind in PROBLEMS), OURS)


def answered(error: Exception, call: Call) -> Response:
    """Return the HTTP response to an error, without a value of the message; note the error in the call."""
    problem = problem_of(error)
    call.problem = type(error).__name__
    call.places = tuple(filter(None, (getattr(fault, "place", "") for fault in _each(error))))[:MOST_ERRORS]
    headers = dict(_headers(error, problem))
    if problem.oauth:
        said = {"error": problem.oauth, "error_description": _text(error, problem)}
        return Response(orjson.dumps(said), problem.status, {**headers, "pragma": "no-cache"}, JSON_TYPE)
    if problem.is_plain:
        media_type = PLAIN_TYPE.get(problem.status, "text/plain")
        return PlainTextResponse(_text(error, problem), problem.status, headers, media_type)
    meta = error_meta(call, list(_entries(error))[:MOST_ERRORS])
    return Response(orjson.dumps({"Meta": meta}), problem.status, headers, JSON_TYPE)


def _each(error: Exception) -> tuple[Exception, ...]:
    return error.faults if isinstance(error, errors.Faults) else (error,)


def _entries(error: Exception) -> Iterator[dict[str, str | int]]:
    for fault in _each(error):
        problem = problem_of(fault)
        yield {
            "ID": secrets.randbelow(10**9),
            "Text": _text(fault, problem),
            "Type": problem.type,
            "Module": problem.module,
        }


def _text(error: Exception, problem: Problem) -> str:
    if problem is OURS:
        return "Something went wrong here, not with the message."
    return "The service cannot take this now, try again." if problem is WEATHER else str(error)


def _headers(error: Exception, problem: Problem) -> Iterator[tuple[str, str]]:
    if problem.retry_after is not None:
        yield "Retry-After", str(problem.retry_after)
    if isinstance(error, errors.EncodingUnsupported):
        yield "Accept-Encoding", ACCEPTED
    if isinstance(error, errors.TooManyRequests):
        yield "X-RateLimit-Limit", str(error.limit)
        yield "Retry-After", str(error.retry_after)
