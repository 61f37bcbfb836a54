"""The result of reading: the clean message, and its faults, each with a place and a reason."""

from __future__ import annotations

from dataclasses import dataclass, field
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
SAYS_NOTHING: Final = "says nothing"
CONTROL_CHARACTER: Final = "control character"
NO_DATE: Final = "no date"
NO_NUMBER: Final = "no number"
OUTSIDE_VALUE_SET: Final = "outside value set"
SKIPPED_TIME: Final = "time does not exist"
REPEATED_TIME: Final = "time exists twice"
MORE: Final = "more issues than are listed"

MOST_ISSUES: Final = 500
"""The number of faults that are listed for one message, so that the faults of a senseless message stay small."""

_LONGEST_NAME: Final = 40
"""The number of characters that are repeated of a name that no model has."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One fault: its path, with lists counted from 0 (`Patient.Contacts[1].Address.City`), and a short reason."""

    path: str
    reason: str
    unknown: str = field(default="", compare=False)
    """The end of the path that is the sender's own word: the name of a member that the model does not have."""

    @property
    def place(self) -> str:
        """The path for logs, which repeat no word of a sender: `?` stands for the name of an unknown member."""
        return f"{self.path.removesuffix(self.unknown)}?" if self.unknown else self.path


@dataclass(frozen=True, slots=True)
class Reading:
    """A clean message, and the faults of the JSON that it was read from."""

    message: Json
    issues: tuple[Issue, ...]
    missing: tuple[str, ...]
    """Required paths that are absent."""
    misshapen: tuple[str, ...]
    """Paths at which the JSON has the wrong shape, such as a text instead of an object; `issues` has them too."""
    lost: tuple[str, ...] = ()
    """Required paths that are there and cannot be used; `issues` says why. A door that refuses what is missing refuses
    them too."""


class Findings:
    """Collects faults while one message is read. `zone` is the zone of times without an offset."""

    __slots__ = ("issues", "lost", "misshapen", "missing", "zone")

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self.issues: list[Issue] = []
        self.missing: list[str] = []
        self.lost: list[str] = []
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
        self.fault_at(above, name, index, UNKNOWN_FIELD)

    def fault_at(self, above: str, name: str, index: Index, reason: str) -> None:
        """Add a fault at a member whose name is the sender's own word.

        The name is cut, and `?` stands for each letter that cannot be shown.
        """
        shown = "".join(letter if letter.isprintable() else "?" for letter in name[:_LONGEST_NAME]) or "?"
        self.issues.append(Issue(with_positions(above, index) + shown, reason, shown))

    def absent(self, paths: tuple[str, ...], index: Index) -> None:
        """Add required paths that are absent."""
        self.missing.extend(with_positions(path, index) for path in paths)

    def look_for(self, due: Due, clean: Json, lost: tuple[str, ...], told: tuple[str, ...], index: Index) -> bool:
        """Add the required members that a block lacks; return whether it lacks any.

        Members in `lost` are there, but their values are not usable. Of the members in `told` it is known already.
        """
        lacks = [each for each in due if each[0] not in clean and each[0] not in told]
        for name, paths in lacks:
            if name in lost:
                self.lost.extend(with_positions(path, index) for path in paths)
            else:
                self.absent(paths, index)
        return bool(lacks)

    def reading(self, message: Json) -> Reading:
        """Return a clean message together with the faults found so far."""
        issues = self.issues[:MOST_ISSUES]
        if len(self.issues) > MOST_ISSUES:
            issues.append(Issue("$", MORE))
        return Reading(message, tuple(issues), tuple(self.missing), tuple(self.misshapen), tuple(self.lost))


def with_positions(path: str, index: Index) -> str:
    """Return a path with the positions of `index` in its lists, from left to right: `A[].B[]` becomes `A[0].B[2]`.

    Raises ValueError if the path has more or fewer lists than `index` has positions.
    """
    head, *rest = path.split("[]")
    return head + "".join(f"[{position}]{piece}" for position, piece in zip(index, rest, strict=True))
