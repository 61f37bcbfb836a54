"""Looks up the locked packages among known vulnerabilities: status 1 where one has any, 0 where none has.

Without the service that knows them it says so and is content: a build must not fail for being offline.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

LOCK = Path(__file__).parents[1] / "requirements.lock"
SECONDS = 20.0
EACH = "5"
"""Seconds for each look-up."""

IGNORED: Mapping[str, str] = {}
"""Vulnerabilities that do not concern this project, by id, each with the reason."""

Report = dict[str, Any]


def report() -> Report | None:
    """What pip-audit says of the lock; None where it could not find out."""
    lock = ["--requirement", str(LOCK), "--no-deps", "--disable-pip"]
    command = [sys.executable, "-m", "pip_audit", *lock, "--format", "json", "--timeout", EACH]
    try:
        done = subprocess.run(  # noqa: S603 - the command is ours
            [*command, "--progress-spinner", "off"], capture_output=True, text=True, timeout=SECONDS, check=False
        )
        said: Report = json.loads(done.stdout)
    except (OSError, subprocess.TimeoutExpired, ValueError):
        return None
    return said


def vulnerable(said: Report, ignored: Mapping[str, str]) -> Iterator[str]:
    """A line for each vulnerability that is not ignored."""
    for package in said["dependencies"]:
        for each in package.get("vulns", ()):
            if not {each["id"], *each.get("aliases", ())} & ignored.keys():
                mended = ", ".join(each.get("fix_versions", ())) or "no version"
                yield f"{package['name']} {package['version']}: {each['id']}, mended in {mended}"


def main(look: Callable[[], Report | None] = report, ignored: Mapping[str, str] = IGNORED) -> int:
    """Says what was found; the exit status."""
    said = look()
    known = [package for package in said["dependencies"] if "skip_reason" not in package] if said else []
    if said is None or not known:
        print("Vulnerabilities: SKIPPED, the service that knows them could not be asked.")  # noqa: T201
        return 0
    found = list(vulnerable(said, ignored))
    print(f"Vulnerabilities: {len(known)} packages looked up, {len(found)} vulnerabilities.")  # noqa: T201
    unknown = [package["name"] for package in said["dependencies"] if "skip_reason" in package]
    for line in [*found, *(f"{name}: SKIPPED, not known there" for name in unknown)]:
        print(f"  {line}")  # noqa: T201
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
