"""Curves as SVG: axes that grow by powers of ten, a line a row, and the words beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

from bench.figures import Curve, Points

WIDTH, HEIGHT = 790, 300
LEFT, RIGHT, TOP, BOTTOM = 70, 260, 34, 44
COLOURS = ("#1b6ca8", "#c8553d", "#3a7d44", "#7b4ea3", "#a67c00", "#5c6b73")
_STYLE = (
    "text{font:12px sans-serif;fill:#555}.title{font-weight:bold;font-size:13px}.grid{stroke:#9994;stroke-width:1}"
    ".line{fill:none;stroke-width:2}"
)


def svg(curves: Sequence[Curve]) -> str:
    """All curves, one below the other."""
    drawn = "".join(
        f'<g transform="translate(0 {place * HEIGHT})">{"".join(_drawn(curve))}</g>'
        for place, curve in enumerate(curves)
    )
    height = HEIGHT * len(curves)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">'
        f"<style>{_STYLE}</style>{drawn}</svg>\n"
    )


@dataclass(frozen=True, slots=True)
class _Axis:
    """Powers of ten from one place of the picture to another."""

    least: int
    most: int
    start: float
    end: float

    def place(self, value: float) -> float:
        """Where a value stands."""
        return self.start + (log10(value) - self.least) / (self.most - self.least) * (self.end - self.start)

    def marks(self) -> Iterator[tuple[float, str]]:
        """Places with their words."""
        for power in range(self.least, self.most + 1):
            yield self.place(10.0**power), _word(10.0**power)


def _axis(values: Sequence[float], start: float, end: float) -> _Axis:
    least, most = floor(log10(min(values))), ceil(log10(max(values)))
    return _Axis(least, max(most, least + 1), start, end)


def _word(value: float) -> str:
    for size, letter in ((1e6, " M"), (1e3, " K")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


def _drawn(curve: Curve) -> Iterator[str]:
    """One curve; a point that is not above nothing has no place on such axes and is left out."""
    rows: Mapping[str, Points] = {
        name: [point for point in points if min(point) > 0] for name, points in curve.rows.items()
    }
    yield _text(LEFT, TOP - 16, curve.title, "title")
    points = [point for row in rows.values() for point in row]
    if not points:
        yield _text(LEFT, TOP + 20, "nothing was measured")
        return
    across = _axis([x for x, _ in points], LEFT, WIDTH - RIGHT)
    up = _axis([y for _, y in points], HEIGHT - BOTTOM, TOP)
    for x, word in across.marks():
        yield _rule(x, TOP, x, HEIGHT - BOTTOM) + _text(x, HEIGHT - BOTTOM + 16, word, anchor="middle")
    for y, word in up.marks():
        yield _rule(LEFT, y, WIDTH - RIGHT, y) + _text(LEFT - 6, y + 4, word, anchor="end")
    yield _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, curve.across, anchor="middle")
    yield _text(8, TOP - 16, curve.up)
    for number, (name, row) in enumerate(rows.items()):
        colour = COLOURS[number % len(COLOURS)]
        placed = [(across.place(x), up.place(y)) for x, y in row]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
        yield f'<polyline class="line" stroke="{colour}" points="{path}"/>'
        yield from (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in placed)
        below = TOP + 14 + number * 18
        yield f'<circle cx="{WIDTH - RIGHT + 14}" cy="{below - 4}" r="4" fill="{colour}"/>'
        yield _text(WIDTH - RIGHT + 24, below, name)


def _text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text{named} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _rule(x: float, y: float, to_x: float, to_y: float) -> str:
    return f'<line class="grid" x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}"/>'
