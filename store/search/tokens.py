"""Tokens: keyed hashes that replace the texts that a search compares.

Because of them no index and no slow-query log shows a patient's value.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable

from mappings.fhir.systems import canonical_system

Key = Callable[..., str]
"""A function that returns a keyed hash (a token) of texts, with the key of one tenant."""


def comparable(text: str) -> str:
    """Return the form in which texts are compared; applied to that form again, the function returns it unchanged.

    Two texts have the same form if they differ only in blanks around them, in case, or in how Unicode composes letters.
    """
    if text.isascii():
        return text.casefold().strip()
    # Case folding may decompose letters, and composition may give letters with another case.
    return _composed(_composed(text).casefold()).strip()


def _composed(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def identifier_token(system: str, value: str, key: Key) -> str:
    """Return the token of an identifier; its case matters, blanks around it do not.

    Different spellings of one system give the same token.
    """
    return key("identifier", canonical_system(system), value.strip())


def code_token(parameter: str, code: str, key: Key, system: str | None = None) -> str:
    """Return the token of a code of this system; without a system, the token of the code in any system.

    An empty system stands for a code that has none.
    """
    return key(parameter, code) if system is None else key(parameter, system, code)


def birth_token(parameter: str, birthdate: str, texts: Iterable[str], key: Key) -> str:
    """Return the token of a date of birth together with other texts, compared as `comparable` says."""
    return key(parameter, birthdate, *map(comparable, texts))


def text_token(parameter: str, text: str, key: Key) -> str:
    """Return the token of a text, compared as `comparable` says."""
    return key(parameter, comparable(text))


def listed(value: str | list[str]) -> list[str]:
    """Return the tokens of a parameter as a list; the `search` object has one token or a list of tokens."""
    return [value] if isinstance(value, str) else value
