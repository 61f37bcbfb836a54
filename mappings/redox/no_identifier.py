"""Words that stand where an identifier is due and name nobody, such as `N/A` and `000-00-0000`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

WORDS_FOR_NONE = frozenset(
    {
        "na",
        "nil",
        "noid",
        "none",
        "notapplicable",
        "notassigned",
        "notavailable",
        "notknown",
        "notprovided",
        "null",
        "unassigned",
        "undefined",
        "unk",
        "unknown",
    }
)
"""The words of every tenant, in small letters and without blanks and punctuation."""

_ZEROS_OR_NINES = re.compile("0+|9{3,}")


def names_nobody(text: str, more: Collection[str] = ()) -> bool:
    """Return whether the ID of an identifier is a word for none; `more` has further words, those of the tenant.

    Case, blanks and punctuation do not matter. A text of zeros alone, or of at least three nines alone, names nobody,
    nor does a text without a letter or digit, such as `""`.
    """
    word = _word(text)
    if not word or word in WORDS_FOR_NONE or _ZEROS_OR_NINES.fullmatch(word):
        return True
    return word in map(_word, more)


def _word(text: str) -> str:
    """Return the letters and digits of a text, in small letters."""
    if text.isascii() and text.isalnum():  # as nearly every ID
        return text.lower()
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))
