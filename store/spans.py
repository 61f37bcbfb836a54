"""Spans of time as an index finds them: the records whose span a moment lies in, among any number of others.

Time is cut in halves, again and again, down to units of a few hours; each piece is a node. A span belongs to the
smallest node that holds it whole, and crosses the middle of this node. So a moment lies in spans of the nodes around it
alone, one node of each size, and of each size there are no more of them than records that were open at one moment.
"""

from __future__ import annotations

from collections.abc import Iterator

_UNIT = 24
"""The binary logarithm of the milliseconds in the smallest node, which lasts 4.7 hours."""
_SIZES = 32
"""The number of sizes of nodes."""


def node_of(begin: int, end: int) -> int:
    """Return the number of the smallest node that holds a span; `begin` and `end` are milliseconds, none negative."""
    first, last = begin >> _UNIT, end >> _UNIT
    size = (first ^ last).bit_length()
    return _number(first, size)


def nodes_around(moment: int) -> Iterator[int]:
    """Give the numbers of the nodes that hold a moment, in milliseconds: every span around it is of one of these."""
    unit = moment >> _UNIT
    return (_number(unit, size) for size in range(_SIZES))


def _number(unit: int, size: int) -> int:
    return (unit >> size) * _SIZES + size
