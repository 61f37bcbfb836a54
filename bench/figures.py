"""Figures: medians over rounds with their spread, and the ratio of two things that were measured in turn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median


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
        """Product over floor, in each round."""
        return [product / floor for floor, product in zip(self.floor, self.product, strict=True)]


HEAD = ("measure", "floor", "product", "ratio", "owed", "")


def table(lines: Iterable[Line]) -> str:
    """The lines as a table that reads well on a terminal and on a page."""
    rows = [HEAD, *(_row(line) for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    rule = ["-" * width for width in widths]
    return "\n".join(_joined(row, widths) for row in (rows[0], rule, *rows[1:]))


def _row(line: Line) -> tuple[str, ...]:
    floor, product = (f"{_figure(each)} {line.unit}" if each else "" for each in (line.floor, line.product))
    ratio = _figure(line.ratios, ".2f") if line.floor and line.product else ""
    return line.measure, floor, product, ratio, line.owed, line.says


def _figure(values: Sequence[float], form: str = ",.0f") -> str:
    """The median, and behind it the least and the most."""
    middle, least, most = (format(each, form) for each in (median(values), min(values), max(values)))
    return middle if len(values) == 1 else f"{middle} ({least} to {most})"


def _joined(row: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
