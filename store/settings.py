"""Where the documents lie: a MongoDB named by URI, or an embedded one in a directory."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pymongo.errors import PyMongoError
from pymongo.uri_parser import parse_uri

from store.errors import SettingInvalid

MONGODB_URI = "DATA_ON_DEMAND_MONGODB_URI"
DATABASE = "DATA_ON_DEMAND_DATABASE"
DATA_DIR = "DATA_ON_DEMAND_DATA_DIR"

DEFAULT_DATABASE = "data_on_demand"
DEFAULT_DATA_DIR = Path(".data-on-demand")

# MongoDB ends database names at 63 bytes and forbids / \ . " $ * < > : | ? and blanks in them.
_DATABASE_NAME = re.compile(r"[A-Za-z0-9_-]{1,63}")
_SERVERS_OWN = {"admin", "config", "local"}


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """The settings of the store; without a URI an embedded mongod keeps its data in the directory."""

    mongodb_uri: str | None = field(default=None, repr=False)  # it may hold a password
    database: str = DEFAULT_DATABASE
    data_dir: Path = DEFAULT_DATA_DIR

    def __post_init__(self) -> None:
        if not _DATABASE_NAME.fullmatch(self.database) or self.database.lower() in _SERVERS_OWN:
            raise SettingInvalid(DATABASE)
        if self.mongodb_uri is not None:
            _check_uri(self.mongodb_uri)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "StoreSettings":
        """The settings that environment variables give; an empty variable counts as absent."""
        given = os.environ if environment is None else environment
        return cls(
            mongodb_uri=given.get(MONGODB_URI) or None,
            database=given.get(DATABASE) or DEFAULT_DATABASE,
            data_dir=Path(given.get(DATA_DIR) or DEFAULT_DATA_DIR),
        )


def _check_uri(uri: str) -> None:
    scheme = uri.partition("://")[0]
    if scheme not in ("mongodb", "mongodb+srv"):
        raise SettingInvalid(MONGODB_URI)
    if scheme == "mongodb+srv":  # reading one whole asks the name server, which may be away for a moment
        return
    try:
        parse_uri(uri, warn=False)
    except (PyMongoError, ValueError):
        raise SettingInvalid(MONGODB_URI) from None
