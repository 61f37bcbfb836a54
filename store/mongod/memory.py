"""How much memory this process may reckon with: the machine's, or less where its control group has a limit."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

_GROUPS = Path("/sys/fs/cgroup")
_OWN = Path("/proc/self/cgroup")


def available() -> int:
    """Bytes."""
    return min([os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"), *_limits()])


def _limits() -> Iterator[int]:
    """Of this process's control group and of those above it; none where the system has no such groups."""
    with contextlib.suppress(OSError):
        for line in _OWN.read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if not controllers:
                yield from _upwards(_GROUPS, path, "memory.max")
            elif "memory" in controllers.split(","):  # the older groups, one tree for each controller
                yield from _upwards(_GROUPS / "memory", path, "memory.limit_in_bytes")


def _upwards(tree: Path, path: str, name: str) -> Iterator[int]:
    group = tree / path.lstrip("/")
    for each in (group, *group.parents):  # a container may see only the upper end
        with contextlib.suppress(OSError, ValueError):  # "max" is no limit
            yield int((each / name).read_text())
