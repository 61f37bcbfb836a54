"""Whole answers: everything that was said of a record, also what Redox's response has no member for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mappings.kinds import ALLERGY, PERSON
from query_api.question import Json
from store.conditions import is_any

if TYPE_CHECKING:
    from store.reads import Reads, Session

ALLERGIES = "Allergies"
"""The member of a person with the allergies, which are documents of their own."""


def whole(record: Json) -> Json:
    """Return the words of a record; members in lower case, such as `id` or `status`, are this service's own."""
    return {name: said for name, said in record.items() if name[0].isupper() and said not in ({}, [])}


async def with_allergies(partition: Reads, people: Mapping[str, Json], session: Session) -> dict[str, Json]:
    """Return people, by id, each with the list of the person's allergies in the order in which it was said."""
    if not people:
        return {}
    found = await partition.find(ALLERGY, is_any("patient", sorted(people)), session=session)
    found.sort(key=lambda document: document.fold.get("place", 0))
    allergies: dict[str, list[Json]] = {}
    for document in found:
        allergies.setdefault(document.search["patient"], []).append(whole(ALLERGY.table.to_redox(document.resource)))
    return {
        person_id: person | ({ALLERGIES: allergies[person_id]} if person_id in allergies else {})
        for person_id, person in people.items()
    }


LEAVES = (*PERSON.table.leaves, *(f"{ALLERGIES}[].{path}" for path in ALLERGY.table.leaves if path[0].isupper()))
"""The paths of all leaves that a whole person may have."""
