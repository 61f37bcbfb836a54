"""What can be set at the gateway, in one table: each setting is an environment variable `DATA_ON_DEMAND_<NAME>`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, Self

from gateway.errors import GatewayError
from gateway.logging import FORMS, LEVELS
from store.settings import StoreSettings

PREFIX = "DATA_ON_DEMAND_"
_SOME = (1, 2**31)
SANDBOXES = ("", "people", "empty")


class SettingNotUnderstood(GatewayError):
    """A setting cannot be understood."""


def _setting(
    default: str | int, says: str, *, flag: str = "", one_of: tuple[str, ...] = (), within: tuple[int, int] = (0, 2**31)
) -> Any:
    return field(default=default, metadata={"says": says, "flag": flag, "one_of": one_of, "within": within})


@dataclass(frozen=True)
class Settings:
    """The gateway's settings, with their defaults."""

    host: str = _setting("127.0.0.1", "Address to listen on", flag="serve --host")
    port: int = _setting(8080, "Port to listen on; 0 takes a free one", flag="serve --port", within=(0, 65535))
    workers: int = _setting(1, "Number of worker processes", flag="serve --workers", within=_SOME)
    sandbox: str = _setting(
        "",
        "`people` or `empty`: tenants and keys that everybody knows, on a loopback address only",
        flag="serve --sandbox[=empty]",
        one_of=SANDBOXES,
    )
    rate_limit: int = _setting(
        10_000,
        "Requests that one client may make in the window, counted in each worker; 0: any number; off in the sandbox",
    )
    rate_window: int = _setting(300, "Length of the window, in seconds", within=_SOME)
    body_limit: int = _setting(40 * 1024 * 1024, "Largest body, in bytes", within=(1024, 2**31))
    visits_limit: int = _setting(10_000, "Most visits of one answer; more are cut and marked", within=_SOME)
    matches_limit: int = _setting(100, "Most potential matches of one answer; more are cut and marked", within=_SOME)
    log_level: str = _setting("info", "`debug`, `info`, `warning` or `error`", one_of=LEVELS)
    log_form: str = _setting(
        "auto", "`json`, `console`, or `auto`: readable on a terminal, JSON elsewhere", one_of=FORMS
    )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """The settings of an environment; raises `SettingNotUnderstood` naming the variable."""
        return cls(**dict(_given(cls, environment)))


_OF_THE_STORE: Mapping[str, tuple[str, str]] = {
    "mongodb_uri": ("--mongodb-uri", "MongoDB to use, a replica set or sharded cluster; without it an embedded one"),
    "database": ("", "Name of the database"),
    "data_dir": ("--data-dir", "Directory of the embedded MongoDB"),
}

_INTRODUCTION = """# Settings

Every setting is an environment variable; a flag of the command line goes before it. A variable that is empty counts as
absent, and one that cannot be understood ends the command with status 2 and its name.

| Variable | Flag | Default | What it is |
|---|---|---|---|
"""


def document() -> str:
    """The page of the documentation that holds every setting."""
    own = ((each, each.metadata["flag"], each.metadata["says"]) for each in fields(Settings))
    stores = ((each, *_OF_THE_STORE[each.name]) for each in fields(StoreSettings))
    return _INTRODUCTION + "".join(_row(*each) for each in (*own, *stores))


def _row(each: Field[Any], flag: str, says: str) -> str:
    default = "" if each.default in (None, "", MISSING) else f"`{each.default}`"
    return f"| `{variable_of(each.name)}` | {f'`{flag}`' if flag else ''} | {default} | {says} |\n"


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """The variables of an environment that begin like settings and are none."""
    known = {variable_of(each.name) for each in (*fields(Settings), *fields(StoreSettings))}
    return sorted(name for name in environment if name.startswith(PREFIX) and name not in known)


def variable_of(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def _given(settings: type[Any], environment: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    for each in fields(settings):
        text = environment.get(variable_of(each.name), "").strip()
        if text:
            yield each.name, _understood(each.name, text, each.default, each.metadata)


def _understood(name: str, text: str, default: object, rules: Mapping[str, Any]) -> str | int:
    if isinstance(default, int):
        least, most = rules["within"]
        if not text.isascii() or not text.isdigit() or len(text) > 10 or not least <= int(text) <= most:
            raise SettingNotUnderstood(variable_of(name))
        return int(text)
    if rules["one_of"] and text not in rules["one_of"]:
        raise SettingNotUnderstood(variable_of(name))
    return text
