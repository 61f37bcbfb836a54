"""Makes mongods one replica set, and the service's user on it. Doing it again sets the user's password anew.

    python replica_set.py URI_FILE ROOT_PASSWORD_FILE

The URI is the one that the service will use: it names the members, the set, the database, and the user with its
password. The user may read and write that database and nothing else. The first member has the user `root`.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import ConnectionFailure, OperationFailure
from pymongo.uri_parser import parse_uri

ROOT = "root"
WITHIN = 120.0  # seconds; a first start makes its files and its user before it listens
LOOK = 2000  # milliseconds until a member that does not answer is asked anew
NOT_YET_INITIALIZED, USER_EXISTS = 94, 51003

Client = MongoClient[dict[str, Any]]


def initiate(uri: dict[str, Any], root: dict[str, Any]) -> None:
    """Makes the members one replica set, unless they are."""
    (host, port), *_ = nodes = uri["nodelist"]
    with Client(host, port, directConnection=True, **root) as first:
        try:
            first.admin.command("replSetGetStatus")
        except OperationFailure as error:
            if error.code != NOT_YET_INITIALIZED:
                raise
            members = [{"_id": number, "host": f"{name}:{at}"} for number, (name, at) in enumerate(nodes)]
            first.admin.command("replSetInitiate", {"_id": uri["options"]["replicaSet"], "members": members})


def admit(uri: dict[str, Any], root: dict[str, Any]) -> None:
    """Gives the service its user."""
    hosts = [f"{name}:{at}" for name, at in uri["nodelist"]]
    name, database = uri["username"], uri["database"]
    said = {"pwd": uri["password"], "roles": [{"role": "readWrite", "db": database}]}
    with Client(hosts, replicaSet=uri["options"]["replicaSet"], w="majority", **root) as together:
        try:
            together[database].command("createUser", name, **said)
        except OperationFailure as error:
            if error.code != USER_EXISTS:
                raise
            together[database].command("updateUser", name, **said)


def patiently(step: Callable[[dict[str, Any], dict[str, Any]], None], *given: dict[str, Any]) -> None:
    """Does a step, again and again while members are still starting."""
    until = time.monotonic() + WITHIN
    while True:
        try:
            return step(*given)
        except (ConnectionFailure, OperationFailure) as error:
            if time.monotonic() > until:
                # The text of an error could hold what was sent, and with it a password.
                raise SystemExit(f"{step.__name__}: {type(error).__name__} {getattr(error, 'code', '')}") from None
        time.sleep(1)


def main(uri_file: str, password_file: str) -> None:
    """Initiates the replica set, and admits the service to it."""
    uri = parse_uri(Path(uri_file).read_text().strip())
    password = Path(password_file).read_text().strip()
    root = {"username": ROOT, "password": password, "authSource": "admin", "serverSelectionTimeoutMS": LOOK}
    patiently(initiate, uri, root)
    patiently(admit, uri, root)


if __name__ == "__main__":
    main(*sys.argv[1:])
