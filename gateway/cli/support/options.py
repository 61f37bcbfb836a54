"""What options may hold, checked; what they may not is wrong usage."""

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
    """One of a closed set of words, compared without case."""
    words = {word.lower(): word for word in get_args(kind)}
    if given.lower() not in words:
        wrong_usage(f"{option} is one of {', '.join(words.values())}")
    return words[given.lower()]


def data_model(given: str, option: str) -> str:
    """A data model in the catalogue's spelling."""
    if given.replace(" ", "") not in _DATA_MODELS:
        wrong_usage(f"{option} is one of {', '.join(_DATA_MODELS.values())}")
    return _DATA_MODELS[given.replace(" ", "")]


def moment(given: str, option: str) -> datetime:
    """A moment, in UTC where no offset is named."""
    try:
        said = datetime.fromisoformat(given)
    except ValueError:
        wrong_usage(f"{option} is a date or a time such as 2026-01-31T08:00:00Z")
    return said if said.tzinfo else said.replace(tzinfo=UTC)


def public_keys(file: Path) -> tuple[PublicKey, ...]:
    """The public keys of a file; raises what is wrong with it."""
    try:
        return keys_in(file.read_bytes())
    except OSError as error:
        wrong_usage(f"{file} cannot be read: {error.strerror}")
