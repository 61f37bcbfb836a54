"""The settings of the store: a MongoDB named by a URI, or an embedded one in a directory."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pymongo.errors import PyMongoError
from pymongo.uri_parser import parse_uri

from store.errors import SettingInvalid

MONGODB_URI = "DATA_ON_DEMAND_MONGODB_URI"
MONGODB_URI_FILE = "DATA_ON_DEMAND_MONGODB_URI_FILE"
DATABASE = "DATA_ON_DEMAND_DATABASE"
DATA_DIR = "DATA_ON_DEMAND_DATA_DIR"
AUDIT_DAYS = "DATA_ON_DEMAND_AUDIT_DAYS"

DEFAULT_DATABASE = "data_on_demand"
DEFAULT_DATA_DIR = Path(".data-on-demand")
DEFAULT_AUDIT_DAYS = 2190
"""Six years: 45 CFR 164.316(b)(2) requires documentation to be kept that long."""
MOST_AUDIT_DAYS = 36_500
RECORDS_IN_MEMORY = "DATA_ON_DEMAND_RECORDS_IN_MEMORY"
DEFAULT_RECORDS_IN_MEMORY = 20_000

# MongoDB permits 63 bytes in a database name, and forbids / \ . " $ * < > : | ? and blanks.
_DATABASE_NAME = re.compile(r"[A-Za-z0-9_-]{1,63}")
_SERVERS_OWN = {"admin", "config", "local"}


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """The settings of the store. Without a URI, an embedded mongod keeps its data in `data_dir`.

    Raises SettingInvalid with the name of the environment variable.
    """

    mongodb_uri: str | None = field(default=None, repr=False)  # it may contain a password
    database: str = DEFAULT_DATABASE
    data_dir: Path = DEFAULT_DATA_DIR
    mongodb_uri_file: Path | None = None
    """The file from which the URI was read; None if the URI comes from a variable or there is none."""
    audit_days: int = DEFAULT_AUDIT_DAYS
    """The number of days for which an entry of the audit log is stored; 0 for ever."""
    records_in_memory: int = DEFAULT_RECORDS_IN_MEMORY
    """The number of records that each process caches; 0 for none."""

    def __post_init__(self) -> None:
        if not _DATABASE_NAME.fullmatch(self.database) or self.database.lower() in _SERVERS_OWN:
            raise SettingInvalid(DATABASE)
        if not 0 <= self.audit_days <= MOST_AUDIT_DAYS:
            raise SettingInvalid(AUDIT_DAYS)
        if self.mongodb_uri is not None:
            _check_uri(self.mongodb_uri)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "StoreSettings":
        """Return the settings from environment variables; an empty variable counts as absent. Raises SettingInvalid."""
        given = os.environ if environment is None else environment
        file = Path(given[MONGODB_URI_FILE]) if given.get(MONGODB_URI_FILE) else None
        if file and given.get(MONGODB_URI):
            raise SettingInvalid(f"{MONGODB_URI_FILE} beside {MONGODB_URI}")
        return cls(
            mongodb_uri=_read(file) if file else given.get(MONGODB_URI) or None,
            database=given.get(DATABASE) or DEFAULT_DATABASE,
            data_dir=Path(given.get(DATA_DIR) or DEFAULT_DATA_DIR),
            mongodb_uri_file=file,
            audit_days=_number(given, AUDIT_DAYS, DEFAULT_AUDIT_DAYS),
            records_in_memory=_number(given, RECORDS_IN_MEMORY, DEFAULT_RECORDS_IN_MEMORY),
        )


def has_password(uri: str) -> bool:
    """Return whether a MongoDB URI contains a password."""
    names, at, _ = uri.partition("://")[2].partition("/")[0].rpartition("@")
    return bool(at) and ":" in names


def _read(file: Path) -> str:
    try:
        uri = file.read_text().strip()
    except (OSError, UnicodeDecodeError):
        raise SettingInvalid(MONGODB_URI_FILE) from None
    if not uri:
        raise SettingInvalid(MONGODB_URI_FILE)
    return uri


def _number(given: Mapping[str, str], name: str, default: int) -> int:
    text = given.get(name, "").strip()
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 10:
        raise SettingInvalid(name)
    return int(text)


def _check_uri(uri: str) -> None:
    scheme = uri.partition("://")[0]
    if scheme not in ("mongodb", "mongodb+srv"):
        raise SettingInvalid(MONGODB_URI)
    if scheme == "mongodb+srv":  # parsing it asks the name server, which may not answer for a moment
        return
    try:
        parse_uri(uri, warn=False)
    except (PyMongoError, ValueError):
        raise SettingInvalid(MONGODB_URI) from None
