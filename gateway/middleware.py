"""The middleware of every request: its reservation, a response to every error, security headers, a log line."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from time import perf_counter

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway import metrics
from gateway.audit import audit_trail
from gateway.errors import BodyTooLarge, BodyTooSlow, NoRoomForBody
from gateway.request import ABORT, HEADERS, OURS, SECURE, Call, answered, begin, problem_of

LINGER = 2.0
"""Seconds for which the rest of a refused body is read and thrown away. If the connection closed while the caller still
sends, the caller would not get the response."""

PIECE = 256 * 1024
"""The number of bytes of a response that are sent at once. Further bytes wait until these are sent, so that no response
is in memory twice."""
SEND_SECONDS = 60.0
"""Seconds that a caller may take to read a response of more than one piece."""


Route = Callable[[Request], Awaitable[Response]]
"""A function that answers a request; it reads the body itself."""


class Doorkeeper:
    """The middleware around the application. It answers every exception that a route raises."""

    def __init__(self, app: ASGIApp, shortcuts: Mapping[tuple[str, str], Route]) -> None:
        """`shortcuts` are routes by method and path that the middleware calls itself, because they need no FastAPI."""
        self._app = app
        self._shortcuts = shortcuts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method = scope["method"]
        if method == "HEAD":  # is answered as GET; in a copy of the scope, since the server still needs the method HEAD
            scope = {**scope, "method": "GET"}
        call, started = begin(scope), perf_counter()
        reply = Reply(scope, send, is_head=method == "HEAD")
        reservation = scope["app"].state.service.capacity.reserve(scope)
        try:
            if route := self._shortcuts.get((scope["method"], scope["path"])):
                call.route = scope["path"]
                response = await route(Request(scope, receive, reply))
                await response(scope, receive, reply)
            else:
                await self._app(scope, receive, reply)
        except ClientDisconnect:
            call.problem = "ClientDisconnect"
        except AnswerNotReadError:
            call.problem = "AnswerNotRead"
        except Exception as error:  # nothing else would catch it
            await _refuse(error, call, scope, receive, reply)
        finally:
            reservation.end()
            route = scope.get("route")
            call.route = getattr(route, "path", call.route)
            _tell(call, method, reply.status, perf_counter() - started)


_OF_ALL = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
_OF_TLS = [*_OF_ALL, *((name.encode(), value.encode()) for name, value in SECURE.items())]
"""The headers of every response, in the form of ASGI: names in lower case."""


class AnswerNotReadError(Exception):
    """The caller does not read the answer."""


class Reply:
    """The `send` of ASGI for one response: it adds the headers of every response, and has the status that was sent."""

    def __init__(self, scope: Scope, send: Send, *, is_head: bool = False) -> None:
        """If `is_head`, the body is not sent."""
        self.status = 0
        self._is_head = is_head
        self._scope = scope
        self._send = send

    async def __call__(self, message: Message) -> None:
        """Send one ASGI message of the response."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own = {name for name, _ in message["headers"]}
            more = _OF_TLS if self._scope["scheme"] == "https" else _OF_ALL
            message = {**message, "headers": [*message["headers"], *(each for each in more if each[0] not in own)]}
        if self._is_head and "body" in message:
            message = {**message, "body": b""}
        if len(message.get("body", b"")) > PIECE:
            await self._send_slowly(message)
        else:
            await self._send(message)

    async def _send_slowly(self, message: Message) -> None:
        try:
            async with asyncio.timeout(SEND_SECONDS):
                for piece in _pieces(message):
                    await self._send(piece)
        except TimeoutError:
            # Closing the connection would wait until the caller has read the rest; so it is aborted.
            self._scope.get("extensions", {}).get(ABORT, lambda: None)()
            raise AnswerNotReadError from None


def _pieces(message: Message) -> Iterator[Message]:
    body = memoryview(message["body"])
    for start in range(0, len(body), PIECE):
        is_last = start + PIECE >= len(body)
        more_body = not is_last or message.get("more_body", False)
        yield {**message, "body": bytes(body[start : start + PIECE]), "more_body": more_body}


async def _refuse(error: Exception, call: Call, scope: Scope, receive: Receive, reply: Reply) -> None:
    if problem_of(error) is OURS:
        structlog.get_logger().error("request.failed", log=call.log_id, exc_info=error)
    error = error if reply.status else await audit_trail.refused(error, scope)
    response = answered(error, call)
    if reply.status:
        return
    if isinstance(error, BodyTooLarge | BodyTooSlow | NoRoomForBody):
        await _last_words(response, receive, reply)
    else:
        await response(scope, receive, reply)


async def _last_words(response: Response, receive: Receive, reply: Reply) -> None:
    """Send a response to a caller that is still sending its body, and close the connection."""
    response.headers["connection"] = "close"
    await reply({"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers})
    await reply({"type": "http.response.body", "body": response.body, "more_body": True})
    try:
        async with asyncio.timeout(LINGER):
            while (await receive()).get("more_body"):
                pass
    except TimeoutError:
        pass
    await reply({"type": "http.response.body", "body": b"", "more_body": False})


def _tell(call: Call, method: str, status: int, seconds: float) -> None:
    metrics.labelled(metrics.REQUESTS, call.route, str(status)).inc()
    metrics.labelled(metrics.SECONDS, call.route).observe(seconds)
    if call.problem:
        metrics.labelled(metrics.PROBLEMS, call.problem).inc()
    said = {
        "route": call.route,
        "method": method if method in _METHODS else "other",
        "status": status,
        "milliseconds": round(seconds * 1000, 1),
        "log": call.log_id,
        "caller": call.caller,
        "data_model": call.event.data_model if call.event else "",
        "event_type": call.event.event_type if call.event else "",
        "problem": call.problem,
        "places": call.places,
        "issues": call.issues,
    }
    structlog.get_logger().info("request", **{name: value for name, value in said.items() if value not in ("", (), 0)})


_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
