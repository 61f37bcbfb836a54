"""What programs found, kept as JSON until a page is made of it."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.figures import Measured
from store.mongod import executable, memory

Json = dict[str, Any]

DIRECTORY = Path(__file__).parent / "results"
_PACKAGES = ("pymongo", "uvicorn", "uvloop", "httptools", "fastapi", "orjson", "pydantic")


def machine() -> Json:
    """What the figures are measured on, and how busy it is."""
    server = subprocess.run([executable.find(), "--version"], capture_output=True, text=True, check=True).stdout
    return {
        "cores": os.cpu_count(),
        "processor": _processor(),
        "memory": f"{memory.available() / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "mongod": server.split()[2].lstrip("v"),
        "packages": {name: version(name) for name in _PACKAGES},
        "load": round(os.getloadavg()[0], 1),
    }


def _processor() -> str:
    """The processor's name, where the system tells it."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text().splitlines() if told.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def write(name: str, found: Measured, on: Json, seconds: float, *, is_full: bool, directory: Path = DIRECTORY) -> Path:
    """Keeps what a program found, with how it was called."""
    path = directory / ("full" if is_full else "short") / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = {
        "measure": name,
        "command": " ".join(["python", "-m", "bench", *sys.argv[1:]]),
        "ended": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(seconds),
        "machine": on,
        **found.to_json(),
    }
    path.write_text(json.dumps(kept, indent=1))
    return path


def kept(directory: Path = DIRECTORY) -> dict[str, Json]:
    """What was found last of each measure; of one that was measured in full, that."""
    found: dict[str, Json] = {}
    for form in ("short", "full"):
        for path in sorted((directory / form).glob("*.json")):
            found[path.stem] = {"form": form, **json.loads(path.read_text())}
    return found
