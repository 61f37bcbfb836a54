"""Types of identifiers: which IDs tell people apart, and how strongly.

Redox does not say which types identify a person; senders name their types freely. A tenant may list its types. For a
tenant without a list, the words of a type's name decide: some types are ranked, some never identify a person, and all
others are unknown. The codes are those of HL7 table 0203 and of common systems.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class IdentifierType:
    """One type of identifiers, as people are compared by it."""

    name: str
    """IDs are compared within this name. Spellings of one type, such as MR and MRN, have one name."""
    rank: int
    """1 for the strongest type; UNKNOWN; or NEVER."""

    @property
    def is_ranked(self) -> bool:
        """Whether the type is for persons, as far as its name or the tenant's list says."""
        return self.rank < UNKNOWN

    @property
    def identifies(self) -> bool:
        """Whether IDs of the type tell people apart at all."""
        return self.rank < NEVER


UNKNOWN = 1_000
"""The rank of a type of which nothing is known; it is after all ranked types."""
NEVER = 2_000
"""The rank of a type that identifies no person: its IDs are of a visit, an account, a family."""

_RANKED: tuple[tuple[str, frozenset[str]], ...] = (
    ("MR", frozenset({"mr", "mrn", "medical record"})),
    ("EHRID", frozenset({"ehrid"})),
    ("EPI", frozenset({"epi", "empi", "mpi", "pe"})),
    ("PI", frozenset({"pi"})),
    ("NIST", frozenset({"nist"})),
)
"""The types for persons, strongest first: the name under which their spellings are one type, and the spellings."""

_NEVER = frozenset(
    {
        *("visit", "vn", "encounter", "enc", "csn", "contact serial", "episode", "appointment", "appt", "admission"),
        *("account", "acct", "an", "anc", "ant", "fin", "financial", "har", "bill", "billing", "invoice"),
        *("case", "claim", "authorization", "auth", "referral", "prescription", "rx"),
        *("order", "plac", "fill", "placer", "filler", "accession", "acsn", "requisition", "specimen"),
        *("guarantor", "gn", "member", "mb", "subscriber", "sn", "policy", "insurance", "payer", "payor", "niip"),
        *("ssn", "ss", "social security"),
    }
)
"""Words for what is not a person: visits, accounts, cases, orders, insurance; and SSN, which families share."""

_FILLERS = frozenset({"number", "num", "nbr", "no", "id", "identifier"})
"""Words that say nothing of what an identifier is for."""

_KNOWN = {word.replace(" ", ""): word for word in _NEVER.union(*(spellings for _, spellings in _RANKED))}
"""The words that decide, by their letters alone."""

_PARTS = re.compile(r"[^\W\d_]+")
_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_WITH_FILLER = re.compile(r"(.+?)(?:number|num|nbr|id)")


@lru_cache(maxsize=4096)
def type_of(id_type: str, listed: tuple[str, ...] = ()) -> IdentifierType:
    """Return how IDs of a type identify people.

    `listed`: the types that the tenant named, strongest first. If there are any, all other types never identify, and
    the names are compared with case. Without a list the words of the name decide, whatever their case and punctuation;
    a word for a person's number counts more than a word for something else.
    """
    if listed:
        return IdentifierType(id_type, listed.index(id_type) + 1 if id_type in listed else NEVER)
    words = [*_words(id_type)]
    said = {*words, *(f"{one} {other}" for one, other in pairwise(words))}
    for rank, (name, spellings) in enumerate(_RANKED, start=1):
        if said & spellings:
            own = {part for spelling in spellings for part in spelling.split()} | spellings | _FILLERS
            return IdentifierType(name if own.issuperset(words) else id_type, rank)
    return IdentifierType(id_type, NEVER if said & _NEVER else UNKNOWN)


def _words(id_type: str) -> Iterator[str]:
    """Give the words of a name in lower case. Words may be run together, in camel case or with a filler behind."""
    parts = _PARTS.findall(id_type)
    if (whole := "".join(parts).lower()) in _KNOWN:
        yield _KNOWN[whole]
        return
    for part in parts:
        yield from _words_of(part)


def _words_of(part: str) -> Iterator[str]:
    lower = part.lower()
    bare = _WITH_FILLER.fullmatch(lower)
    for letters in (lower, lower.removesuffix("s"), bare[1] if bare else lower):
        if letters in _KNOWN:
            yield _KNOWN[letters]
            return
    camel = _CAMEL.findall(part)
    if len(camel) > 1 and "".join(camel) == part:
        for each in camel:
            yield from _words_of(each)
    else:
        yield lower
