"""Python source that is written line by line, and compiled into functions once, when a table is made.

A table of fifty rows as nested closures spends most of its time in calls; straight functions do not. The source of a
table can be read (`FieldMap.source`), and tracebacks show its lines.
"""

from __future__ import annotations

import linecache
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

_numbers = count(1)


class Source:
    """The text of one module of functions, and the objects that its names stand for."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._depth = 0
        self._count = 0
        self._objects: dict[str, Any] = {}
        self._names: dict[int, str] = {}

    def line(self, text: str) -> None:
        """Add a line at the current depth."""
        self._lines.append(f"{'    ' * self._depth}{text}")

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Add a head such as `if x:`; lines added in the context stand below the head."""
        self.line(head)
        self._depth += 1
        yield
        self._depth -= 1

    def name(self, kind: str) -> str:
        """Return a new name that begins with `kind`."""
        self._count += 1
        return f"{kind}{self._count}"

    def bind(self, thing: Any, kind: str) -> str:
        """Return the name that stands for an object; a new name begins with `kind`."""
        if id(thing) not in self._names:
            self._names[id(thing)] = self.name(kind)
            self._objects[self._names[id(thing)]] = thing
        return self._names[id(thing)]

    @property
    def text(self) -> str:
        """The source so far."""
        return "\n".join(self._lines) + "\n"

    def functions(self, title: str) -> dict[str, Callable[..., Any]]:
        """Compile the source and return its functions by name; `title` appears in tracebacks."""
        file = f"<table {next(_numbers)}: {title}>"
        namespace = dict(self._objects)
        # The text is made of the rows of our own tables and of nothing that ever came in from outside.
        exec(compile(self.text, file, "exec"), namespace)  # noqa: S102
        linecache.cache[file] = (len(self.text), None, self.text.splitlines(keepends=True), file)
        return namespace
