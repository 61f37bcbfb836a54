"""The errors of the intake of events: one root, and a leaf for each thing that happened."""

from __future__ import annotations

from typing import ClassVar, Literal

Fault = Literal["sender", "us", "weather"]


class IngestError(Exception):
    """An event could not be taken in."""

    fault: ClassVar[Fault] = "us"

    def __init__(self, place: str = "") -> None:
        self.place = place
        said = (type(self).__doc__ or "").split("\n", 1)[0].rstrip(".")
        super().__init__(f"{said}: {place}" if place else said)


class Unavailable(IngestError):
    """The event could not be journalled; nothing of it was kept, so it is to be sent again."""

    fault = "weather"
