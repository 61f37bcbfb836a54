"""Processor time of other processes, read from /proc; Linux only."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterable
from pathlib import Path

PROC = Path("/proc")
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_PARENT, _TIMES = 1, slice(11, 15)
"""Fields of /proc/PID/stat behind the command's name: the parent, and utime, stime, cutime and cstime."""


def process_tree(pid: int) -> set[int]:
    """Returns the numbers of a process and of all its living descendants."""
    children: dict[int, list[int]] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            children.setdefault(int(fields[_PARENT]), []).append(int(entry.name))
    tree, found = set[int](), [pid]
    while found:
        process = found.pop()
        tree.add(process)
        found.extend(children.get(process, ()))
    return tree


def processor_seconds(pids: Iterable[int]) -> float:
    """Returns the CPU seconds that processes have used so far, with those of their children that have ended.

    The system counts in ticks, of which there are usually 100 a second. A process that does not exist counts 0.
    """
    return sum(int(ticks) for pid in pids for ticks in _stat(pid)[_TIMES]) / _TICKS_PER_SECOND


def seconds_of_ended_children() -> float:
    """Returns the CPU seconds of this process's own children that have ended, with those that they waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _stat(pid: int) -> list[str]:
    """Returns the fields of a process behind its name, which may hold blanks; none if the process has ended."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
