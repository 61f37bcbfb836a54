"""Code tables: Redox's words and FHIR's codes. A table that cannot be read in both directions raises at import."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, Literal

from mappings.notation.errors import Homeless, OneWay
from mappings.notation.iso import Iso, _itself

Json = dict[str, Any]
Coding = tuple[str, str]
"""A code system and a code."""

WordPlace = Literal["beside", "text", "display"]


class CodeTable(Iso):
    """Words and their codes.

    If words share a code, or if messages may have other words than these, `word_in` is the place of the word itself:

    - None: nowhere, because every word has a code of its own and messages have no other word;
    - "beside": a second home of the row, if the word is not the first word of its code;
    - "text": the text of a CodeableConcept, "display": the display of a Coding; codes are then (system, code).

    Words are the same if `read_as` gives the same for them (`str.casefold`). The table must have the words of `covers`.

    Raises:
        OneWay: the table cannot be read backwards.
        Homeless: a word of `covers` is missing.
    """

    def __init__(
        self,
        name: str,
        codes: Mapping[Any, Any],
        *,
        word_in: WordPlace | None = None,
        read_as: Callable[[Any], Hashable] = _itself,
        covers: Iterable[str] = (),
    ) -> None:
        by_word = {read_as(word): code for word, code in codes.items()}
        missing = [word for word in covers if read_as(word) not in by_word]
        if missing:
            raise Homeless(f"{name}: {', '.join(missing)}")
        if len(by_word) != len(codes) or (word_in is None and len(set(codes.values())) != len(codes)):
            raise OneWay(name)
        if word_in in {None, "beside"} and not all(isinstance(code, str) for code in codes.values()):
            raise OneWay(name)
        to_fhir, to_redox = _DIRECTIONS[word_in](codes, lambda word: by_word.get(read_as(word)))
        super().__init__(to_fhir, to_redox)
        object.__setattr__(self, "_codings", frozenset(codes.values()))

    def holds(self, concept: Json) -> bool:
        """Whether a CodeableConcept has a coding of this table."""
        codings: frozenset[Any] = self.__dict__["_codings"]
        return any((coding.get("system"), coding.get("code")) in codings for coding in concept.get("coding", ()))


Find = Callable[[Any], Any]
Directions = tuple[Callable[..., Any], Callable[..., Any]]


def _alone(codes: Mapping[Any, Any], find: Find) -> Directions:
    return find, {code: word for word, code in codes.items()}.get


def _beside(codes: Mapping[Any, Any], find: Find) -> Directions:
    first = {code: word for word, code in reversed(list(codes.items()))}

    def to_fhir(word: str) -> tuple[str | None, str | None]:
        code = find(word)
        return code, None if code is not None and first[code] == word else word

    def to_redox(code: str | None, word: str | None) -> str | None:
        return first.get(code) if word is None else word

    return to_fhir, to_redox


def _text(_codes: Mapping[Any, Any], find: Find) -> Directions:
    def to_fhir(word: str) -> Json:
        coding: Coding | None = find(word)
        if coding is None:
            return {"text": word}
        return {"coding": [{"system": coding[0], "code": coding[1]}], "text": word}

    return to_fhir, lambda concept: concept.get("text")


def _display(_codes: Mapping[Any, Any], find: Find) -> Directions:
    def to_fhir(word: str) -> Json:
        coding: Coding | None = find(word)
        if coding is None:
            return {"display": word}
        return {"system": coding[0], "code": coding[1], "display": word}

    return to_fhir, lambda coding: coding.get("display")


_DIRECTIONS: dict[WordPlace | None, Callable[[Mapping[Any, Any], Find], Directions]] = {
    None: _alone,
    "beside": _beside,
    "text": _text,
    "display": _display,
}
