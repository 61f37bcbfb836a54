"""What reading finds: the clean message, and the faults it had, each with its place and a reason."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

Json = dict[str, Any]
Index = tuple[int, ...]
Due = tuple[tuple[str, tuple[str, ...]], ...]
"""Required members by name, and the paths that are missing with each."""

CLEAR: Final = '""'
"""HL7's delete: a text of two quotation marks, in place of a value that is to go."""

WRONG_SHAPE: Final = "wrong shape"
WRONG_TYPE: Final = "wrong type"
UNKNOWN_FIELD: Final = "unknown field"
CONTROL_CHARACTER: Final = "control character"
NO_DATE: Final = "no date"
NO_NUMBER: Final = "no number"
OUTSIDE_VALUE_SET: Final = "outside value set"
SKIPPED_TIME: Final = "time does not exist"
REPEATED_TIME: Final = "time exists twice"
MORE: Final = "more issues than are listed"

MOST_ISSUES: Final = 500
"""So many faults of one message are listed; what has more is no message, and its faults must not outgrow it."""

_FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")


@dataclass(frozen=True, slots=True)
class Issue:
    """One fault: its path, lists counted from 0 (`Patient.Contacts[1].Address.City`), and the reason in a few words."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A clean message and what was wrong with it as it came."""

    message: Json
    issues: tuple[Issue, ...]
    missing: tuple[str, ...]
    """Required paths of which nothing was said."""
    misshapen: tuple[str, ...]
    """Paths where the JSON itself has the wrong shape; they are among the issues too."""


class Findings:
    """What has been found so far while one message is read, and the zone of its bare wall times."""

    __slots__ = ("issues", "misshapen", "missing", "zone")

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self.issues: list[Issue] = []
        self.missing: list[str] = []
        self.misshapen: list[str] = []

    def fault(self, path: str, index: Index, reason: str) -> None:
        """Something that was left out, or not quite what it should be."""
        self.issues.append(Issue(with_positions(path, index), reason))

    def bad_shape(self, path: str, index: Index, reason: str = WRONG_SHAPE) -> None:
        """Something whose JSON shape is wrong."""
        self.misshapen.append(with_positions(path, index))
        self.fault(path, index, reason)

    def unknown(self, above: str, name: str, index: Index) -> None:
        """A member nobody knows; a name that does not look like one is not repeated, for it may be anything."""
        self.fault(f"{above}{name if _FIELD_NAME.fullmatch(name) else '?'}", index, UNKNOWN_FIELD)

    def absent(self, paths: tuple[str, ...], index: Index) -> None:
        """Required paths of which nothing was said."""
        self.missing.extend(with_positions(path, index) for path in paths)

    def look_for(self, due: Due, clean: Json, lost: tuple[str, ...], index: Index) -> None:
        """Tell of the required members of a block that are neither there nor lost."""
        for name, paths in due:
            if name not in clean and name not in lost:
                self.absent(paths, index)

    def reading(self, message: Json) -> Reading:
        """What was found, as a value."""
        issues = self.issues[:MOST_ISSUES]
        if len(self.issues) > MOST_ISSUES:
            issues.append(Issue("$", MORE))
        return Reading(message, tuple(issues), tuple(self.missing), tuple(self.misshapen))


def with_positions(path: str, index: Index) -> str:
    """A path with its list positions filled in, from the left; the index has as many as the path has lists."""
    head, *rest = path.split("[]")
    return head + "".join(f"[{position}]{piece}" for position, piece in zip(index, rest, strict=True))
