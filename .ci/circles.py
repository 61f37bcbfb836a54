"""Find circles of imports: modules that import each other, be it for the type checker alone.

Each argument is the folder of a package. The exit code is 1 if there is a circle; each is printed, one a line.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path


def modules(folder: Path) -> dict[str, Path]:
    """Return the file of each module of a package, by the module's name."""
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*.py")):
        parts = path.with_suffix("").relative_to(folder.parent).parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(path: Path, known: Mapping[str, Path]) -> Iterator[str]:
    """Give the known modules that a file imports, at whatever place in the file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module in known:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in known else node.module


def circles(graph: Mapping[str, set[str]]) -> Iterator[list[str]]:
    """Give circles of a graph until none is left, each without the edge that closes it."""
    left = {name: set(targets) for name, targets in graph.items()}
    while True:
        try:
            tuple(TopologicalSorter(left).static_order())
        except CycleError as error:
            circle: list[str] = error.args[1]
            yield circle
            left[circle[1]].discard(circle[0])
        else:
            return


def main(folders: list[str]) -> int:
    """Print the circles of packages, and return the exit code."""
    known = {name: path for folder in folders for name, path in modules(Path(folder)).items()}
    graph = {name: set(imported(path, known)) - {name} for name, path in known.items()}
    found = [" -> ".join(reversed(circle)) for circle in circles(graph)]
    sys.stdout.write("\n".join([*found, "" if found else f"No circle of imports among {len(known)} modules.\n"]))
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
