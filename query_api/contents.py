"""Contents of files in answers: the bytes that lie beside the records, as the texts that messages had."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mappings.file_reference import FileReference, content_of, reference_in
from query_api.question import Json

if TYPE_CHECKING:
    from store.reads import Reads


async def with_contents(
    partition: Reads, records: Sequence[Json], leaves: Sequence[str], most: int
) -> tuple[list[Json], bool]:
    """Return records whose leaves have the contents of files in the place of references, and whether some are left out.

    `leaves`: members of a record, or of the records in a list inside it (`Results[].Value`). `most`: bytes of contents
    after which records are left out; the first record always stays.
    """
    told: list[Json] = []
    held = 0
    for record in records:
        found = [each for leaf in leaves for each in _holders(record, leaf)]
        held += sum(_length(reference) for _, _, reference in found)
        if held > most and told:
            return told, True
        for block, name, reference in found:
            block[name] = content_of(reference, await partition.files.read(reference.file))
        told.append(record)
    return told, False


def _holders(record: Json, leaf: str) -> list[tuple[Json, str, FileReference]]:
    """Return the blocks of a record that have a reference in a leaf, with the name of the member and the reference.

    The record and the blocks on the way are changed to copies of their own, because a cache may hold them.
    """
    above, _, name = leaf.rpartition("[].")
    if not above:
        blocks = [record]
    else:
        record[above] = blocks = [dict(each) for each in record.get(above, ())]
        if not blocks:
            del record[above]
    texts = ((block, block.get(name)) for block in blocks)
    references = ((block, reference_in(text)) for block, text in texts if isinstance(text, str))
    return [(block, name, reference) for block, reference in references if reference is not None]


def _length(reference: FileReference) -> int:
    """Return the length of the content in an answer."""
    return reference.size if reference.is_text else reference.size * 4 // 3
