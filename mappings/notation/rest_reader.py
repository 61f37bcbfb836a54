"""From FHIR: the extensions of an element that no row has become Extensions and values as they were sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mappings.as_sent import AsSent
from mappings.notation.blocks import Layout, Place
from mappings.notation.extensions import to_redox
from mappings.notation.rest import AS_SENT, EXTENSIONS, OF_BLOCK, Rest

Json = dict[str, Any]


class RestReader:
    """Reads extensions of one element of a table into the table's blocks, as far as they are wanted."""

    def __init__(self, layout: Layout, rest: Rest, is_wanted: Callable[[Place], bool]) -> None:
        self._numbers = layout.paths
        self._own = {name: number for number, name in rest.names.items()}
        self._is_wanted = is_wanted

    def take(self, extension: Json, blocks: tuple[Json, ...]) -> None:
        """Put the content of an extension into the blocks; an extension of another origin changes nothing."""
        url = extension.get("url", "")
        if url.startswith(AS_SENT):
            above, _, name = url.removeprefix(AS_SENT).rpartition(".")
            number = self._numbers.get(above)
            if number is not None and self._is_wanted((number, name)):
                blocks[number][name] = AsSent(extension["valueString"])
        elif url.startswith(OF_BLOCK):
            self._put(url.removeprefix(OF_BLOCK), extension["extension"], blocks)
        else:
            self._put("", [extension], blocks)

    def _put(self, name: str, extensions: list[Json], blocks: tuple[Json, ...]) -> None:
        number = self._own.get(name)
        if number is None or not self._is_wanted((number, EXTENSIONS)):
            return
        if found := to_redox(extensions):
            blocks[number][EXTENSIONS] = {**blocks[number].get(EXTENSIONS, {}), **found}
