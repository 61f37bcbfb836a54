"""What an element's list `extension` holds beside the rows of a table: Extensions, and values kept as they were sent.

Redox lets `Extensions` stand in any object of a message, so no row speaks of them. The Extensions of a block stand in
the element that has the block's words. If that element has the words of a larger block too, or if the block has no
element of its own, they stand inside one extension whose url ends with the path of the block:
`urn:data-on-demand:extensions-of:Demographics.PhoneNumber`.

A value that FHIR's type cannot hold stands in an extension whose url ends with its path:
`urn:data-on-demand:as-sent:OnsetDateTime`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mappings.notation.extensions import to_fhir
from mappings.notation.rows import OURS

Json = dict[str, Any]

EXTENSIONS: Final = "Extensions"
"""The member of any Redox object that has names and values beyond the model."""

OF_BLOCK: Final = f"{OURS}extensions-of:"
"""The beginning of the url of the extension that holds the Extensions of a block."""

AS_SENT: Final = f"{OURS}as-sent:"
"""The beginning of the url of the extension that holds a value as it was sent."""


@dataclass(frozen=True, slots=True)
class Rest:
    """The blocks whose Extensions an element has: their numbers, each with its path.

    The path is empty if the Extensions stand in the element itself.
    """

    names: Mapping[int, str]


def as_sent_url(path: str) -> str:
    """Return the url of the extension that holds the value at a Redox path as it was sent."""
    return AS_SENT + path


def kept_with(kept: list[Json] | None, url: str, value: str) -> list[Json]:
    """Return a list of extensions with one more: a value as it was sent."""
    return [*(kept or ()), {"url": url, "valueString": str(value)}]


def add_extensions(element: Json, extensions: Json, name: str) -> None:
    """Add the Extensions of a block to an element; `name` is the path of the block, or empty."""
    made = to_fhir(extensions)
    element.setdefault("extension", []).extend([{"url": OF_BLOCK + name, "extension": made}] if name else made)
