"""The rows of a FHIR type's search parameters: the name, the paths of the values, and the form in which they are kept.

A value that may have a patient's words is kept as a token (`store.search.tokens`). Resource ids, codes of FHIR's own
required value sets, booleans and moments are kept in the clear.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any

from store.search.tokens import Key, birth_token, code_token, comparable, identifier_token, text_token

Values = Sequence[Any]
"""The values found at the paths of one source."""
Keep = Callable[..., Any]
"""A function that makes the value of a parameter from the tenant's key, its time zone, and the values of each source.
It returns None if the parameter has no value."""


@dataclass(frozen=True, slots=True)
class Row:
    """One search parameter, or a part of one: rows of the same name add their lists to one list."""

    name: str
    sources: tuple[tuple[str, ...], ...]
    """The paths of its values (`store.search.paths`): for each source one path, or several alternatives."""
    keep: Keep
    """The function that makes the value of the parameter; it is called only if the first source has values."""
    is_list: bool = False
    """Whether the parameter is a list of values; otherwise it is the first value."""
    is_token: bool = False
    """Whether the values are tokens."""
    default: Any = None
    """The value of the parameter if the first source has no values."""


def code(name: str, *paths: str, is_list: bool = False) -> Row:
    """Return the row of a parameter with a code of a value set that FHIR requires, such as a status; no hash."""
    return _each(name, paths, lambda value, _key, _zone: value, is_list=is_list)


def flag(name: str, path: str, *, default: bool) -> Row:
    """Return the row of a parameter with a boolean; the value is `default` if the resource does not have it."""
    return Row(name, ((path,),), lambda _key, _zone, found: found[0], default=default)


def reference(name: str, *paths: str, is_list: bool = False) -> Row:
    """Return the row of a parameter with the ids of stored resources; contained resources give no id.

    The paths lead to References.
    """
    ends = [f"{path}.reference" for path in paths]
    return _each(name, ends, lambda text, _key, _zone: _id(text), is_list=is_list)


def moment(name: str, *paths: str) -> Row:
    """Return the row of a parameter with the moment of a date, dateTime or instant.

    A date without a time begins in the tenant's zone. A year or a month alone gives no value, because it has no single
    day.
    """
    return _each(name, paths, lambda text, _key, zone: _moment(text, zone))


def identifier(name: str, *paths: str) -> Row:
    """Return the row of a parameter with the tokens of Identifiers, each once (`store.search.identifier_token`)."""

    def keep(key: Key, _zone: tzinfo, found: Values) -> list[str]:
        tokens: dict[str, None] = {}
        for one in found:
            if "value" in one:
                tokens[identifier_token(one.get("system", ""), one["value"], key)] = None
        return [*tokens]

    return Row(name, (paths,), keep, is_list=True, is_token=True)


def concept(name: str, *paths: str) -> Row:
    """Return the row of a parameter with two tokens for each Coding: with its system and without it.

    The paths lead to CodeableConcepts. See `store.search.code_token`.
    """

    def keep(key: Key, _zone: tzinfo, found: Values) -> list[str]:
        codings = [(coding["code"], coding.get("system", "")) for coding in found if "code" in coding]
        systems = [(code, system) for code, own in codings for system in (own, None)]
        return [*dict.fromkeys(code_token(name, code, key, system) for code, system in systems)]

    return Row(name, (tuple(f"{path}.coding" for path in paths),), keep, is_list=True, is_token=True)


def text(name: str, *paths: str) -> Row:
    """Return the row of a parameter with the token of a text (`store.search.text_token`)."""
    return _each(name, paths, lambda value, key, _zone: text_token(name, value, key) if value else None, is_token=True)


def words(name: str, path: str, *prefix: str, ignores_case: bool = True) -> Row:
    """Return the row of a parameter with tokens of texts, each hashed with a prefix.

    The prefix lets one parameter have texts of many kinds. The token of the text `Okafor` with the prefix ("ATND",
    "family") is `key("ATND", "family", "okafor")`.
    """

    def keep(key: Key, _zone: tzinfo, found: Values) -> list[str]:
        return [key(*prefix, comparable(value) if ignores_case else value.strip()) for value in found]

    return Row(name, ((path,),), keep, is_list=True, is_token=True)


def identifier_words(name: str, path: str, *prefix: str) -> Row:
    """Return the row of a parameter with tokens of Identifiers: of the system, of the value, and of both together.

    A token hashes a prefix as in `words`, then the system and the value; one of them may be empty.
    """

    def keep(key: Key, _zone: tzinfo, found: Values) -> list[str]:
        halves = [half for one in found for half in _halves(one.get("system", ""), one.get("value", "").strip())]
        return [key(*prefix, *half) for half in halves]

    return Row(name, ((path,),), keep, is_list=True, is_token=True)


def _halves(system: str, value: str) -> Iterator[tuple[str, str]]:
    if system:
        yield system, ""
    if value:
        yield "", value
    if system and value:
        yield system, value


def with_birthdate(name: str, birthdate: str, path: str, *members: str) -> Row:
    """Return the row of a parameter with tokens of a date of birth together with texts of an element.

    See `store.search.birth_token`. The texts are members of the element; if a member is a list, its first text counts.
    An element that lacks one of them gives no token, nor does a year or a month of birth without a day.
    """

    def keep(key: Key, _zone: tzinfo, born: Values, elements: Values) -> list[str]:
        tokens: dict[str, None] = {}
        for element in elements if len(born[0]) == len("YYYY-MM-DD") else ():
            texts = [said if (said := element.get(member) or "").__class__ is str else said[0] for member in members]
            if all(texts):
                tokens[birth_token(name, born[0], texts, key)] = None
        return [*tokens]

    return Row(name, ((birthdate,), (path,)), keep, is_list=True, is_token=True)


def _each(
    name: str,
    paths: Iterable[str],
    one: Callable[[Any, Key, tzinfo], Any],
    *,
    is_list: bool = False,
    is_token: bool = False,
) -> Row:
    """Return a row that converts each value on its own; `one` returns None for a value that is not stored."""

    def first(key: Key, zone: tzinfo, found: Values) -> Any:
        for value in found:
            kept = one(value, key, zone)
            if kept is not None:
                return kept
        return None

    def every(key: Key, zone: tzinfo, found: Values) -> list[Any]:
        return [kept for value in found if (kept := one(value, key, zone)) is not None]

    return Row(name, (tuple(paths),), every if is_list else first, is_list=is_list, is_token=is_token)


def _id(text: str) -> str | None:
    kind, slash, found = text.partition("/")
    return found if kind and slash else None


def _moment(text: str, zone: tzinfo) -> datetime | None:
    """Return the moment of a time, or of the beginning of a date; None for any other text."""
    try:
        if len(text) > len("YYYY-MM-DD"):
            return datetime.fromisoformat(text)
        return datetime.combine(date.fromisoformat(text), time(), zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
