"""PatientSearch.Query: who somebody is, by identifiers or by demographics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mappings.kinds import PERSON
from mappings.redox.patient_search import AskedPatient, FoundPatient
from query_api.asking import Answer, Asked, Found, Json, Key, Limits
from query_api.comparing import matching
from query_api.errors import NotEnough
from query_api.newest import newest
from query_api.people import by_name, holds, is_named, tokens, told, usable
from query_api.picking import picker
from store import search
from store.conditions import Condition, every, is_any

if TYPE_CHECKING:
    from store.documents import Document
    from store.reads import Reads

_NAMED = {"FirstName", "LastName", "DOB"}
_CONFIRMING = {"ZIP", "PhoneNumber", "EmailAddresses", "SSN"}
_SECURED = {"SSN", "DOB"}
"""Enough to ask by, beside an identifier: all of the first and one of the second, or all of the third."""

_matches = matching(AskedPatient)
_pick = picker(FoundPatient, PERSON.table.leaves)


@dataclass(frozen=True, slots=True)
class Criteria:
    """A condition that everyone who is meant meets, and what is then compared leaf by leaf."""

    condition: Condition
    identifiers: list[Json]
    rest: Json
    identifying_types: Sequence[str] = ()

    def meets(self, person: Json) -> bool:
        """Whether all that was given is the person's."""
        return holds(person, self.identifiers, self.identifying_types) and _matches(self.rest, person)


async def answer(partition: Reads, asked: Asked, limits: Limits) -> Answer:
    """The one person found, or those who may be meant. Raises NotEnough."""
    return said(await search_people(partition, criteria(asked), limits.potential_matches))


def criteria(asked: Asked) -> Criteria:
    """All that is given must match; looked up are identifiers, and the date of birth with the name or the SSN."""
    patient = asked.question.get("Patient", {})
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
    return Criteria(every(looked_up), identifiers, rest, asked.identifying_types)


def _born(parameter: str, who: Json, names: tuple[str, ...], key: Key) -> Condition:
    return is_any(parameter, [search.birth_token(parameter, who["DOB"], [who[name] for name in names], key)])


async def search_people(partition: Reads, wanted: Criteria, limit: int) -> Found:
    """Those who meet the criteria, in their order; of more than `limit` the ones heard of last."""
    async with partition.snapshot() as session:

        async def find(*asked: Any, **how: Any) -> list[tuple[Document, Json | None]]:
            found = await partition.find(*asked, **how, session=session)
            people = [(document, PERSON.table.to_redox(document.resource)) for document in found]
            return [(document, person if wanted.meets(person) else None) for document, person in people]

        met = await newest(find, PERSON, wanted.condition, limit)
    met.sort(key=lambda each: (each[0], by_name(each[1])))
    kept = sorted((person for _, person in met[-limit:]), key=by_name)
    return Found({person["id"]: person for person in kept}, is_incomplete=len(met) > limit)


def said(found: Found) -> Answer:
    """One person as `Patient`; several as `PotentialMatches`."""
    people = [_pick(told(person)) for person in found.people.values()]
    resources = [f"{PERSON.type}/{one}" for one in found.people]
    body: Json = {"Patient": people[0]} if len(people) == 1 else {"Patient": {}}
    if len(people) > 1:
        body["PotentialMatches"] = people
    return Answer(body, resources, found.is_incomplete)
