"""Tokens: keyed hashes that replace the texts that a search compares.

Because of them no index and no slow-query log shows a patient's value.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable

from mappings.fhir.systems import canonical_system

Key = Callable[..., str]
"""The keyed hash of a tenant: from texts to a token."""


def comparable(text: str) -> str:
    """Return the form in which texts are compared; the form of such a form is the form itself.

    Texts of one form differ in nothing but blanks around them, case, and the way in which Unicode composes them.
    """
    if text.isascii():
        return text.casefold().strip()
    # Folding the case may undo what was composed, and composing may give letters that have another case.
    return _composed(_composed(text).casefold()).strip()


def _composed(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def identifier_token(system: str, value: str, key: Key) -> str:
    """Return the token of an identifier; its case matters, blanks around it do not.

    Spellings of one type of identifiers have one token.
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
