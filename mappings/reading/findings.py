"""The result of reading: the clean message, and its faults, each with a place and a reason."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

Json = dict[str, Any]
Index = tuple[int, ...]
Due = tuple[tuple[str, tuple[str, ...]], ...]
"""Required members by name, each with the paths that are reported as missing if the member is absent."""

CLEAR: Final = '""'
"""HL7's delete: a text of two quotation marks, in the place of a value that the receiver must clear."""

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
"""The number of faults that are listed for one message, so that the faults of a senseless message stay small."""

LONGEST_NAME: Final = 40
"""The number of characters of a sender's own name for a member that an issue repeats."""

_FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Issue:
    """One fault: its path, with lists counted from 0 (`Patient.Contacts[1].Address.City`), and a short reason."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A clean message, and the faults of the JSON that it was read from."""

    message: Json
    issues: tuple[Issue, ...]
    missing: tuple[str, ...]
    """Required paths that are absent."""
    misshapen: tuple[str, ...]
    """Paths at which the JSON has the wrong shape, such as a text instead of an object; `issues` has them too."""


class Findings:
    """Collects faults while one message is read. `zone` is the zone of times without an offset."""

    __slots__ = ("issues", "misshapen", "missing", "zone")

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self.issues: list[Issue] = []
        self.missing: list[str] = []
        self.misshapen: list[str] = []

    def fault(self, path: str, index: Index, reason: str) -> None:
        """Add a fault: the value at a path is dropped, or it was adjusted."""
        self.issues.append(Issue(with_positions(path, index), reason))

    def bad_shape(self, path: str, index: Index, reason: str = WRONG_SHAPE) -> None:
        """Add a fault: the JSON at a path has the wrong shape."""
        self.misshapen.append(with_positions(path, index))
        self.fault(path, index, reason)

    def unknown(self, above: str, name: str, index: Index) -> None:
        """Add a fault: the model has no member of this name."""
        self.fault(f"{above}{shown(name)}", index, UNKNOWN_FIELD)

    def absent(self, paths: tuple[str, ...], index: Index) -> None:
        """Add required paths that are absent."""
        self.missing.extend(with_positions(path, index) for path in paths)

    def look_for(self, due: Due, clean: Json, lost: tuple[str, ...], index: Index) -> None:
        """Add the required members that a block lacks. Members in `lost` are there, but their values are not usable."""
        for name, paths in due:
            if name not in clean and name not in lost:
                self.absent(paths, index)

    def reading(self, message: Json) -> Reading:
        """Return a clean message together with the faults found so far."""
        issues = self.issues[:MOST_ISSUES]
        if len(self.issues) > MOST_ISSUES:
            issues.append(Issue("$", MORE))
        return Reading(message, tuple(issues), tuple(self.missing), tuple(self.misshapen))


def shown(name: str) -> str:
    """Return the name of a member as issues show it: cut, or `?` if it does not look like the name of a member."""
    return name[:LONGEST_NAME] if _FIELD_NAME.fullmatch(name) else "?"


def with_positions(path: str, index: Index) -> str:
    """Return a path with the positions of `index` in its lists, from left to right: `A[].B[]` becomes `A[0].B[2]`.

    Raises ValueError if the path has more or fewer lists than `index` has positions.
    """
    head, *rest = path.split("[]")
    return head + "".join(f"[{position}]{piece}" for position, piece in zip(index, rest, strict=True))
