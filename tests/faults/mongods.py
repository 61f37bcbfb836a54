"""Mongods of a replica set on loopback that can be killed one by one."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from store.mongod.executable import find

SET = "faults"
START_WITHIN = 60.0
ELECTION_AFTER = 1000
"""Milliseconds without a word from the primary, after which the others elect another."""


@dataclass
class Members:
    """The members of a replica set, by their ports."""

    directory: Path
    ports: list[int]
    processes: dict[int, subprocess.Popen[bytes]]

    @property
    def uri(self) -> str:
        """Where the set answers."""
        return f"mongodb://{','.join(f'127.0.0.1:{port}' for port in self.ports)}/?replicaSet={SET}"

    def start(self, port: int) -> None:
        """Starts a member, anew on the data that it has."""
        documents = self.directory / str(port)
        documents.mkdir(parents=True, exist_ok=True)
        given = ["--dbpath", str(documents), "--port", str(port), "--bind_ip", "127.0.0.1", "--replSet", SET]
        small = ["--nounixsocket", "--oplogSize", "64", "--wiredTigerCacheSizeGB", "0.25"]
        log = [
            "--logpath",
            f"{documents}.log",
            "--logappend",
            "--setParameter",
            "diagnosticDataCollectionEnabled=false",
        ]
        environment = {**os.environ, "LC_ALL": "C"}
        self.processes[port] = subprocess.Popen(
            [find(), *given, *small, *log], stdout=subprocess.DEVNULL, env=environment
        )

    def await_listening(self) -> None:
        """Waits until every member answers: the set begins with a word from each of them."""
        until = time.monotonic() + START_WITHIN
        while waiting := [port for port in self.ports if not _hello(port)]:
            ended = [port for port in waiting if self.processes[port].poll() is not None]
            if ended or time.monotonic() > until:
                raise AssertionError("a member does not answer", ended or waiting)
            time.sleep(0.05)

    def kill(self, port: int) -> None:
        """Ends a member without a word."""
        self.processes[port].kill()
        self.processes[port].wait()

    def primary(self) -> int:
        """The port of the member that takes writes, once there is one."""
        until = time.monotonic() + START_WITHIN
        while time.monotonic() < until:
            for port in self.ports:
                if self.processes[port].poll() is None and _hello(port).get("isWritablePrimary"):
                    return port
            time.sleep(0.05)
        raise AssertionError("no primary")


def _hello(port: int) -> dict[str, Any]:
    try:
        with MongoClient("127.0.0.1", port, directConnection=True, serverSelectionTimeoutMS=500) as client:
            return dict(client.admin.command("hello"))
    except PyMongoError:
        return {}


@contextmanager
def replica_set(directory: Path, count: int = 3) -> Iterator[Members]:
    """So many members, one of them primary."""
    with ExitStack() as stack:
        taken = [stack.enter_context(closing(socket.create_server(("127.0.0.1", 0)))) for _ in range(count)]
        ports = [each.getsockname()[1] for each in taken]
    members = Members(directory, ports, {})
    try:
        for port in ports:
            members.start(port)
        members.await_listening()
        with MongoClient("127.0.0.1", ports[0], directConnection=True, serverSelectionTimeoutMS=60_000) as client:
            hosts = [{"_id": number, "host": f"127.0.0.1:{port}"} for number, port in enumerate(ports)]
            config = {"_id": SET, "members": hosts, "settings": {"electionTimeoutMillis": ELECTION_AFTER}}
            client.admin.command("replSetInitiate", config)
        members.primary()
        yield members
    finally:
        for port in members.processes:
            members.kill(port)
