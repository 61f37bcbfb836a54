"""PatientSearch.Query: who somebody is, by identifiers or by demographics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mappings.kinds import PERSON
from mappings.redox.patient_search import AskedPatient, FoundPatient
from query_api.errors import NotEnough
from query_api.matching import matching
from query_api.newest_first import newest
from query_api.people import by_name, holds, is_named, tokens, usable, without_ended_identifiers
from query_api.projection import projection
from query_api.question import Answer, FoundRecords, Json, Key, Limits, Question
from query_api.whole import whole, with_allergies
from store import search
from store.conditions import Condition, every, is_any

if TYPE_CHECKING:
    from store.documents import Document
    from store.reads import Reads

_NAMED = {"FirstName", "LastName", "DOB"}
_CONFIRMING = {"ZIP", "PhoneNumber", "EmailAddresses", "SSN"}
_SECURED = {"SSN", "DOB"}
"""The demographics that are enough without an identifier: all of the first set and one of the second, or all of the
third."""

_matches = matching(AskedPatient)
_project = projection(FoundPatient, PERSON.table.leaves)


@dataclass(frozen=True, slots=True)
class Criteria:
    """The criteria of a search: a condition that each person meets who is meant, and what is compared leaf by leaf."""

    condition: Condition
    identifiers: list[Json]
    rest: Json
    identifying_types: Sequence[str] = ()
    is_whole: bool = False
    """Whether the answer has the allergies, too."""

    def meets(self, person: Json) -> bool:
        """Return whether a person has all that the question says."""
        return holds(person, self.identifiers, self.identifying_types) and _matches(self.rest, person)


async def answer(partition: Reads, asked: Question, limits: Limits) -> Answer:
    """Return the one person who is meant, or all who may be. Raises NotEnough."""
    return to_answer(asked, await search_people(partition, criteria(asked), limits.potential_matches))


def criteria(asked: Question) -> Criteria:
    """Return the criteria. Identifiers are looked up by index, and so is a date of birth with a name or an SSN.

    Raises NotEnough if the question says too little to search by.
    """
    patient = asked.body.get("Patient", {})
    identifiers = patient.get("Identifiers", [])
    who = patient.get("Demographics", {})
    given = who.keys() | who.get("Address", {}).keys()
    if not is_named(asked, who.get("SSN", "")):
        given -= {"SSN"}
    known = usable(asked, identifiers)
    if not (known or given >= _SECURED or (given >= _NAMED and given & _CONFIRMING)):
        raise NotEnough("Patient")
    looked_up = [is_any("identifier", tokens(identifier, asked.key)) for identifier in known]
    if given >= _NAMED:
        looked_up.append(_born("name-birthdate", who, ("FirstName", "LastName"), asked.key))
    if given >= _SECURED:
        looked_up.append(_born("ssn-birthdate", who, ("SSN",), asked.key))
    rest = {name: patient[name] for name in patient if name != "Identifiers"}
    return Criteria(every(looked_up), identifiers, rest, asked.identifying_types, asked.is_whole)


def _born(parameter: str, who: Json, names: tuple[str, ...], key: Key) -> Condition:
    return is_any(parameter, [search.birth_token(parameter, who["DOB"], [who[name] for name in names], key)])


async def search_people(partition: Reads, wanted: Criteria, limit: int) -> FoundRecords:
    """Return the people who meet the criteria, sorted; of more than `limit` those who have the newest events."""
    async with partition.snapshot() as session:

        async def find(*asked: Any, **how: Any) -> list[tuple[Document, Json | None]]:
            found = await partition.find(*asked, **how, session=session)
            people = [(document, PERSON.table.to_redox(document.resource)) for document in found]
            return [(document, person if wanted.meets(person) else None) for document, person in people]

        met = await newest(find, PERSON, wanted.condition, limit)
        met.sort(key=lambda each: (each[0].newness, by_name(each[1])))
        kept = sorted((person for _, person in met[-limit:]), key=by_name)
        people = {person["id"]: person for person in kept}
        people = await with_allergies(partition, people, session) if wanted.is_whole else people
    return FoundRecords(people, is_incomplete=len(met) > limit)


def to_answer(asked: Question, found: FoundRecords) -> Answer:
    """Return one person as `Patient`, several people as `PotentialMatches`."""
    project = whole if asked.is_whole else _project
    people = [project(without_ended_identifiers(person)) for person in found.people.values()]
    resources = [f"{PERSON.type}/{one}" for one in found.people]
    body: Json = {"Patient": people[0]} if len(people) == 1 else {"Patient": {}}
    if len(people) > 1:
        body["PotentialMatches"] = people
    return Answer(body, resources, found.is_incomplete)
