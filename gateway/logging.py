"""Structured logs. A line has places, ids and names of events, and never a value of a message.

The text of an exception may contain a value, so only the class and the frames of an exception are logged.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import traceback
from collections.abc import Mapping
from typing import Any, TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

FORMS = ("auto", "json", "console")
LEVELS = ("debug", "info", "warning", "error")

_QUIET = ("asyncio", "httpcore", "httpx", "pymongo", "python_multipart")
"""Libraries that write values of messages at the level `debug`."""


def configure(level: str = "info", form: str = "auto", stream: TextIO | None = None) -> None:
    """Write all logs of the process to `stream` (default: standard error).

    `form` is one of FORMS: `json` for JSON lines, `console` for readable lines, `auto` for `console` on a terminal and
    `json` elsewhere.
    """
    out = stream or sys.stderr
    threshold = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        frames_only,
    ]
    render = _renderer(form, out)
    structlog.configure(
        processors=[*shared, render],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    drop_marks = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler = logging.StreamHandler(out)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[drop_marks, render]))
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(threshold)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(threshold, logging.WARNING))


def frames_only(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Replace the exception of a log line by its class and frames; a processor of structlog."""
    raised = line.pop("exc_info", None)
    error = sys.exc_info()[1] if raised is True else raised[1] if isinstance(raised, tuple) else raised
    if isinstance(error, BaseException):
        line["exception"] = "\n".join(described(error))
    return line


def described(error: BaseException) -> list[str]:
    """Return the classes and frames of an exception and its causes, innermost last; never their texts."""
    cause = error.__cause__ or error.__context__
    before = described(cause) if cause is not None and cause is not error else []
    frames = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    return [*before, f"{type(error).__module__}.{type(error).__qualname__}", *frames]


def loop_failure(_loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
    """Log an exception that no code awaited; a handler for `loop.set_exception_handler`."""
    structlog.get_logger().error("loop.failure", exc_info=context.get("exception"))


def _renderer(form: str, out: TextIO) -> Processor:
    if form == "console" or (form == "auto" and out.isatty()):
        return structlog.dev.ConsoleRenderer(colors=out.isatty())
    return structlog.processors.JSONRenderer(serializer=_line)


def _line(line: Mapping[str, Any], **_options: object) -> str:
    return orjson.dumps(line, default=_kind).decode()


def _kind(thing: object) -> str:
    return type(thing).__name__
