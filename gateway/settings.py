"""The settings of the gateway, in one table: each is an environment variable `DATA_ON_DEMAND_<NAME>`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from ipaddress import ip_network
from typing import Any, Self
from urllib.parse import urlsplit

from gateway.errors import GatewayError
from gateway.logging import FORMS, LEVELS
from store.settings import StoreSettings

PREFIX = "DATA_ON_DEMAND_"
_SOME = (1, 2**31)
_MIB = 1024 * 1024
SANDBOXES = ("", "people", "empty")


class SettingNotUnderstood(GatewayError):
    """A setting cannot be understood."""


def networks(text: str) -> list[str]:
    """Return the addresses and networks of a list with commas. Raises ValueError for any other text."""
    listed = [each.strip() for each in text.split(",") if each.strip()]
    return [str(network) if "/" in each else each for each in listed for network in [ip_network(each)]]


def web_address(text: str) -> str:
    """Return the text if it is an http or https URL without a query. Raises ValueError."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError
    return text


def _setting(
    default: str | int,
    says: str,
    *,
    flag: str = "",
    one_of: tuple[str, ...] = (),
    within: tuple[int, int] = (0, 2**31),
    read: Callable[[str], object] = str,
    is_secret: bool = False,
) -> Any:
    metadata = {"says": says, "flag": flag, "one_of": one_of, "within": within, "read": read}
    return field(default=default, metadata=metadata, repr=not is_secret)


@dataclass(frozen=True)
class Settings:
    """The settings of the gateway, with their defaults."""

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
        "Requests that one client may make in the window, to all workers together; 0: any number; off in the sandbox",
    )
    rate_window: int = _setting(300, "Length of the window, in seconds", within=_SOME)
    body_limit: int = _setting(40 * 1024 * 1024, "Largest body, in bytes", within=(1024, 2**31))
    upload_limit: int = _setting(30 * _MIB, "Largest file that is uploaded, in bytes", within=(1024, 2**31))
    uploads_limit: int = _setting(
        1024 * _MIB, "Bytes of one client's uploads of the last day; more are answered 503", within=_SOME
    )
    visits_limit: int = _setting(10_000, "Most visits of one answer; more are cut and marked", within=_SOME)
    matches_limit: int = _setting(
        100, "Most potential matches of one answer; more are cut and marked", within=(2, 2**31)
    )
    answer_limit: int = _setting(
        64 * _MIB, "Largest answer, in bytes; visits and matches beyond it are cut and marked", within=(_MIB, 2**31)
    )
    question_seconds: int = _setting(
        30, "Seconds that one question may take; then it is ended and answered 504", within=(1, 3600)
    )
    questions_at_once: int = _setting(32, "Questions that each worker works on at once; others wait", within=_SOME)
    questions_waiting: int = _setting(500, "Questions that may wait in each worker; more are answered 503")
    pushes_at_once: int = _setting(
        1_000, "Pushes that each worker has on their way at once; more are answered 503", within=_SOME
    )
    bodies_limit: int = _setting(
        128 * _MIB, "Bytes of bodies that each worker holds at once; more are answered 503", within=_SOME
    )
    connections: int = _setting(
        1_000, "Connections that each worker keeps open; more are answered 503 and closed", within=_SOME
    )
    tls_certificate: str = _setting(
        "", "File of the certificate, followed by those between it and its root (PEM)", flag="serve --tls-certificate"
    )
    tls_key: str = _setting("", "File of the certificate's key (PEM, without a password)", flag="serve --tls-key")
    trusted_proxies: str = _setting(
        "",
        "Addresses and networks, with commas between, whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed",
        read=networks,
    )
    public_url: str = _setting(
        "",
        "Where callers reach the service: `https://data.example.org`; assertions are addressed to it",
        read=web_address,
    )
    admin_key: str = _setting(
        "", "Key of the admin API, of 32 characters or more; without one there is none", is_secret=True
    )
    admin_key_file: str = _setting(
        "", "File with the admin API's key or its argon2 hash; two lines while it is rotated"
    )
    sweep_seconds: int = _setting(
        30, "Seconds between two looks for events that were kept open and can be folded now", within=_SOME
    )
    log_level: str = _setting("info", "`debug`, `info`, `warning` or `error`", one_of=LEVELS)
    log_form: str = _setting(
        "auto", "`json`, `console`, or `auto`: readable on a terminal, JSON elsewhere", one_of=FORMS
    )

    @property
    def is_administered(self) -> bool:
        """Return whether there is an admin API."""
        return bool(self.admin_key or self.admin_key_file)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Return the settings from environment variables. Raises SettingNotUnderstood with the name of the variable."""
        return cls(**dict(_given(cls, environment)))


_OF_THE_STORE: Mapping[str, tuple[str, str]] = {
    "mongodb_uri": ("--mongodb-uri", "MongoDB to use, a replica set or sharded cluster; without it an embedded one"),
    "mongodb_uri_file": ("", "File that holds that URI, which is the place for one with a password"),
    "database": ("", "Name of the database"),
    "data_dir": ("--data-dir", "Directory of the embedded MongoDB"),
    "audit_days": ("", "Days for which it is remembered [who came in](audit.md); 0: for ever"),
    "records_in_memory": ("", "Records of visits and their people that each worker keeps as it read them; 0: none"),
}

_INTRODUCTION = """# Settings

Every setting is an environment variable; a flag of the command line goes before it. A variable that is empty counts as
absent, and one that cannot be understood ends the command with status 2 and its name.

| Variable | Flag | Default | What it is |
|---|---|---|---|
"""


def document() -> str:
    """Return the documentation page of all settings, as Markdown."""
    own = ((each, each.metadata["flag"], each.metadata["says"]) for each in fields(Settings))
    stores = ((each, *_OF_THE_STORE[each.name]) for each in fields(StoreSettings))
    return _INTRODUCTION + "".join(_row(*each) for each in (*own, *stores))


def _row(each: Field[Any], flag: str, says: str) -> str:
    default = "" if each.default in (None, "", MISSING) else f"`{each.default}`"
    return f"| `{variable_of(each.name)}` | {f'`{flag}`' if flag else ''} | {default} | {says} |\n"


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """Return the names of variables that begin with DATA_ON_DEMAND_ and are no setting, sorted."""
    known = {variable_of(each.name) for each in (*fields(Settings), *fields(StoreSettings))}
    return sorted(name for name in environment if name.startswith(PREFIX) and name not in known)


def variable_of(name: str) -> str:
    """Return the environment variable of a setting."""
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
    try:
        rules["read"](text)
    except ValueError:
        raise SettingNotUnderstood(variable_of(name)) from None
    return text
