"""Checks of the values of options; a wrong value raises typer.BadParameter and ends the command with status 2."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

from gateway.access import keys_in
from gateway.cli.support.session import wrong_usage
from mappings.redox.catalogue import EVENTS
from store.access import PublicKey

_DATA_MODELS = {event.data_model.replace(" ", ""): event.data_model for event in EVENTS}


def choice(kind: Any, given: str, option: str) -> Any:
    """Return the word of the Literal type `kind` that equals `given` without regard to case."""
    words = {word.lower(): word for word in get_args(kind)}
    if given.lower() not in words:
        wrong_usage(f"{option} is one of {', '.join(words.values())}")
    return words[given.lower()]


def data_model(given: str, option: str) -> str:
    """Return a data model as the catalogue spells it; spaces in `given` do not matter."""
    if given.replace(" ", "") not in _DATA_MODELS:
        wrong_usage(f"{option} is one of {', '.join(_DATA_MODELS.values())}")
    return _DATA_MODELS[given.replace(" ", "")]


def moment(given: str, option: str) -> datetime:
    """Return the moment of an ISO 8601 text; a text without an offset is in UTC."""
    try:
        said = datetime.fromisoformat(given)
    except ValueError:
        wrong_usage(f"{option} is a date or a time such as 2026-01-31T08:00:00Z")
    return said if said.tzinfo else said.replace(tzinfo=UTC)


def public_keys(file: Path) -> tuple[PublicKey, ...]:
    """Return the public keys in a file; raises GatewayError if its content is not usable."""
    try:
        return keys_in(file.read_bytes())
    except OSError as error:
        wrong_usage(f"{file} cannot be read: {error.strerror}")
