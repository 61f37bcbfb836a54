"""Tokens: keyed hashes that replace the texts that a search compares.

Because of them no index and no slow-query log shows a patient's value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from mappings.fhir.systems import compared_system

Key = Callable[..., str]
"""The keyed hash of a tenant: from texts to a token."""


def identifier_token(system: str, value: str, key: Key) -> str:
    """Return the token of an identifier; its case matters. Spellings of one type of identifiers have one token."""
    return key("identifier", compared_system(system), value)


def code_token(parameter: str, code: str, key: Key, system: str | None = None) -> str:
    """Return the token of a code of this system; without a system, the token of the code in any system.

    An empty system stands for a code that has none.
    """
    return key(parameter, code) if system is None else key(parameter, system, code)


def birth_token(parameter: str, birthdate: str, texts: Iterable[str], key: Key) -> str:
    """Return the token of a date of birth together with other texts, whose case does not matter."""
    return key(parameter, birthdate, *map(str.casefold, texts))


def text_token(parameter: str, text: str, key: Key) -> str:
    """Return the token of a text whose case does not matter."""
    return key(parameter, text.casefold())


def listed(value: str | list[str]) -> list[str]:
    """Return the tokens of a parameter as a list; the `search` object has one token or a list of tokens."""
    return [value] if isinstance(value, str) else value
