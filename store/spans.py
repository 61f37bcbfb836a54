"""Spans of time in an index: find the records whose span contains a moment, among any number of other records.

Time is divided in halves, again and again, down to units of a few hours. Each piece is a node. A span belongs to the
smallest node that contains the whole span, so it crosses the middle of that node. Therefore only spans of the nodes
around a moment can contain it. There is one such node of each size, and a node has at most as many spans as there were
records open at one moment, the middle of the node.
"""

from __future__ import annotations

from collections.abc import Iterator

_UNIT = 24
"""The binary logarithm of the milliseconds in the smallest node, which lasts 4.7 hours."""
_SIZES = 32
"""The number of sizes of nodes."""


def node_of(begin: int, end: int) -> int:
    """Return the number of the smallest node that contains a span; `begin` and `end` are milliseconds, 0 or more."""
    first, last = begin >> _UNIT, end >> _UNIT
    size = (first ^ last).bit_length()
    return _number(first, size)


def nodes_around(moment: int) -> Iterator[int]:
    """Yield the numbers of all nodes that contain a moment, in milliseconds; a span around it belongs to one."""
    unit = moment >> _UNIT
    return (_number(unit, size) for size in range(_SIZES))


def _number(unit: int, size: int) -> int:
    return (unit >> size) * _SIZES + size
