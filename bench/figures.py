"""Figures: medians over rounds with their spread, and the ratio of two things that were measured in turn."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

Json = dict[str, Any]
Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Line:
    """One measure: the floor and the product, round by round."""

    measure: str
    unit: str
    floor: Sequence[float]
    product: Sequence[float]
    owed: str = ""
    """What the ratio is to be, such as `>= 0.60`."""
    says: str = ""
    """What else is to be known of it."""

    @property
    def ratios(self) -> list[float]:
        """Product over floor, in each round; of a floor or a product that was not measured there is none."""
        pairs = zip(self.floor, self.product, strict=True) if self.floor and self.product else ()
        return [product / floor for floor, product in pairs if floor]

    @property
    def is_kept(self) -> bool | None:
        """Whether the median ratio is as it is owed; None where nothing is owed."""
        owed = _OWED.fullmatch(self.owed)
        if owed is None or not self.ratios:
            return None
        bound, ratio = float(owed[2]), round(median(self.ratios), 2)
        return ratio >= bound if owed[1] == ">=" else ratio <= bound


_OWED = re.compile(r"([<>]=) ([\d.]+)")


@dataclass(frozen=True, slots=True)
class Curve:
    """How something goes with something else: named rows of points."""

    title: str
    across: str
    up: str
    rows: Mapping[str, Points]


@dataclass(frozen=True, slots=True)
class Measured:
    """What one program found."""

    lines: Sequence[Line]
    curves: Sequence[Curve] = field(default_factory=tuple)

    def to_json(self) -> Json:
        """As it lies in a file."""
        return asdict(self)


def measured(found: Json) -> Measured:
    """The reverse of `to_json`."""
    return Measured([Line(**each) for each in found["lines"]], [Curve(**each) for each in found["curves"]])


HEAD = ("measure", "floor", "product", "ratio", "owed", "kept", "")


def table(lines: Iterable[Line]) -> str:
    """The lines as a table that reads well on a terminal and on a page."""
    return grid(HEAD, map(_row, lines))


def grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows of cells under their heads, as a table in Markdown whose columns are even on a terminal too."""
    cells = [head, *rows]
    widths = [max(3, *(len(row[column]) for row in cells)) for column in range(len(head))]
    rule = ["-" * width for width in widths]
    return "\n".join(_joined(row, widths) for row in (head, rule, *cells[1:]))


def _row(line: Line) -> tuple[str, ...]:
    floor, product = (f"{figure(each)} {line.unit}" if each else "" for each in (line.floor, line.product))
    ratio = figure(line.ratios, ".2f") if line.ratios else ""
    kept = {True: "yes", False: "**no**", None: ""}[line.is_kept]
    return line.measure, floor, product, ratio, line.owed, kept, line.says


def figure(values: Sequence[float], form: str = "") -> str:
    """The median, and behind it the least and the most."""
    form = form or (",.0f" if max(map(abs, values)) >= 100 else ",.2f")
    middle, least, most = (format(each, form) for each in (median(values), min(values), max(values)))
    return middle if len(values) == 1 else f"{middle} ({least} to {most})"


def _joined(row: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
