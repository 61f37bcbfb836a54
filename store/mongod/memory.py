"""The memory that this process may use: that of the machine, or less if its control group has a limit."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

_GROUPS = Path("/sys/fs/cgroup")
_OWN = Path("/proc/self/cgroup")


def available() -> int:
    """Return the memory that this process may use, in bytes."""
    return min([os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"), *_limits()])


def _limits() -> Iterator[int]:
    """Yield the limits, in bytes, of this process's control group and of the groups above it."""
    with contextlib.suppress(OSError):
        for line in _OWN.read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if not controllers:
                yield from _upwards(_GROUPS, path, "memory.max")
            elif "memory" in controllers.split(","):  # cgroups of version 1, with one tree for each controller
                yield from _upwards(_GROUPS / "memory", path, "memory.limit_in_bytes")


def _upwards(tree: Path, path: str, name: str) -> Iterator[int]:
    group = tree / path.lstrip("/")
    for each in (group, *group.parents):  # a container may see only the upper end
        with contextlib.suppress(OSError, ValueError):  # "max" is no limit
            yield int((each / name).read_text())
