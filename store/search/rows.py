"""The rows of which a FHIR type's search parameters consist: a name, where the values are, how each is kept.

What may hold words of a patient is kept as a token (`store.search.tokens`). In the clear stand resource ids, codes of
FHIR's own required value sets, booleans and moments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any

from store.search.tokens import Key, birth_token, code_token, identifier_token, text_token

Values = Sequence[Any]
"""The values found at the paths of one source."""
Keep = Callable[..., Any]
"""From a tenant's key, its time zone and the values of each source to what is kept of them; None if that is nothing."""


@dataclass(frozen=True, slots=True)
class Row:
    """One search parameter, or a part of one: the lists of rows of the same name add up to one list."""

    name: str
    sources: tuple[tuple[str, ...], ...]
    """The paths of its values (`store.search.paths`): for each source one path, or several alternatives."""
    keep: Keep
    """Called only if the first source has values."""
    is_list: bool = False
    """Whether a list of values is kept; otherwise the first value is."""
    is_token: bool = False
    """Whether what is kept are tokens."""
    default: Any = None
    """What is kept if the first source has no values."""


def code(name: str, *paths: str, is_list: bool = False) -> Row:
    """A code of a value set that FHIR requires, such as a status; in the clear."""
    return _each(name, paths, lambda value, _key, _zone: value, is_list=is_list)


def flag(name: str, path: str, *, default: bool) -> Row:
    """A boolean, or `default` if the resource does not say it."""
    return Row(name, ((path,),), lambda _key, _zone, found: found[0], default=default)


def reference(name: str, *paths: str, is_list: bool = False) -> Row:
    """The id of the stored resource that a Reference leads to; nothing if it leads to a contained resource."""
    ends = [f"{path}.reference" for path in paths]
    return _each(name, ends, lambda text, _key, _zone: _id(text), is_list=is_list)


def moment(name: str, *paths: str) -> Row:
    """A date, dateTime or instant as a moment; a date without a time begins in the tenant's zone.

    Nothing is kept of a year or a month alone, which has no one day to begin on.
    """
    return _each(name, paths, lambda text, _key, zone: _moment(text, zone))


def identifier(name: str, *paths: str) -> Row:
    """Tokens of Identifiers, each once; `store.search.identifier_token` gives that of an identifier asked for."""

    def keep(key: Key, _zone: tzinfo, found: Values) -> list[str]:
        tokens: dict[str, None] = {}
        for one in found:
            if "value" in one:
                tokens[identifier_token(one.get("system", ""), one["value"], key)] = None
        return [*tokens]

    return Row(name, (paths,), keep, is_list=True, is_token=True)


def concept(name: str, *paths: str) -> Row:
    """Two tokens for each Coding of CodeableConcepts, with its system and without: `store.search.code_token`."""

    def keep(key: Key, _zone: tzinfo, found: Values) -> list[str]:
        codings = [(coding["code"], coding.get("system", "")) for coding in found if "code" in coding]
        systems = [(code, system) for code, own in codings for system in (own, None)]
        return [*dict.fromkeys(code_token(name, code, key, system) for code, system in systems)]

    return Row(name, (tuple(f"{path}.coding" for path in paths),), keep, is_list=True, is_token=True)


def text(name: str, *paths: str) -> Row:
    """The token of a text whose case does not matter: `store.search.text_token`."""
    return _each(name, paths, lambda value, key, _zone: text_token(name, value, key) if value else None, is_token=True)


def words(name: str, path: str, *prefix: str, ignores_case: bool = True) -> Row:
    """Tokens of texts, each hashed with a prefix that says what it is, so that one parameter holds texts of many kinds.

    The token of the text `Okafor` with the prefix ("ATND", "family") is `key("ATND", "family", "okafor")`.
    """

    def keep(key: Key, _zone: tzinfo, found: Values) -> list[str]:
        return [key(*prefix, value.casefold() if ignores_case else value) for value in found]

    return Row(name, ((path,),), keep, is_list=True, is_token=True)


def identifier_words(name: str, path: str, *prefix: str) -> Row:
    """Tokens of Identifiers by which each is found by its system alone, its value alone, and both together.

    They are hashed with a prefix as in `words`, then the system and the value, of which one may be empty.
    """

    def keep(key: Key, _zone: tzinfo, found: Values) -> list[str]:
        halves = [half for one in found for half in _halves(one.get("system", ""), one.get("value", ""))]
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
    """Tokens of a date of birth together with texts of an element: `store.search.birth_token`.

    The texts are members of the element; of a list the first text. An element that lacks one has no token.
    """

    def keep(key: Key, _zone: tzinfo, born: Values, elements: Values) -> list[str]:
        tokens: dict[str, None] = {}
        for element in elements:
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
    """A row that keeps something of each value on its own, or nothing of a value of which `one` gives None."""

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
    """The moment of a time, or of the beginning of a date; None of a text that is neither."""
    try:
        if len(text) > len("YYYY-MM-DD"):
            return datetime.fromisoformat(text)
        return datetime.combine(date.fromisoformat(text), time(), zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
